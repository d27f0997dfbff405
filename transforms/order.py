"""Rows in the order of several whole numbers, as fast as their size and present order allow."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

__all__ = ["Whole", "numbered", "ordered", "packed", "within"]

Whole = NDArray[np.int64]

_LARGEST = 2**62


def ordered(*keys: Whole) -> Whole:
    """Places of the rows in ascending order of the keys, the first one being the foremost; equal rows stay as they are."""
    together = packed(*keys)
    if together is None:
        return np.lexsort(tuple(reversed(keys)))
    if np.all(together[1:] >= together[:-1]):
        return np.arange(together.size)
    return _ascending(together)


def _ascending(numbers: Whole) -> Whole:
    """Stable order of numbers from 0. To sort numbers costs a tenth of a stable `argsort`, so each takes its place along."""
    bits = numbers.size.bit_length()
    if int(numbers.max()) >> (62 - bits) == 0:
        placed = (numbers << bits) | np.arange(numbers.size)
        placed.sort()
        return placed & ((1 << bits) - 1)
    order = np.argsort(numbers)
    rows = numbers[order]
    return order if np.all(rows[1:] > rows[:-1]) else np.argsort(numbers, kind="stable")


def packed(*keys: Whole) -> Whole | None:
    """One number for the keys of each row, in the same order; None where they do not fit into 62 bits."""
    least = [int(key.min()) if key.size else 0 for key in keys]
    spans = [int(key.max()) - low + 1 if key.size else 1 for key, low in zip(keys, least, strict=True)]
    if reduce(lambda a, b: a * b, spans) > _LARGEST:
        return None
    total = np.subtract(keys[0], least[0], dtype=np.int64)
    for key, low, span in zip(keys[1:], least[1:], spans[1:], strict=True):
        total *= span
        total += np.subtract(key, low, dtype=np.int64)
    return total


def numbered(*keys: Whole) -> Whole:
    """A number from 0 for every different combination of the keys, in their order, without gaps."""
    together = packed(*keys)
    if together is None:
        return np.unique(np.column_stack(keys), axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    order = ordered(together)
    rows = together[order]
    number = np.empty(rows.size, np.int64)
    number[order] = np.cumsum(np.concatenate((np.zeros(min(1, rows.size), np.int64), rows[1:] != rows[:-1])))
    return number


def within(groups: Whole) -> Whole:
    """How many rows of its group stand before each row."""
    order = ordered(groups)
    rows = groups[order]
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, rows.size), np.bool_), rows[1:] != rows[:-1])))
    found = np.empty(rows.size, np.int64)
    found[order] = np.arange(rows.size) - np.repeat(starts, np.diff(starts, append=rows.size))
    return found
