"""Keys of many rows as 64-bit numbers: which occur, where, and which occur twice.

The numbers hold within one run of the program. Two different keys have the same one once in 2^64 pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["Array", "Keys", "number", "numbered", "repeated", "run_starts"]

Array = npt.NDArray[Any]


def number(*key: str) -> pl.Expr:
    """The number of a text, or of a text with a whole number."""
    text, *whole = key
    return sum((pl.col(name).reinterpret(signed=False) for name in whole), pl.col(text).cast(pl.String).hash())


def numbered(rows: pl.DataFrame, *key: str) -> Array:
    """The numbers of the rows with a whole key."""
    return rows.select(key).drop_nulls().select(number(*key)).to_series().to_numpy()


def repeated(numbers: Iterable[Array]) -> pl.Series:
    """The numbers that occur more than once."""
    ordered = np.concatenate([np.zeros(0, np.uint64), *numbers])
    ordered.sort()
    return pl.Series(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]), dtype=pl.UInt64)


def run_starts(numbers: Array) -> Array:
    """Where a number differs from the one before."""
    return np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])[: numbers.size])


class Keys:
    """The numbers of different keys, in order, each with a value; `place` finds them.

    Numbers of keys lie evenly between 0 and 2^64: their upper bits say about where one stands.
    """

    def __init__(self, numbers: Iterable[Array], values: Iterable[Array] = ()) -> None:
        self.numbers, first, self.repeated = _sorted(numbers)
        self.values = np.concatenate([np.zeros(0, np.uint16), *values])[first] if values else first
        self._shift = np.uint64(max(1, 64 - max(1, self.numbers.size).bit_length()))
        upper = (self.numbers >> self._shift).view(np.int64)
        ends = np.bincount(upper, minlength=(1 << (64 - int(self._shift))))
        self._longest = int(ends.max())
        self._starts = np.zeros(ends.size + 1, np.uint32)
        np.cumsum(ends, out=self._starts[1:])

    def place(self, wanted: Array) -> Array:
        """The place of each number, -1 where it does not occur.

        Looks at the few that share the upper bits, one after the other, for all that are not found yet.
        """
        place = np.full(wanted.size, -1)
        if not self.numbers.size:
            return place
        begin, end = (self._starts[(wanted >> self._shift) + np.uint64(step)] for step in (0, 1))
        open_ = np.arange(wanted.size)
        for step in range(self._longest):
            open_ = open_[begin[open_] + step < end[open_]]
            at = begin[open_] + step
            alike = self.numbers[at] == wanted[open_]
            place[open_[alike]] = at[alike]
            open_ = open_[~alike]
        return place


def _sorted(numbers: Iterable[Array]) -> tuple[Array, Array, pl.Series]:
    """The different numbers in order, where each is given, and those that are given more than once."""
    given = np.concatenate([np.zeros(0, np.uint64), *numbers])
    order = np.argsort(given)
    ordered = given[order]
    del given
    if not (ordered[1:] == ordered[:-1]).any():
        return ordered, order, pl.Series(dtype=pl.UInt64)
    new = run_starts(ordered)
    once = ordered[new]
    return once, order[new], pl.Series(once[np.diff(new, append=ordered.size) > 1], dtype=pl.UInt64)
