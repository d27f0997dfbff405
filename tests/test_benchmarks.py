"""A contender that settles without a database is only worth a race when it comes to the same figures."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks import settling
from flows.night import Night, run_night

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


def test_settling_alone_comes_to_what_a_night_publishes(tmp_path: Path) -> None:
    settling.run(SAMPLES, tmp_path / "alone.duckdb")
    run_night(Night(SAMPLES, tmp_path / "night.duckdb"))
    with duckdb.connect(str(tmp_path / "alone.duckdb"), read_only=True) as con:
        columns = ", ".join(name for name, *_ in con.execute("DESCRIBE settlement").fetchall())
        alone = con.execute(f"SELECT {columns} FROM settlement ORDER BY claim_id").fetchall()
    with duckdb.connect(str(tmp_path / "night.duckdb"), read_only=True) as con:
        night = con.execute(f"SELECT {columns} FROM settlement ORDER BY claim_id").fetchall()
    assert alone and alone == night
