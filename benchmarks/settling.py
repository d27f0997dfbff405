"""Settling alone: read and check a delivery, settle all of it, write one table; the delivery itself is not stored.

`python -m benchmarks.settling DELIVERY DB`
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.buckets import DeliveredBuckets
from flows.intake import LINES_PER_BUCKET, read_delivery
from flows.settling.buckets import settle_buckets
from flows.settling.settler import settler
from policies.law import load
from schemas import TABLES

__all__ = ["run"]


def run(delivery: Path, db: Path) -> None:
    """Settle the delivery into the table `settlement`."""
    with TemporaryDirectory(dir=db.parent) as folder:
        scratch = Path(folder)
        read = read_delivery(delivery, {}, scratch / "delivered", LINES_PER_BUCKET)
        settle, count = settler(load()), read.bills["fee_lines"].count
        reference = {name: parts.rows() for name, parts in read.reference.items()}
        columns = settle.reads(reference["enrolments"]["area_code"])
        buckets = DeliveredBuckets(scratch, count, reference["providers"], read.bills, columns, reference=reference)
        settle_buckets(buckets, settle, ("settlement",), lambda done, count: None)
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
    run(Path(sys.argv[1]), Path(sys.argv[2]))
