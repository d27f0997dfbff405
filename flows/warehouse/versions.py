"""Compares what was settled with the versions in force: what gets a new version, and what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from flows.warehouse.causes import ADJUSTED, OTHER_PARAMETERS, STEP_CHANGE
from flows.warehouse.portions import portions
from flows.warehouse.tables import OF_ONE_PORTION, STORED, delta
from schemas import MONEY_COLUMNS, Kind, Table

__all__ = ["compare"]

_VERSION = STORED["settlement_version"]
_PORTION = STORED["split_portion"]
_LABELS = ("claim_id", "version", "run_id", "policy_fingerprint", "policy_version", "portions", *OF_ONE_PORTION)
"""Which run and which text of the law produced a version, and where its portions stand: no difference by itself."""

_COMPARED = tuple(name for name in _VERSION.names if name not in _LABELS)
_PORTION_COMPARED = tuple(name for name in _PORTION.names if name not in ("claim_id", "version", "steps"))
_ONE_COMPARED = tuple(name for name in OF_ONE_PORTION if name != "steps")
_PORTION_NAMES = tuple(name for name in _PORTION.names if name != "version")

_FRESH = """
    CREATE TEMP VIEW fresh AS
    SELECT s.*, p.fingerprint AS policy_fingerprint FROM ({settled}) AS s
    LEFT JOIN law_policy AS p ON p.policy_id = s.policy_id AND p.version = s.policy_version
"""
_IN_FORCE = """
    CREATE TEMP TABLE in_force AS
    SELECT v.* FROM settlement_version AS v SEMI JOIN affected USING (member_id)
    WHERE NOT EXISTS (SELECT 1 FROM adjustment AS a WHERE a.claim_id = v.claim_id AND a.from_version = v.version)
"""
_DOUBTFUL = """
    CREATE TEMP TABLE doubtful AS
    SELECT claim_id, o.version, coalesce(n.portions = 1 AND o.portions = 1, FALSE) AS have_one,
        {differs} OR have_one AND ({one_differs}) AS differs
    FROM fresh AS n JOIN in_force AS o USING (claim_id) WHERE differs OR NOT have_one
"""
"""Claims that differ, and claims whose portions have to be compared one by one because they stand in rows of their own."""

_OF_DOUBTFUL = "(FROM {} SEMI JOIN doubtful USING (claim_id, version))"
_OLD_PORTION = f"""
    CREATE TEMP TABLE old_portion AS
    {portions(_OF_DOUBTFUL.format("in_force"), _OF_DOUBTFUL.format("split_portion"))}
"""
_OTHER_PORTIONS = """
    CREATE TEMP TABLE other_portion AS
    WITH open AS (FROM doubtful WHERE NOT differs)
    SELECT DISTINCT claim_id FROM (FROM old_portion SEMI JOIN open USING (claim_id)) AS o
    FULL JOIN (FROM fresh_portion SEMI JOIN open USING (claim_id)) AS n USING (claim_id, portion_no)
    WHERE o.version IS NULL OR n.claim_id IS NULL OR {differs}
"""
_DIFFERING = """
    CREATE TEMP TABLE differing AS
    SELECT claim_id, version AS from_version, version + 1 AS to_version
    FROM doubtful WHERE differs OR claim_id IN (FROM other_portion)
"""
_AGAIN = """
    CREATE TEMP TABLE again AS FROM fresh SEMI JOIN differing USING (claim_id);
    CREATE TEMP TABLE again_split AS FROM fresh_split SEMI JOIN differing USING (claim_id);
    CREATE TEMP VIEW again_portion AS {portions};
"""
"""What was settled before and comes out otherwise now; on a first night there is nothing of it."""

_TOO_OLD = """
    CREATE TEMP TABLE too_old AS
    SELECT m.claim_id, d.benefit_date, l.reopen_limit, n.status AS status_to,
        {moves_money} OR n.status <> o.status OR n.reasons <> o.reasons OR n.notes <> o.notes AS is_visible
    FROM adjusted AS m JOIN again AS n USING (claim_id) JOIN in_force AS o USING (claim_id)
    JOIN (
        SELECT claim_id, coalesce(CASE WHEN care_type = 'inpatient' THEN ended_on END, started_on) AS benefit_date
        FROM claims
    ) AS d USING (claim_id)
    JOIN reopen_limit AS l ON l.policy_id = coalesce(o.policy_id, n.policy_id)
    WHERE d.benefit_date + to_months(l.months::INTEGER) + to_days(l.days::INTEGER) < getvariable('as_of')
        AND NOT list_has_any(n.reasons, ['reversal', 'reversed'])
