"""Publishes exactly what a plan holds, or refuses and says what moved since the plan was made."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.reprocessing.plans import Plan, open_plan
from flows.reprocessing.request import ReprocessError, Request
from flows.reprocessing.state import what_moved
from flows.steps import Perform, directly, saying_what_is_left
from flows.warehouse.audits import audit
from flows.warehouse.control import RUN_TOTALS
from flows.warehouse.database import open_current, prepare_warehouse
from flows.warehouse.law_tables import keep_law, show_law
from flows.warehouse.posting import POSTED, Appended, post
from flows.warehouse.publication import Workspace, publication
from flows.warehouse.renewal import stand
from flows.warehouse.runs import Run, code_version, record, start_run
from policies.law import Law

__all__ = ["Applied", "apply_plan"]


@dataclass(frozen=True)
class Applied:
    """A plan that was published by a run."""

    run: Run
    plan: Plan
    db: Path
    appended: Appended


def apply_plan(db: Path, plan_id: str, policies: Path | None = None, perform: Perform = directly) -> Applied:
    """Publish a plan: its new versions and adjustments, to the last fen. `policies`: None is the folder of the plan.

    Raises ReprocessError when claims, program or law are not those of the plan any more; AuditFailure, PolicyError,
    NotAWarehouse or PublicationError; nothing is published then.
    """
    plan = open_plan(db, plan_id)
    folder = plan.manifest["policies"]
    request = Request.restored(db, policies or (folder and Path(folder)), plan.manifest["limits"])
    run = start_run("reprocess", plan_id, request.as_of)
    with publication(db, run.run_id) as workspace, saying_what_is_left(workspace):
        return _steps(plan, request, run, workspace, perform)


def _steps(plan: Plan, request: Request, run: Run, workspace: Workspace, perform: Perform) -> Applied:
    law = perform("load the policies", request.law)
    perform("check the plan", lambda: _check(plan, request, law))
    perform("copy the database", workspace.prepare)
    with closing(workspace.connect()) as con:
        con.execute("BEGIN")
        prepare_warehouse(con)
        show_law(con, law)
        _show(con, plan)
        appended = perform("append what changes", lambda: _append(con, law, run))
        record(con, run, _run_row(plan, law, appended))
        perform("audit", lambda: audit(con, run.run_id))
        con.execute("COMMIT")
    perform("publish", workspace.publish)
    return Applied(run, plan, request.db, appended)


def _check(plan: Plan, request: Request, law: Law) -> None:
    with closing(open_current(str(request.db))) as con:
        moved = what_moved(con, plan.manifest["database"], plan.plan_id) or _other_law(plan, law) or _other_code(plan)
    if moved:
        raise ReprocessError(f"plan {plan.plan_id} is not applied: {moved}. Make a new plan.")


def _other_law(plan: Plan, law: Law) -> str | None:
    if plan.manifest["law"] == law.fingerprint:
        return None
    old, new = plan.manifest["laws"], law.fingerprints
    edited = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    return f"the policy {', '.join(edited)} was edited since it was made"


def _other_code(plan: Plan) -> str | None:
    made = plan.manifest["code"]
    return None if made == code_version() else f"it was made by version {made} of the program, this is {code_version()}"


def _show(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    for name in (*POSTED.values(), "candidate"):
        con.execute(f"CREATE TEMP VIEW {name} AS FROM read_parquet('{_quoted(plan.file(name))}')")
    for name in ("changed", "affected"):
        con.execute(f"CREATE TEMP TABLE {name} AS FROM read_parquet('{_quoted(plan.file(name))}')")


def _append(con: duckdb.DuckDBPyConnection, law: Law, run: Run) -> Appended:
    keep_law(con, law)
    stand(con, "candidate", run.run_id)
    return post(con, run.run_id)


def _run_row(plan: Plan, law: Law, appended: Appended) -> dict[str, object]:
    return {
        "policy_fingerprint": law.fingerprint,
        "input_fingerprint": None,
        "input_fingerprints": [f"plan={plan.plan_id}"],
        **dict.fromkeys(RUN_TOTALS, 0),
        "claims_settled": appended.settled,
        "claims_changed": appended.first + appended.adjusted,
        "warnings": [],
    }


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
