"""The worked cases: their YAML as text, one delivery made of many of them, and the figures that they expect."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas import MONEY_COLUMNS

__all__ = [
    "CASES", "PARTS", "PAYERS", "REFERENCE", "Tables", "case_files", "delivery_of", "read_case", "write_delivery", "wrong_figures",
]  # fmt: skip

CASES = Path(__file__).parent / "cases"
REFERENCE = ("members", "enrolments", "statuses", "providers", "registrations", "filings")
OWN_IDS = (
    "member_id", "provider_id", "prescribing_provider_id", "recognised_by", "claim_id", "inpatient_claim_id", "reverses_claim_id",
)  # fmt: skip
PARTS = ("out_of_scope_amount", "over_limit_amount", "prepay_amount", "in_scope_amount")
PAYERS = (
    "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay", "other_pay",
    "personal_pay",
)  # fmt: skip
BESIDE_THE_CLAIM = ("lines", "expect", "arithmetic", "note")

Row = dict[str, Any]
Tables = dict[str, list[Row]]


class TextLoader(yaml.SafeLoader):
    """Scalars stay text: 12.30 is exact, 130602 is a code."""


for kind in ("float", "int", "timestamp", "bool"):
    TextLoader.add_constructor(f"tag:yaml.org,2002:{kind}", lambda loader, node: node.value)


def case_files() -> list[Path]:
    """Every case, city by city."""
    return sorted(CASES.rglob("*.yaml"))


@cache
def read_case(file: Path) -> Row:
    """A case with all scalars as text."""
    case: Row = yaml.load(file.read_text(encoding="utf-8"), Loader=TextLoader)
    return case


def delivery_of(cases: Iterable[Row]) -> Tables:
    """One delivery of many cases; ids carry the case's id, so that their members never meet."""
    tables: Tables = {name: [] for name in (*REFERENCE, "claims", "fee_lines")}
    for case in cases:
        for name in REFERENCE:
            tables[name] += [_own(case, row) for row in case.get(name) or []]
        for claim in case["claims"]:
            tables["claims"].append(
                _own(case, {key: value for key, value in claim.items() if key not in BESIDE_THE_CLAIM})
            )
            for number, line in enumerate(claim.get("lines") or [], 1):
                row = {"claim_id": claim["claim_id"], "line_no": str(number), **line}
                tables["fee_lines"].append(_own(case, row))
    return tables


def _own(case: Row, row: Row) -> Row:
    prefixed = {key: f"{case['id']}/{row[key]}" for key in OWN_IDS if row.get(key)}
    if row.get("provider_ids"):
        ids = row["provider_ids"]
        prefixed["provider_ids"] = [
            f"{case['id']}/{one}" for one in (ids if isinstance(ids, list) else str(ids).split(";"))
        ]
    return {**row, **prefixed}


def wrong_figures(case: Row, settled: Mapping[str, Row]) -> list[str]:
    """Every expected figure of a case that a settlement (rows by claim id, money in yuan) does not show."""
    return [
        f"{claim['claim_id']}.{column}: expected {expected}, got {row[column]}"
        for claim in case["claims"]
        for row in [settled[f"{case['id']}/{claim['claim_id']}"]]
        for column, expected in (claim.get("expect") or {}).items()
        if not _same(column, expected, row[column])
    ]


def _same(column: str, expected: Any, got: Any) -> bool:
    """To the fen; of the reasons only the first is compared."""
    if column in MONEY_COLUMNS:
        return bool(Decimal(str(expected)) == got)
    if column == "reasons":
        first = expected if isinstance(expected, list) else str(expected or "").split(";")
        return [reason for reason in first if reason][:1] == list(got or [])[:1]
    return str(expected) == str(got)


def write_delivery(tables: Tables, folder: Path) -> Path:
    """The tables as CSV files in a new folder; tables without rows are left out."""
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        if rows:
            columns = list(dict.fromkeys(key for row in rows for key in row))
            with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as handle:
                out = csv.writer(handle)
                out.writerow(columns)
                out.writerows([_text(row.get(column)) for column in columns] for row in rows)
    return folder


def _text(value: Any) -> str:
    if value is None or value == "null":
        return ""
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)