"""
"""Claims that only a person may settle again; a reversal is the act of a person. One that differs in nothing that can be seen
from outside (running totals before its steps) just stays."""

_CHANGED = """
    CREATE TEMP VIEW changed AS FROM replacing
    UNION ALL SELECT claim_id, NULL, 1 FROM fresh ANTI JOIN in_force USING (claim_id)
"""
_NEW = """
    CREATE TEMP VIEW {new} AS SELECT *, 1 AS version FROM {fresh} ANTI JOIN in_force USING (claim_id)
    UNION ALL SELECT n.*, c.to_version FROM {again} AS n JOIN replacing AS c USING (claim_id)
"""
"""Claims settled for the first time go from the files into the database as they are; they are most of a large delivery."""


def compare(con: duckdb.DuckDBPyConnection, results: Mapping[str, Path], as_of: date) -> None:
    """Leave the differences between what was settled for the members of `affected` and the versions in force.

    `results` names the folder of the settled Parquet files of settlement, portion and accumulator; the views `law_policy` and
    `reopen_limit` show the present law, `as_of` is the day from which ages of claims count. Temporary relations:
    changed (claim_id, from_version, to_version), new_version, new_split_portion, new_adjustment, new_held, new_accumulator:
    rows of the tables of these names, without run_id; new_portion and old_portion: rows of settlement_portion.
    """
    con.execute("SET VARIABLE as_of = ?::DATE", [as_of])
    _show_results(con, results)
    _find_differences(con)
    con.execute(STEP_CHANGE)
    con.execute(ADJUSTED.format(deltas=", ".join(f"n.{name} - o.{name} AS {delta(name)}" for name in MONEY_COLUMNS)))
    con.execute(_TOO_OLD.format(moves_money=" OR ".join(f"m.{delta(name)} <> 0" for name in MONEY_COLUMNS)))
    held = ", ".join(name for name in STORED["held"].names if name != "run_id")
    con.execute(
        f"CREATE TEMP TABLE new_held AS SELECT {held} FROM adjusted JOIN too_old USING (claim_id) WHERE is_visible"
    )
    con.execute("CREATE TEMP TABLE replacing AS FROM differing ANTI JOIN too_old USING (claim_id)")
    con.execute("CREATE TEMP VIEW new_adjustment AS FROM adjusted ANTI JOIN too_old USING (claim_id)")
    con.execute(_CHANGED)
    con.execute(_NEW.format(new="new_version", fresh="fresh", again="again"))
    con.execute(_NEW.format(new="new_split_portion", fresh="fresh_split", again="again_split"))
    con.execute(f"CREATE TEMP VIEW new_portion AS {portions('new_version', 'new_split_portion')}")


def _show_results(con: duckdb.DuckDBPyConnection, results: Mapping[str, Path]) -> None:
    settled = _settled(_VERSION, ("version", "run_id", "policy_fingerprint"), results["settlement"])
    con.execute(_FRESH.format(settled=settled))
    con.execute(f"CREATE TEMP VIEW fresh_split AS {_settled(_PORTION, ('version',), results['portion'])}")
    con.execute(f"CREATE TEMP VIEW fresh_portion AS {portions('fresh', 'fresh_split', _PORTION_NAMES)}")
    con.execute(f"CREATE TEMP VIEW new_accumulator AS {_settled(STORED['accumulator'], (), results['accumulator'])}")


def _find_differences(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(_IN_FORCE)
    one_differs = f"{_differs(_ONE_COMPARED)} OR {OTHER_PARAMETERS}"
    con.execute(_DOUBTFUL.format(differs=f"({_differs(_COMPARED)})", one_differs=one_differs))
    con.execute(_OLD_PORTION)
    con.execute(_OTHER_PORTIONS.format(differs=f"{_differs(_PORTION_COMPARED)} OR {OTHER_PARAMETERS}"))
    con.execute(_DIFFERING)
    con.execute(_AGAIN.format(portions=portions("again", "again_split", _PORTION_NAMES)))


def _differs(names: tuple[str, ...]) -> str:
    return " OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in names)


def _settled(table: Table, leave_out: tuple[str, ...], folder: Path) -> str:
    """A query for settled rows in stored units; a list that settling left unknown is an empty one."""
    table = replace(table, columns=tuple(column for column in table.columns if column.name not in leave_out))
    lists = ", ".join(f"coalesce({name}, []) AS {name}" for name in table.of_kind(Kind.LIST, Kind.WHOLES))
    files = str(folder / "*.parquet").replace("'", "''")
    return (
        f"SELECT * {f'REPLACE ({lists})' if lists else ''} FROM (SELECT {table.stored()} FROM read_parquet('{files}'))"
    )
