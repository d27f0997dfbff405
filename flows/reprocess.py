"""The Prefect flow `reprocess`: plan what an edited law changes, publish a plan, or both."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.reprocessing.applying import Applied, apply_plan
from flows.reprocessing.planning import make_plan
from flows.reprocessing.plans import Plan
from flows.reprocessing.request import Request
from flows.tasks import Course, as_tasks
from flows.terminal.progress import progress

__all__ = ["course", "reprocess"]

course = Course[Plan | Applied]()


@flow(name="reprocess", persist_result=False)
def reprocess(
    db: Path,
    policies: Path | None = None,
    pool: str | None = None,
    scheme: Literal["resident", "employee"] | None = None,
    since: date | None = None,
    as_of: date | None = None,
    plan_only: bool = True,
    plan_id: str | None = None,
) -> Plan | Applied:
    """Make a plan (`Request` says what the limits mean); with `plan_id` publish that plan; without `plan_only` do both.

    Raises what `make_plan` and `apply_plan` raise; nothing is published then.
    """
    course.begin()
    with progress() as show:
        done: Plan | Applied | None = None
        if plan_id is None:
            request = Request(db, policies, pool, scheme, since, as_of)
            done = make_plan(request, as_tasks(show), show.advance)
            plan_id = None if plan_only else done.plan_id
        if plan_id is not None:
            done = apply_plan(db, plan_id, policies, as_tasks(show))
    assert done is not None
    course.outcome = done
    plan = done.plan if isinstance(done, Applied) else done
    create_table_artifact(key="plan-by-fund", table=plan.report()["funds"], description=plan.plan_id)
    return done
