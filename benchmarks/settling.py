"""Settling alone: read and check a delivery, settle all of it, write one table; the delivery itself is not stored.

`python -m benchmarks.settling DELIVERY DB`
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

from flows.intake import LINES_PER_BUCKET, read_delivery
from flows.settling.buckets import Buckets, settle_buckets
from flows.settling.settler import settler
from policies.law import load
from schemas import REFERENCE, TABLES

__all__ = ["run"]


@dataclass(frozen=True)
class _Delivered(Buckets):
    """The rows of a delivery by bucket, those of the reference tables from memory."""

    reference: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def tables(self, number: int) -> dict[str, pl.DataFrame]:
        bills = {name: parts.accepted(number).drop("row_number").collect() for name, parts in self.bills.items()}
        return bills | {name: self._mine(TABLES[name].key, self.reference[name], number) for name in REFERENCE}

    def _mine(self, key: tuple[str, ...], rows: pl.DataFrame, number: int) -> pl.DataFrame:
        if "member_id" in rows.columns:
            rows = rows.filter(pl.col("member_id").hash() % self.count == number)
        return rows.sort(key)


def run(delivery: Path, db: Path) -> None:
    """Settle the delivery into the table `settlement`."""
    with TemporaryDirectory(dir=db.parent) as folder:
        scratch = Path(folder)
        read = read_delivery(delivery, {}, scratch / "delivered", LINES_PER_BUCKET)
        count = read.bills["fee_lines"].count
        buckets = _Delivered(scratch, count, read.reference["providers"], read.bills, read.reference)
        settle_buckets(buckets, settler(load()), ("settlement",), lambda done, count: None)
        _write(buckets.results("settlement"), db)


def _write(results: Path, db: Path) -> None:
    columns = _stored()
    with duckdb.connect(str(db)) as con:
        con.execute("SET preserve_insertion_order = false")
        con.execute(f"CREATE TABLE settlement AS SELECT {columns} FROM read_parquet('{results}/*.parquet')")


def _stored() -> str:
    """The settled columns in yuan; which run made a version is not known here."""
    table = TABLES["settlement"]
    made = {"version", "run_id"}
    return replace(table, columns=tuple(column for column in table.columns if column.name not in made)).stored()


if __name__ == "__main__":
    from benchmarks import settling  # its classes go to other processes by the name of their module

    settling.run(Path(sys.argv[1]), Path(sys.argv[2]))
