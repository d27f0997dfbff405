"""The worked cases as one delivery: nothing of them is refused, in CSV and in Parquet, and both read the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_intake_sample import Tables, write_csv, write_text_parquet

import schemas
from flows.intake import read_delivery

CASES = Path(__file__).parent / "cases"
IDS = {"member_id", "provider_id", "prescribing_provider_id", "recognised_by"}
IDS |= {"claim_id", "inpatient_claim_id", "reverses_claim_id"}
NO_COLUMNS = ("lines", "expect", "arithmetic", "note")


class TextLoader(yaml.SafeLoader):
    """Scalars stay text."""


for tag in ("float", "int", "timestamp", "bool"):
    TextLoader.add_constructor(f"tag:yaml.org,2002:{tag}", lambda loader, node: node.value)


def own(case: str, row: dict[str, Any]) -> dict[str, str]:
    """Ids are local to a case; lists become text."""
    found = {}
    for name, value in row.items():
        values = value if isinstance(value, list) else [] if value is None else str(value).split(";")
        local = name in IDS or name == "provider_ids"
        found[name] = ";".join(f"{case}/{v}" if local and v else str(v) for v in values)
    return found


def delivery_of_cases() -> Tables:
    tables: Tables = {name: [] for name in schemas.DELIVERED}
    for path in sorted(CASES.rglob("*.yaml")):
        case = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
        for name in schemas.REFERENCE:
            tables[name] += [own(case["id"], row) for row in case.get(name) or []]
        for claim in case["claims"]:
            tables["claims"].append(own(case["id"], {k: v for k, v in claim.items() if k not in NO_COLUMNS}))
            for number, line in enumerate(claim.get("lines") or [], 1):
                row = {"claim_id": claim["claim_id"], "line_no": number, **line}
                tables["fee_lines"].append(own(case["id"], row))
    return {name: _rectangular(rows) for name, rows in tables.items()}


def _rectangular(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name, "") for name in columns} for row in rows]


@pytest.mark.parametrize("write", [write_csv, write_text_parquet])
def test_no_row_of_the_worked_cases_is_refused(write: Any, tmp_path: Path):
    tables = delivery_of_cases()
    delivery = read_delivery(write(tables, tmp_path))
    assert delivery.quarantine.is_empty()
    assert delivery.warnings == []
    assert {name: frame.height for name, frame in delivery.tables.items()} == {n: len(r) for n, r in tables.items()}


def test_csv_and_parquet_of_the_cases_have_one_fingerprint(tmp_path: Path):
    tables = delivery_of_cases()
    (tmp_path / "parquet").mkdir()
    first = read_delivery(write_csv(tables, tmp_path / "csv", "gb18030"))
    second = read_delivery(write_text_parquet(tables, tmp_path / "parquet"))
    assert first.fingerprint == second.fingerprint
    assert all(first.tables[name].equals(second.tables[name]) for name in schemas.DELIVERED)
