"""Pairs of rows that belong to one member and agree in further keys, found by counting instead of hashing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.order import Whole, ordered

__all__ = ["ROOM", "Held", "Pairs", "Relation", "relation_of"]

ROOM = 8
"""Groups may be so many times the rows before counting them costs more than it saves."""

_MANY = 2
"""Pairs of all rows are kept when they are at most so many times the rows: else it is better to leave out rows first."""

_FEW = 4
"""Others that hold are few when they are less than one in so many: then it is better to start from them."""

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


@dataclass(frozen=True)
class Relation:
    """The group of every own row and of every other one, -1 for none: rows of one group are related."""

    mine: Whole
    theirs: Whole
    groups: int

    def pairs(self, own: Held | None = None, others: Held | None = None) -> Pairs:
        """The pairs of which both sides hold."""
        is_few = others is not None and _FEW * int(np.count_nonzero(others)) < others.size
        if not is_few and self._of_all is not None:
            return self._of_all.chosen(own, others)
        places = self._places(others)
        counts = np.bincount(self.theirs[places], minlength=self.groups)
        return self._matched(self._paired(own, counts, is_few and self._is_in_order), counts, places)

    def counts(self, others: Held | None = None) -> Whole:
        """How many others that hold are related to each own row."""
        counts = np.bincount(self.theirs[self._places(others)], minlength=self.groups + 1)
        return counts[self.mine]  # the last group, that of -1, has none

    @cached_property
    def _of_all(self) -> Pairs | None:
        counts = np.bincount(self.theirs[self.theirs >= 0], minlength=self.groups)
        paired = self._paired(None, counts, False)
        if int(counts[self.mine[paired]].sum()) > _MANY * (self.mine.size + self.theirs.size):
            return None
        return self._matched(paired, counts, self._places(None))

    @cached_property
    def _is_in_order(self) -> bool:
        return bool(np.all(self.mine[1:] >= self.mine[:-1]))

    def _places(self, others: Held | None) -> Whole:
        return np.flatnonzero(self.theirs >= 0 if others is None else (self.theirs >= 0) & others)

    def _paired(self, own: Held | None, counts: Whole, is_sought: bool) -> Whole:
        """Places of the own rows that have others; sought group by group where the others are few."""
        if is_sought:
            found = np.flatnonzero(counts)
            first, end = (np.searchsorted(self.mine, found, side=side) for side in ("left", "right"))
            paired = _ranges(first, end - first)
        else:
            paired = np.flatnonzero((self.mine >= 0) & (counts[self.mine] > 0))
        return paired if own is None else paired[own[paired]]

    def _matched(self, paired: Whole, counts: Whole, places: Whole) -> Pairs:
        places = places[ordered(self.theirs[places])]
        group = self.mine[paired]
        first = (np.cumsum(counts) - counts)[group]
        if counts.max() <= 1:
            return Pairs(paired, places[first])
        times = counts[group]
        return Pairs(np.repeat(paired, times), places[_ranges(first, times)])


def relation_of(own: Keys, others: Keys) -> Relation | None:
    """Rows whose keys are all equal; a key that is unknown equals none. The first key is a number from 0 (a member).

    None where other keys are no whole numbers or too far apart for counting.
    """
    mine, theirs = _whole(own[0], -1), _whole(others[0], -1)
    room = ROOM * (mine.size + theirs.size) + 1
    groups = 1 + max(0, _greatest(mine), _greatest(theirs))
    for key, other in zip(own[1:], others[1:], strict=True):
        if not (key.dtype.is_integer() and other.dtype.is_integer()):
            return None
        least, span = _span(other)
        groups *= span
        if groups > room:
            return None
        mine, theirs = _joined(mine, key, least, span), _joined(theirs, other, least, span)
    return Relation(mine, theirs, groups)


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


def _ranges(starts: Whole, lengths: Whole) -> Whole:
    """Whole numbers from each start on, as many as its length, one after the other."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))
