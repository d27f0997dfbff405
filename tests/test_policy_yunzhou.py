"""The invented city of docs/policy-language.md: the page holds its file, and its claims come to figures reckoned by hand."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from agreement import Rows, frames_of, settled_rows

from policies.law import load
from policies.lint import check
from transforms.settle import settle

FOLDER = Path(__file__).parent / "policies" / "yunzhou"
PAGE = Path(__file__).parent.parent / "docs" / "policy-language.md"

PAID_IN_SEASON = {"scheme": "resident", "benefit_year": 2025, "area_code": "990102", "paid_on": "2024-12-20"}
PAID_LATE = PAID_IN_SEASON | {"paid_on": "2025-03-10"}


def stay(number: str, member: str, hospital: str, begins: str, ends: str, **lines: str) -> dict[str, Any]:
    head = {"claim_id": number, "member_id": member, "provider_id": hospital, "care_type": "inpatient"}
    return head | {"started_on": begins, "ended_on": ends, "settled_at": f"{ends}T10:00:00", "lines": lines}


def visit(number: str, member: str, day: str, hospital: str = "H1", **lines: str) -> dict[str, Any]:
    head = {"claim_id": number, "member_id": member, "provider_id": hospital, "care_type": "outpatient"}
    return head | {"started_on": day, "settled_at": f"{day}T10:00:00", "lines": lines}


CLAIMS = [
    # A: three stays; the rate of level 3 changes between the first and the second, the fund's limit is reached in the third
    stay("A1", "A", "H3", "2025-06-10", "2025-06-30", A="20000", B="4000", C="1000"),
    stay("A2", "A", "H3", "2025-09-01", "2025-09-20", A="60000"),
    stay("A3", "A", "H2", "2025-11-01", "2025-11-10", A="120000"),
    # B: the bill of A1, discharged one day later
    stay("B1", "B", "H3", "2025-06-10", "2025-07-01", A="20000", B="4000", C="1000"),
    # C: visits through the year's deductible up to the year's limit
    visit("C1", "C", "2025-03-01", A="80"),
    visit("C2", "C", "2025-03-05", A="300.50"),
    visit("C3", "C", "2025-04-09", A="900", B="0.05"),
    # D: paid on 10 March, waits until 10 June
    visit("D1", "D", "2025-06-09", A="500"),
    visit("D2", "D", "2025-06-10", A="500"),
    visit("D3", "D", "2025-06-11", hospital="H0", A="500"),
    # E: not enrolled; F: a hospital without a level
    visit("E1", "E", "2025-05-05", A="500"),
    stay("F1", "B", "HX", "2025-08-01", "2025-08-03", A="500"),
]

#: claim: scope, prepay, in scope, deductible, basic, critical illness, personal.
PAID = {
    # 10% of 4,000 first; (23,600 - 1,000) x 60%; burden 10,040
    "A1": ("1000", "400", "23600", "1000", "13560", "0", "11440"),
    # (60,000 - 1,000) x 65%; burden 10,040 + 21,650 = 31,690; (31,690 - 15,000) x 60%
    "A2": ("0", "0", "60000", "1000", "38350", "10014", "11636"),
    # (120,000 - 500) x 75% = 89,625, of which 100,000 - 13,560 - 38,350 = 48,090 are left; burden 31,690 + 71,910 = 103,600;
    # 35,000 x 60% + 53,600 x 70% = 58,520, of which 10,014 were paid
    "A3": ("0", "0", "120000", "500", "48090", "48506", "23404"),
    # (23,600 - 1,000) x 65%
    "B1": ("1000", "400", "23600", "1000", "14690", "0", "10310"),
    "C1": ("0", "0", "80", "80", "0", "0", "80"),
    # 20 are left of the deductible; 280.50 x 50%
    "C2": ("0", "0", "300.50", "20", "140.25", "0", "160.25"),
    # 10% of 0.05 is 0.005, rounded to 0.01; 900.04 x 50% = 450.02, of which 400 - 140.25 are left
    "C3": ("0", "0.01", "900.04", "0", "259.75", "0", "640.30"),
    "D2": ("0", "0", "500", "100", "200", "0", "300"),
}
REFUSED = {
    "D1": ("denied", ["waiting_period"]),
    "D3": ("denied", ["provider_not_designated"]),
    "E1": ("pended", ["no_policy_in_force"]),
    "F1": ("pended", ["missing_level"]),
}
COLUMNS = (
    "out_of_scope_amount", "prepay_amount", "in_scope_amount", "deductible_amount", "basic_pay", "critical_illness_pay", "personal_pay",
)  # fmt: skip


def delivery() -> Rows:
    hospitals = {"H1": "1", "H2": "2", "H3": "3", "HX": None, "H0": "1"}
    return {
        "members": [{"member_id": member} for member in "ABCDE"],
        "enrolments": [{"member_id": m, **PAID_IN_SEASON} for m in "ABC"] + [{"member_id": "D", **PAID_LATE}],
        "providers": [
            {
                "provider_id": p,
                "kind": "hospital",
                "level": level,
                "area_code": "990102",
                "is_designated": str(p != "H0").lower(),
            }
            for p, level in hospitals.items()
        ],
        "claims": [{k: v for k, v in claim.items() if k != "lines"} for claim in CLAIMS],
        "fee_lines": [
            {
                "claim_id": claim["claim_id"],
                "line_no": str(n),
                "item_kind": "western_drug",
                "catalogue_class": klass,
                "amount": amount,
            }
            for claim in CLAIMS
            for n, (klass, amount) in enumerate(claim["lines"].items(), 1)
        ],
    }


@cache
def settled() -> dict[str, dict[str, Any]]:
    return settled_rows(settle(frames_of(delivery()), load(FOLDER)))


@pytest.mark.parametrize("claim", PAID)
def test_a_paid_claim_comes_to_the_figures_reckoned_by_hand(claim: str) -> None:
    row = settled()[claim]
    assert (row["status"], row["policy_id"]) == ("paid", "yunzhou-resident")
    assert [row[column] for column in COLUMNS] == [Decimal(figure) for figure in PAID[claim]]
    assert row["notes"] == (["paid_by_critical_illness"] if row["critical_illness_pay"] else [])


@pytest.mark.parametrize("claim", REFUSED)
def test_a_refused_claim_has_its_reasons(claim: str) -> None:
    row = settled()[claim]
    assert (row["status"], row["reasons"]) == REFUSED[claim]
    assert row["personal_pay"] == row["total_amount"] == row["out_of_scope_amount"]


def test_the_version_is_that_of_the_day_of_discharge() -> None:
    versions = {claim: settled()[claim]["policy_version"] for claim in ("A1", "B1")}
    assert versions == {"A1": "2025-01-01", "B1": "2025-07-01"}


def test_before_the_change_was_known_the_old_rate_stands() -> None:
    from datetime import date

    known_before = settled_rows(settle(frames_of(delivery()), load(FOLDER, date(2025, 6, 19))))
    assert known_before["B1"]["basic_pay"] == Decimal("13560")


def test_the_city_has_no_fault_and_every_quote_stands_in_its_document() -> None:
    assert [str(fault) for fault in check(FOLDER, FOLDER)] == []


def test_the_page_shows_exactly_parts_of_the_file() -> None:
    file = (FOLDER / "resident.yaml").read_text(encoding="utf-8")
    lesson = PAGE.read_text(encoding="utf-8").partition("\n# Reference\n")[0]
    blocks = re.findall(r"```yaml\n(.*?)```", lesson, re.S)
    assert len(blocks) > 10
    assert [block for block in blocks if f"\n{block}" not in f"\n{file}"] == []
    shown = {line for block in blocks for line in block.splitlines()}
    assert [line for line in file.splitlines() if line.strip() and line not in shown] == []
