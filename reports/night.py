"""The report of a night as one HTML page: what was delivered, decided, paid, refused and changed, under which law."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import duckdb
from markupsafe import Markup

from reports.html.charts import Bar, columns
from reports.html.page import render
from reports.html.reading import Row
from reports.html.terms import column_term
from reports.night_source import FUNDS, NightStory, net, read_night
from reports.policy_words import Language

__all__ = ["night_report"]

_TOTALS = (
    "rows_delivered", "rows_accepted", "rows_repeated", "rows_quarantined",
    "amount_delivered", "amount_accepted", "amount_quarantined",
)  # fmt: skip
_CHART = 420


def night_report(con: duckdb.DuckDBPyConnection, run_id: str, language: Language = "zh", masked: bool = False) -> str:
    """One self-contained HTML document. Raises UnknownRun.

    `masked`: refused rows are told by their place in the files only, without keys and values.
    """
    story = read_night(con, run_id)
    shown = [name for name in (*FUNDS, "allowance_pay") if any(net(night, name) for night in story.nights)]
    return render(
        "night.j2",
        language,
        story=story,
        masked=masked,
        funds=shown,
        net=net,
        total={name: sum(row[name] for row in story.totals) for name in _TOTALS},
        ties=_ties(story),
        charts=list(_charts(story, shown, language)),
    )


def _ties(story: NightStory) -> bool:
    """Whether every table's delivered rows and yuan are those accepted and refused."""
    return all(
        total[f"{kind}_delivered"] == total[f"{kind}_accepted"] + total[f"{kind}_quarantined"]
        for total in story.totals
        for kind in ("rows", "amount")
    )


def _charts(story: NightStory, funds: list[str], language: Language) -> Iterator[tuple[str, Markup]]:
    """One chart a fund: this night, dark, after the nights before it."""
    for name in funds:
        bars = [_bar(night, name, story) for night in story.nights]
        title = column_term(name, language)
        yield title, columns(f"fund-{name}", title, bars, _CHART)


def _bar(night: Row, name: str, story: NightStory) -> Bar:
    days = {row["started_at"].date() for row in story.nights}
    label = _label(night["started_at"], len(days) < len(story.nights))
    return Bar(label, Decimal(net(night, name)), "strong" if night is story.nights[-1] else "plain")


def _label(started: datetime, timed: bool) -> str:
    """The day, or the time where several nights fall on one day."""
    return f"{started:%H:%M}" if timed else f"{started:%m-%d}"
