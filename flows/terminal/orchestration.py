"""Runs a flow from the command line; trouble of the orchestrator alone does not stop or spoil a run."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from flows.terminal.prefect_settings import apply_settings

if TYPE_CHECKING:
    from flows.night import Outcome
    from flows.reprocessing.applying import Applied
    from flows.reprocessing.plans import Plan
    from flows.reprocessing.request import Request
    from flows.tasks import Course
    from flows.terminal.progress import Progress

__all__ = ["apply_orchestrated", "plan_orchestrated", "run_orchestrated"]

T = TypeVar("T")


def run_orchestrated(inbox: Path, db: Path, policies: Path | None, as_of: date | None) -> Outcome:
    """The outcome of a night. Raises what `run_night` raises."""

    def flow() -> Outcome:
        from flows.nightly import nightly

        return nightly(inbox, db, policies, as_of)

    def plainly(show: Progress) -> Outcome:
        from flows.night import Night, run_night

        return run_night(Night(inbox, db, policies, as_of), advance=show.advance)

    outcome, trouble = _orchestrated("flows.nightly", flow, plainly)
    return replace(outcome, warnings=(*outcome.warnings, trouble)) if trouble else outcome


def plan_orchestrated(request: Request) -> tuple[Plan, str | None]:
    """A new plan, and what the orchestrator was troubled by. Raises what `make_plan` raises."""

    def flow() -> Plan:
        from flows.reprocess import reprocess

        limits = (request.pool, request.scheme, request.since, request.as_of)
        return reprocess(request.db, request.policies, *limits)  # type: ignore[arg-type, return-value]

    def plainly(show: Progress) -> Plan:
        from flows.reprocessing.planning import make_plan

        return make_plan(request, advance=show.advance)

    return _orchestrated("flows.reprocess", flow, plainly)


def apply_orchestrated(db: Path, plan_id: str, policies: Path | None) -> tuple[Applied, str | None]:
    """A plan published, and what the orchestrator was troubled by. Raises what `apply_plan` raises."""

    def flow() -> Applied:
        from flows.reprocess import reprocess

        return reprocess(db, policies, plan_id=plan_id)  # type: ignore[return-value]

    def plainly(show: Progress) -> Applied:
        from flows.reprocessing.applying import apply_plan

        return apply_plan(db, plan_id, policies)

    return _orchestrated("flows.reprocess", flow, plainly)


def _orchestrated(module: str, flow: Callable[[], T], plainly: Callable[[Progress], T]) -> tuple[T, str | None]:
    """The outcome of a flow of a module (which tells its `course`), with a sentence when the orchestrator had trouble.

    An orchestrator that does not start is done without, one that fails after the run is complete is only reported.
    """
    apply_settings()
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # a terminated run ends like one stopped from the keyboard
    from flows.terminal.flow_loading import load_flow
    from flows.terminal.progress import progress

    loaded, server_ready = load_flow(module)
    course: Course[T] = loaded.course
    course.begun = False
    try:
        server_ready()
        return flow(), None
    except (Exception, KeyboardInterrupt) as error:
        if course.begun and course.outcome is not None:
            return course.outcome, f"Prefect did not record the end of the run: {_first_line(error)}"
        if course.begun or isinstance(error, KeyboardInterrupt):
            raise
        with progress() as show:
            outcome = plainly(show)
        return outcome, f"Prefect did not start, so the run is not in its list: {_first_line(error)}"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
