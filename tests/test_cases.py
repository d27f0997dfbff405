"""The worked cases are the specification: all of them in one delivery, through the nightly run, every figure to the fen."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from worked_cases import PARTS, PAYERS, case_files, delivery_of, read_case, write_delivery, wrong_figures

from flows.night import Night, run_night

pytestmark = pytest.mark.xdist_group("cases")


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
    assert wrong_figures(read_case(file), settlement) == []


def test_money_identities_hold_on_every_row(settlement: dict[str, dict[str, Any]]) -> None:
    for row in settlement.values():
        assert sum(row[part] for part in PARTS) == row["total_amount"]
        assert sum(row[payer] for payer in PAYERS) == row["total_amount"]


def test_no_row_of_the_cases_is_quarantined(database: Path) -> None:
    with closing(duckdb.connect(str(database), read_only=True)) as con:
        assert con.execute("SELECT message FROM quarantine").fetchall() == []
