"""A small pool with one toy law, and nights on deliveries written for it; the figures can be followed in the head."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from flows.night import Night, Outcome, run_night
from flows.steps import Perform, directly

Row = dict[str, Any]

LAW = """
policy: toy
pool: '999900'
scheme: resident
source: {title: 示例政策, file: toy.txt}
from: 2024-01-01

rules:
  T-3: 在定点医疗机构发生的医疗费用由基金支付。

parameters:
  yearly_deductible: {rule: T-1, unit: yuan, value: 1000, quote: 年度起付标准为1000元。}
  pay_rate: {rule: T-2, unit: percent, value: RATE, quote: 起付标准以上的部分报销RATE。}
  yearly_limit: {rule: T-2, unit: yuan, value: 5000, quote: 年度最高支付限额为5000元。}

chooses_enrolment_by:
  - max(row.benefit_year - benefit_year, benefit_year - row.benefit_year)

checks:
  - {reason: provider_not_designated, when: not provider.is_designated, outcome: denied, rule: T-3}

charge:
  programme: {first: [{when: line.catalogue_class == 'A', is: ordinary}]}

portion:
  over_limit_amount: min(sum_charges(coalesce(line.over_limit_amount, 0)), sum_charges(line.amount))
  prepay_amount: 0 * sum_charges(line.amount)
  in_scope_amount: sum_charges(line.amount) - over_limit_amount

counters:
  borne: {}
  paid: {}

programmes:
  ordinary:
    steps:
      - step: deductible
        amount: in_scope_amount
        within: {borne: yearly_deductible}
        into: deductible_amount
        base: in_scope_amount
        parameter: yearly_deductible
        rule: T-1
      - step: basic
        amount: half_up((in_scope_amount - deductible) * pay_rate)
        within: {paid: yearly_limit}
        into: basic_pay
        base: in_scope_amount - deductible
        parameter: pay_rate
        rule: T-2
"""


def write_law(folder: Path, rate: str = "50%") -> Path:
    """The toy law: 1,000 yuan deductible a year, then `rate` of class A costs, at most 5,000 yuan a year."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toy.yaml").write_text(LAW.replace("RATE", rate), encoding="utf-8")
    return folder


def deliver(folder: Path, **tables: list[Row]) -> Path:
    """Write a delivery as CSV."""
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, columns)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def people(*members: str) -> dict[str, list[Row]]:
    """Members enrolled in 2025, and the hospital P1."""
    return {
        "members": [{"member_id": member, "sex": "F", "birth_date": "1970-05-01"} for member in members],
        "enrolments": [
            {"member_id": member, "scheme": "resident", "benefit_year": 2025, "area_code": "999901"}
            for member in members
        ],
        "providers": [provider()],
    }


def provider(provider_id: str = "P1", **given: Any) -> Row:
    return {
        "provider_id": provider_id,
        "name": "县医院",
        "kind": "hospital",
        "level": 2,
        "area_code": "999901",
        **given,
    }


def claim(claim_id: str, member: str, day: str, **given: Any) -> Row:
    known = {"provider_id": "P1", "care_type": "outpatient", "started_on": day, "settled_at": f"{day}T10:00:00"}
    return {"claim_id": claim_id, "member_id": member, **known, **given}


def line(claim_id: str, amount: str, number: int = 1, **given: Any) -> Row:
    known = {"item_kind": "service", "catalogue_class": "A", "amount": amount}
    return {"claim_id": claim_id, "line_no": number, **known, **given}


def bills(*rows: tuple[str, str, str, str]) -> dict[str, list[Row]]:
    """Claims of one line each: (claim, member, day, amount)."""
    return {
        "claims": [claim(claim_id, member, day) for claim_id, member, day, _ in rows],
        "fee_lines": [line(claim_id, amount) for claim_id, _, _, amount in rows],
    }


@dataclass
class World:
    """A folder with the toy law, a database and one delivery after the other."""

    root: Path
    law: Path = field(init=False)
    nights: int = 0

    def __post_init__(self) -> None:
        self.law = write_law(self.root / "law")

    @property
    def db(self) -> Path:
        return self.root / "claims.duckdb"

    def night(self, perform: Perform = directly, lines_per_bucket: int = 500_000, **tables: list[Row]) -> Outcome:
        """Deliver the tables and take them in."""
        self.nights += 1
        return self.take(deliver(self.root / f"inbox{self.nights}", **tables), perform, lines_per_bucket)

    def take(self, inbox: Path, perform: Perform = directly, lines_per_bucket: int = 500_000) -> Outcome:
        return run_night(Night(inbox, self.db, self.law, None, lines_per_bucket), perform)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the published database, read as an analyst would."""
        with duckdb.connect(str(self.db), read_only=True) as con:
            return con.execute(query, list(values)).fetchall()

    def paid(self) -> dict[str, Decimal]:
        """What the basic fund pays now, by claim."""
        return dict(self.rows("SELECT claim_id, basic_pay FROM settlement ORDER BY claim_id"))

    def files(self) -> list[str]:
        """What stands beside the database."""
        return sorted(path.name for path in self.root.iterdir() if path.name.startswith((".", "claims")))


def stopping_at(step: str, error: BaseException) -> Perform:
    """Steps that fail when their turn comes to `step`."""

    def perform(name: str, run: Callable[[], Any], /) -> Any:
        if name == step:
            raise error
        return run()

    return perform
