"""Makes a plan: settle the affected persons under the edited law on the side, and keep what would change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from flows.reprocessing.figures import show_changes
from flows.reprocessing.laws import law_differences
from flows.reprocessing.plans import Plan, drafted, finished
from flows.reprocessing.report import report_of
from flows.reprocessing.request import Request
from flows.reprocessing.scope import choose_members
from flows.reprocessing.state import published_state
from flows.settling.buckets import settle_buckets
from flows.settling.gathering import split_members
from flows.settling.settler import RESULTS, settler
from flows.steps import Perform, directly
from flows.warehouse.database import open_current
from flows.warehouse.law_tables import show_law
from flows.warehouse.memory import ALONE, at_rest, bound_memory
from flows.warehouse.posting import POSTED, counted
from flows.warehouse.runs import code_version
from flows.warehouse.versions import compare
from policies.law import Law

__all__ = ["make_plan"]

Advance = Callable[[int, int], None]

_KEPT = {**{rows: f"FROM {rows}" for rows in POSTED.values()}} | {
    "changed": "FROM changed",
    "affected": "FROM affected",
    "candidate": "FROM candidate",
    "changes": "FROM change",
    "old_portion": "FROM old_portion SEMI JOIN changed USING (claim_id)",
}
"""Files of a plan and the relations they hold."""


def make_plan(request: Request, perform: Perform = directly, advance: Advance = lambda done, count: None) -> Plan:
    """Settle whom the law can touch and store the result as a plan; the published database is only read.

    Raises NotAWarehouse, PolicyError, SettlingError or ReprocessError with no plan stored.
    """
    law = perform("load the policies", request.law)
    with drafted(request.db) as draft, closing(open_current(str(request.db))) as con:
        scratch = draft / "scratch"
        scratch.mkdir()
        con.execute(f"SET temp_directory = '{_quoted(scratch / 'spill')}'")
        con.execute("SET preserve_insertion_order = false")
        bound_memory(con, ALONE)
        manifest = _manifest(con, request, law)
        show_law(con, law)
        perform("choose the members", lambda: choose_members(con, request, law))
        settle = settler(law)
        buckets = perform("gather the claims", lambda: split_members(con, scratch, settle, request.lines_per_bucket))
        with at_rest(con):
            perform("settle", lambda: settle_buckets(buckets, settle, RESULTS, advance))
        results = {name: buckets.results(name) for name in RESULTS}
        perform("compare", lambda: compare(con, results, request.as_of or date.today()))
        report = perform("add up", lambda: _report(con, law))
        perform("store the plan", lambda: _store(con, draft))
        return finished(draft, {**manifest, "counts": vars(counted(con))}, report)


def _manifest(con: duckdb.DuckDBPyConnection, request: Request, law: Law) -> dict[str, Any]:
    return {
        "created_at": datetime.now().isoformat(timespec="seconds"),
        "database": published_state(con),
        "law": law.fingerprint,
        "laws": law.fingerprints,
        "code": code_version(),
        "policies": None if request.policies is None else str(request.policies.resolve()),
        "limits": request.limits(),
    }


def _report(con: duckdb.DuckDBPyConnection, law: Law) -> dict[str, Any]:
    show_changes(con, law)
    return {**law_differences(con, law), **report_of(con)}


def _store(con: duckdb.DuckDBPyConnection, draft: Path) -> None:
    for name, query in _KEPT.items():
        con.execute(f"COPY ({query}) TO '{_quoted(draft / name)}.parquet' (FORMAT parquet, COMPRESSION lz4)")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
