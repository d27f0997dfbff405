"""Parameters as tables: single figures in a list, tables by one fact in a line, by two crosswise, brackets band by band."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from policies.document import Change, Parameter
from policies.loading import Policy
from reports.policy_page import Grid
from reports.policy_words import (
    Language,
    code_in_words,
    codes_in_words,
    figure_in_words,
    name_in_words,
    unit_in_words,
    word,
)

__all__ = ["Footnotes", "form_on", "grid_of", "line_of", "value_in_words"]

#: A fact with at most so many values is laid out across.
WIDEST = 8

OTHER = object()


@dataclass
class Footnotes:
    """Quotes in the order in which they are cited; the same rule and quote have one number."""

    policy: Policy
    found: dict[tuple[str, str], int]

    def mark(self, rule: str, quote: str) -> str:
        """`[3]` for a rule and its quote."""
        return f"[{self.found.setdefault((rule, quote), len(self.found) + 1)}]"


def form_on(parameter: Parameter, on: date) -> Parameter | Change:
    """The parameter, or the last of its changes that is in force on a day."""
    forms: list[Parameter | Change] = [parameter]
    forms += [change for change in sorted(parameter.changes, key=lambda change: change.from_) if change.from_ <= on]
    return forms[-1]


def line_of(name: str, parameter: Parameter, on: date, notes: Footnotes, language: Language) -> tuple[str, ...]:
    """A single figure or list: what, value, rule, note."""
    form = form_on(parameter, on)
    rule = form.rule or parameter.rule
    history = _history(parameter, on, language)
    value = value_in_words(form, parameter.unit, language) + (f"\n{history}" if history else "")
    what = name_in_words(name) + (f"\n({parameter.about})" if parameter.about else "")
    return what, value, rule, notes.mark(rule, form.quote)


def value_in_words(form: Parameter | Change, unit: str, language: Language) -> str:
    """A form of a parameter in one line."""
    if form.codes is not None:
        return codes_in_words(form.codes, language)
    if form.brackets is not None:
        return "; ".join(f"{low}–{high}: {pay}" for low, high, pay in _brackets(form, language)[1])
    if form.table is not None:
        return "; ".join(
            f"{_condition(row, language)}: {figure_in_words(row.get('value'), unit, language)}" for row in form.table
        )
    return figure_in_words(form.value, unit, language)


def _condition(row: dict[str, Any], language: Language) -> str:
    parts = []
    for fact, wanted in _facts(row).items():
        values = wanted if isinstance(wanted, list) else [wanted]
        parts.append(f"{name_in_words(fact)} {'/'.join(code_in_words(v, language, fact) for v in values)}")
    return ", ".join(parts) or word("any other", language)


def _history(parameter: Parameter, on: date, language: Language) -> str:
    """What the value was before, and what it will be."""
    changes = sorted(parameter.changes, key=lambda change: change.from_)
    past = [change for change in changes if change.from_ <= on]
    parts = []
    if past:
        before: Parameter | Change = past[-2] if len(past) > 1 else parameter
        was = value_in_words(before, parameter.unit, language)
        parts.append(f"{word('in force from', language)} {past[-1].from_}; {word('was', language)} {was}")
    for change in changes[len(past) :]:
        then = value_in_words(change, parameter.unit, language)
        parts.append(f"{word('from', language)} {change.from_} {word('will be', language)} {then}")
    return "; ".join(parts)


def grid_of(name: str, parameter: Parameter, on: date, notes: Footnotes, language: Language) -> Grid:
    """A table or brackets as a table of their own."""
    form = form_on(parameter, on)
    unit = unit_in_words(parameter.unit, language).strip()
    by = f" {word('by', language)} {', '.join(map(name_in_words, parameter.by))}" if parameter.by else ""
    title = (
        name_in_words(name) + by + (f" ({unit})" if unit else "") + (f": {parameter.about}" if parameter.about else "")
    )
    rules = [form.rule or parameter.rule, *(str(row["rule"]) for row in form.table or [] if row.get("rule"))]
    marks = [notes.mark(rules[0], form.quote)]
    marks += [
        notes.mark(str(row["rule"]), str(row["quote"]))
        for row in form.table or []
        if row.get("rule") and row.get("quote")
    ]
    history = _history(parameter, on, language)
    caption = f"{', '.join(dict.fromkeys(rules))} {''.join(dict.fromkeys(marks))}" + (f"; {history}" if history else "")
    if form.brackets is not None:
        header, rows, right = _brackets(form, language)
    else:
        header, rows, right = _cells(parameter, form.table or [], language)
    return Grid(title, header, rows, right, caption)


Body = tuple[tuple[str, ...], tuple[tuple[str, ...], ...], frozenset[int]]


def _brackets(form: Parameter | Change, language: Language) -> Body:
    top = word("any amount", language)
    rows = tuple(
        (
            figure_in_words(b.above, "yuan", language, False),
            figure_in_words(b.to, "yuan", language, False) if b.to else top,
            b.pay,
        )
        for b in form.brackets or []
    )
    return (word("above", language), word("to", language), word("paid", language)), rows, frozenset((0, 1, 2))


def _cells(parameter: Parameter, table: Sequence[dict[str, Any]], language: Language) -> Body:
    """The table with one of its facts across, when that fact has few values, and the others downwards."""
    by = parameter.by or []
    values = {fact: _values(table, fact) for fact in by}
    across = _across(by, values)
    if across is None:
        return _list(parameter, table, by, language)
    down = [fact for fact in by if fact != across]
    rows = []
    for combination in product(*(values[fact] for fact in down)):
        fixed = dict(zip(down, combination, strict=True))
        cells = [_cell(table, {**fixed, across: value}, parameter.unit, language) for value in values[across]]
        if any(cells):
            rows.append((*(_shown(fixed[fact], fact, language) for fact in down), *cells))
    header = (
        *(name_in_words(fact) for fact in down),
        *(_across_header(value, across, language) for value in values[across]),
    )
    if not down:
        header, rows = ("", *header), [(word("value", language), *rows[0])]
    return header, tuple(_without_repeats(rows, len(down))), frozenset(range(max(len(down), 1), len(header)))


def _across(by: list[str], values: dict[str, list[Any]]) -> str | None:
    """The fact that is laid out across: a level when there is one, else the last; none when it has too many values."""
    likely = [fact for fact in by if "level" in fact] or ([by[-1]] if by else [])
    return likely[0] if likely and len(values[likely[0]]) <= WIDEST else None


def _list(parameter: Parameter, table: Sequence[dict[str, Any]], by: list[str], language: Language) -> Body:
    rows = []
    for row in table:
        given = {fact: row[fact] if isinstance(row.get(fact), list) else [row[fact]] for fact in by if fact in row}
        shown = ["/".join(_shown(v, fact, language) for v in given.get(fact, [OTHER])) for fact in by]
        rows.append((*shown, figure_in_words(row.get("value"), parameter.unit, language, False)))
    return (*map(name_in_words, by), word("value", language)), tuple(rows), frozenset((len(by),))


def _values(table: Sequence[dict[str, Any]], fact: str) -> list[Any]:
    """Values that the table names for a fact, and OTHER where a row leaves it open that names not all of them."""
    named: list[Any] = []
    for row in table:
        for value in (row[fact] if isinstance(row.get(fact), list) else [row[fact]]) if fact in row else []:
            if not any(value is known or value == known for known in named):
                named.append(value)
    is_flag = any(isinstance(value, bool) for value in named)
    open_rows = any(fact not in row for row in table)
    return [*named, *([OTHER] if open_rows and not is_flag else [])] if named else [OTHER]


def _cell(table: Sequence[dict[str, Any]], case: dict[str, Any], unit: str, language: Language) -> str:
    """The value of the first row that applies to a case, empty when none does."""
    for row in table:
        if all(_fits(wanted, case[fact]) for fact, wanted in _facts(row).items()):
            return figure_in_words(row.get("value"), unit, language, False)
    return ""


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    return {fact: wanted for fact, wanted in row.items() if fact not in ("value", "rule", "quote")}


def _fits(wanted: Any, value: Any) -> bool:
    return value in (wanted if isinstance(wanted, list) else [wanted])


def _shown(value: Any, fact: str, language: Language) -> str:
    return word("any other", language) if value is OTHER else code_in_words(value, language, fact)


def _across_header(value: Any, fact: str, language: Language) -> str:
    """The value, with its fact where it does not speak for itself: `level 2`, `is near home yes`."""
    shown = _shown(value, fact, language)
    if value is OTHER or (len(shown) > 2 and not isinstance(value, bool)):
        return shown
    if language == "zh" and shown != str(value) and not isinstance(value, bool):
        return shown
    return f"{name_in_words(fact)} {shown}"


def _without_repeats(rows: Sequence[tuple[str, ...]], facts: int) -> Iterator[tuple[str, ...]]:
    """The first fact is named once for all its rows."""
    before: tuple[str, ...] = ()
    for row in rows:
        repeats = facts > 1 and before[:1] == row[:1]
        yield ("", *row[1:]) if repeats else row
        before = row
