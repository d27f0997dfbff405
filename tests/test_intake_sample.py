"""A small sound delivery to plant faults in, and the ways to write it; it passes intake in every form."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import schemas
from flows.intake import Delivery, read_delivery

Rows = list[dict[str, str]]
Tables = dict[str, Rows]


def sample() -> Tables:
    """Two members, two providers, three claims with five lines; all values as text."""
    person = {"sex": "M", "birth_date": "1970-05-01", "death_date": ""}
    year = {"scheme": "resident", "benefit_year": "2025", "area_code": "130602", "coverage_from": "2025-01-01"}
    claim = {"provider_id": "H1", "care_type": "outpatient", "started_on": "2025-03-01", "ended_on": ""}
    claim |= {"settled_at": "2025-03-01T10:00:00", "other_pay": "", "reverses_claim_id": ""}
    stay = {"care_type": "inpatient", "started_on": "2025-04-01", "ended_on": "2025-04-08"}
    line = {"item_kind": "service", "catalogue_class": "A", "quantity": "1", "self_pay_rate": "", "item_name": "检查"}
    return {
        "members": [{"member_id": "M1", **person}, {"member_id": "M2", **person, "sex": "F"}],
        "enrolments": [{"member_id": "M1", **year}, {"member_id": "M2", **year}],
        "statuses": [{"member_id": "M1", "status": "orphan", "valid_from": "2025-01-01", "valid_to": ""}],
        "providers": [
            {"provider_id": "H1", "name": "保定一院", "kind": "hospital", "level": "3", "area_code": "130602"}
            | {"is_designated": "", "capabilities": "chronic;oncology"},
            {"provider_id": "H2", "name": "镇卫生院", "kind": "township_centre", "level": "", "area_code": "130602"}
            | {"is_designated": "true", "capabilities": ""},
        ],
        "registrations": [
            {"member_id": "M2", "programme": "chronic", "code": "MB15", "valid_from": "2025-01-01"}
            | {"valid_to": "", "provider_ids": "H1;H2", "evidence_level": "1"}
        ],
        "filings": [
            {"member_id": "M1", "kind": "referral", "area_code": "110000", "valid_from": "2025-01-01", "valid_to": ""}
        ],
        "claims": [
            {"claim_id": "C1", "member_id": "M1", **claim},
            {"claim_id": "C2", "member_id": "M2", **claim, **stay},
            {"claim_id": "C3", "member_id": "M2", **claim, "provider_id": "H2", "other_pay": "12.5"},
        ],
        "fee_lines": [
            {"claim_id": "C1", "line_no": "1", **line, "amount": "100"},
            {"claim_id": "C1", "line_no": "2", **line, "amount": "0.10", "self_pay_rate": "0.1"},
            {"claim_id": "C2", "line_no": "1", **line, "amount": "5000.00", "item_name": "床位, 双人间"},
            {"claim_id": "C2", "line_no": "2", **line, "amount": "33.30", "catalogue_class": "C"},
            {"claim_id": "C3", "line_no": "1", **line, "amount": "10000000.00", "quantity": "2.5"},
        ],
    }


def csv_text(rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_csv(tables: Tables, folder: Path, encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_bytes(csv_text(rows).encode(encoding))
    return folder


def text_frame(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(rows).with_columns(pl.all().replace("", None))


def write_text_parquet(tables: Tables, folder: Path) -> Path:
    for name, rows in tables.items():
        text_frame(rows).write_parquet(folder / f"{name}.parquet")
    return folder


def typed_frame(name: str, rows: Rows, money: pl.DataType) -> pl.DataFrame:
    kinds = schemas.Kind
    types = {
        kinds.MONEY: money,
        kinds.RATE: money,
        kinds.QUANTITY: money,
        kinds.WHOLE: pl.Int32(),
        kinds.FLAG: pl.Boolean(),
    }
    frame = text_frame(rows)
    for column in (c for c in schemas.TABLES[name].columns if c.name in frame.columns):
        cell = pl.col(column.name)
        if column.kind is kinds.DATE:
            frame = frame.with_columns(cell.str.to_date())
        elif column.kind is kinds.TIMESTAMP:
            frame = frame.with_columns(cell.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="ms"))
        elif column.kind is kinds.FLAG:
            frame = frame.with_columns(cell == "true")
        elif column.kind is kinds.LIST:
            frame = frame.with_columns(cell.str.split(";"))
        elif column.kind in types:
            frame = frame.with_columns(cell.cast(types[column.kind]))
    return frame


def write_typed_parquet(tables: Tables, folder: Path, money: pl.DataType) -> Path:
    for name, rows in tables.items():
        typed_frame(name, rows, money).write_parquet(folder / f"{name}.parquet")
    return folder


def write_mixture(tables: Tables, folder: Path) -> Path:
    names = list(tables)
    write_csv({name: tables[name] for name in names[::2]}, folder, "gb18030")
    return write_typed_parquet({name: tables[name] for name in names[1::2]}, folder, pl.Decimal(12, 4))


FORMS: dict[str, Callable[[Tables, Path], Path]] = {
    "csv utf-8": write_csv,
    "csv utf-8 with mark": lambda tables, folder: write_csv(tables, folder, "utf-8-sig"),
    "csv gb18030": lambda tables, folder: write_csv(tables, folder, "gb18030"),
    "parquet text": write_text_parquet,
    "parquet decimal": lambda tables, folder: write_typed_parquet(tables, folder, pl.Decimal(14, 2)),
    "parquet float": lambda tables, folder: write_typed_parquet(tables, folder, pl.Float64()),
    "mixture": write_mixture,
}


def read(tables: Tables, folder: Path) -> Delivery:
    return read_delivery(write_csv(tables, folder))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_tables(form: str, tmp_path: Path):
    tables = sample()
    if form == "parquet decimal":
        tables["fee_lines"][1]["self_pay_rate"] = "0.1"
    delivery = read_delivery(FORMS[form](tables, tmp_path))
    expected = read(sample(), tmp_path / "plain")
    assert delivery.quarantine.is_empty()
    assert delivery.warnings == []
    assert delivery.fingerprint == expected.fingerprint
    for name in schemas.DELIVERED:
        assert delivery.tables[name].equals(expected.tables[name])
        assert delivery.tables[name].schema == schemas.TABLES[name].frame_schema()


def test_values_in_memory(tmp_path: Path):
    tables = read(sample(), tmp_path).tables
    assert tables["fee_lines"]["amount"].to_list() == [10000, 10, 500000, 3330, 1_000_000_000]
    assert tables["fee_lines"]["self_pay_rate"].to_list() == [None, 1000, None, None, None]
    assert tables["fee_lines"]["quantity"].to_list() == [10000, 10000, 10000, 10000, 25000]
    assert tables["claims"]["other_pay"].to_list() == [0, 0, 1250]
    assert tables["claims"]["basic_pay_given"].to_list() == [None, None, None]
    assert tables["claims"]["is_emergency"].to_list() == [False, False, False]
    assert tables["providers"]["is_designated"].to_list() == [True, True]
    assert tables["providers"]["capabilities"].to_list() == [["chronic", "oncology"], None]
    assert tables["providers"]["level"].to_list() == [3, None]
    assert tables["enrolments"]["has_supplement"].to_list() == [True, True]
    assert tables["enrolments"]["has_arrears"].to_list() == [None, None]


def test_absent_tables_have_no_rows(tmp_path: Path):
    delivery = read({"members": sample()["members"]}, tmp_path)
    assert {name: frame.height for name, frame in delivery.tables.items() if frame.height} == {"members": 2}
    assert list(delivery.totals) == ["members"]
