"""The Prefect flow `nightly`: every step of a night is a task; only those that read or copy files are tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.states import State, StateType

from flows.drift import Held, watching
from flows.night import READING, Night, Outcome, Perform, run_night
from flows.terminal.night_report import write_report
from flows.terminal.progress import Progress, progress
from flows.terminal.run_page import show_run

__all__ = ["Course", "course", "nightly"]


@dataclass
class Course:
    """How far the latest flow of this process came: what an orchestrator that fails on its way cannot report."""

    begun: bool = False
    outcome: Outcome | None = None
    error: Exception | None = None


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
def nightly(
    inbox: Path,
    db: Path,
    policies: Path | None = None,
    as_of: date | None = None,
    watch: bool = False,
    reports: Path | None = None,
) -> Outcome:
    """Take one delivery, settle the members it concerns and publish the database; `run_night` says what is raised.

    With `watch` a delivery unlike the last nights raises Held. `reports` is the folder of the night's pages (None:
    beside the database).
    """
    course.begun, course.outcome, course.error = True, None, None
    try:
        with progress() as show:
            steps = watching(_as_tasks(show), db) if watch else _as_tasks(show)
            course.outcome = run_night(Night(inbox, db, policies, as_of), steps, show.advance)
    except Exception as error:
        course.error = error
        return _failure(error)
    if course.outcome.totals:
        course.outcome = _shown(course.outcome, reports)
    return course.outcome


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _failure(error: Exception) -> Any:
    """The state of a run that published nothing: its message is the sentence, whoever called it gets the error."""
    sentence = str(error) or type(error).__name__
    get_run_logger().error(sentence)
    name = "Held" if isinstance(error, Held) else "Failed"
    return State(type=StateType.FAILED, name=name, message=sentence, data=error)


def _shown(outcome: Outcome, reports: Path | None) -> Outcome:
    """The outcome; pages that cannot be made are a warning, for the night is published."""
    page = None
    try:
        page = write_report(outcome, reports)
    except Exception as error:
        warning = f"The report was not written: {_first_line(error)}"
        get_run_logger().warning(warning)
        outcome = replace(outcome, warnings=(*outcome.warnings, warning))
    show_run(outcome, page)
    return outcome
