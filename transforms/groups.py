"""Rows summed up by the row they belong to: one pass over whole-number arrays, whatever the order of the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.codes import is_text

__all__ = ["Places", "first_rows", "grouped", "most_rows", "owned", "owning"]

Places = NDArray[np.intp]


def grouped(aggregate: str, owners: pl.Series, values: pl.Series, size: int) -> pl.Series:
    """`values` summed up for each of `size` owners, of whom `owners` names one for each value; what is unknown counts for nothing.

    any, all, count (of flags that hold), sum, least, greatest, first. Who owns no value has False, True, 0, 0 and null.
    """
    if values.null_count() or owners.null_count():
        known = values.is_not_null() & owners.is_not_null()
        owners, values = owners.filter(known), values.filter(known)
    return _AGGREGATES[aggregate](owners.to_numpy(), values, size)


def owning(owners: Places, size: int) -> pl.Series:
    """Whether each of `size` owners owns any row."""
    found = np.zeros(size, np.bool_)
    found[owners] = True
    return pl.Series(found)


def owned(owners: Places, size: int) -> pl.Series:
    """How many rows each of `size` owners owns."""
    return pl.Series(np.bincount(owners, minlength=size).astype(np.int64))


def first_rows(owners: Places, size: int) -> pl.Series:
    """The first place in `owners` of every owner; null for none."""
    places = np.full(size, -1, np.int64)
    places[owners[::-1]] = np.arange(owners.size - 1, -1, -1)
    index = pl.Series(places)
    return index.set(index < 0, None).cast(pl.UInt32)


def most_rows(owners: Places, by: pl.Series, size: int, *, greatest: bool) -> pl.Series:
    """The place of every owner's greatest (or least) `by`, of equals the first; unknown ones come last; null for none."""
    rank = _rank_of_text(by, greatest) if is_text(by) else _rank(by, greatest)
    order = rank.cast(pl.Int64).fill_null(np.iinfo(np.int64).max).to_numpy()
    least = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(least, owners, order)
    best = np.flatnonzero(order == least[owners])
    return pl.Series(best, dtype=pl.UInt32).gather(first_rows(owners[best], size))


def _rank_of_text(by: pl.Series, greatest: bool) -> pl.Series:
    if by.dtype == pl.String:
        return by.rank("dense", descending=greatest)
    texts = by.unique().drop_nulls()
    codes = texts.to_physical().to_numpy()
    ranks = np.zeros(1 + int(codes.max(initial=0)), np.int64)
    ranks[codes] = texts.rank("dense", descending=greatest)
    return pl.Series(ranks).gather(by.to_physical())


def _rank(by: pl.Series, greatest: bool) -> pl.Series:
    whole = by.to_physical().cast(pl.Int64)
    return -whole if greatest else whole


def _any(owners: Places, values: pl.Series, size: int) -> pl.Series:
    return owning(owners[values.to_numpy()], size)


def _all(owners: Places, values: pl.Series, size: int) -> pl.Series:
    found = np.ones(size, np.bool_)
    found[owners[~values.to_numpy()]] = False
    return pl.Series(found)


def _count(owners: Places, values: pl.Series, size: int) -> pl.Series:
    return owned(owners[values.to_numpy()], size)


def _sum(owners: Places, values: pl.Series, size: int) -> pl.Series:
    found = np.zeros(size, np.int64)
    np.add.at(found, owners, values.to_numpy())
    return pl.Series(found)


def _first(owners: Places, values: pl.Series, size: int) -> pl.Series:
    return values.gather(first_rows(owners, size))


def _edge(greatest: bool) -> Callable[[Places, pl.Series, int], pl.Series]:
    return lambda owners, values, size: values.gather(most_rows(owners, values, size, greatest=greatest))


_AGGREGATES: dict[str, Callable[[Any, pl.Series, int], pl.Series]] = {
    "any": _any,
    "all": _all,
    "count": _count,
    "sum": _sum,
    "first": _first,
    "least": _edge(greatest=False),
    "greatest": _edge(greatest=True),
}
