"""The Prefect flow `nightly`: every step of a night is a task; only those that read or copy files are tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.night import READING, Night, Outcome, Perform, run_night
from flows.terminal.progress import Progress, progress
from flows.terminal.summary import total_rows

__all__ = ["Course", "course", "nightly"]


@dataclass
class Course:
    """How far the latest flow of this process came: what an orchestrator that fails on its way cannot report."""

    begun: bool = False
    outcome: Outcome | None = None


course = Course()


def _may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """Whether the step failed on a file that may be there, or whole, a moment later."""
    return isinstance(state.result(raise_on_failure=False), OSError)


@task(cache_policy=NO_CACHE, persist_result=False)
def perform(step: Callable[[], Any]) -> Any:
    """One step of a night."""
    return step()


_reading = perform.with_options(retries=2, retry_delay_seconds=[2, 10], retry_condition_fn=_may_pass)


def _as_tasks(show: Progress) -> Perform:
    def run(name: str, step: Callable[[], Any], /) -> Any:
        show.step(name)
        kind = _reading if name in READING else perform
        return kind.with_options(name=name)(step)

    return run


@flow(name="nightly", persist_result=False)
def nightly(inbox: Path, db: Path, policies: Path | None = None, as_of: date | None = None) -> Outcome:
    """Take one delivery, settle the members it concerns and publish the database; `run_night` says what is raised."""
    course.begun, course.outcome = True, None
    with progress() as show:
        course.outcome = run_night(Night(inbox, db, policies, as_of), _as_tasks(show), show.advance)
    if course.outcome.totals:
        create_table_artifact(
            key="control-totals", table=total_rows(course.outcome), description=course.outcome.run.run_id
        )
    return course.outcome
