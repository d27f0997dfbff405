"""The one definition of the tables renders to frames, DuckDB, pandera and the data dictionary without contradiction."""

from __future__ import annotations

import re
from decimal import Decimal

import duckdb
import pandera.errors
import polars as pl
import pytest

import schemas
from schemas.column import Column, Kind
from schemas.dictionary import PAGE, render
from schemas.model import frame_model

STORED = [table for table in schemas.TABLES.values() if not table.view]
COLUMNS = [(table.name, column) for table in schemas.TABLES.values() for column in table.columns]
NAMES = [f"{table}.{column.name}" for table, column in COLUMNS]


def test_delivered_tables_are_those_of_the_contract():
    expected = "members enrolments statuses providers registrations filings claims fee_lines"
    assert list(schemas.DELIVERED) == expected.split()
    assert list(schemas.REFERENCE) == expected.split()[:6]
    assert set(schemas.empty_tables()) == set(schemas.DELIVERED)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_column_is_described_in_both_languages(table: str, column: Column):
    assert re.fullmatch(r"[a-z][a-z_]*", column.name)
    assert re.search(r"[\u4e00-\u9fff]", column.chinese)
    assert column.meaning
    assert column.kind is not Kind.MONEY or column.unit


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_value_aliases_have_one_meaning(table: str, column: Column):
    aliases = [alias for code in column.codes for alias in code.aliases]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(column.values)


@pytest.mark.parametrize("name", schemas.DELIVERED)
def test_headers_have_one_meaning(name: str):
    table = schemas.TABLES[name]
    headers = table.names + list(table.aliases) + [compound.name for compound in table.compounds]
    assert len(headers) == len(set(headers))
    assert set(table.key) <= set(table.required)


@pytest.mark.parametrize("table", STORED, ids=lambda table: table.name)
def test_duckdb_takes_table_key_and_comments(table: schemas.Table):
    with duckdb.connect() as con:
        con.execute(table.ddl())
        if table.key:
            con.execute(table.primary_key())
        for statement in table.comments():
            con.execute(statement)
        found = con.execute(
            "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY column_index"
        ).fetchall()
    assert [(name, kind) for name, kind, _ in found] == [(c.name, c.sql_type) for c in table.columns]
    assert all(c.chinese in text for c, (_, _, text) in zip(table.columns, found, strict=True))


def test_views_take_comments_and_have_no_ddl():
    view = schemas.TABLES["settlement"]
    with duckdb.connect() as con:
        con.execute(schemas.TABLES["settlement_version"].ddl())
        con.execute("CREATE VIEW settlement AS FROM settlement_version")
        for statement in view.comments():
            con.execute(statement)
    with pytest.raises(ValueError, match="settlement is a view"):
        view.ddl()


def test_money_goes_to_duckdb_and_back_to_the_fen():
    table = schemas.TABLES["fee_lines"]
    row = {"claim_id": "c", "line_no": 1, "item_kind": "bed", "catalogue_class": "A", "amount": 1_000_000_000_001}
    row |= {"quantity": 12_345, "self_pay_rate": 3_333}
    frame = pl.concat([table.empty(), pl.DataFrame([row])], how="diagonal")
    with duckdb.connect() as con:
        con.execute(table.ddl())
        con.register("frame", frame)
        con.execute(f"INSERT INTO fee_lines SELECT {table.stored()} FROM frame")
        stored = con.execute("SELECT amount, quantity, self_pay_rate FROM fee_lines").fetchall()
        back = con.sql(f"SELECT {table.loaded()} FROM fee_lines").pl()
    assert stored == [(Decimal("10000000000.01"), Decimal("1.2345"), Decimal("0.3333"))]
    assert back.equals(frame)


@pytest.mark.parametrize("table", schemas.TABLES.values(), ids=lambda table: table.name)
def test_empty_frame_satisfies_its_model(table: schemas.Table):
    empty = table.empty()
    assert empty.schema == table.frame_schema()
    frame_model(table).validate(empty, lazy=True)


def test_model_names_row_and_rule():
    table = schemas.TABLES["providers"]
    rows = {"provider_id": ["a", None], "kind": ["hospital", "ship"], "level": [1, 5], "area_code": ["130602", "13"]}
    rows["capabilities"] = [["chronic"], ["flying"]]
    frame = pl.concat([table.empty(), pl.DataFrame(rows)], how="diagonal")
    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        frame_model(table).validate(frame, lazy=True)
    cases = caught.value.failure_cases
    assert set(cases["index"]) == {1}
    assert set(cases["check"]) == {
        "not_nullable",
        "kind_is_known",
        "level_is_known",
        "area_code_is_well_formed",
        "capabilities_is_known",
    }


def test_defaults_are_those_of_the_contract():
    found = {(t, c.name): c.default_in_memory for t, c in COLUMNS if c.default is not None}
    assert found == {
        ("enrolments", "has_supplement"): True,
        ("enrolments", "has_maternity"): True,
        ("providers", "is_designated"): True,
        ("claims", "is_emergency"): False,
        ("claims", "civil_servant_pay"): 0,
        ("claims", "enterprise_pay"): 0,
        ("claims", "other_pay"): 0,
    }


def test_medical_types_name_known_values():
    claims = schemas.TABLES["claims"]
    for filled in claims.compounds[0].values.values():
        assert filled["care_type"] in claims["care_type"].values
        assert filled["benefit"] in (None, *claims["benefit"].values)


def test_identifiers_are_marked_personal():
    marked = {(table, column.name) for table, column in COLUMNS if column.personal}
    assert {("members", "member_id"), ("members", "birth_date"), ("settlement", "member_id")} <= marked


def test_data_dictionary_is_current():
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m schemas.dictionary"
