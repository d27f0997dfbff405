"""A fingerprint of a table's content: the same for the same rows in any order, in CSV as in Parquet."""

from __future__ import annotations

import hashlib
from functools import cache
from types import TracebackType

import duckdb
import polars as pl

__all__ = ["Fingerprint", "combined"]


class Fingerprint:
    """Sums the MD5 of every row (as `name=value` of its filled cells), so that neither order nor file format counts."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._con = _memory().cursor()
        self._rows = self._low = self._high = 0

    def __enter__(self) -> Fingerprint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()

    def add(self, frame: pl.DataFrame) -> None:
        """Take in rows: typed values, so that `5000` and `5000.00` are the same amount."""
        texts = frame.select(row=pl.concat_str(_cells(frame), separator="\x1f", ignore_nulls=True))
        self._con.register("texts", texts)
        low, high = self._con.execute(
            "SELECT sum(md5_number_lower(row)::HUGEINT), sum(md5_number_upper(row)::HUGEINT) FROM texts"
        ).fetchall()[0]
        self._con.unregister("texts")
        self._rows += frame.height
        self._low += int(low or 0)
        self._high += int(high or 0)

    def hexdigest(self) -> str:
        return hashlib.sha256(f"{self._table}|{self._rows}|{self._low}|{self._high}".encode()).hexdigest()


@cache
def _memory() -> duckdb.DuckDBPyConnection:
    """One database in memory for all tables: opening one costs more than hashing a small file."""
    return duckdb.connect()


def _cells(frame: pl.DataFrame) -> list[pl.Expr]:
    return [pl.lit(f"{name}=") + _text(name, dtype) for name, dtype in frame.schema.items() if name != "row_number"]


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).list.join(";") if dtype == pl.List(pl.String) else pl.col(name).cast(pl.String)


def combined(parts: dict[str, str]) -> str:
    """One fingerprint of several tables."""
    return hashlib.sha256("\n".join(f"{name}={parts[name]}" for name in sorted(parts)).encode()).hexdigest()
