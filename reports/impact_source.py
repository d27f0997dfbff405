"""Shows one change of the law to SQL as two sides, old and new, whether a plan or an applied run made it.

The sides are temporary views, and the report reads nothing else of the change: `impact_old` and `impact_new`
(settlement_version's columns, one row a claim that changes), `impact_old_portion`, `impact_new_portion`, `impact_old_step`,
`impact_new_step` (settlement_step's columns and parameter_unit), `impact_cause` (claim_id, cause), `impact_old_parameter`,
`impact_new_parameter` and `impact_old_formula`, `impact_new_formula` (the policies whose text changes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from reports.html.reading import Row, row_of, rows_of
from reports.night_source import UnknownRun

__all__ = ["VIEWS", "Change", "applied", "of_frames"]

_PARTS = ("", "_portion", "_step", "_parameter", "_formula")
VIEWS = (*(f"impact_{side}{part}" for side in ("old", "new") for part in _PARTS), "impact_cause")
"""The names of all of them."""

_PAIR = """
    CREATE OR REPLACE TEMP TABLE impact_pair AS
    SELECT claim_id, from_version, to_version, cause, policy_fingerprint_from, policy_fingerprint_to
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
    SELECT * FROM {table} WHERE fingerprint IN (
        SELECT {fingerprint} FROM impact_pair WHERE policy_fingerprint_from IS DISTINCT FROM policy_fingerprint_to
    )
"""


@dataclass(frozen=True)
class Change:
    """Names a change whose sides are shown: the plan or run, what kind it is, when it was made."""

    name: str
    planned: bool
    made_at: datetime
    code_version: str = ""
    policy_fingerprint: str = ""


def applied(con: duckdb.DuckDBPyConnection, run_id: str) -> Change:
    """Show the sides of a published run: the versions it replaced and those it made. Raises UnknownRun."""
    run = row_of(con, "SELECT * FROM run WHERE run_id = $run", run=run_id)
    if run is None:
        raise UnknownRun(f"There is no run {run_id} in the database.")
    con.execute(_PAIR, {"run": run_id})
    for side, version in (("old", "from"), ("new", "to")):
        _show(con, f"impact_{side}", _VERSIONS.format(table="settlement_version", version=f"{version}_version"))
        _show(con, f"impact_{side}_portion", _VERSIONS.format(table="settlement_portion", version=f"{version}_version"))
        _show(con, f"impact_{side}_step", _STEPS.format(version=f"{version}_version"))
        for part in ("parameter", "step"):
            text = _TEXT.format(table=f"policy_{part}", fingerprint=f"policy_fingerprint_{version}")
            _show(con, f"impact_{side}_{'formula' if part == 'step' else part}", text)
    _show(con, "impact_cause", "SELECT claim_id, cause FROM impact_pair")
    return Change(run_id, False, run["started_at"], run["code_version"], run["policy_fingerprint"])


def of_frames(con: duckdb.DuckDBPyConnection, change: Change, frames: Mapping[str, pl.DataFrame]) -> Change:
    """Show sides that are not in the database; `frames` has one for each of VIEWS, amounts in yuan."""
    rows_of(con, "SELECT 1")  # a result left half read would block the registering
    for name in VIEWS:
        con.register(name, frames[name])
    return change


def _show(con: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")


def sides(con: duckdb.DuckDBPyConnection, query: str) -> tuple[list[Row], list[Row]]:
    """A query with `{side}` in it, of the old side and of the new."""
    return rows_of(con, query.format(side="old")), rows_of(con, query.format(side="new"))
