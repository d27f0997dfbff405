"""The command `nights`: one round over an inbox from the command line, under Prefect or, where that fails, without."""

from __future__ import annotations

import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.drift import watching
from flows.inbox.folders import Inbox, Readiness
from flows.inbox.round import Round, run_round
from flows.inbox.turn import turn
from flows.inbox.words import needs, told
from flows.night import Night, Outcome, directly, run_night
from flows.terminal.prefect_settings import apply_settings

if TYPE_CHECKING:
    from flows.inbox.flow import NightsCourse

__all__ = ["NightsNeedAPerson", "Settings", "take_nights"]


class NightsNeedAPerson(Exception):
    """Deliveries were refused or held, or the round stopped; the sentence names each and says why."""


@dataclass(frozen=True)
class Settings:
    """What a round works with; `quiet_for` in seconds, None stands for what comes with the program."""

    inbox: Path
    db: Path
    policies: Path | None = None
    reports: Path | None = None
    quiet_for: float = 300
    ready_file: bool = False
    notify_block: str | None = None

    def parameters(self) -> dict[str, Any]:
        """The parameters of the flow `nights`, paths written out in full."""
        return {name: str(value.resolve()) if isinstance(value, Path) else value for name, value in vars(self).items()}


def take_nights(settings: Settings, accept: tuple[str, ...] = ()) -> tuple[str, Exception | None]:
    """Take what is due: the closing words, and NightsNeedAPerson where something needs one.

    Raises InboxError with nothing taken.
    """
    inbox = Inbox(settings.inbox)
    inbox.accepted(accept)
    done = _orchestrated(settings, accept)
    sentence = needs(done)
    return told(inbox, done), NightsNeedAPerson(sentence) if sentence else None


def _orchestrated(settings: Settings, accept: tuple[str, ...]) -> Round:
    apply_settings()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    from flows.terminal.flow_loading import load_flow

    flow, server_ready = load_flow("flows.inbox.flow")
    course: NightsCourse = flow.nights_course
    try:
        server_ready()
        flow.nights(**settings.parameters(), accept=accept)
    except Exception as error:
        if course.error is not None:
            raise course.error from None
        if course.done is None:
            if course.begun:
                raise
            return replace(_plain(settings, accept), note=f"Prefect did not start, so its list lacks this: {error}")
    assert course.done is not None
    return course.done


def _plain(settings: Settings, accept: tuple[str, ...]) -> Round:
    """A round without Prefect, which did not start."""

    def take(folder: Path, watched: bool) -> Outcome:
        night = Night(folder, settings.db, settings.policies)
        return run_night(night, watching(directly, settings.db) if watched else directly)

    readiness = Readiness(settings.quiet_for, settings.ready_file)
    with turn(settings.db):
        return run_round(Inbox(settings.inbox), settings.db, take, readiness, accept)
