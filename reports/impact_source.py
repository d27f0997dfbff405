"""Shows one change of the law to SQL as two sides, old and new, whether a plan or an applied run made it.

The sides are temporary views, and the report reads nothing else of the change: `impact_old` and `impact_new`
(settlement_version's columns, one row a claim that changes), `impact_old_portion`, `impact_new_portion`, `impact_old_step`,
`impact_new_step` (settlement_step's columns and parameter_unit), `impact_cause` (claim_id, cause, reach), `impact_held` (claims
that are too old to change without a person: columns of `held`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.html.reading import row_of
from reports.impact_law import changed_figures, changed_steps
from reports.night_source import UnknownRun
from reports.policy_diff import ParameterChange, TextChange

__all__ = ["VIEWS", "Change", "applied", "show_sides"]

VIEWS = (
    "impact_old", "impact_new", "impact_old_portion", "impact_new_portion", "impact_old_step", "impact_new_step", "impact_cause",
    "impact_held",
)  # fmt: skip
"""The names of all of them."""

_PAIR = """
    CREATE OR REPLACE TEMP TABLE impact_pair AS
    SELECT claim_id, from_version, to_version, cause, reach, policy_fingerprint_from, policy_fingerprint_to
    FROM adjustment WHERE run_id = $run
"""
_VERSIONS = """
    SELECT v.* FROM {table} AS v JOIN impact_pair AS p ON p.claim_id = v.claim_id AND p.{version} = v.version
"""
_STEPS = """
    SELECT s.*, t.parameter_unit FROM settlement_step AS s
    JOIN impact_pair AS p ON p.claim_id = s.claim_id AND p.{version} = s.version
    JOIN settlement_version AS v ON v.claim_id = s.claim_id AND v.version = s.version
    LEFT JOIN policy_step AS t ON t.policy_id = v.policy_id AND t.version = v.policy_version
        AND t.fingerprint = v.policy_fingerprint AND t.step_no = s.step_no
"""
_TEXT = """
    CREATE OR REPLACE TEMP VIEW impact_{side}_law_{table} AS SELECT * FROM policy_{table} WHERE fingerprint IN (
        SELECT {fingerprint} FROM impact_pair WHERE policy_fingerprint_from IS DISTINCT FROM policy_fingerprint_to
    )
"""


@dataclass(frozen=True)
class Change:
    """A change whose sides are shown: the plan or run by name, when it was made, and what it alters in the law."""

    name: str
    planned: bool
    made_at: datetime
    policy_fingerprint: str
    figures: Sequence[ParameterChange] = ()
    texts: Sequence[TextChange] = ()


def applied(con: duckdb.DuckDBPyConnection, run_id: str) -> Change:
    """Show the sides of a published run: the versions it replaced and those it made. Raises UnknownRun."""
    run = row_of(con, "SELECT * FROM run WHERE run_id = $run", run=run_id)
    if run is None:
        raise UnknownRun(f"There is no run {run_id} in the database.")
    con.execute(_PAIR, {"run": run_id})
    con.execute("SET VARIABLE impact_run = $run", {"run": run_id})
    queries = {
        "impact_cause": "SELECT claim_id, cause, reach FROM impact_pair",
        "impact_held": "FROM held WHERE run_id = getvariable('impact_run')",
    }
    for side, end in (("old", "from"), ("new", "to")):
        version = f"{end}_version"
        queries[f"impact_{side}"] = _VERSIONS.format(table="settlement_version", version=version)
        queries[f"impact_{side}_portion"] = _VERSIONS.format(table="settlement_portion", version=version)
        queries[f"impact_{side}_step"] = _STEPS.format(version=version)
        for table in ("parameter", "step"):
            con.execute(_TEXT.format(side=side, table=table, fingerprint=f"policy_fingerprint_{end}"))
    show_sides(con, queries)
    law = changed_figures(con), changed_steps(con)
    return Change(run_id, False, run["started_at"], run["policy_fingerprint"], *law)


def show_sides(con: duckdb.DuckDBPyConnection, queries: Mapping[str, str]) -> None:
    """Make each of VIEWS from its query."""
    for name in VIEWS:
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {queries[name]}")
