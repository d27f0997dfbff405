"""The Prefect flow `nights`: one round over an inbox, a run of its own for every delivery, one round at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from prefect.states import Completed, Failed, State

from flows import nightly as night_flow
from flows.drift import watching
from flows.inbox.folders import Inbox, InboxError, Readiness
from flows.inbox.notice import notify
from flows.inbox.prefect_turn import prefect_turn
from flows.inbox.round import Round, Take, run_round
from flows.inbox.words import needs, rows, short
from flows.night import Night, Outcome, directly, run_night

__all__ = ["NightsCourse", "nights", "nights_course"]


@dataclass
class NightsCourse:
    """How far the latest flow of this process came, for the command line."""

    begun: bool = False
    done: Round | None = None
    error: Exception | None = None


nights_course = NightsCourse()


@flow(name="nights", persist_result=False)
def nights(
    inbox: Path,
    db: Path,
    policies: Path | None = None,
    reports: Path | None = None,
    quiet_for: float = 300,
    ready_file: bool = False,
    accept: Sequence[str] = (),
    notify_block: str | None = None,
) -> State[Any]:
    """Take every due delivery of an inbox in the order of days; the state's message says in one sentence what needs a person.

    `quiet_for` is in seconds; without `reports` the nights' pages go into reports/ beside the database. `notify_block`
    names a notification block (`slack-webhook/ops`) that is told of trouble.
    """
    nights_course.begun, nights_course.done, nights_course.error = False, None, None
    try:
        with prefect_turn(db, str(flow_run.id)):
            nights_course.begun = True
            take = _each(db, policies, reports or db.parent / "reports")
            nights_course.done = run_round(Inbox(inbox), db, take, Readiness(quiet_for, ready_file), tuple(accept))
    except InboxError as error:
        nights_course.error = error
        return _ended(str(error), notify_block)
    if nights_course.done.taken:
        create_table_artifact(key="nights", table=rows(nights_course.done), description="Deliveries of this round")
    return _ended(needs(nights_course.done), notify_block, short(nights_course.done))


def _ended(trouble: str | None, notify_block: str | None, well: str = "") -> State[Any]:
    log = get_run_logger()
    if trouble is None:
        log.info(well)
        return Completed(message=well)
    log.error(trouble)
    if notify_block:
        notify(notify_block, trouble)
    return Failed(message=trouble)


def _each(db: Path, policies: Path | None, reports: Path) -> Take:
    def take(folder: Path, watched: bool) -> Outcome:
        course = night_flow.course
        course.begun = False
        run = night_flow.nightly.with_options(flow_run_name=f"nightly {folder.name}")
        try:
            return run(folder, db, policies, watch=watched, reports=reports)
        except Exception as error:
            if course.outcome is not None:
                return _noted(course.outcome, f"Prefect did not record the end of the run: {error}")
            if course.begun:
                raise course.error or error from None
            plain = run_night(Night(folder, db, policies), watching(directly, db) if watched else directly)
            return _noted(plain, f"Prefect did not answer, so this night is not in its list: {error}")

    return take


def _noted(outcome: Outcome, note: str) -> Outcome:
    return replace(outcome, warnings=(*outcome.warnings, note.splitlines()[0]))
