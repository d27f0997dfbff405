"""The analyst's SQL script on a plain delivery. `python -m benchmarks.analyst DELIVERY DB`"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

__all__ = ["run"]

SCRIPT = Path(__file__).with_name("analyst.sql")


def run(delivery: Path, db: Path) -> None:
    """Settle the delivery into the table `settlement`."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS out")
        con.execute("SET preserve_insertion_order = false")
        con.execute(SCRIPT.read_text(encoding="utf-8").replace("{delivery}", str(delivery)))


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
