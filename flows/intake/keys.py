"""Keys of many rows as 64-bit numbers: which occur, where, and which occur twice.

The numbers hold within one run of the program. Two different keys have the same one once in 2^64 pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["Array", "Keys", "number", "numbered", "repeated"]

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


class Keys:
    """The numbers of different keys, in order, each with a value; `place` finds them."""

    def __init__(self, numbers: Iterable[Array], values: Iterable[Array] = ()) -> None:
        given = np.concatenate([np.zeros(0, np.uint64), *numbers])
        self.numbers, first = np.unique(given, return_index=True)
        self.values = np.concatenate([np.zeros(0, np.uint16), *values])[first] if values else first

    def place(self, numbers: Array) -> Array:
        """The place of each number, -1 where it does not occur. Equal neighbours cost one search."""
        if not numbers.size or not self.numbers.size:
            return np.full(numbers.size, -1)
        starts = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
        return np.repeat(self._found(numbers[starts]), np.diff(starts, append=numbers.size))

    def _found(self, numbers: Array) -> Array:
        order = np.argsort(numbers)  # a search in order stays in the cache
        wanted = numbers[order]
        places = np.minimum(np.searchsorted(self.numbers, wanted), self.numbers.size - 1)
        found = np.empty(numbers.size, np.int64)
        found[order] = np.where(self.numbers[places] == wanted, places, -1)
        return found
