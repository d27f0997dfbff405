"""Compares what was settled with the version in force and appends what differs: new versions, portions, adjustments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from flows.warehouse.queries import first_row
from flows.warehouse.tables import STORED, delta
from schemas import MONEY_COLUMNS, Kind, Table

__all__ = ["Appended", "append_versions"]

_VERSION = STORED["settlement_version"]
_PORTION = STORED["settlement_portion"]
_KEPT = ("claim_id", "version", "run_id", "policy_fingerprint")
_COMPARED = tuple(name for name in _VERSION.names if name not in _KEPT)
_PORTION_COMPARED = tuple(name for name in _PORTION.names if name != "version")

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
_OTHER_PORTIONS = """
    CREATE TEMP TABLE other_portion AS
    WITH old AS (SELECT {columns} FROM settlement_portion SEMI JOIN in_force USING (claim_id, version)),
        new AS (SELECT {columns} FROM fresh_portion SEMI JOIN in_force USING (claim_id))
    SELECT claim_id FROM (FROM old EXCEPT ALL FROM new)
    UNION SELECT claim_id FROM (FROM new EXCEPT ALL FROM old)
"""
_CHANGED = """
    CREATE TEMP TABLE changed AS
    SELECT f.claim_id, o.version AS from_version, coalesce(o.version, 0) + 1 AS to_version
    FROM fresh AS f LEFT JOIN in_force AS o USING (claim_id)
    WHERE o.version IS NULL OR {differs} OR f.claim_id IN (FROM other_portion)
"""
_CAUSE = """
    CASE
        WHEN list_has_any(n.reasons, ['reversal', 'reversed']) AND NOT list_has_any(o.reasons, ['reversal', 'reversed'])
            THEN 'reversal'
        WHEN n.policy_id = o.policy_id AND n.policy_fingerprint IS DISTINCT FROM o.policy_fingerprint
            THEN 'policy_changed'
        WHEN list_contains(a.causes, 'reversal') THEN 'reversal'
        WHEN list_contains(a.causes, 'late_claim') THEN 'late_claim'
        WHEN list_contains(a.causes, 'reference_changed') THEN 'reference_changed'
        ELSE 'policy_changed'
    END
"""
_ADJUSTMENT = """
    INSERT INTO adjustment BY NAME
    SELECT c.claim_id, n.member_id, c.from_version, c.to_version, ? AS run_id, {cause} AS cause, {deltas},
        o.policy_version AS policy_version_from, n.policy_version AS policy_version_to,
        o.policy_fingerprint AS policy_fingerprint_from, n.policy_fingerprint AS policy_fingerprint_to
    FROM changed AS c JOIN fresh AS n USING (claim_id) JOIN in_force AS o USING (claim_id)
    JOIN affected AS a ON a.member_id = n.member_id
"""


@dataclass(frozen=True)
class Appended:
    """How many claims were settled, and how many of these got their first and how many a further version."""

    settled: int
    first: int
    adjusted: int
    moved_money: int


def append_versions(con: duckdb.DuckDBPyConnection, results: dict[str, Path], run_id: str) -> Appended:
    """Append what differs from the version in force and replace the accumulators of `affected` members.

    `results` names the folder of the settled Parquet files of settlement, portion and accumulator; the view
    `law_policy` shows the present law. Leaves the temporary table `changed` (claim_id, from_version, to_version).
    """
    _show_results(con, results)
    _find_changes(con)
    _append_changes(con, run_id)
    _replace_accumulators(con, results["accumulator"])
    row = first_row(
        con,
        "SELECT (SELECT count(*) FROM fresh), count(*) FILTER (from_version IS NULL), count(from_version), "
        f"(SELECT count(*) FROM adjustment WHERE run_id = ? AND ({_moves_money()})) FROM changed",
        [run_id],
    )
    assert row is not None
    return Appended(*map(int, row))


def _show_results(con: duckdb.DuckDBPyConnection, results: dict[str, Path]) -> None:
    settled = _settled(_VERSION, _KEPT[1:], results["settlement"])
    con.execute(_FRESH.format(settled=settled))
    con.execute(f"CREATE TEMP VIEW fresh_portion AS {_settled(_PORTION, ('version',), results['portion'])}")


def _find_changes(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(_IN_FORCE)
    con.execute(_OTHER_PORTIONS.format(columns=", ".join(_PORTION_COMPARED)))
    differs = " OR ".join(f"f.{name} IS DISTINCT FROM o.{name}" for name in _COMPARED)
    con.execute(_CHANGED.format(differs=differs))


def _append_changes(con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    deltas = ", ".join(f"n.{name} - o.{name} AS {delta(name)}" for name in MONEY_COLUMNS)
    con.execute(_ADJUSTMENT.format(cause=_CAUSE, deltas=deltas), [run_id])
    con.execute(
        "INSERT INTO settlement_version BY NAME SELECT f.*, c.to_version AS version, ? AS run_id "
        "FROM fresh AS f JOIN changed AS c USING (claim_id)",
        [run_id],
    )
    con.execute(
        "INSERT INTO settlement_portion BY NAME SELECT p.*, c.to_version AS version "
        "FROM fresh_portion AS p JOIN changed AS c USING (claim_id)"
    )


def _replace_accumulators(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    con.execute("DELETE FROM accumulator WHERE member_id IN (SELECT member_id FROM affected)")
    con.execute(f"INSERT INTO accumulator BY NAME {_settled(STORED['accumulator'], (), folder)}")


def _settled(table: Table, leave_out: tuple[str, ...], folder: Path) -> str:
    """A query for settled rows in stored units; a list that settling left unknown is an empty one."""
    table = replace(table, columns=tuple(column for column in table.columns if column.name not in leave_out))
    lists = ", ".join(f"coalesce({name}, []) AS {name}" for name in table.of_kind(Kind.LIST, Kind.WHOLES))
    files = str(folder / "*.parquet").replace("'", "''")
    return (
        f"SELECT * {f'REPLACE ({lists})' if lists else ''} FROM (SELECT {table.stored()} FROM read_parquet('{files}'))"
    )


def _moves_money() -> str:
    return " OR ".join(f"{delta(name)} <> 0" for name in MONEY_COLUMNS)
