"""Synthetic deliveries: the same seed gives the same bytes, intake takes them, most claims are payable, all of life occurs."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from agreement import law

from flows.cli import cli
from flows.generation.delivery import Order, generate
from flows.generation.population import PopulationError, known_pools, read_population
from flows.intake import Delivery, read_delivery
from flows.terminal.failures import ended
from policies.loading import builtin_folder
from schemas import DELIVERED, TABLES
from transforms.settle import settle

POOLS = sorted(known_pools(builtin_folder()))
YEARS = {
    policy.pool: min(policy.valid_to.year, 2025) if policy.valid_to else max(policy.valid_from.year, 2025)
    for policy in law().policies
}


def generated(folder: Path, pools: list[str], form: str = "parquet", **given: float) -> dict[str, int]:
    order = {"members": 1500, "year": 2025, "seed": 5, **given}
    populations = [read_population(pool, builtin_folder()) for pool in pools]
    return generate(Order(populations, **order), folder, form)


@cache
def delivery(pool: str, root: Path) -> Delivery:
    """A delivery without faulty rows, taken in."""
    folder = root / pool
    if not folder.exists():
        generated(folder, [pool], year=YEARS[pool])
    return read_delivery(folder)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_seed_gives_the_same_bytes(form: str, tmp_path: Path):
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        generated(tmp_path / name, [POOLS[0]], form, members=200, seed=seed, part=70, bad_rows=0.01)
    one, same, other = (digests(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same
    assert not set(one.values()) & set(other.values()) - {one[f"providers.{form}"]}


def test_csv_and_parquet_are_the_same_delivery(tmp_path: Path):
    for form in ("csv", "parquet"):
        generated(tmp_path / form, POOLS[:2], form, members=300)
    assert read_delivery(tmp_path / "csv").fingerprint == read_delivery(tmp_path / "parquet").fingerprint


@pytest.mark.parametrize("pool", POOLS)
def test_intake_takes_every_row(pool: str, root: Path):
    taken = delivery(pool, root)
    assert taken.quarantine.is_empty()
    assert taken.warnings == []
    assert all(taken.tables[name].height for name in DELIVERED)
    assert sum(total.rows_merged for total in taken.totals.values()) == 0


@pytest.mark.parametrize("pool", POOLS)
def test_most_claims_are_payable(pool: str, root: Path):
    settled = settle(delivery(pool, root).tables, law()).settlement
    paid = settled.filter(pl.col("status") == "paid")
    assert paid.height > 0.93 * settled.height
    assert paid["basic_pay"].sum() > 0.25 * paid["total_amount"].sum()


@pytest.mark.parametrize("pool", POOLS)
def test_all_of_life_occurs(pool: str, root: Path):
    tables = delivery(pool, root).tables
    claims, year = tables["claims"], YEARS[pool]
    counts = tables["members"].join(claims.group_by("member_id").len("n"), on="member_id", how="left")["n"].fill_null(0)
    assert (counts <= 1).mean() > 0.25
    assert counts.max() > 20
    stays = claims.filter(pl.col("care_type") == "inpatient")
    assert stays.filter(pl.col("started_on").dt.year() < pl.col("ended_on").dt.year()).height
    assert (tables["members"]["birth_date"].dt.year() == year).any()
    assert tables["filings"]["kind"].n_unique() == 3
    assert tables["fee_lines"]["catalogue_class"].unique().sort().to_list() == ["A", "B", "C"]


def test_some_come_every_other_day(root: Path):
    visits = [delivery(pool, root).tables["claims"].group_by("member_id").len()["len"].max() for pool in POOLS]
    assert max(visits) > 120


def test_stays_of_a_member_do_not_overlap(root: Path):
    stays = (
        delivery(POOLS[0], root)
        .tables["claims"]
        .filter((pl.col("care_type") == "inpatient") & pl.col("reverses_claim_id").is_null())
    )
    ordered = stays.sort("member_id", "started_on")
    earlier = ordered.select(pl.col("ended_on").shift(1).over("member_id")).to_series()
    assert not (ordered["started_on"] <= earlier).fill_null(False).any()


def test_a_pool_with_both_schemes_has_employees_and_residents(root: Path):
    both = [pool for pool in POOLS if read_population(pool, builtin_folder()).employees]
    assert both
    for pool in both:
        assert delivery(pool, root).tables["enrolments"]["scheme"].n_unique() == 2


def test_faulty_rows_are_of_every_table(tmp_path: Path):
    generated(tmp_path / "few", POOLS, members=1000, bad_rows=0.0001)
    found = read_delivery(tmp_path / "few").quarantine
    assert set(found["table_name"]) == set(DELIVERED)
    generated(tmp_path / "many", POOLS[:1], members=1000, bad_rows=0.02)
    many = read_delivery(tmp_path / "many")
    total = many.totals["enrolments"]
    assert 0.005 < total.rows_quarantined / total.rows_delivered < 0.05
    assert many.tables["claims"].height > 0.5 * many.totals["claims"].rows_delivered


def test_claims_a_member_can_be_chosen(tmp_path: Path):
    rows = generated(tmp_path / "d", POOLS[:1], members=3000, claims_per_member=6.0)
    assert 5 < rows["claims"] / rows["members"] < 7


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    arguments = ["generate", str(out), "--members", "40", "--pool", POOLS[0], "--year", "1999"]
    assert ended(cli, [*arguments, "--seed", "1"]) == 2
    arguments[-1] = "2031"
    assert ended(cli, [*arguments, "--seed", "1", "--format", "csv"]) == 0
    assert "members" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{name}.csv" for name in DELIVERED)
    assert ended(cli, [*arguments, "--seed", "1"]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_a_pool_without_figures_has_its_sentence(tmp_path: Path):
    with pytest.raises(PopulationError, match="There are no figures for the pool 999999; there are those of "):
        read_population("999999", builtin_folder())
    (tmp_path / "population.yaml").write_text("pool: '1'\ncare: {ordinary: {bill: none_such}}\n", encoding="utf-8")
    with pytest.raises(PopulationError, match=r"population\.yaml: "):
        read_population("1", tmp_path)


def test_drawn_columns_are_columns_of_the_contract(root: Path):
    for name in DELIVERED:
        assert set(pl.read_parquet_schema(root / POOLS[0] / f"{name}.parquet")) <= set(TABLES[name].names)
