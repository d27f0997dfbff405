"""Look-ups of rows whose number lies between two bounds (years before this one): answered from running counts of the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.formula import Apply, Column, Tree, columns_of
from transforms.order import Whole
from transforms.plan import Lookup
from transforms.related import ROOM
from transforms.remembered import remembered

__all__ = ["Span", "span_of", "within_span"]

_AGGREGATES = ("exists", "count", "least", "greatest")
_TURNED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq"}


@dataclass(frozen=True)
class Span:
    """A whole-number column of the others, and what it is compared with: (lt, le, gt, ge or eq; a formula of the own row)."""

    column: str
    bounds: tuple[tuple[str, Tree], ...]


@remembered
def span_of(node: Lookup) -> Span | None:
    """The pair filter as a span, if it is one and the look-up asks for nothing else of the rows."""
    if node.keys or node.by is not None or node.aggregate not in _AGGREGATES or node.pair_filter is None:
        return None
    parts = [_compared(tree) for tree in _parts(node.pair_filter)]
    found = [part for part in parts if part is not None]
    columns = {column.name for column, _, _ in found}
    if len(found) < len(parts) or len(columns) != 1:
        return None
    (column,) = columns
    if node.aggregate in ("least", "greatest") and not (isinstance(node.value, Column) and node.value.name == column):
        return None
    return Span(column, tuple((operation, tree) for _, operation, tree in found))


def _parts(tree: Tree) -> Iterable[Tree]:
    if isinstance(tree, Apply) and tree.operation == "and":
        return [part for arg in tree.args for part in _parts(arg)]
    return [tree]


def _compared(tree: Tree) -> tuple[Column, str, Tree] | None:
    """The comparison with the column of the others on its left side."""
    if not isinstance(tree, Apply) or tree.operation not in _TURNED:
        return None
    left, right = tree.args
    for column, operation, other in ((left, tree.operation, right), (right, _TURNED[tree.operation], left)):
        whole = isinstance(column, Column) and column.kind.name == "number" and column.kind.scale == 0
        if whole and column.name.startswith("row.") and not any(name.startswith("row.") for name in columns_of(other)):  # type: ignore[union-attr]
            return column, operation, other  # type: ignore[return-value]
    return None


def within_span(
    aggregate: str, members: Whole, bounds: Iterable[tuple[str, pl.Series]], others: Whole, numbers: Whole
) -> pl.Series | None:
    """The aggregate of `numbers` (of the members `others`) for every own row (of `members`) over those within its bounds.

    None where the numbers are too far apart for counting. A bound that is unknown holds for no number.
    """
    least = int(numbers.min()) if numbers.size else 0
    span = int(numbers.max()) - least + 1 if numbers.size else 1
    groups = 1 + max((int(part.max()) for part in (members, others) if part.size), default=-1)
    if groups * span > ROOM * (members.size + others.size):
        return None
    places = np.bincount(others * span + numbers - least, minlength=groups * span)
    low, high = _edges(members.size, bounds, least, span)
    first, end = members * span + low, members * span + np.maximum(low, high)
    return _answer(aggregate, places, first, end, least - members * span)


def _edges(size: int, bounds: Iterable[tuple[str, pl.Series]], least: int, span: int) -> tuple[Whole, Whole]:
    """The first number within the bounds and the first beyond them, counted from the least one."""
    low, high = np.zeros(size, np.int64), np.full(size, span)
    for operation, bound in bounds:
        known = bound.is_not_null().to_numpy()
        value = bound.cast(pl.Int64).fill_null(least).to_numpy() - least
        if operation in ("gt", "ge", "eq"):
            low = np.maximum(low, value + (operation == "gt"))
        if operation in ("lt", "le", "eq"):
            high = np.minimum(high, value + (operation != "lt"))
        high = np.where(known, high, 0)
    return np.clip(low, 0, span), np.clip(high, 0, span)


def _answer(aggregate: str, places: Whole, first: Whole, end: Whole, shift: Whole) -> pl.Series:
    running = np.concatenate((np.zeros(1, np.int64), np.cumsum(places)))
    count = running[end] - running[first]
    if aggregate in ("exists", "count"):
        return pl.Series(count > 0 if aggregate == "exists" else count)
    if aggregate == "greatest":
        filled = np.maximum.accumulate(np.where(places > 0, np.arange(places.size), -1))
        found = filled[np.maximum(end, 1) - 1]
    else:
        filled = np.minimum.accumulate(np.where(places > 0, np.arange(places.size), places.size)[::-1])[::-1]
        found = np.append(filled, places.size)[first]
    return (
        pl.DataFrame({"found": found + shift, "is_any": count > 0}).select(pl.when("is_any").then("found")).to_series()
    )
