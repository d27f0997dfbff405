"""A fingerprint of a table's content: the same for the same rows in any order, in CSV as in Parquet."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.intake.distinct import by_value

__all__ = ["Fingerprint", "Mark", "combined"]

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_PIECE = 32_768
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)

Numbers = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Mark = tuple[int, int]
"""Rows and the sum of their numbers."""


class Fingerprint:
    """SHA-256 of the number of rows and the sum of a 64-bit number for each row, made of the names and values of its filled cells.

    A sum does not depend on the order of the rows; typed values do not depend on the format of the file. Two deliveries that
    differ by accident have the same fingerprint once in 2^64; it is no seal against forgery (`Receipt.sha256` is one).
    """

    def __init__(self, table: str, constants: pl.DataFrame | None = None) -> None:
        """`constants`: one row of the cells that every row of `add` has besides its own."""
        self._table = table
        self._always = np.uint64(0) if constants is None else _of_rows(constants, np.uint64(0)).sum()
        self._rows = self._sum = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take in rows: typed values, so that `5000` and `5000.00` are the same amount."""
        self.take(self.mark(frame))

    def mark(self, frame: pl.DataFrame, *wrong: pl.DataFrame) -> Mark:
        """What rows, and what is wrong with some of them, add; the order in which marks are taken does not matter."""
        rows = [_of_rows(frame, self._always), *(_of_rows(found, np.uint64(0)) for found in wrong)]
        return sum(numbers.size for numbers in rows), sum(int(_spread(_spread(numbers)).sum()) for numbers in rows)

    def take(self, mark: Mark) -> None:
        """Take in rows by their mark."""
        rows, total = mark
        self._rows += rows
        self._sum = (self._sum + total) % (1 << 64)

    def hexdigest(self) -> str:
        return hashlib.sha256(f"{self._table}|{self._rows}|{self._sum}".encode()).hexdigest()


def combined(parts: dict[str, str]) -> str:
    """One fingerprint of several tables."""
    return hashlib.sha256("\n".join(f"{name}={parts[name]}" for name in sorted(parts)).encode()).hexdigest()


def _of_rows(frame: pl.DataFrame, always: np.uint64) -> Numbers:
    rows = np.full(frame.height, always)
    scratch = np.empty((2, frame.height), np.uint64)
    for cells in frame:
        if cells.name != "row_number" and cells.null_count() < frame.height:
            _add(rows, cells, scratch)
    return rows


def _add(rows: Numbers, cells: pl.Series, scratch: Numbers) -> None:
    """The numbers of the cells made those of their column; nothing where a cell is empty."""
    odd = _odd(cells.name)
    if isinstance(cells.dtype, pl.String | pl.Categorical):
        rows += _filled(by_value(cells, lambda texts: _of_texts(texts, odd)))
    elif 4 * cells.null_count() > 3 * cells.len():
        few = _numbers(cells.drop_nulls()).to_numpy() + odd
        rows[cells.is_not_null().to_numpy()] += _spread(few)
    else:
        numbers = np.add(_filled(_numbers(cells)), odd, out=scratch[0])
        _spread(numbers, *scratch)
        rows += np.multiply(numbers, cells.is_not_null().to_numpy(), out=numbers) if cells.null_count() else numbers


def _spread(numbers: Numbers, product: Numbers | None = None, upper: Numbers | None = None) -> Numbers:
    """Products wrap around at 64 bits; the upper half then reaches the lower one.

    Memory that is given, and may be that of the numbers, is used again: new memory costs more than the sums.
    """
    product = np.multiply(numbers, _SPREAD, out=product)
    product ^= np.right_shift(product, _HALF, out=upper)
    return product


@cache
def _odd(name: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") | 1)


def _numbers(cells: pl.Series) -> pl.Series:
    """A 64-bit number for each filled cell that is no text."""
    if cells.dtype == pl.List(pl.String):
        return _of_texts(cells.list.join(";"), np.uint64(0))
    return cells.to_physical().cast(pl.Int64).reinterpret(signed=False)


def _filled(numbers: pl.Series) -> Numbers:
    """0 where a cell is empty; numbers of which none is are not copied."""
    return (numbers.fill_null(0) if numbers.null_count() else numbers).to_numpy()


def _of_texts(cells: pl.Series, odd: np.uint64) -> pl.Series:
    """The numbers of texts made those of their column, piece by piece, which stays in the cache."""
    found = np.empty(cells.len(), np.uint64)
    for start in range(0, cells.len(), _PIECE):
        numbers = _of_text(cells.slice(start, _PIECE))
        found[start : start + _PIECE] = _spread(numbers + odd) if odd else numbers
    texts = pl.Series(cells.name, found)
    return texts.set(cells.is_null(), None) if cells.null_count() else texts


def _of_text(cells: pl.Series) -> Numbers:
    """The count of bytes and the first four of them, then eight at a time, each made those of their place."""
    array = cells.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    text = np.append(np.frombuffer(data, np.uint8), np.zeros(8, np.uint8)) if data else np.zeros(8, np.uint8)
    starts, sizes = ends[:-1], np.diff(ends)
    total = _spread(((_words(text, starts, sizes, 4) << _HALF) + sizes.astype(np.uint64)) * _odd("0"))
    for place in range(4, int(sizes.max(initial=0)), 8):
        total += _spread(_words(text, starts + place, sizes - place, 8) * _odd(str(place)))
    return total


def _words(text: Bytes, starts: Places, left: Places, size: int) -> Numbers:
    """The first bytes of each text as a number, at most `size` of the `left` ones; zeros stand for those it lacks."""
    anywhere = np.ndarray(text.size - 7, "V8", text, strides=(1,))
    words: Numbers = anywhere[np.minimum(starts, text.size - 8)].view("<u8")
    if size < 8 or left.min(initial=size) < size:
        words &= _FIRST_BYTES[np.clip(left, 0, size)]
    return words
