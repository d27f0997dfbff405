"""Changzhou: the engine under the law as data and the plain settler agree on every figure, reason and note."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from agreement import Rows, differences, frames_of, law, settled_rows
from oracle.changzhou import settle
from oracle.random_changzhou import deliveries

from schemas import MONEY_COLUMNS
from transforms.settle import settle as settle_with_engine

HOSPITAL = {"provider_id": "H", "kind": "hospital", "level": "2", "area_code": "320404"}


def one_claim(**changes: Any) -> Rows:
    """A member with a stay of 10,000 yuan; `changes` add rows or replace them by table."""
    stay = {
        "claim_id": "C", "member_id": "M", "provider_id": "H", "care_type": "inpatient", "started_on": "2024-03-01",
        "ended_on": "2024-03-08", "settled_at": "2024-03-08T10:00:00",
    }  # fmt: skip
    line = {"claim_id": "C", "line_no": "1", "item_kind": "western_drug", "catalogue_class": "A", "amount": "10000"}
    enrolment = {"member_id": "M", "scheme": "resident", "benefit_year": "2024", "area_code": "320402"}
    rows: Rows = {
        "members": [{"member_id": "M", "birth_date": "1980-03-01"}], "providers": [HOSPITAL],
        "enrolments": [enrolment | {"paid_on": "2023-12-05"}], "claims": [stay], "fee_lines": [line],
        "statuses": [], "registrations": [], "filings": [],
    }  # fmt: skip
    return rows | changes


@pytest.mark.parametrize("seed", range(101, 107))
def test_same_settlement(seed: int) -> None:
    rows = deliveries(seed, members=200)
    assert differences(rows, settle(rows)) == []


def test_portions_sum_to_the_settlement() -> None:
    settled = settle_with_engine(frames_of(deliveries(seed=3, members=150)), law())
    sums = settled.portion.group_by("claim_id").agg(pl.col(MONEY_COLUMNS).sum()).sort("claim_id")
    assert sums.equals(settled.settlement.select("claim_id", *MONEY_COLUMNS).sort("claim_id"))


def test_an_enrolment_of_another_scheme_gives_no_policy() -> None:
    rows = one_claim()
    rows["enrolments"][0] |= {"scheme": "employee", "coverage_from": "2024-01-01", "coverage_to": "2024-12-31"}
    rows["claims"][0] |= {"scheme": "resident"}
    assert differences(rows, settle(rows)) == []
    row = settled_rows(settle_with_engine(frames_of(rows), law()))["C"]
    assert (row["status"], row["reasons"]) == ("pended", ["no_policy_in_force"])


def test_diseases_of_a_claim_use_up_the_yearly_cost_in_the_order_of_their_codes() -> None:
    codes = ("transplant", "malignant_tumour")
    rows = one_claim()
    rows["claims"].append(rows["claims"][0] | {"claim_id": "D", "care_type": "outpatient", "ended_on": None})
    rows["fee_lines"][0] |= {"amount": "340000"}
    rows["fee_lines"] += [
        rows["fee_lines"][0] | {"claim_id": "D", "line_no": str(number), "amount": "8000", "disease_code": code}
        for number, code in enumerate(codes, 1)
    ]
    rows["registrations"] = [
        {"member_id": "M", "programme": "special", "code": code, "valid_from": "2024-01-01", "provider_ids": "H"}
        for code in codes
    ]
    assert differences(rows, settle(rows)) == []
    portion = settle_with_engine(frames_of(rows), law()).portion.filter(claim_id="D").sort("portion_no")
    assert portion.select("disease_code", "basic_pay").rows() == [("malignant_tumour", 640000), ("transplant", 180000)]
