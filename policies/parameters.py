"""Figures of the law: written values to exact fen, basis points, days and codes, and parameters to formula trees."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from policies.document import Bracket, Change, Parameter, Unit
from policies.text import Key
from transforms.formula import DATE, FLAG, MONEY, NUMBER, RATE, TEXT, TEXTS, Apply, Column, Const, Kind, Tree

__all__ = ["KINDS", "Band", "FigureError", "bands", "figure", "parameter_tree", "row_condition"]

KINDS: dict[Unit, Kind] = {
    "yuan": MONEY,
    "percent": RATE,
    "points": RATE,
    "factor": RATE,
    "days": NUMBER,
    "months": NUMBER,
    "years": NUMBER,
    "count": NUMBER,
    "date": DATE,
    "month_day": NUMBER,
    "code": TEXT,
    "area": TEXT,
    "codes": TEXTS,
}

RULING_DATE = Column("ruling_date", DATE)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class FigureError(Exception):
    """A figure is not written as its unit asks; `path` leads to it inside its parameter."""

    def __init__(self, sentence: str, path: tuple[Key, ...] = ()) -> None:
        super().__init__(sentence)
        self.path = path


@dataclass(frozen=True)
class Band:
    """Part of a cumulative amount: (low, high] fen, paid at a rate in basis points."""

    low: int
    high: int | None
    rate: int


def figure(value: Any, unit: Unit) -> int | str | date | bool | None:
    """The value in memory: fen, basis points, whole numbers, dates or codes; raises FigureError with a sentence."""
    if value is None:
        return None
    if unit in ("code", "area"):
        return str(value)
    text = str(value)
    if unit in ("date", "month_day"):
        return _date(text) if unit == "date" else _month_day(text)
    if unit in ("percent", "points"):
        if not text.endswith("%"):
            raise FigureError(f"`{text}` is not a percentage written like 60%.")
        return _whole(text[:-1], 100, "basis point")
    if unit == "yuan":
        return _whole(text, 100, "fen")
    return _whole(text, 10_000, "ten-thousandth") if unit == "factor" else _whole(text, 1, "whole number")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FigureError(f"`{text}` is not a date written like 2025-01-31.") from None


def _month_day(text: str) -> int:
    """100 x month + day; `in_year` makes a date of it."""
    try:
        day = date.fromisoformat(f"2024-{text}")
    except ValueError:
        raise FigureError(f"`{text}` is not a day of the year written like 12-25.") from None
    return 100 * day.month + day.day


def _whole(text: str, scale: int, smallest: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise FigureError(f"`{text}` is not a number.")
    try:
        value = Decimal(text) * scale
    except InvalidOperation:
        raise FigureError(f"`{text}` is not a number.") from None
    if value != value.to_integral_value():
        raise FigureError(f"`{text}` has more decimals than a {smallest} allows.")
    return int(value)


def bands(brackets: Sequence[Bracket]) -> list[Band]:
    """Brackets in fen and basis points, in the order written."""
    found = []
    for bracket in brackets:
        low, high = figure(bracket.above, "yuan"), figure(bracket.to, "yuan")
        rate = figure(bracket.pay, "percent")
        assert isinstance(low, int) and isinstance(rate, int) and (high is None or isinstance(high, int))
        found.append(Band(low, high, rate))
    return found


def parameter_tree(parameter: Parameter, fact: Callable[[str], Tree]) -> Tree:
    """The value of a parameter on the ruling date of a row; `fact` gives the tree of a fact that a table depends on."""
    tree = _form(parameter, parameter, fact, ())
    changes = sorted(enumerate(parameter.changes), key=lambda change: change[1].from_)
    for number, change in changes:
        after = Apply("ge", (RULING_DATE, Const(change.from_, DATE)), FLAG)
        tree = Apply("if", (after, _form(parameter, change, fact, ("changes", number)), tree), tree.kind)
    return tree


def _form(parameter: Parameter, form: Parameter | Change, fact: Callable[[str], Tree], path: tuple[Key, ...]) -> Tree:
    kind = KINDS[parameter.unit]
    if form.codes is not None:
        return Const(tuple(str(code) for code in form.codes), TEXTS)
    if form.table is None:
        return Const(figure(form.value, parameter.unit), kind)
    tree: Tree = Const(None, kind)
    for number, row in reversed(list(enumerate(form.table))):
        value = Const(figure(row.get("value"), parameter.unit), kind)
        try:
            condition = row_condition(row, fact)
        except FigureError as error:
            raise FigureError(str(error), (*path, "table", number)) from None
        tree = value if condition is None else Apply("if", (condition, value, tree), kind)
    return tree


def row_condition(row: dict[str, Any], fact: Callable[[str], Tree]) -> Tree | None:
    """The condition under which a table row applies: every named fact is the value, or one of the values."""
    tests: list[Tree] = []
    for name, wanted in row.items():
        if name in ("value", "rule", "quote"):
            continue
        column = fact(name)
        options = [_equal(column, one) for one in (wanted if isinstance(wanted, list) else [wanted])]
        tests.append(options[0] if len(options) == 1 else Apply("or", tuple(options), FLAG))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else Apply("and", tuple(tests), FLAG)


def _equal(column: Tree, value: Any) -> Tree:
    if column.kind == FLAG:
        if not isinstance(value, bool):
            raise FigureError(f"`{value}` stands where true or false is expected.")
        return column if value else Apply("not", (column,), FLAG)
    if value is None:
        return Apply("not", (Apply("known", (column,), FLAG),), FLAG)
    constant = (
        Const(_whole(str(value), 1, "whole number"), NUMBER)
        if column.kind.name == "number"
        else Const(str(value), TEXT)
    )
    return Apply("eq", (column, constant), FLAG)
