"""Pairs of rows that belong to one member and agree in further keys, found by counting instead of hashing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.order import Whole, ordered

__all__ = ["ROOM", "Pairs", "Relations", "pairs_of"]

ROOM = 8
"""Groups may be so many times the rows before counting them costs more than it saves."""

_FEW = 2
"""Pairs are kept when they are at most so many times the rows: else it is better to leave out rows first."""

Keys = Sequence[pl.Series]
Held = NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """Places in the own rows and in the others, pair by pair, in the order of the own rows and then of the others."""

    own: Whole
    others: Whole

    def chosen(self, own: Held | None, others: Held | None) -> Pairs:
        """The pairs of which both sides hold; `own` and `others` say it of each of their rows, null: of all."""
        if own is None and others is None:
            return self
        sides = ((own, self.own), (others, self.others))
        both = np.logical_and.reduce([held[places] for held, places in sides if held is not None])
        return Pairs(self.own[both], self.others[both])


class Relations:
    """Pairs of whole tables, found once: the same look-up with other filters takes its pairs from here."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[list[pl.Series], Pairs | None]] = {}

    def pairs(self, name: str, own: Keys, others: Keys) -> Pairs | None:
        """`pairs_of` these keys; None where that says so, or where the pairs are many."""
        given = [*own, *others]
        if name in self._kept:
            keys, pairs = self._kept[name]
            if all(a.equals(b, null_equal=True) for a, b in zip(keys, given, strict=True)):
                return pairs
        pairs = pairs_of(own, others, _FEW * (own[0].len() + others[0].len()))
        self._kept[name] = (given, pairs)
        return pairs


def pairs_of(own: Keys, others: Keys, most: int | None = None) -> Pairs | None:
    """Pairs whose keys are all equal; a key that is unknown equals none. The first key is a number from 0 (a member).

    None where other keys are no whole numbers or too far apart for counting, or where there are more than `most` pairs.
    """
    mine, theirs = _whole(own[0], -1), _whole(others[0], -1)
    room = ROOM * (mine.size + theirs.size) + 1
    groups = 1 + max(_greatest(mine), _greatest(theirs))
    for key, other in zip(own[1:], others[1:], strict=True):
        if not (key.dtype.is_integer() and other.dtype.is_integer()):
            return None
        least, span = _span(other)
        groups *= span
        if groups > room:
            return None
        mine, theirs = _joined(mine, key, least, span), _joined(theirs, other, least, span)
    return _matched(mine, theirs, groups, most)


def _whole(key: pl.Series, unknown: int) -> Whole:
    return (key.fill_null(unknown) if key.null_count() else key).to_numpy().astype(np.int64)


def _greatest(numbers: Whole) -> int:
    return int(numbers.max()) if numbers.size else -1


def _span(key: pl.Series) -> tuple[int, int]:
    """The least value of a key of whole numbers, and how many there are up to the greatest."""
    least, greatest = key.min(), key.max()
    if not (isinstance(least, int) and isinstance(greatest, int)):
        return 0, 1
    return least, greatest - least + 1


def _joined(groups: Whole, key: pl.Series, least: int, span: int) -> Whole:
    """The number of group and key together; -1 for what pairs with nothing."""
    value = _whole(key, least - 1) - least
    return np.where((groups >= 0) & (value >= 0) & (value < span), groups * span + value, -1)


def _matched(mine: Whole, theirs: Whole, groups: int, most: int | None) -> Pairs | None:
    places = np.flatnonzero(theirs >= 0)
    counts = np.bincount(theirs[places], minlength=groups)
    paired = np.flatnonzero((mine >= 0) & (counts[mine] > 0))
    group = mine[paired]
    times = counts[group]
    total = int(times.sum())
    if most is not None and total > most:
        return None
    places = places[ordered(theirs[places])]
    starts = np.cumsum(counts)[group] - times
    before = np.cumsum(times) - times
    return Pairs(np.repeat(paired, times), places[np.repeat(starts - before, times) + np.arange(total)])
