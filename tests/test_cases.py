"""The worked cases are the specification: all of them in one delivery, through the nightly run, every figure to the fen."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from worked_cases import case_files, delivery_of, read_case, write_delivery

from flows.night import Night, run_night
from schemas import MONEY_COLUMNS

pytestmark = pytest.mark.xdist_group("cases")

PARTS = ("out_of_scope_amount", "over_limit_amount", "prepay_amount", "in_scope_amount")
PAYERS = (
    "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay", "other_pay",
    "personal_pay",
)  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every case of every city settled in one night."""
    folder = tmp_path_factory.mktemp("cases")
    inbox = write_delivery(delivery_of(map(read_case, case_files())), folder / "inbox")
    run_night(Night(inbox, folder / "claims.duckdb"))
    return folder / "claims.duckdb"


@pytest.fixture(scope="module")
def settlement(database: Path) -> dict[str, dict[str, Any]]:
    with closing(duckdb.connect(str(database), read_only=True)) as con:
        cursor = con.execute("SELECT * FROM settlement")
        names = [column[0] for column in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["claim_id"]: row for row in rows}


@pytest.mark.parametrize("file", case_files(), ids=lambda file: file.stem)
def test_case(file: Path, settlement: dict[str, dict[str, Any]]) -> None:
    case = read_case(file)
    wrong = []
    for claim in case["claims"]:
        row = settlement[f"{case['id']}/{claim['claim_id']}"]
        for column, expected in (claim.get("expect") or {}).items():
            if not _same(column, expected, row[column]):
                wrong.append(f"{claim['claim_id']}.{column}: expected {expected}, got {row[column]}")
    assert wrong == []


def _same(column: str, expected: Any, got: Any) -> bool:
    if column in MONEY_COLUMNS:
        return bool(Decimal(str(expected)) == got)
    if column == "reasons":
        first = expected if isinstance(expected, list) else str(expected or "").split(";")
        return [reason for reason in first if reason][:1] == list(got or [])[:1]
    return str(expected) == str(got)


def test_money_identities_hold_on_every_row(settlement: dict[str, dict[str, Any]]) -> None:
    for row in settlement.values():
        assert sum(row[part] for part in PARTS) == row["total_amount"]
        assert sum(row[payer] for payer in PAYERS) == row["total_amount"]


def test_no_row_of_the_cases_is_quarantined(database: Path) -> None:
    with closing(duckdb.connect(str(database), read_only=True)) as con:
        assert con.execute("SELECT message FROM quarantine").fetchall() == []
