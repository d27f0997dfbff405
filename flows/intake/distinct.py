"""Many cells, few values: work on text is done once for every different value, or for every run of equal cells."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

__all__ = ["by_value"]

_SAMPLE = 1_000
_FEW = 250
"""A column with more different values in a sample of its cells is not worth being reduced to them."""

Change = Callable[[pl.Series], pl.Series]


def by_value(cells: pl.Series, change: Change) -> pl.Series:
    """`change` of every cell; it looks at one cell at a time and leaves null as it is."""
    if cells.dtype.is_float() or cells.dtype.is_nested():
        return change(cells)
    sample = cells.gather_every(max(1, cells.len() // _SAMPLE))
    return _by_run(cells, change) if sample.n_unique() > _FEW else _by_distinct(cells, change)


def _by_distinct(cells: pl.Series, change: Change) -> pl.Series:
    values = cells.unique().drop_nulls()
    changed = change(values)
    if changed.dtype == cells.dtype and changed.equals(values, null_equal=True):
        return cells
    if changed.is_empty():
        return pl.repeat(None, cells.len(), dtype=changed.dtype, eager=True)
    return cells.replace_strict(values, changed, default=None, return_dtype=changed.dtype)


def _by_run(cells: pl.Series, change: Change) -> pl.Series:
    """Lines of one claim stand together as a rule, so that its number is looked at once."""
    if 2 * _starts(cells.head(_SAMPLE)).sum() > min(cells.len(), _SAMPLE):
        return change(cells)
    starts = _starts(cells)
    firsts = cells.filter(starts)
    changed = change(firsts)
    if changed.dtype == cells.dtype and changed.equals(firsts, null_equal=True):
        return cells
    return changed.gather(starts.cast(pl.UInt32).cum_sum() - 1)


def _starts(cells: pl.Series) -> pl.Series:
    return (cells != cells.shift(1)).fill_null(True)
