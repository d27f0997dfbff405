"""The plain sequential settler of the tests. `python -m benchmarks.plain_settler DELIVERY RESULT.parquet`"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from benchmarks.deliveries import text_rows

__all__ = ["run"]

TESTS = Path(__file__).parents[1] / "tests"


def run(delivery: Path, result: Path) -> None:
    """Settle and write claim, basic payment and critical illness payment in fen."""
    sys.path.insert(0, str(TESTS))
    from oracle.baoding import settle
    from oracle.ground import typed

    settled = settle(typed(text_rows(delivery)))
    paid = [
        (claim, int(row["basic_pay"] * 100), int(row["critical_illness_pay"] * 100)) for claim, row in settled.items()
    ]
    pl.DataFrame(paid, schema=["claim_id", "basic_pay", "critical_illness_pay"], orient="row").write_parquet(result)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
