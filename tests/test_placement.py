"""Which law takes a claim: members who moved, stays that a policy settles in the year before their discharge."""

from __future__ import annotations

from typing import Any

import pytest
from agreement import frames_of, law, settled_rows

from transforms.settle import settle

Row = dict[str, Any]
BAODING, XIANNING = "130602", "421222"
PROVIDERS = [
    {"provider_id": area, "kind": "hospital", "level": "2", "admin_tier": "county", "area_code": area}
    for area in (BAODING, XIANNING)
]


def enrolment(year: int, area: str, scheme: str = "resident") -> Row:
    whole = {"coverage_from": f"{year}-01-01", "coverage_to": f"{year}-12-31"}
    return {"member_id": "m", "scheme": scheme, "benefit_year": str(year), "area_code": area, **whole}


def stay(first: str, last: str, area: str) -> Row:
    claim = {"claim_id": "c", "member_id": "m", "provider_id": area, "care_type": "inpatient"}
    return claim | {"started_on": first, "ended_on": last, "settled_at": f"{last}T10:00:00"}


def settled(enrolments: list[Row], claim: Row) -> Row:
    line = {"claim_id": "c", "line_no": "1", "item_kind": "service", "catalogue_class": "A", "amount": "1000.00"}
    rows = {"members": [{"member_id": "m", "birth_date": "1980-01-01"}], "enrolments": enrolments,
            "providers": PROVIDERS, "claims": [claim], "fee_lines": [line]}  # fmt: skip
    return settled_rows(settle(frames_of(rows), law()))["c"]


@pytest.mark.parametrize(
    ("year", "area", "policy"), [(2024, BAODING, "baoding-resident"), (2025, XIANNING, "xianning-resident")]
)
def test_who_moved_falls_under_the_law_of_the_year(year: int, area: str, policy: str) -> None:
    moved = [enrolment(2024, BAODING), enrolment(2025, XIANNING)]
    row = settled(moved, stay(f"{year}-03-01", f"{year}-03-09", area))
    assert (row["policy_id"], row["status"], row["benefit_year"]) == (policy, "paid", year)


def test_order_of_enrolment_rows_means_nothing() -> None:
    moved = [enrolment(2025, XIANNING), enrolment(2024, BAODING)]
    assert settled(moved, stay("2024-03-01", "2024-03-09", BAODING))["policy_id"] == "baoding-resident"


@pytest.mark.parametrize("elsewhere", [BAODING, "130102"])
def test_stay_whose_cover_ended_on_the_way_is_settled_in_the_year_of_admission(elsewhere: str) -> None:
    rows = [enrolment(2024, BAODING), enrolment(2025, elsewhere, "employee")]
    row = settled(rows, stay("2024-12-28", "2025-01-04", BAODING))
    assert (row["policy_id"], row["status"], row["benefit_year"]) == ("baoding-resident", "paid", 2024)


def test_no_law_is_in_force_in_the_year_of_admission() -> None:
    rows = [enrolment(2023, BAODING), enrolment(2024, BAODING, "employee")]
    row = settled(rows, stay("2023-12-28", "2024-01-04", BAODING))
    assert (row["policy_id"], row["status"], row["reasons"]) == (None, "pended", ["no_policy_in_force"])
