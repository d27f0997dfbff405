"""What must hold whatever is delivered: parts sum to the bill, order and splitting change nothing, terms begin on their day."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from agreement import frames_of, law
from oracle import random_baoding, random_changzhou, random_jining, random_xianning
from worked_cases import PARTS, PAYERS, Tables, write_delivery

from flows.night import Night, run_night
from transforms.plan import Law as Plans
from transforms.settle import Settled, settle

GENERATORS: dict[str, Callable[..., Tables]] = {
    "baoding and hubei": random_baoding.deliveries,
    "jining": random_jining.deliveries,
    "xianning": random_xianning.deliveries,
    "changzhou": random_changzhou.deliveries,
}
each_city = pytest.mark.parametrize("city", list(GENERATORS))


def settled(rows: Tables) -> Settled:
    return settle(frames_of(rows), Plans(law().plans))


@each_city
def test_parts_and_payers_sum_to_the_bill(city: str) -> None:
    result = settled(GENERATORS[city](seed=11, members=150))
    for frame in (result.settlement, result.portion):
        for columns in (PARTS, PAYERS):
            assert frame.filter(pl.sum_horizontal(columns) != pl.col("total_amount")).is_empty()
    sums = result.portion.group_by("claim_id").agg(pl.col("total_amount", "basic_pay", "personal_pay").sum())
    both = result.settlement.join(sums, on="claim_id", suffix="_of_portions")
    assert both.height == result.settlement.height
    for name in ("total_amount", "basic_pay", "personal_pay"):
        assert both.filter(pl.col(name) != pl.col(f"{name}_of_portions")).is_empty()


@each_city
def test_shuffling_rows_changes_nothing(city: str) -> None:
    rows = GENERATORS[city](seed=12, members=150)
    shuffled = {name: random.Random(name).sample(table, len(table)) for name, table in rows.items()}
    assert by_claim(settled(rows)).equals(by_claim(settled(shuffled)))


def by_claim(result: Settled) -> pl.DataFrame:
    return result.settlement.sort("claim_id")


@each_city
def test_no_counter_passes_its_last_limit(city: str) -> None:
    """A limit may fall during the year: what was paid before stays, so only counters whose limit never fell are held to it."""
    rows = GENERATORS[city](seed=13, members=150)
    moved = settled({**rows, "statuses": []}).accumulator
    over = moved.filter(pl.col("used_amount") > pl.col("limit_amount"))
    assert set(over["name"]) <= {"chronic_paid", "special_cost", "pku_cost", "chronic_cost"}, over


@each_city
def test_splitting_a_delivery_over_nights_equals_one_delivery(city: str, tmp_path: Path) -> None:
    rows = GENERATORS[city](seed=14, members=60)
    whole = nights([rows], tmp_path / "whole")
    parts = nights(split(rows, 3), tmp_path / "parts")
    assert parts == whole


def split(rows: Tables, nights: int) -> list[Tables]:
    """Claims by the hash of their number; a reversal comes with the night of its own claim, reference rows on the first."""
    reference = {name: table for name, table in rows.items() if name not in ("claims", "fee_lines")}
    night_of = {claim["claim_id"]: number % nights for number, claim in enumerate(rows["claims"])}
    found: list[Tables] = []
    for night in range(nights):
        part = {
            name: [row for row in rows[name] if night_of[row["claim_id"]] == night] for name in ("claims", "fee_lines")
        }
        found.append({**(reference if night == 0 else {"providers": rows["providers"]}), **part})
    return found


def nights(deliveries: list[Tables], folder: Path) -> list[tuple[Any, ...]]:
    for number, rows in enumerate(deliveries):
        inbox = write_delivery(rows, folder / f"night-{number}")
        run_night(Night(inbox, folder / "claims.duckdb"))
    with closing(duckdb.connect(str(folder / "claims.duckdb"), read_only=True)) as con:
        query = "SELECT * EXCLUDE (run_id, version) FROM settlement ORDER BY claim_id"
        return con.execute(query).fetchall()


def test_a_policy_begins_and_ends_on_its_days() -> None:
    """Every term of every policy, a day before, on and after: a claim has a policy exactly while one is in force."""
    for policy in law().policies:
        days = {policy.valid_from - timedelta(days=1): False, policy.valid_from: True}
        if policy.valid_to is not None:
            days |= {policy.valid_to: True, policy.valid_to + timedelta(days=1): False}
        for day, in_force in days.items():
            row = settled(one_visit(policy.pool, policy.scheme, day.isoformat())).settlement.row(0, named=True)
            assert (row["policy_id"] == policy.policy) is in_force, (policy.policy, day)
            assert (row["reasons"] == ["no_policy_in_force"]) is not in_force or row["policy_id"] is not None


def one_visit(pool: str, scheme: str, day: str) -> Tables:
    year = day[:4]
    cover = {"coverage_from": f"{year}-01-01", "coverage_to": f"{year}-12-31"}
    area = pool[:4] + "02" if not pool.endswith("0000") else pool[:2] + "0102"
    return {
        "members": [{"member_id": "m", "sex": "F", "birth_date": "1980-01-01"}],
        "enrolments": [{"member_id": "m", "scheme": scheme, "benefit_year": year, "area_code": area, **cover}],
        "providers": [{"provider_id": "p", "kind": "hospital", "level": "1", "admin_tier": "county", "area_code": area}],
        "claims": [
            {
                "claim_id": "c", "member_id": "m", "provider_id": "p", "care_type": "outpatient", "started_on": day,
                "settled_at": f"{day}T10:00:00", "basic_pay_given": "10",
            }
        ],
        "fee_lines": [{"claim_id": "c", "line_no": "1", "item_kind": "service", "catalogue_class": "A", "amount": "100"}],
    }  # fmt: skip
