"""A fingerprint of a table's content: the same for the same rows in any order, in CSV as in Parquet."""

from __future__ import annotations

import hashlib
from functools import cache
from types import TracebackType

import duckdb
import polars as pl

__all__ = ["Fingerprint", "combined"]


class Fingerprint:
    """SHA-256 of the number of rows and the sum of a 64-bit hash of each row.

    A sum does not depend on the order of the rows; typed values do not depend on the format of the file. A newer DuckDB may
    hash otherwise: a delivery that was taken before is then looked at again, and changes nothing.
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
        names = [name for name in frame.columns if name != "row_number"]
        self._con.register("block", frame.select(names))
        found = self._con.execute(f"SELECT sum(hash({', '.join(names)})::HUGEINT) FROM block").fetchall()
        self._con.unregister("block")
        self._rows += frame.height
        self._sum += int(found[0][0] or 0)

    def hexdigest(self) -> str:
        return hashlib.sha256(f"{self._table}|{self._rows}|{self._sum}".encode()).hexdigest()


@cache
def _memory() -> duckdb.DuckDBPyConnection:
    """One database in memory for all tables: opening one costs more than hashing a small file."""
    return duckdb.connect()


def combined(parts: dict[str, str]) -> str:
    """One fingerprint of several tables."""
    return hashlib.sha256("\n".join(f"{name}={parts[name]}" for name in sorted(parts)).encode()).hexdigest()
