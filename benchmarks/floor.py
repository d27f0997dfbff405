"""The floor: read the delivery, add up lines to claims, sort by member and order, write one table as wide as ours; no rules.

`python -m benchmarks.floor DELIVERY DB`
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import polars as pl

from flows.warehouse.tables import STORED

__all__ = ["run"]


def run(delivery: Path, db: Path) -> None:
    """Read, add up, sort, write."""
    lines = pl.scan_parquet(delivery / "fee_lines.parquet").group_by("claim_id").agg(pl.col("amount").sum())
    claims = pl.scan_parquet(delivery / "claims.parquet").join(lines, on="claim_id", how="left")
    width = len(STORED["settlement_version"].columns)
    named = claims.collect_schema().names()
    money = [pl.col("amount").alias(f"amount_{number}") for number in range(max(0, width - len(named)))]
    frame = claims.with_columns(money).collect(engine="streaming").sort("member_id", "settled_at", "claim_id")
    with duckdb.connect(str(db)) as con:
        con.execute("SET preserve_insertion_order = false")
        con.execute("CREATE TABLE settlement AS SELECT * FROM frame")
    assert frame.height


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
