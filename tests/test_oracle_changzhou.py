"""The plain settler of Changzhou against its worked cases, and the money identities on random deliveries."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from oracle.changzhou import settle
from oracle.random_changzhou import deliveries

CASES = sorted((Path(__file__).parent / "cases" / "changzhou").glob("*.yaml"))
PARTS = ("out_of_scope_amount", "over_limit_amount", "prepay_amount", "in_scope_amount")
PAYERS = (
    "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay", "other_pay",
    "personal_pay",
)  # fmt: skip


def delivery_of(case: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The tables of a worked case as delivered: text only, lines numbered by position."""
    tables = {name: rows for name, rows in case.items() if isinstance(rows, list) and name not in ("rules", "claims")}
    apart = ("lines", "expect", "arithmetic")
    tables["claims"] = [{k: v for k, v in claim.items() if k not in apart} for claim in case["claims"]]
    tables["fee_lines"] = [
        {"claim_id": claim["claim_id"], "line_no": str(number), **line}
        for claim in case["claims"]
        for number, line in enumerate(claim.get("lines") or [], 1)
    ]
    return tables


def differences(case: dict[str, Any], results: dict[str, dict[str, Any]]) -> list[str]:
    """Every expected figure that the settlement does not show; of the reasons only the first is compared."""
    wrong = []
    for claim in case["claims"]:
        for column, expected in claim["expect"].items():
            got = results[claim["claim_id"]][column]
            if column == "reasons":
                is_right = got[:1] == expected[:1]
            else:
                is_right = got == (Decimal(expected) if isinstance(got, Decimal) else expected)
            if not is_right:
                wrong.append(f"{case['id']} {claim['claim_id']} {column}: {got}, expected {expected}")
    return wrong


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_worked_case(path: Path) -> None:
    case = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    assert differences(case, settle(delivery_of(case))) == []


@pytest.mark.parametrize("seed", range(5))
def test_money_adds_up(seed: int) -> None:
    tables = deliveries(seed, members=60)
    results = settle(tables)
    assert results.keys() == {claim["claim_id"] for claim in tables["claims"]}
    for row in results.values():
        assert row["total_amount"] == sum(row[column] for column in PARTS)
        assert row["total_amount"] == sum(row[column] for column in PAYERS)
        assert all(amount >= 0 for amount in row.values() if isinstance(amount, Decimal))
        if row["status"] != "paid":
            assert row["reasons"]
            assert row["out_of_scope_amount"] == row["total_amount"]


def test_most_random_claims_are_paid() -> None:
    statuses = [row["status"] for row in settle(deliveries(seed=7, members=300)).values()]
    assert statuses.count("paid") > len(statuses) * 0.6
    assert statuses.count("denied") > 0
    assert statuses.count("pended") > 0
