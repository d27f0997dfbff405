"""A delivery that is dealt into parts on disk is judged like one that stands in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.generation.delivery import Order, generate
from flows.generation.population import known_pools, read_population
from flows.intake import buckets_of, read_delivery
from flows.night import Night, run_night
from flows.warehouse.database import open_product
from policies.loading import builtin_folder
from schemas import DELIVERED

POOL = min(known_pools(builtin_folder()))


@pytest.fixture(scope="module", params=["csv", "parquet"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 900 claims, a few rows of each table spoiled."""
    made = tmp_path_factory.mktemp("parts") / request.param
    order = Order([read_population(POOL, builtin_folder())], 300, 2025, seed=9, bad_rows=0.01)
    generate(order, made, request.param)
    return made


def test_parts_are_judged_like_the_whole(folder: Path):
    whole, dealt = read_delivery(folder), read_delivery(folder, lines_per_bucket=400)
    assert (whole.bills["claims"].count, dealt.bills["claims"].count) == (1, dealt.bills["fee_lines"].count)
    assert dealt.bills["claims"].count > 3
    assert dealt.quarantine.height and dealt.quarantine.equals(whole.quarantine)
    assert (dealt.totals, dealt.warnings, dealt.fingerprint) == (whole.totals, whole.warnings, whole.fingerprint)
    for name in DELIVERED:
        assert dealt.tables[name].equals(whole.tables[name])


def test_a_night_from_parts_is_the_same(folder: Path, tmp_path: Path):
    settled = []
    for name, lines in (("whole", 500_000), ("parts", 400)):
        outcome = run_night(Night(folder, tmp_path / f"{name}.duckdb", lines_per_bucket=lines))
        with open_product(str(outcome.db)) as con:
            rows = con.execute("SELECT * EXCLUDE (run_id) FROM settlement ORDER BY claim_id").fetchall()
        settled.append((rows, [vars(total) for total in outcome.totals]))
    assert settled[0] == settled[1]
    assert len(settled[0][0]) > 500


@pytest.mark.parametrize(("lines", "buckets"), [(0, 1), (500, 1), (501, 2), (1_000, 2), (1_001, 4), (2_100, 6)])
def test_two_at_a_time_leave_no_bucket_over(lines: int, buckets: int) -> None:
    assert buckets_of(lines, 500) == buckets
