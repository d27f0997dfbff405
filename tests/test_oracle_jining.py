"""The plain settler of Jining against its worked cases, and the money identities on random deliveries."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from oracle.ground import MONEY_COLUMNS, typed
from oracle.jining import settle
from oracle.random_jining import deliveries

CASES = Path(__file__).parent / "cases" / "jining"
REFERENCE = ("members", "enrolments", "statuses", "providers", "registrations", "filings")
PARTS = ("out_of_scope_amount", "over_limit_amount", "prepay_amount", "in_scope_amount")
PAYERS = (
    "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay", "other_pay",
    "personal_pay",
)  # fmt: skip


class TextLoader(yaml.SafeLoader):
    """Scalars stay text: 12.30 is exact, 370811 is a code."""


for kind in ("float", "int", "timestamp", "bool"):
    TextLoader.add_constructor(f"tag:yaml.org,2002:{kind}", lambda loader, node: node.value)


def delivered(case: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {table: case.get(table) or [] for table in REFERENCE}
    tables["claims"] = case["claims"]
    tables["fee_lines"] = [
        {"claim_id": claim["claim_id"], "line_no": str(position), **line}
        for claim in case["claims"]
        for position, line in enumerate(claim.get("lines") or [], 1)
    ]
    return tables


def differences(claim: dict[str, Any], row: dict[str, Any]) -> list[str]:
    wrong = []
    for column, expected in claim["expect"].items():
        got = row[column]
        if column in MONEY_COLUMNS:
            same = got == Decimal(expected)
        elif column == "reasons":
            same = got[:1] == expected[:1]
        else:
            same = str(got) == str(expected)
        if not same:
            wrong.append(f"{claim['claim_id']}.{column}: expected {expected}, got {got}")
    return wrong


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_worked_case(path: Path) -> None:
    case = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
    settled = settle(typed(delivered(case)))
    assert [wrong for claim in case["claims"] for wrong in differences(claim, settled[claim["claim_id"]])] == []


@pytest.mark.parametrize("seed", range(5))
def test_money_adds_up(seed: int) -> None:
    delivery = deliveries(seed, members=60)
    settled = settle(typed(delivery))
    assert settled.keys() == {claim["claim_id"] for claim in delivery["claims"]}
    for row in settled.values():
        assert row["total_amount"] == sum(row[column] for column in PARTS)
        assert row["total_amount"] == sum(row[column] for column in PAYERS)
        assert all(row[column] >= 0 for column in MONEY_COLUMNS)
        if row["status"] != "paid":
            assert row["reasons"]
            assert row["out_of_scope_amount"] == row["total_amount"]
            assert row["personal_pay"] == row["total_amount"] - row["other_pay"]


def test_random_claims_are_mostly_paid() -> None:
    settled = settle(typed(deliveries(seed=7, members=300))).values()
    statuses = [row["status"] for row in settled]
    assert statuses.count("paid") > len(statuses) * 0.6
    assert {"denied", "pended"} <= set(statuses)


def test_settling_does_not_depend_on_the_order_of_rows() -> None:
    delivery = deliveries(seed=3, members=60)
    backwards = {table: rows[::-1] for table, rows in delivery.items()}
    assert settle(typed(delivery)) == settle(typed(backwards))
