"""The provincial critical illness layer plugged into Xianning by changing one line; the figures are worked out by hand."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from agreement import frames_of, settled_rows

from policies.law import Law, load
from policies.loading import builtin_folder
from transforms.settle import settle

EXTERNAL = "critical_illness: external"
PLUGGED = "critical_illness: ../hubei/critical_illness.yaml"

MEMBERS = ("general", "poor", "capped")
ROWS: dict[str, list[dict[str, Any]]] = {
    "members": [{"member_id": name, "birth_date": "1970-05-01"} for name in MEMBERS],
    "enrolments": [
        {"member_id": name, "scheme": "resident", "benefit_year": year, "area_code": "421222",
         "coverage_from": f"{year}-01-01", "coverage_to": f"{year}-12-31"}
        for name in MEMBERS for year in ("2024", "2025")
    ],
    "statuses": [{"member_id": "poor", "status": "registered_poor", "valid_from": "2024-01-01"}],
    "providers": [
        {"provider_id": "county", "kind": "hospital", "level": "3", "admin_tier": "county", "area_code": "421222"},
        {"provider_id": "township", "kind": "township_centre", "level": "1", "admin_tier": "county",
         "area_code": "421222", "zero_markup_drugs": "true"},
        {"provider_id": "wuhan", "kind": "hospital", "level": "3", "area_code": "420106"},
    ],
}  # fmt: skip

# member, provider, first day, last day (null: a visit), bill; what basic insurance pays, what remains as burden, critical illness
CLAIMS: dict[str, tuple[str, str, str, str | None, str, str, str, str]] = {
    # (100000 - 1000) x 60%; 40600 = 18000 x 60% + 10600 x 65%
    "g1": ("general", "county", "2024-03-01", "2024-03-20", "100000.00", "59400.00", "40600.00", "17690.00"),
    # 19000.01 x 60% = 11400.006; 8600 x 65%
    "g2": ("general", "county", "2024-04-01", "2024-04-09", "20000.01", "11400.01", "8600.00", "5590.00"),
    # visits carry no burden: half of 100, at most 25 a day
    "g3": ("general", "township", "2024-04-20", None, "100.00", "25.00", "0.00", "0.00"),
    # unreferred: (50000 - 10000 - 1000) x 60%; the 10000 are no burden; 16600 x 65%
    "g4": ("general", "wuhan", "2024-05-01", "2024-05-09", "50000.00", "23400.00", "16600.00", "10790.00"),
    # the next year starts at nothing: (28000 - 1000) x 60%; 11800 is below 12000
    "g5": ("general", "county", "2025-01-10", "2025-01-19", "28000.00", "16200.00", "11800.00", "0.00"),
    # (30000 - 200) x 85%; 4670 is below 5000
    "p1": ("poor", "township", "2024-03-01", "2024-03-20", "30000.00", "25330.00", "4670.00", "0.00"),
    # 9800 x 85%; (4670 + 1670 - 5000) x 65%
    "p2": ("poor", "township", "2024-04-01", "2024-04-09", "10000.00", "8330.00", "1670.00", "871.00"),
    # 200,000 of the fund; 10800 + 45500 + 1700000 x 75% is more than 300,000
    "c1": ("capped", "county", "2024-03-01", "2024-03-20", "2000000.00", "200000.00", "1800000.00", "300000.00"),
}


def delivery() -> dict[str, list[dict[str, Any]]]:
    claims, lines = [], []
    for claim_id, (member, provider, first, last, bill, *_) in CLAIMS.items():
        care_type = "inpatient" if last else "outpatient"
        claims.append(
            {"claim_id": claim_id, "member_id": member, "provider_id": provider, "care_type": care_type,
             "started_on": first, "ended_on": last, "settled_at": f"{last or first}T10:00:00"}
        )  # fmt: skip
        line = {"claim_id": claim_id, "line_no": "1", "item_kind": "service", "catalogue_class": "A", "amount": bill}
        lines.append(line)
    return {**ROWS, "claims": claims, "fee_lines": lines}


def law_with(folder: Path, line: str) -> Law:
    """The law of the program with this line under the steps of Xianning."""
    shutil.copytree(builtin_folder(), folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (file,) = (file for file in (folder / "xianning").glob("*.yaml") if EXTERNAL in file.read_text(encoding="utf-8"))
    text = file.read_text(encoding="utf-8")
    assert text.count(EXTERNAL) == 1
    file.write_text(text.replace(EXTERNAL, line), encoding="utf-8")
    return load(folder)


@pytest.fixture(scope="module")
def plugged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    law = law_with(tmp_path_factory.mktemp("law") / "policies", PLUGGED)
    return settled_rows(settle(frames_of(delivery()), law))


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_layer_pays_on_the_burden_of_the_year(claim_id: str, plugged: dict[str, dict[str, Any]]) -> None:
    *_, bill, basic, burden, critical_illness = CLAIMS[claim_id]
    row = plugged[claim_id]
    assert (row["policy_id"], row["status"]) == ("xianning-resident", "paid")
    assert row["basic_pay"] == Decimal(basic)
    assert row["critical_illness_base"] == Decimal(burden)
    assert row["critical_illness_pay"] == Decimal(critical_illness)
    assert row["personal_pay"] == Decimal(bill) - Decimal(basic) - Decimal(critical_illness)
    assert "external_rule_missing" not in row["notes"]


def test_without_the_layer_nothing_is_paid_and_the_rule_is_missed(tmp_path: Path) -> None:
    rows = settled_rows(settle(frames_of(delivery()), law_with(tmp_path / "policies", EXTERNAL)))
    assert {row["critical_illness_pay"] for row in rows.values()} == {Decimal(0)}
    missed = {claim_id for claim_id, row in rows.items() if "external_rule_missing" in row["notes"]}
    assert missed == {claim_id for claim_id in CLAIMS if claim_id != "g3"}


def test_steps_of_the_layer_carry_rule_and_quote(tmp_path: Path) -> None:
    steps = law_with(tmp_path / "policies", PLUGGED).policy_step
    layer = steps.filter((steps["policy_id"] == "xianning-resident") & (steps["column_name"] == "critical_illness_pay"))
    assert layer["rule_id"].to_list() == ["HB-CI-03", "HB-CI-06"]
    assert layer["quote"].null_count() == 0
