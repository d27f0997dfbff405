"""One round over an inbox: every due delivery in order, each taken, refused, held, or left where trouble stopped the round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from flows.drift import Held
from flows.inbox.folders import Inbox, InboxError, Readiness, day_of, latest_change
from flows.intake import DeliveryError
from flows.night import Outcome
from flows.warehouse.audits import AuditFailure
from transforms.waterfall import SettlingError

__all__ = ["Fate", "Round", "Take", "Taken", "run_round"]

Take = Callable[[Path, bool], Outcome]
"""Takes the delivery in a folder and publishes; the flag says whether it may be held. Raises what `run_night` raises."""

_REFUSING = (DeliveryError, AuditFailure, SettlingError)
"""Failures that lie in what was delivered; all others (disk, law, another writer) would meet the next delivery too."""


class Fate(Enum):
    """What became of a delivery."""

    PUBLISHED = "published"
    REPEATED = "known already"
    REFUSED = "refused"
    HELD = "held"
    LEFT = "left"


@dataclass(frozen=True)
class Taken:
    """A delivery of the round: its name, what became of it, why in one sentence, where it lies now."""

    name: str
    fate: Fate
    sentence: str
    place: Path
    outcome: Outcome | None = None

    @property
    def well(self) -> bool:
        return self.fate in (Fate.PUBLISHED, Fate.REPEATED)


@dataclass(frozen=True)
class Round:
    """What a round did, in order. `growing` folders are taken next time, `strays` are no folders, `untouched` came after
    the trouble `stop`; `note` is for the operator."""

    taken: tuple[Taken, ...] = ()
    growing: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    stop: Exception | None = None
    note: str | None = None

    @property
    def troubles(self) -> tuple[Taken, ...]:
        """Deliveries that need a person."""
        return tuple(taken for taken in self.taken if not taken.well)


def run_round(
    inbox: Inbox, db: Path, take: Take, readiness: Readiness | None = None, accept: tuple[str, ...] = ()
) -> Round:
    """Take every due delivery of the inbox, and the held ones named in `accept` without asking again.

    A refused or held delivery does not stop those after it; any other trouble does. Raises InboxError before anything
    is taken.
    """
    released = inbox.accepted(accept)
    due = inbox.due(readiness or Readiness())
    order = inbox.ordered((*due.whole, *released))
    taken: list[Taken] = []
    for number, folder in enumerate(order):
        done = _one(inbox, db, take, folder, folder in released)
        if isinstance(done, Exception):
            taken.append(Taken(folder.name, Fate.LEFT, _told(done), folder))
            rest = tuple(path.name for path in order[number + 1 :])
            return Round(tuple(taken), due.growing, due.strays, rest, done)
        taken.append(done)
    return Round(tuple(taken), due.growing, due.strays)


def _one(inbox: Inbox, db: Path, take: Take, folder: Path, released: bool) -> Taken | Exception:
    touched = latest_change(folder)
    try:
        outcome = take(folder, not released)
        return _taken(inbox, folder, outcome, touched)
    except Held as held:
        place = inbox.move(folder, inbox.held, _held_reason(held, inbox, db, folder.name))
        return Taken(place.name, Fate.HELD, str(held), place)
    except _REFUSING as refusal:
        place = inbox.move(folder, inbox.failed, _refused_reason(refusal))
        return Taken(place.name, Fate.REFUSED, str(refusal), place)
    except Exception as trouble:
        return trouble


def _taken(inbox: Inbox, folder: Path, outcome: Outcome, touched: float) -> Taken:
    if latest_change(folder) != touched:
        raise InboxError(
            f"{folder.name} was changed while it was read, so it stays in {folder.parent.name}/ and is taken once more."
        )
    after = _after(inbox, folder.name)
    place = inbox.move(folder, inbox.done)
    if outcome.repeats:
        said = f"taken before by run {outcome.repeats}; nothing was changed"
        return Taken(folder.name, Fate.REPEATED, said, place, outcome)
    return Taken(folder.name, Fate.PUBLISHED, f"by run {outcome.run.run_id}{after}", place, outcome)


def _after(inbox: Inbox, name: str) -> str:
    """A late delivery wins over later days where both bring a row of the same key."""
    day, latest = day_of(name), inbox.latest_day()
    if day is None or latest is None or day >= latest:
        return ""
    return (
        f"; it came after {latest}: where both bring the same person's cover or the same provider, this one stands now"
    )


def _refused_reason(refusal: Exception) -> str:
    return (
        f"{refusal}\n\nNothing of this delivery was published ({datetime.now():%Y-%m-%d %H:%M:%S}). "
        "When it is mended, put the folder back into incoming/.\n"
    )


def _held_reason(held: Held, inbox: Inbox, db: Path, name: str) -> str:
    lines = [f"  {'' if figure.usual else '! '}{figure}" for figure in held.figures]
    return "\n".join(
        [
            "This delivery is unlike the last nights, so nothing of it was published. Its figures:",
            *lines,
            "",
            "If it is right:   " + f"baoxiao nights --inbox {inbox.root} --db {db} --accept {name}",
            "If it is wrong:   leave it here, or ask for a new delivery.",
            f"Held {datetime.now():%Y-%m-%d %H:%M:%S}.",
            "",
        ]
    )


def _told(trouble: Exception) -> str:
    return (str(trouble).splitlines() or [type(trouble).__name__])[0]
