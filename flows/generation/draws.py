"""Random choices over whole arrays, and the typed columns made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas import TABLES, Column, Kind

__all__ = [
    "Days", "Flags", "Indexes", "Numbers", "choices", "day_number", "days", "picked", "positions", "weighted",
]  # fmt: skip

Indexes = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]
"""Days since 1970-01-01."""
Flags = npt.NDArray[np.bool_]

_EPOCH = date(1970, 1, 1)


def day_number(year: int, month_day: str = "01-01") -> int:
    """A day of a year as days since 1970-01-01; `month_day` is written 09-30."""
    return (date.fromisoformat(f"{year}-{month_day}") - _EPOCH).days


def weighted(rng: np.random.Generator, weights: Sequence[float], size: int) -> Indexes:
    """Positions drawn with the given weights."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(bounds / bounds[-1], rng.random(size), side="right").clip(max=len(weights) - 1)


def positions(counts: Indexes) -> Indexes:
    """0, 1, 2 ... within each run of `np.repeat(x, counts)`."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)


def days(numbers: Days, name: str, known: Flags | None = None) -> pl.Series:
    """A column of dates; null where not `known`."""
    column = pl.Series(name, numbers.astype(np.int32)).cast(pl.Date)
    return column if known is None else picked(column, np.arange(len(numbers)), known)


def picked(values: pl.Series, at: Indexes, known: Flags | None = None) -> pl.Series:
    """The values at some positions; null where not `known`."""
    if known is None:
        return values.gather(at)
    return values.gather(pl.Series(at).set(pl.Series(~known), None))


def choices(rng: np.random.Generator, table: str, given: Mapping[str, Any], size: int) -> dict[str, pl.Series]:
    """Columns of a table: each with its one value, or with values drawn by weight."""
    found = {}
    for name, value in given.items():
        options = value if isinstance(value, dict) else {value: 1.0}
        values = pl.Series(name, [_in_memory(TABLES[table][name], text) for text in options], TABLES[table][name].dtype)
        found[name] = values.gather(weighted(rng, list(options.values()), size))
    return found


def _in_memory(column: Column, value: Any) -> Any:
    """A value as the typed frame holds it: fen, basis points, dates, flags."""
    if column.kind is Kind.FLAG:
        return value if isinstance(value, bool) else value == "true"
    if column.kind is Kind.DATE:
        return date.fromisoformat(str(value))
    if column.kind.decimals is not None:
        return int(Decimal(str(value)).scaleb(column.kind.decimals))
    return str(value)
