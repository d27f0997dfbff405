"""The Prefect flow `nightly`: every step of a night is a task."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.states import State, StateType

from flows.drift import Held, watching
from flows.night import Night, Outcome, run_night
from flows.tasks import Course, as_tasks
from flows.terminal.night_report import write_report
from flows.terminal.progress import progress
from flows.terminal.run_page import show_run

__all__ = ["Course", "course", "nightly"]


course = Course[Outcome]()


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

    With `watch` a delivery unlike the last nights raises Held. `reports` is the folder for the night's pages (None:
    they are not written).
    """
    course.begin()
    try:
        with progress() as show:
            steps = watching(as_tasks(show), db) if watch else as_tasks(show)
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
        page = write_report(outcome, reports) if reports else None
    except Exception as error:
        warning = f"The report was not written: {_first_line(error)}"
        get_run_logger().warning(warning)
        outcome = replace(outcome, warnings=(*outcome.warnings, warning))
    show_run(outcome, page)
    return outcome
