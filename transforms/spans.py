"""Look-ups of rows whose number lies between two bounds (years before this one): answered from running counts of the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.formula import Apply, Column, Tree, columns_of
from transforms.order import Whole
from transforms.plan import Lookup
from transforms.related import ROOM, Held
from transforms.remembered import remembered

__all__ = ["Grid", "Span", "grid_of", "span_of", "within_span"]

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


@dataclass(frozen=True)
class Grid:
    """A place for every number of every member, member by member; `cells`: that of each row, the last one for an unknown number."""

    cells: Whole
    least: int
    span: int
    size: int


def grid_of(others: pl.Series, numbers: pl.Series, members: int, rows: int) -> Grid | None:
    """The numbers of others, each of one of so many members, to look up for so many rows; None where they lie too far apart."""
    least, greatest = numbers.min(), numbers.max()
    if not (isinstance(least, int) and isinstance(greatest, int)):
        least = greatest = 0
    span = greatest - least + 1
    size = members * span
    if size > ROOM * (others.len() + rows):
        return None
    cells = others.to_numpy().astype(np.int64) * span + numbers.cast(pl.Int64).fill_null(least).to_numpy() - least
    return Grid(
        np.where(numbers.is_null().to_numpy(), size, cells) if numbers.null_count() else cells, least, span, size
    )


def within_span(
    aggregate: str, grid: Grid, held: Held | None, members: pl.Series, bounds: Iterable[tuple[str, pl.Series]]
) -> pl.Series:
    """The aggregate of the numbers in the grid that are held, for every own row (of `members`) over those within its bounds.

    A bound that is unknown holds for no number.
    """
    cells = grid.cells if held is None else grid.cells[held]
    running = np.zeros(grid.size + 1, np.int64)
    np.cumsum(np.bincount(cells, minlength=grid.size)[: grid.size], out=running[1:])
    starts = members.to_numpy() * np.int64(grid.span)
    low, high = _edges(bounds, grid)
    before, until = running[starts + low], running[starts + np.maximum(low, high)]
    if aggregate in ("exists", "count"):
        return pl.Series(until > before if aggregate == "exists" else until - before)
    place = until - 1 if aggregate == "greatest" else before
    rows = np.append(np.sort(cells), 0)  # in order each row is the one that the running count counts there
    return _where(until > before, rows[place] - starts + grid.least)


def _where(is_any: Held, numbers: Whole) -> pl.Series:
    """The numbers, null where there is none."""
    return pl.DataFrame({"number": numbers, "is_any": is_any}).select(pl.when("is_any").then("number")).to_series()


Edge = Whole | np.int64


def _edges(bounds: Iterable[tuple[str, pl.Series]], grid: Grid) -> tuple[Edge, Edge]:
    """The first number within the bounds and the first beyond them, counted from the least one."""
    low: Edge = np.int64(0)
    high: Edge = np.int64(grid.span)
    for operation, bound in bounds:
        value = bound.cast(pl.Int64).fill_null(grid.least).to_numpy() - grid.least
        if operation in ("gt", "ge", "eq"):
            low = np.maximum(low, value + (operation == "gt"))
        if operation in ("lt", "le", "eq"):
            high = np.minimum(high, value + (operation != "lt"))
        high = np.where(bound.is_not_null().to_numpy(), high, 0) if bound.null_count() else high
    return np.minimum(low, grid.span), np.maximum(high, 0)
