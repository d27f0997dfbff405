"""Many cells, few values: work on text is done once for every different value, or for every run of equal cells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

__all__ = ["MOST", "by_value", "coded"]

_SAMPLE = 1_000
_FEW = 250
"""A column with more different values in a sample of its cells is not worth being reduced to them."""

MOST = 4_096
"""Nor is one with more of them in all."""

Change = Callable[[pl.Series], pl.Series]


def by_value(cells: pl.Series, change: Change) -> pl.Series:
    """`change` of every cell; it looks at one cell at a time, gets no Categorical and leaves null as it is.

    Text of few different values comes back as a Categorical.
    """
    if isinstance(cells.dtype, pl.Categorical):
        return _by_code(cells, change)
    if cells.dtype.is_float() or cells.dtype.is_nested():
        return change(cells)
    sample = cells.gather_every(max(1, cells.len() // _SAMPLE))
    if sample.n_unique() > _FEW:
        return _by_run(cells, change)
    if cells.dtype != pl.String:
        return _by_distinct(cells, change)
    codes = coded(cells)
    largest = codes.to_physical().max()
    return _by_run(cells, change) if isinstance(largest, int) and largest >= MOST else _by_code(codes, change)


def coded(texts: pl.Series) -> pl.Series:
    """Texts as codes of their different values; columns of the same name share them."""
    return texts.cast(_codes(texts.name))


def _codes(name: str) -> pl.Categorical:
    return pl.Categorical(pl.Categories(name))


def _by_code(cells: pl.Series, change: Change) -> pl.Series:
    """All texts of the column's name are changed, as that costs less than to find those that occur."""
    assert isinstance(cells.dtype, pl.Categorical)
    texts = cells.dtype.categories.to_series().alias(cells.name)
    if cells.null_count() == cells.len():
        return pl.repeat(None, cells.len(), dtype=change(texts.clear()).dtype, eager=True)
    changed = change(texts)
    if changed.dtype == pl.String:
        if cells.dtype == _codes(changed.name) and changed.equals(texts, null_equal=True):
            return cells
        changed = coded(changed)
    return changed.gather(cells.to_physical())


def _by_distinct(cells: pl.Series, change: Change) -> pl.Series:
    values = cells.unique().drop_nulls()
    changed = change(values)
    if changed.is_empty():
        return pl.repeat(None, cells.len(), dtype=changed.dtype, eager=True)
    return cells.replace_strict(values, changed, default=None, return_dtype=changed.dtype)


def _by_run(cells: pl.Series, change: Change) -> pl.Series:
    """Lines of one claim stand together as a rule, so that its number is looked at once."""
    if 2 * _starts(cells.head(_SAMPLE)).sum() > min(cells.len(), _SAMPLE):
        return change(cells)
    starts = _moves(cells)
    if starts is None or 2 * starts.sum() > cells.len():
        starts = _starts(cells)
    firsts = cells.filter(starts)
    changed = change(firsts)
    if changed.dtype == cells.dtype and changed.equals(firsts, null_equal=True):
        return cells
    return changed.gather(starts.cast(pl.UInt32).cum_sum() - 1)


def _starts(cells: pl.Series) -> pl.Series:
    return (cells != cells.shift(1)).fill_null(True)


def _moves(cells: pl.Series) -> pl.Series | None:
    """Where a text lies at another place than the one before: every start of a run, and between equal texts as well."""
    if cells.dtype != pl.String or cells.null_count() or cells.n_chunks() > 1:
        return None
    array = cells.to_arrow(compat_level=pl.CompatLevel.newest())
    views = np.frombuffer(array.buffers()[1], np.uint64).reshape(-1, 2)[array.offset : array.offset + len(array)]
    moves = np.ones(cells.len(), np.bool_)
    moves[1:] = (views[1:, 0] != views[:-1, 0]) | (views[1:, 1] != views[:-1, 1])
    return pl.Series(moves)
