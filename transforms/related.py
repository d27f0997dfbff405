"""Pairs of rows that belong to one member and agree in further keys, found by counting instead of hashing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["Pairs", "pairs_of"]

Whole = NDArray[np.int64]

_ROOM = 8
"""Groups may be so many times the rows before counting them costs more than it saves."""


@dataclass(frozen=True)
class Pairs:
    """Places in the own rows and in the others, pair by pair, in the order of the own rows and then of the others."""

    own: pl.Series
    others: pl.Series


def pairs_of(own: Sequence[pl.Series], others: Sequence[pl.Series]) -> Pairs | None:
    """Pairs whose keys are all equal; a key that is unknown equals none. The first key is a number from 0 (a member).

    None where other keys are no whole numbers, or too far apart for counting.
    """
    mine, theirs = (keys[0].cast(pl.Int64).fill_null(-1).to_numpy() for keys in (own, others))
    room = _ROOM * (mine.size + theirs.size) + 1
    groups = 1 + max(_greatest(mine), _greatest(theirs))
    for key, other in zip(own[1:], others[1:], strict=True):
        if not (key.dtype.is_integer() and other.dtype.is_integer()):
            return None
        least, span = _span(other)
        groups *= span
        if groups > room:
            return None
        mine, theirs = _joined(mine, key, least, span), _joined(theirs, other, least, span)
    left, right = _matched(mine, theirs, groups)
    return Pairs(pl.Series(left), pl.Series(right))


def _greatest(numbers: Whole) -> int:
    return int(numbers.max()) if numbers.size else -1


def _span(key: pl.Series) -> tuple[int, int]:
    """The least value of a key of whole numbers, and how many there are up to the greatest."""
    least, greatest = key.min(), key.max()
    return (
        (int(least), int(greatest) - int(least) + 1) if isinstance(least, int) and isinstance(greatest, int) else (0, 1)
    )


def _joined(groups: Whole, key: pl.Series, least: int, span: int) -> Whole:
    """The number of group and key together; -1 for what pairs with nothing."""
    value = key.cast(pl.Int64).fill_null(least - 1).to_numpy() - least
    return np.where((groups >= 0) & (value >= 0) & (value < span), groups * span + value, -1)


def _matched(mine: Whole, theirs: Whole, groups: int) -> tuple[Whole, Whole]:
    places = np.flatnonzero(theirs >= 0)
    owned = theirs[places]
    if np.any(owned[1:] < owned[:-1]):
        order = np.argsort(owned, kind="stable")
        places, owned = places[order], owned[order]
    counts = np.bincount(owned, minlength=groups)
    ends = np.cumsum(counts)
    paired = np.flatnonzero((mine >= 0) & (counts[mine] > 0))
    group = mine[paired]
    times = counts[group]
    left = np.repeat(paired, times)
    within = np.arange(left.size) - np.repeat(np.cumsum(times) - times, times)
    return left, places[np.repeat(ends[group] - times, times) + within]
