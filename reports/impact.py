"""The impact of a change of the law as one HTML page: the change, its cost, who gains and loses, claims side by side."""

from __future__ import annotations

from decimal import Decimal

import duckdb
from markupsafe import Markup

from reports.html.charts import Bar, Tone, columns, rows
from reports.html.page import render
from reports.html.terms import column_term
from reports.html.words import say
from reports.impact_claims import worked_claims
from reports.impact_money import BINS, Money, prepare_money, read_money
from reports.impact_source import Change
from reports.policy_texts import ORDER
from reports.policy_words import Language, figure_in_words
from reports.statement import masked_id

__all__ = ["impact_report"]

_HELD = 20


def impact_report(
    con: duckdb.DuckDBPyConnection, change: Change, language: Language = "zh", masked: bool = False
) -> str:
    """One self-contained HTML document on a change whose sides are shown to `con`.

    `masked`: the middle of members' numbers is not shown.
    """
    prepare_money(con)
    money = read_money(con)
    return render(
        "impact.j2",
        language,
        change=change,
        money=money,
        figures=list(dict.fromkeys(change.figures)),
        texts=[text for text in dict.fromkeys(change.texts) if text.name != ORDER],
        claims=worked_claims(con),
        value=lambda text, unit: _value(text, unit, language),
        who=masked_id if masked else str,
        held=money.held[:_HELD],
        settled=sum(row["claims"] for row in money.unaffected),
        charts=_charts(money, language) if money.claims else {},
    )


def _value(text: str | None, unit: str, language: Language) -> str:
    if text is None or unit == "brackets":
        return text or "–"
    return ", ".join(text.split(";")) if unit == "codes" else figure_in_words(text, unit, language)


def _charts(money: Money, language: Language) -> dict[str, Markup]:
    funds = [
        Bar(column_term(row["name"], language), row["funds"], _tone(row["funds"]), plus=True) for row in money.funds
    ]
    months = [_month(row["name"], row["funds"], number) for number, row in enumerate(money.months)]
    charts = {
        "funds": rows("funds", say(language, "funds_chart"), funds),
        "months": columns("months", say(language, "months_chart"), months),
    }
    for name, members in money.spread.items():
        title = say(language, "spread_chart", group=say(language, f"group_{name}"))
        charts[f"spread-{name}"] = columns(f"spread-{name}", title, _bins(members, language))
    return charts


def _tone(amount: Decimal) -> Tone:
    return "strong" if amount > 0 else "more"


def _month(name: str | None, amount: Decimal, number: int) -> Bar:
    """The month, and below it the year where it begins."""
    year, _, month = (name or "–").partition("-")
    return Bar(month or year, amount, _tone(amount), year if month and (number == 0 or month == "01") else "", True)


def _bins(members: list[int], language: Language) -> list[Bar]:
    """Bars from the largest loss to the largest gain."""
    half = len(BINS) // 2
    edges = [f"{edge:,}+" for edge in (1000, 300, 100)] + [say(language, "under", edge=100)]
    bars = [Bar(edge, count, "more") for edge, count in zip(edges, members, strict=False)]
    bars.append(Bar("0", members[half + 1], "less"))
    return bars + [Bar(edge, count, "strong") for edge, count in zip(edges[::-1], members[half + 2 :], strict=True)]
