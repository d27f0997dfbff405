"""The difference of two versions of the law as a page: a table of figures with old and new, quotes, then texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from reports.policy_diff import ParameterChange, TextChange
from reports.policy_page import Block, Grid, Heading, Lines, Page
from reports.policy_words import Language, figure_in_words, word

__all__ = ["changes_page"]


def changes_page(
    figures: Sequence[ParameterChange], texts: Sequence[TextChange] = (), language: Language = "en"
) -> Page:
    """A rich renderable, `.markdown()` for text; says so when nothing differs."""
    page = Page([Heading(word("What differs", language), 1)])
    if not figures and not texts:
        page.blocks.append(Lines((word("Nothing.", language),)))
    named = [change.policy for change in figures] + [change.policy for change in texts]
    for policy in dict.fromkeys(named):
        page.blocks.append(Heading(policy))
        page.blocks += _figures([change for change in figures if change.policy == policy], language)
        page.blocks += _texts([change for change in texts if change.policy == policy], language)
    return page


def _figures(changes: list[ParameterChange], language: Language) -> Iterator[Block]:
    if not changes:
        return
    quotes: dict[str, int] = {}
    header = ("parameter", "old", "new", "benefit dates", "known from", "rule", "quotes")
    yield Grid(
        "", tuple(word(name, language) for name in header), tuple(_row(change, quotes, language) for change in changes)
    )
    yield Lines(tuple(quotes), numbered=True)


def _row(change: ParameterChange, quotes: dict[str, int], language: Language) -> tuple[str, ...]:
    cited = dict.fromkeys(quote for quote in (change.old_quote, change.new_quote) if quote is not None)
    marks = [f"[{quotes.setdefault(quote, len(quotes) + 1)}]" for quote in cited]
    return (
        change.key,
        _value(change.old, change.unit, language),
        _value(change.new, change.unit, language),
        _span(change.valid_from, change.valid_to, language),
        str(change.known_from or ""),
        change.rule,
        " → ".join(marks),
    )


def _value(value: str | None, unit: str, language: Language) -> str:
    if unit == "brackets" or value is None:
        return value or "–"
    return ", ".join(value.split(";")) if unit == "codes" else figure_in_words(value, unit, language)


def _span(first: date, last: date | None, language: Language) -> str:
    return f"{first} – {last}" if last else f"{word('from', language)} {first}"


def _texts(changes: list[TextChange], language: Language) -> Iterator[Block]:
    for section in dict.fromkeys(change.section for change in changes):
        rows = tuple(
            (c.name, word(c.kind, language), c.old or "–", c.new or "–") for c in changes if c.section == section
        )
        yield Grid(section, tuple(word(name, language) for name in ("what", "kind", "old", "new")), rows)
