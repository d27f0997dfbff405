"""The statement for one member (待遇结算单) as one HTML page: billed, paid by each fund, left to the person, and why."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from reports.html.charts import meter
from reports.html.page import render
from reports.html.reading import Row
from reports.html.terms import law_term
from reports.policy_words import Language
from reports.statement_source import PAYERS, SCOPES, MemberYear, read_member_year

__all__ = ["masked_id", "statement"]

_LONG = 12
"""A claim of at most so many steps is kept on one page."""


def statement(
    con: duckdb.DuckDBPyConnection, member_id: str, year: int, language: Language = "zh", masked: bool = False
) -> str:
    """One self-contained HTML document. Raises UnknownMember or DoesNotTie.

    `masked`: the middle of the member's number and the day of birth are not shown.
    """
    story = read_member_year(con, member_id, year)
    for claim in story.claims:
        claim["billed"] = [name for name in SCOPES if claim[name]]
        claim["paying"] = [name for name in PAYERS if claim[name] or name == "personal_pay"]
    return render(
        "statement.j2",
        language,
        story=story,
        who=masked_id(member_id) if masked else member_id,
        born=_born(story.member["birth_date"], masked),
        scopes=SCOPES,
        payers=PAYERS,
        shown=[name for name in PAYERS if story.total[name] or name == "personal_pay"],
        limits=[_limit(row, number, language) for number, row in enumerate(story.limits)],
        quotes=_quotes(story),
        long=_LONG,
    )


def masked_id(member_id: str) -> str:
    """The first and last characters of a number, at most half of it."""
    shown = min(4, len(member_id) // 4)
    return member_id[:shown] + "*" * (len(member_id) - 2 * shown) + member_id[len(member_id) - shown :]


def _born(day: object, masked: bool) -> str:
    return "" if day is None else f"{str(day)[:4]}-**-**" if masked else str(day)


def _limit(row: Row, number: int, language: Language) -> Row:
    """A limit with what is left of it and a bar."""
    name = law_term(row["name"], language)
    used, limit = Decimal(row["used_amount"]), Decimal(row["limit_amount"])
    return row | {
        "term": f"{name} ({row['key']})" if row["key"] else name,
        "left": max(limit - used, Decimal(0)),
        "chart": meter(f"limit-{number}", name, used, limit),
    }


def _quotes(story: MemberYear) -> dict[tuple[str, str], int]:
    """Rule and sentence to its number, in the order in which the claims cite them."""
    found: dict[tuple[str, str], int] = {}
    for claim in story.claims:
        for portion in claim["portions"]:
            for step in portion["steps"]:
                if step["quote"]:
                    found.setdefault((step["rule_id"] or "", step["quote"]), len(found) + 1)
    return found
