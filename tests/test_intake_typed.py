"""Typed Parquet columns are taken as they are and read like the same cells as text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from test_intake_sample import sample, write_csv

from flows.intake import Delivery, read_delivery
from flows.intake.cells import typed
from flows.intake.headers import Header
from flows.intake.totals import Counted, counted
from schemas import TABLES

TYPES = {
    "birth_date": pl.Date(),
    "coverage_from": pl.Date(),
    "started_on": pl.Date(),
    "ended_on": pl.Date(),
    "settled_at": pl.Datetime("us"),
    "benefit_year": pl.Int32(),
    "line_no": pl.Int16(),
    "is_designated": pl.Boolean(),
}


def parquet(folder: Path, money: pl.DataType) -> Path:
    """The sample delivery as typed Parquet."""
    folder.mkdir()
    for name, rows in sample().items():
        texts = pl.DataFrame({key: [row.get(key) or None for row in rows] for key in rows[0]})
        texts.with_columns(_typed(column, money) for column in texts.columns).write_parquet(folder / f"{name}.parquet")
    return folder


def _typed(name: str, money: pl.DataType) -> pl.Expr:
    cell = pl.col(name).cast(pl.String)
    if name in ("amount", "other_pay", "self_pay_rate", "quantity"):
        return cell.cast(money)
    dtype = TYPES.get(name)
    if dtype is None:
        return cell
    if isinstance(dtype, pl.Date):
        return cell.str.to_date()
    if isinstance(dtype, pl.Datetime):
        return cell.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us")
    return cell == "true" if isinstance(dtype, pl.Boolean) else cell.cast(dtype)


@pytest.mark.parametrize(
    "money", [pl.Decimal(14, 2), pl.Decimal(18, 2), pl.Decimal(20, 4), pl.Decimal(38, 6), pl.Float64()]
)
def test_typed_columns_read_like_text(money: pl.DataType, tmp_path: Path):
    write_csv(sample(), tmp_path / "csv")
    texts, typed = read_delivery(tmp_path / "csv"), read_delivery(parquet(tmp_path / "parquet", money))
    assert typed.quarantine.is_empty()
    assert all(texts.tables[name].equals(typed.tables[name]) for name in texts.tables)
    assert texts.fingerprint == typed.fingerprint


def delivered(folder: Path, table: str, **cells: object) -> Delivery:
    parquet(folder, pl.Decimal(18, 2))
    file = folder / f"{table}.parquet"
    frame = pl.read_parquet(file)
    changes = [
        pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in cells.items()
    ]
    frame.with_columns(changes).write_parquet(file)
    return read_delivery(folder)


def test_typed_days_of_another_age_have_their_sentence(tmp_path: Path):
    found = delivered(tmp_path / "a", "members", birth_date=date(1066, 10, 14)).quarantine
    assert found.select("rule", "value").row(0) == ("birth_date_is_a_date", "1066-10-14")
    found = delivered(tmp_path / "b", "claims", settled_at=datetime(1066, 10, 14)).quarantine
    assert found.filter(pl.col("table_name") == "claims")["rule"][0] == "settled_at_is_a_timestamp"


def test_typed_amounts_keep_their_limits(tmp_path: Path):
    found = delivered(tmp_path / "a", "fee_lines", amount=Decimal("99999999999.00")).quarantine
    assert "amount_within_limit" in found["rule"].to_list()


@pytest.mark.parametrize(
    "odd", [None, "2025-03-01 10:00", "20250301100000", "2025-03-01T10:00:00.5", "1066-10-14T08:00:00"]
)
def test_timestamps_are_the_same_beside_others(odd: str | None, tmp_path: Path):
    usual = ["2025-02-28T23:59:59", "2025-03-01 00:00:00"]
    values = pl.Series("settled_at", [*usual, odd])
    block = pl.DataFrame([pl.Series("row_number", [1, 2, 3]), values])
    header = Header({"settled_at": ("settled_at", None)}, {}, [])
    whole, _ = typed(block, TABLES["claims"], header)
    alone = [typed(block[place : place + 1], TABLES["claims"], header)[0]["settled_at"][0] for place in range(3)]
    assert whole["settled_at"].to_list() == alone
    assert alone[:2] == [datetime(2025, 2, 28, 23, 59, 59), datetime(2025, 3, 1)]


def test_sums_of_amounts_do_not_wrap_around():
    huge = pl.DataFrame({"amount": [2**62, 2**62, 2**62, None]})
    assert counted(huge) == counted(huge.lazy()) == Counted(4, 3 * 2**62)
    assert counted(huge.select(pl.col("amount") * -1)).fen == -3 * 2**62
    assert counted(huge.clear()) == Counted()
