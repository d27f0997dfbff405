"""A delivery that is dealt into parts on disk is judged like one that stands in memory."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from flows.generation.delivery import Order, generate
from flows.generation.population import known_pools, read_population
from flows.intake import Delivery, parts, read_delivery
from flows.night import Night, run_night
from flows.warehouse.database import open_product
from policies.loading import builtin_folder

POOL = min(known_pools(builtin_folder()))


@pytest.fixture(scope="module", params=["csv", "parquet"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 900 claims, a few rows of each table spoiled."""
    made = tmp_path_factory.mktemp("parts") / request.param
    order = Order([read_population(POOL, builtin_folder())], 300, 2025, seed=9, bad_rows=0.01)
    generate(order, made, request.param)
    return made


def accepted(delivery: Delivery, name: str) -> pl.DataFrame:
    frame = pl.read_parquet(delivery.files[name]) if name in delivery.files else delivery.tables[name]
    return frame.sort(pl.all())


def test_parts_are_judged_like_the_whole(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole = read_delivery(folder, scratch=tmp_path / "unused")
    assert whole.files == {} and not (tmp_path / "unused").exists()
    monkeypatch.setattr(parts, "ROWS_IN_MEMORY", 400)
    dealt = read_delivery(folder, scratch=tmp_path / "parts")
    assert len(dealt.files["claims"]) == len(dealt.files["fee_lines"]) > 3
    assert dealt.quarantine.equals(whole.quarantine)
    assert (dealt.totals, dealt.warnings, dealt.fingerprint) == (whole.totals, whole.warnings, whole.fingerprint)
    for name in ("claims", "fee_lines"):
        assert accepted(dealt, name).equals(accepted(whole, name))


def test_a_night_from_parts_is_the_same(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settled = []
    for name, limit in (("whole", 10**9), ("parts", 400)):
        monkeypatch.setattr(parts, "ROWS_IN_MEMORY", limit)
        outcome = run_night(Night(folder, tmp_path / f"{name}.duckdb"))
        with open_product(str(outcome.db)) as con:
            rows = con.execute("SELECT * EXCLUDE (run_id) FROM settlement ORDER BY claim_id").fetchall()
        settled.append((rows, [vars(total) for total in outcome.totals]))
    assert settled[0] == settled[1]
    assert len(settled[0][0]) > 500
