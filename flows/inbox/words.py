"""What a round tells its operator: one line a delivery, what waits, and in one sentence what needs a person."""

from __future__ import annotations

from flows.inbox.folders import Inbox
from flows.inbox.round import Fate, Round, Taken

__all__ = ["needs", "rows", "short", "told"]


def told(inbox: Inbox, done: Round) -> str:
    """The closing words of a round, for a terminal; the number of quarantined rows stands last."""
    lines = [f"Inbox {inbox.root}: {short(done)}", *(_line(inbox, taken) for taken in done.taken)]
    lines += [f"  {name:<24} still being written; taken next time" for name in done.growing]
    lines += [f"  {name:<24} is no folder and was left where it is" for name in done.strays]
    lines += [f"  {name:<24} not taken, for the round stopped before it" for name in done.untouched]
    lines += [f"Note on {taken.name}: {warning}" for taken in done.taken for warning in _warnings(taken)]
    lines += [f"Note: {done.note}"] if done.note else []
    return "\n".join([*lines, f"Quarantined rows: {sum(map(_quarantined, done.taken))}"])


def short(done: Round) -> str:
    """How many deliveries met which fate."""
    counts = {fate: sum(taken.fate is fate for taken in done.taken) for fate in Fate}
    said = ", ".join(f"{count} {fate.value}" for fate, count in counts.items() if count)
    return said or "nothing to take"


def needs(done: Round) -> str | None:
    """One sentence on what needs a person, None when nothing does."""
    if not done.troubles:
        return None
    what = "; ".join(f"{taken.name} {taken.fate.value}: {taken.sentence.rstrip('.')}" for taken in done.troubles)
    well = len(done.taken) - len(done.troubles)
    rest = f" The round stopped there; {len(done.untouched)} more wait." if done.stop and done.untouched else ""
    return f"{len(done.troubles)} of {well + len(done.troubles)} deliveries taken up need a person: {what}.{rest}"


def rows(done: Round) -> list[dict[str, object]]:
    """The deliveries of a round as rows of a table."""
    return [
        {
            "delivery": taken.name,
            "fate": taken.fate.value,
            "why": taken.sentence,
            "folder": str(taken.place),
            "quarantined rows": _quarantined(taken),
        }
        for taken in done.taken
    ]


def _line(inbox: Inbox, taken: Taken) -> str:
    return f"  {taken.name:<24} {taken.fate.value}: {taken.sentence} -> {taken.place.relative_to(inbox.root)}"


def _warnings(taken: Taken) -> tuple[str, ...]:
    return taken.outcome.warnings if taken.outcome else ()


def _quarantined(taken: Taken) -> int:
    return sum(total.rows_quarantined for total in taken.outcome.totals) if taken.outcome else 0
