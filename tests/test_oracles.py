"""The plain settlers against every worked case, and what must hold of them on random deliveries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oracle import (
    baoding,
    changzhou,
    hubei,
    jining,
    random_baoding,
    random_changzhou,
    random_jining,
    random_xianning,
    xianning,
)
from oracle.ground import MONEY_COLUMNS, typed
from worked_cases import PARTS, PAYERS, Tables, case_files, delivery_of, read_case, wrong_figures

Rows = dict[str, dict[str, Any]]
SETTLERS: dict[str, Callable[[Tables], Rows]] = {
    "baoding": baoding.settle,
    "changzhou": changzhou.settle,
    "hubei": hubei.settle,
    "jining": jining.settle,
    "xianning": xianning.settle,
}


@pytest.mark.parametrize("file", case_files(), ids=lambda file: file.stem)
def test_worked_case(file: Path) -> None:
    case = read_case(file)
    settled = SETTLERS[file.parent.name](typed(delivery_of([case])))
    assert wrong_figures(case, settled) == []


def settled_baoding_and_hubei(rows: Tables) -> Rows:
    """Members insured in Hubei by its settler, all others by Baoding's."""
    in_hubei = {row["member_id"] for row in rows["enrolments"] if row["area_code"].startswith("42")}
    settled: Rows = {}
    for settle, is_hubei in ((baoding.settle, False), (hubei.settle, True)):
        claims = [row for row in rows["claims"] if (row["member_id"] in in_hubei) is is_hubei]
        settled |= settle(typed({**rows, "claims": claims}))
    return settled


RANDOM: dict[str, tuple[Callable[..., Tables], Callable[[Tables], Rows]]] = {
    "baoding and hubei": (random_baoding.deliveries, settled_baoding_and_hubei),
    "changzhou": (random_changzhou.deliveries, lambda rows: changzhou.settle(typed(rows))),
    "jining": (random_jining.deliveries, lambda rows: jining.settle(typed(rows))),
    "xianning": (random_xianning.deliveries, lambda rows: xianning.settle(typed(rows))),
}

each_city = pytest.mark.parametrize("city", list(RANDOM))


@each_city
@pytest.mark.parametrize("seed", range(3))
def test_money_adds_up_on_random_deliveries(city: str, seed: int) -> None:
    deliveries, settle = RANDOM[city]
    rows = deliveries(seed, 100)
    settled = settle(rows)
    assert settled.keys() == {claim["claim_id"] for claim in rows["claims"]}
    for claim_id, row in settled.items():
        assert sum(row[column] for column in PARTS) == row["total_amount"], claim_id
        assert sum(row[column] for column in PAYERS) == row["total_amount"], claim_id
        if row["status"] == "paid":
            given = row["policy_id"] == "hubei-resident"  # its basic payment is shown as given, whatever the bill
            assert all(row[column] >= 0 for column in MONEY_COLUMNS if not (given and column == "personal_pay")), (
                claim_id
            )
        else:
            assert row["reasons"] and not row["notes"]
            assert row["out_of_scope_amount"] == row["total_amount"]
            assert row["personal_pay"] == row["total_amount"] - row["other_pay"]


@each_city
def test_random_deliveries_repeat_by_seed_and_are_mostly_paid(city: str) -> None:
    deliveries, settle = RANDOM[city]
    assert deliveries(5, 20) == deliveries(5, 20)
    statuses = [row["status"] for row in settle(deliveries(7, 300)).values()]
    assert statuses.count("paid") > len(statuses) / 2
    assert {"denied", "pended"} <= set(statuses)


@each_city
def test_settling_does_not_depend_on_the_order_of_rows(city: str) -> None:
    deliveries, settle = RANDOM[city]
    rows = deliveries(3, 60)
    assert settle(rows) == settle({name: table[::-1] for name, table in rows.items()})
