"""Functions of a policy, days of the year, the unknown value and the choice among enrolment rows, on a toy law."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from agreement import frames_of, settled_rows

from policies.law import load
from policies.text import PolicyError
from transforms.settle import settle

TOY = """
policy: toy-resident
pool: '130600'
scheme: resident
source: {title: toy, file: ''}
from: 2024-01-01
parameters:
  season_ends: {rule: T-01, unit: month_day, value: 12-25, quote: paid by 25 December}
  rate: {rule: T-02, unit: percent, value: 50%, quote: half}
functions:
  holds(row_day): row.is_in_season and row.benefit_year == year(row_day)
  is_covered_on(day): exists(enrolments, holds(day))
  why_not_on(day): unknown if is_covered_on(day) else 'not_enrolled'
enrolment:
  is_in_season: enrolment.paid_on <= in_year(season_ends, enrolment.benefit_year - 1)
chooses_enrolment_among: not known(claim.scheme) or row.scheme == claim.scheme
chooses_enrolment_by: [row.benefit_year]
claim:
  why_not: why_not_on(claim.started_on)
checks:
  - {reasons_of: claim, value: why_not, when: known(why_not), outcome: denied, rule: T-01}
charge:
  programme: "'visit' if line.catalogue_class != 'C' else unknown"
portion:
  in_scope_amount: sum_charges(line.amount)
  over_limit_amount: in_scope_amount - in_scope_amount
  prepay_amount: in_scope_amount - in_scope_amount
programmes:
  visit:
    steps:
      - {step: basic, amount: half_up(in_scope_amount * rate), into: basic_pay, rule: T-02}
"""


def settled(folder: Path, text: str, paid_on: str, scheme: str | None = None) -> dict[str, Any]:
    (folder / "toy.yaml").write_text(text, encoding="utf-8")
    claim = {"claim_id": "c", "member_id": "m", "provider_id": "p", "care_type": "outpatient", "scheme": scheme}
    line = {"claim_id": "c", "item_kind": "service"}
    rows: dict[str, list[dict[str, Any]]] = {
        "members": [{"member_id": "m"}],
        "enrolments": [{"member_id": "m", "scheme": "resident", "benefit_year": "2024", "area_code": "130602", "paid_on": paid_on}],
        "providers": [{"provider_id": "p", "kind": "hospital", "area_code": "130602"}],
        "claims": [claim | {"started_on": "2024-03-01", "settled_at": "2024-03-01T10:00:00"}],
        "fee_lines": [
            line | {"line_no": "1", "catalogue_class": "A", "amount": "10.01"},
            line | {"line_no": "2", "catalogue_class": "C", "amount": "5.00"},
        ],
    }  # fmt: skip
    return settled_rows(settle(frames_of(rows), load(folder)))["c"]


def test_functions_stand_inside_look_ups_and_inside_each_other(tmp_path: Path) -> None:
    row = settled(tmp_path, TOY, paid_on="2023-12-25")
    assert (row["status"], str(row["basic_pay"]), str(row["out_of_scope_amount"])) == ("paid", "5.01", "5.00")


def test_a_reason_may_be_a_fact_of_the_claim(tmp_path: Path) -> None:
    row = settled(tmp_path, TOY, paid_on="2023-12-26")
    assert (row["status"], row["reasons"]) == ("denied", ["not_enrolled"])


def test_only_rows_that_may_be_chosen_lead_to_a_policy(tmp_path: Path) -> None:
    row = settled(tmp_path, TOY, paid_on="2023-12-25", scheme="employee")
    assert (row["status"], row["reasons"], row["scheme"]) == ("pended", ["no_policy_in_force"], "employee")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("is_covered_on(day) else", "is_covered_on(day, day) else", r"`is_covered_on` takes \(day\)"),
        ("exists(enrolments, holds(day))", "is_covered_on(day)", "uses itself"),
        ("holds(row_day):", "holds:", "write a function as"),
        ("value: 12-25", "value: 25 December", "not a day of the year"),
    ],
)
def test_faults_are_sentences(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(PolicyError, match=sentence):
        settled(tmp_path, TOY.replace(old, new), paid_on="2023-12-25")
