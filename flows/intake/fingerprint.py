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
_SHORT = 12

Numbers = npt.NDArray[np.uint64]
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
    for cells in frame:
        if cells.name != "row_number" and cells.null_count() < frame.height:
            rows += _of_column(cells)
    return rows


def _of_column(cells: pl.Series) -> Numbers:
    """The numbers of the cells made those of their column; nothing where a cell is empty."""
    numbers = _spread(_numbers(cells).fill_null(0).to_numpy() + _odd(cells.name))
    return numbers * cells.is_not_null().to_numpy() if cells.null_count() else numbers


def _spread(numbers: Numbers) -> Numbers:
    """Products wrap around at 64 bits; the upper half then reaches the lower one."""
    product = numbers * _SPREAD
    product ^= product >> _HALF
    return product


@cache
def _odd(name: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") | 1)


def _numbers(cells: pl.Series) -> pl.Series:
    """A 64-bit number for each filled cell."""
    if cells.dtype == pl.List(pl.String):
        cells = cells.list.join(";")
    if isinstance(cells.dtype, pl.Categorical):
        return by_value(cells, _numbers)
    if cells.dtype != pl.String:
        return cells.to_physical().cast(pl.Int64).reinterpret(signed=False)
    longest = cells.str.len_bytes().max()
    if isinstance(longest, int) and longest > _SHORT:
        return by_value(cells, _of_text)
    return pl.Series(cells.name, _of_short_text(cells))


def _of_short_text(cells: pl.Series) -> Numbers:
    """The same as `_of_text` for up to twelve bytes: such a cell is its length and these bytes, padded with zeros."""
    array = cells.to_arrow(compat_level=pl.CompatLevel.newest())
    words = np.frombuffer(array.buffers()[1], np.uint64).reshape(-1, 2)[array.offset : array.offset + len(array)]
    return _spread(words[:, 0] * _odd("0")) + _spread(words[:, 1] * _odd("4"))


def _of_text(cells: pl.Series) -> pl.Series:
    """The count of bytes and the first four of them, then eight at a time, each made those of their place."""
    longest = cells.str.len_bytes().max()
    padded = (cells + "\0" * 7).cast(pl.Binary)
    total = _spread((_word(padded, 0, pl.UInt32()) * 2**32 + cells.str.len_bytes()).fill_null(0).to_numpy() * _odd("0"))
    for place in range(4, longest if isinstance(longest, int) else 0, 8):
        total += _spread(_word(padded, place, pl.UInt64()).to_numpy() * _odd(str(place)))
    return pl.Series(cells.name, total)


def _word(padded: pl.Series, place: int, dtype: pl.DataType) -> pl.Series:
    size = 4 if dtype == pl.UInt32() else 8
    return padded.bin.slice(place, size).bin.reinterpret(dtype=dtype, endianness="little").fill_null(0).cast(pl.UInt64)
