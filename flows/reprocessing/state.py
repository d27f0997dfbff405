"""What state of the published database a plan was made from, and whether it is still that state."""

from __future__ import annotations

import hashlib
from typing import Any

import duckdb

from flows.warehouse.queries import first_row

__all__ = ["published_state", "what_moved"]

_CONTENT = """
    SELECT (SELECT count(*) FROM claims), (SELECT count(*) FROM fee_lines), (SELECT sum(amount) FROM fee_lines),
        (SELECT count(*) FROM settlement_version), (SELECT count(*) FROM adjustment), (SELECT count(*) FROM held),
        (SELECT sum(personal_pay) FROM settlement_version)
"""


def published_state(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The runs that made the database, and a hash of its counts and sums."""
    runs = [run for (run,) in con.execute("SELECT run_id FROM run ORDER BY started_at, rowid").fetchall()]
    content = first_row(con, _CONTENT)
    digest = hashlib.sha256(repr((runs, tuple(map(str, content or ())))).encode()).hexdigest()[:16]
    return {"runs": len(runs), "last_run": runs[-1] if runs else None, "content": digest}


def what_moved(con: duckdb.DuckDBPyConnection, state: dict[str, Any], plan_id: str) -> str | None:
    """A sentence on what was published since `state`; None when nothing was."""
    if published_state(con) == state:
        return None
    runs = con.execute(
        "SELECT run_id, list_contains(input_fingerprints, ?) FROM run ORDER BY started_at, rowid OFFSET ?",
        [f"plan={plan_id}", state["runs"]],
    ).fetchall()
    for run, has_applied in runs:
        if has_applied:
            return f"it was applied already, by run {run}"
    if runs:
        return f"run {runs[-1][0]} has published claims since it was made"
    return "the database was changed without a run since it was made"
