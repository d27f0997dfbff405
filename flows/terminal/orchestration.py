"""Runs the flow `nightly` from the command line; trouble of the orchestrator alone does not stop or spoil a night."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from flows.terminal.prefect_settings import apply_settings

if TYPE_CHECKING:
    from flows.night import Outcome

__all__ = ["run_orchestrated"]


def run_orchestrated(inbox: Path, db: Path, policies: Path | None, as_of: date | None) -> Outcome:
    """The outcome of a night. Raises what `run_night` raises.

    An orchestrator that does not start is done without, one that fails after the publication is only reported.
    """
    apply_settings()
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # a terminated run ends like one stopped from the keyboard
    from flows import nightly as flows
    from flows.terminal.prefect_server import start_server

    try:
        start_server()
        return flows.nightly(inbox, db, policies, as_of)
    except (Exception, KeyboardInterrupt) as error:
        if flows.course.outcome is not None:
            return _with_warning(
                flows.course.outcome, f"Prefect did not record the end of the run: {_first_line(error)}"
            )
        if flows.course.begun or isinstance(error, KeyboardInterrupt):
            raise
        return _without_prefect(inbox, db, policies, as_of, error)


def _without_prefect(inbox: Path, db: Path, policies: Path | None, as_of: date | None, error: Exception) -> Outcome:
    from flows.night import Night, run_night
    from flows.terminal.progress import progress

    with progress() as show:
        outcome = run_night(Night(inbox, db, policies, as_of), advance=show.advance)
    return _with_warning(outcome, f"Prefect did not start, so the run is not in its list: {_first_line(error)}")


def _with_warning(outcome: Outcome, warning: str) -> Outcome:
    return replace(outcome, warnings=(*outcome.warnings, warning))


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
