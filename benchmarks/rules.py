"""A general rule engine (zen-engine) fed the decision tables of the analyst's benefits row by row, accumulators in Python.

`python -m benchmarks.rules DELIVERY RESULT.parquet`
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

__all__ = ["run"]

Row = dict[str, Any]
Table = list[tuple[dict[str, str], dict[str, int]]]

DRUGS = ("western_drug", "patent_tcm", "tcm_piece", "tcm_granule", "tcm_preparation")
TCM = ("tcm_piece", "tcm_granule", "patent_tcm", "tcm_preparation", "tcm_service")
PERSONS = ("active", "retired", "flexible", "elderly", "nonworking", "student", "university_student", "minor", "child")
STUDENTS = ("student", "university_student", "minor", "child")
SMALL = ("township_centre", "community_centre", "community_station", "village_clinic")
ANNUAL, ILLNESS = 20_000_000, 30_000_000
BRACKETS = ((1_501_600, 10_000_000, 60), (10_000_000, 15_000_000, 70), (15_000_000, 10**15, 80))

LINE: Table = [
    *(({"class": "'B'", "kind": f"'{kind}'"}, {"prepay": 5}) for kind in DRUGS),
    ({}, {"prepay": 0}),
]
STAY: Table = [
    ({"level": f"'{level}'", "near": near, "student": student}, {"standard": standard, "rate": rate})
    for level, standard, base in (("T", 10_000, 90), ("1", 30_000, 90), ("2", 60_000, 75), ("3", 200_000, 55))
    for near in ("true", "false")
    for student in ("true", "false")
    for rate in [
        base + (10 if student == "true" and level in "23" else 0) - (10 if near == "false" and level != "3" else 0)
    ]
]
VISIT: Table = [
    ({"programme": "'ordinary'", "university": "true"}, {"deductible": 5_000, "rate": 80, "limit": 30_000}),
    ({"programme": "'ordinary'", "university": "false"}, {"deductible": 5_000, "rate": 60, "limit": 20_000}),
    ({"programme": "'psychiatric'", "others": "0"}, {"deductible": 0, "rate": 70, "limit": 250_000}),
    ({"programme": "'psychiatric'", "others": "> 0"}, {"deductible": 0, "rate": 70, "limit": 400_000}),
    ({"programme": "'chronic'", "psychiatric": "> 0"}, {"deductible": 50_000, "rate": 70, "limit": 400_000}),
    ({"programme": "'chronic'", "others": "> 1"}, {"deductible": 50_000, "rate": 70, "limit": 300_000}),
    ({"programme": "'chronic'"}, {"deductible": 50_000, "rate": 70, "limit": 150_000}),
]


@dataclass
class Year:
    """Running totals of a member and year, in fen."""

    basic: int = 0
    burden: int = 0
    illness: int = 0
    borne: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    groups: set[str] = field(default_factory=set)


def decision(table: Table) -> str:
    """A decision table as the engine wants it: first matching row wins."""
    inputs = list(dict.fromkeys(name for conditions, _ in table for name in conditions))
    outputs = list(dict.fromkeys(name for _, values in table for name in values))
    rules = [
        {"_id": f"rule{n}"}
        | {name: conditions.get(name, "") for name in inputs}
        | {name: str(values[name]) for name in outputs}
        for n, (conditions, values) in enumerate(table)
    ]
    columns = {
        side: [{"id": n, "name": n, "field": n} for n in names]
        for side, names in (("inputs", inputs), ("outputs", outputs))
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
        {"id": "table", "type": "decisionTableNode", "name": "table", "position": {"x": 1, "y": 0}}
        | {"content": {"hitPolicy": "first", **columns, "rules": rules}},
        {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": "a", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "b", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    return json.dumps({"nodes": nodes, "edges": edges})


class Settler:
    """The tables of one delivery and the three decisions."""

    def __init__(self, delivery: Path) -> None:
        import zen

        engine = zen.ZenEngine()
        self.line, self.stay, self.visit = (engine.create_decision(decision(t)) for t in (LINE, STAY, VISIT))
        self.providers = {row["provider_id"]: row for row in _rows(delivery, "providers")}
        self.births = {row["member_id"]: row["birth_date"] for row in _rows(delivery, "members")}
        self.statuses, self.chronic, self.lines = (_grouped(delivery, *key) for key in _GROUPED)
        self.claims = sorted(_rows(delivery, "claims"), key=lambda row: (row["settled_at"], row["claim_id"]))
        self.stays = defaultdict(list)
        for row in self.claims:
            if row["care_type"] == "inpatient":
                self.stays[row["member_id"]].append(row)
        self.years: dict[tuple[str, int], Year] = defaultdict(Year)

    def settle(self) -> pl.DataFrame:
        """Every claim in the order of settlement."""
        paid = [(row["claim_id"], *self._claim(row)) for row in self.claims]
        return pl.DataFrame(paid, schema=["claim_id", "basic_pay", "critical_illness_pay"], orient="row")

    def _claim(self, claim: Row) -> tuple[int, int]:
        provider, day = self.providers[claim["provider_id"]], claim["started_on"]
        if not provider["is_designated"] or self._during_stay(claim, day):
            return 0, 0
        year = self.years[claim["member_id"], (claim["ended_on"] or day).year]
        in_scope, tcm = self._in_scope(claim["claim_id"])
        programme = _programme(claim)
        pay = self._stay(claim, provider, year, in_scope, tcm) if programme == "inpatient" else None
        basic = self._visit(claim, programme, year, in_scope) if pay is None else min(pay, ANNUAL - year.basic)
        year.basic += basic
        year.burden += in_scope - basic
        so_far = min(ILLNESS, (sum(max(0, min(year.burden, b) - a) * rate for a, b, rate in BRACKETS) + 50) // 100)
        illness, year.illness = so_far - year.illness, so_far
        return basic, illness

    def _during_stay(self, claim: Row, day: date) -> bool:
        return claim["care_type"] != "inpatient" and any(
            stay["started_on"] < day < stay["ended_on"] for stay in self.stays[claim["member_id"]]
        )

    def _in_scope(self, claim_id: str) -> tuple[int, int]:
        whole = tcm = 0
        for line in self.lines[claim_id]:
            if line["catalogue_class"] == "C":
                continue
            facts = {"class": line["catalogue_class"], "kind": line["item_kind"]}
            rate = self.line.evaluate(facts)["result"]["prepay"]
            amount = int(line["amount"] * 100)
            if line["limit_price"] is not None:
                amount = min(amount, int(line["quantity"] * line["limit_price"] * 100))
            left = amount - (amount * rate + 50) // 100
            whole += left
            tcm += left if line["item_kind"] in TCM else 0
        return whole, tcm

    def _stay(self, claim: Row, provider: Row, year: Year, in_scope: int, tcm: int) -> int:
        near = provider["area_code"][:2] in ("13", "11", "12")
        facts = {"level": _level(provider), "near": near, "student": self._is_student(claim)}
        terms = self.stay.evaluate(facts)["result"]
        due = (
            min(30_000, terms["standard"])
            if near and provider["is_public"] and provider["is_tcm"]
            else terms["standard"]
        )
        group = _group(claim, provider)
        if group in year.groups:
            due = 0
        if group:
            year.groups.add(group)
        if not in_scope:
            return 0
        after = in_scope - min(in_scope, due)
        weighted = terms["rate"] * in_scope + tcm * (min(100, terms["rate"] + 5) - terms["rate"])
        return (2 * after * weighted + in_scope * 100) // (in_scope * 200)

    def _visit(self, claim: Row, programme: str, year: Year, in_scope: int) -> int:
        held = {row["code"] for row in self.chronic[claim["member_id"]] if _holds(row, claim["started_on"])}
        psychiatric = sum("MB20" <= code <= "MB28" for code in held)
        facts = {"programme": programme, "psychiatric": psychiatric, "others": len(held) - psychiatric}
        facts["university"] = self._has(claim, ("university_student",))
        terms = self.visit.evaluate(facts)["result"]
        borne = min(in_scope, max(0, terms["deductible"] - year.borne[programme]))
        pay = ((in_scope - borne) * terms["rate"] + 50) // 100
        pool = "ordinary" if programme == "ordinary" else "chronic"
        basic = min(pay, max(0, terms["limit"] - year.paid[pool]), ANNUAL - year.basic)
        year.borne[programme] += borne
        year.paid[pool] += basic
        return basic

    def _has(self, claim: Row, statuses: tuple[str, ...]) -> bool:
        held = self.statuses[claim["member_id"]]
        return any(row["status"] in statuses and _holds(row, claim["started_on"]) for row in held)

    def _is_student(self, claim: Row) -> bool:
        if self._has(claim, PERSONS):
            return self._has(claim, STUDENTS)
        birth, day = self.births[claim["member_id"]], claim["started_on"]
        return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)) < 18


_GROUPED = (("statuses", "member_id"), ("registrations", "member_id"), ("fee_lines", "claim_id"))


def _rows(delivery: Path, name: str) -> list[Row]:
    return pl.read_parquet(delivery / f"{name}.parquet").to_dicts()


def _grouped(delivery: Path, name: str, key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(delivery, name):
        found[row[key]].append(row)
    return found


def _programme(claim: Row) -> str:
    if claim["care_type"] == "inpatient":
        return "inpatient"
    if claim["benefit"] != "chronic":
        return "ordinary"
    return "psychiatric" if "MB20" <= claim["disease_code"] <= "MB28" else "chronic"


def _level(provider: Row) -> str:
    return "T" if provider["kind"] in SMALL else str(provider["level"])


def _group(claim: Row, provider: Row) -> str | None:
    category = claim["diagnosis_code"][:3]
    if not provider["area_code"].startswith("1306"):
        return None
    return "tumour" if "C00" <= category <= "D48" else "palsy" if category == "G80" else None


def _holds(row: Row, day: date) -> bool:
    return bool(row["valid_from"] <= day and (row.get("valid_to") is None or day <= row["valid_to"]))


def run(delivery: Path, result: Path) -> None:
    """Settle and write claim, basic payment and critical illness payment in fen."""
    Settler(delivery).settle().write_parquet(result)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
