"""A fingerprint of a table's content: the same for the same rows in any order, in CSV as in Parquet."""

from __future__ import annotations

import hashlib
from functools import cache
from types import TracebackType

import duckdb
import polars as pl

__all__ = ["Fingerprint", "combined"]


class Fingerprint:
    """SHA-256 of the number of rows and the sum of their MD5 (lower half), a row being `name=value` of its filled cells.

    A sum does not depend on the order of the rows; typed values do not depend on the format of the file.
    """

    def __init__(self, table: str) -> None:
        self._table = table
        self._con = _memory().cursor()
        self._rows = self._sum = 0

    def __enter__(self) -> Fingerprint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()

    def add(self, frame: pl.DataFrame) -> None:
        """Take in rows: typed values, so that `5000` and `5000.00` are the same amount."""
        if frame.is_empty():
            return
        texts = frame.select(row=pl.concat_str(_cells(frame), separator="\x1f", ignore_nulls=True))
        self._con.register("texts", texts)
        found = self._con.execute("SELECT sum(md5_number_lower(row)::HUGEINT) FROM texts").fetchall()
        self._con.unregister("texts")
        self._rows += frame.height
        self._sum += int(found[0][0] or 0)

    def hexdigest(self) -> str:
        return hashlib.sha256(f"{self._table}|{self._rows}|{self._sum}".encode()).hexdigest()


@cache
def _memory() -> duckdb.DuckDBPyConnection:
    """One database in memory for all tables: opening one costs more than hashing a small file."""
    return duckdb.connect()


def _cells(frame: pl.DataFrame) -> list[pl.Expr]:
    filled = [name for name in frame.columns if name != "row_number" and frame[name].null_count() < frame.height]
    return [pl.lit(f"{name}=") + _text(name, frame.schema[name]) for name in filled]


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).list.join(";") if dtype == pl.List(pl.String) else pl.col(name).cast(pl.String)


def combined(parts: dict[str, str]) -> str:
    """One fingerprint of several tables."""
    return hashlib.sha256("\n".join(f"{name}={parts[name]}" for name in sorted(parts)).encode()).hexdigest()
