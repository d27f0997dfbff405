"""The plain settlers of Baoding and Hubei against every worked case, and the money identities on random deliveries."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from oracle import baoding, hubei
from oracle.ground import MONEY_COLUMNS, typed
from oracle.random_baoding import deliveries

CASES = Path(__file__).parent / "cases"
REFERENCE = ("members", "enrolments", "statuses", "providers", "registrations", "filings")
PARTS = ("out_of_scope_amount", "over_limit_amount", "prepay_amount", "in_scope_amount")
PAYERS = (
    "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay", "other_pay",
    "personal_pay",
)  # fmt: skip
Settler = Callable[[dict[str, list[dict[str, Any]]]], dict[str, dict[str, Any]]]
SETTLERS: dict[str, Settler] = {"baoding": baoding.settle, "hubei": hubei.settle}


class TextLoader(yaml.SafeLoader):
    """Scalars stay text: 12.30 is exact, 130602 is a code."""


for kind in ("float", "int", "timestamp", "bool"):
    TextLoader.add_constructor(f"tag:yaml.org,2002:{kind}", lambda loader, node: node.value)


def case_files() -> list[Path]:
    return sorted(path for city in SETTLERS for path in (CASES / city).glob("*.yaml"))


def tables_of(case: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    tables = {table: list(case.get(table) or []) for table in REFERENCE}
    tables["claims"] = case["claims"]
    tables["fee_lines"] = [
        {"claim_id": claim["claim_id"], "line_no": str(position), **line}
        for claim in case["claims"]
        for position, line in enumerate(claim.get("lines") or [], 1)
    ]
    return tables


def differs(column: str, expected: Any, got: Any) -> bool:
    if column in MONEY_COLUMNS:
        return Decimal(expected) != got
    if column == "reasons":
        return list(expected)[:1] != got[:1]
    return str(expected) != str(got)


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_worked_case(path: Path) -> None:
    case = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
    settled = SETTLERS[path.parent.name](typed(tables_of(case)))
    wrong = [
        f"{claim['claim_id']}.{column}: expected {value}, got {settled[claim['claim_id']][column]}"
        for claim in case["claims"]
        for column, value in claim["expect"].items()
        if differs(column, value, settled[claim["claim_id"]][column])
    ]
    assert not wrong, "\n".join(wrong)


def settled_random(seed: int, members: int) -> dict[str, dict[str, Any]]:
    """A random delivery settled by city: members insured in Hubei by its settler, all others by Baoding's."""
    tables = deliveries(seed, members)
    in_hubei = {row["member_id"] for row in tables["enrolments"] if row["area_code"].startswith("42")}
    settled: dict[str, dict[str, Any]] = {}
    for settle, is_hubei in ((baoding.settle, False), (hubei.settle, True)):
        claims = [row for row in tables["claims"] if (row["member_id"] in in_hubei) is is_hubei]
        settled |= settle(typed({**tables, "claims": claims}))
    assert settled.keys() == {row["claim_id"] for row in tables["claims"]}
    return settled


@pytest.mark.parametrize("seed", range(8))
def test_identities_hold_on_random_deliveries(seed: int) -> None:
    for claim_id, row in settled_random(seed, 150).items():
        assert sum(row[column] for column in PARTS) == row["total_amount"], claim_id
        assert sum(row[column] for column in PAYERS) == row["total_amount"], claim_id
        if row["status"] == "paid":
            assert not row["reasons"]
            not_ours = row["policy_id"] == "hubei-resident"  # its basic payment is shown as given, whatever the bill
            assert all(row[column] >= 0 for column in MONEY_COLUMNS if not not_ours or column != "personal_pay"), (
                claim_id
            )
        else:
            assert row["reasons"] and not row["notes"]
            assert row["out_of_scope_amount"] == row["total_amount"]
            assert row["personal_pay"] == row["total_amount"] - row["other_pay"]
            zero = {*MONEY_COLUMNS} - {"total_amount", "out_of_scope_amount", "other_pay", "personal_pay"}
            assert not any(row[column] for column in zero), claim_id


def test_random_deliveries_are_the_same_for_a_seed_and_mostly_paid() -> None:
    assert deliveries(5, 20) == deliveries(5, 20)
    settled = settled_random(5, 300)
    paid = [row for row in settled.values() if row["status"] == "paid"]
    assert 2 * len(paid) > len(settled)
