"""The worked cases: their YAML as text, one delivery made of many of them, and the figures that they expect."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["CASES", "REFERENCE", "Tables", "case_files", "delivery_of", "read_case", "write_delivery"]

CASES = Path(__file__).parent / "cases"
REFERENCE = ("members", "enrolments", "statuses", "providers", "registrations", "filings")
OWN_IDS = (
    "member_id", "provider_id", "prescribing_provider_id", "recognised_by", "claim_id", "inpatient_claim_id", "reverses_claim_id",
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
