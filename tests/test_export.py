"""Files that an analyst hands on: what Excel, a data frame and a hostile cell make of them."""

from __future__ import annotations

import csv
import os
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest
from nightly_world import World, bills, people, provider

from flows.analysts import excel_file
from flows.analysts.csv_file import harmless
from flows.analysts.export import export
from flows.analysts.question import ExportError, ask, open_to_read
from flows.cli import cli
from flows.terminal.failures import ended

EVIL = '=HYPERLINK("http://x")'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("world"))
    given = people("m1", "m2")
    given["providers"] = [provider(name=EVIL), provider("P2", name="市医院，“中医”")]
    world.night(
        **given, **bills(("0001", "m1", "2025-03-01", "2000"), ("1306250000000001", "m2", "2025-03-02", "7.05"))
    )
    return world


def lines(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle))


def sheet(file: Path) -> Any:
    with closing(openpyxl.load_workbook(file)) as book:
        return book.worksheets[0]


def test_csv_opens_in_excel_with_its_chinese(world: World, tmp_path: Path) -> None:
    file = tmp_path / "hospitals.csv"
    assert export("SELECT provider_id, name FROM providers ORDER BY ALL", world.db, file) == f"2 rows in {file}"
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert lines(file) == [["provider_id", "name"], ["P1", f"'{EVIL}"], ["P2", "市医院，“中医”"]]


def test_csv_of_a_view_has_its_columns_and_exact_yuan(world: World, tmp_path: Path) -> None:
    export("settlement", world.db, tmp_path / "s.csv")
    head, *rows = lines(tmp_path / "s.csv")
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert {(row["claim_id"], row["total_amount"], row["basic_pay"]) for row in found} == {
        ("0001", "2000.00", "500.00"),
        ("1306250000000001", "7.05", "0.00"),
    }
    assert head == [name for (name,) in world.rows("SELECT column_name FROM (DESCRIBE settlement)")]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+2", "'-1+2"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("-12.50", "-12.50"),
        ("+3", "+3"),
        ("-", "'-"),
        ("2025-03-01", "2025-03-01"),
        ("报销", "报销"),
        ("", ""),
        (None, None),
    ],
)
def test_formulas_are_neutralised_and_numbers_are_not(cell: str | None, written: str | None) -> None:
    frame = pl.DataFrame({"cell": [cell]}, schema={"cell": pl.String})
    assert frame.select(harmless(pl.col("cell"))).rows() == [(written,)]


def test_types_of_every_kind_in_csv(world: World, tmp_path: Path) -> None:
    query = """
        SELECT -5 AS whole, -1.50::DECIMAL(9,2) AS yuan, DATE '2025-03-01' AS day, TIMESTAMP '2025-03-01 10:00:00' AS at,
            true AS flag, ['a', '=b'] AS list, ['=x', 'y'] AS evil, {'a': 1} AS struct, [1, 2] AS numbers, NULL AS nothing,
            1.5::DOUBLE AS double, '-7' AS text, 1 AS "=evil"
    """
    export(query, world.db, tmp_path / "t.csv")
    head, row = lines(tmp_path / "t.csv")
    assert head[-1] == "'=evil"
    assert row == [
        "-5", "-1.50", "2025-03-01", "2025-03-01T10:00:00", "true", "a;=b", "'=x;y", "{'a': 1}", "[1, 2]", "", "1.5", "-7", "1",
    ]  # fmt: skip


def test_parquet_keeps_the_types(world: World, tmp_path: Path) -> None:
    export("settlement", world.db, tmp_path / "s.parquet")
    schema = pq.read_schema(tmp_path / "s.parquet")
    assert str(schema.field("basic_pay").type) == "decimal128(14, 2)"
    assert str(schema.field("reasons").type).startswith("list<")
    assert pl.read_parquet(tmp_path / "s.parquet").sort("claim_id")["basic_pay"].to_list() == [Decimal(500), Decimal(0)]


def test_excel_has_numbers_texts_dates_and_a_frozen_header(world: World, tmp_path: Path) -> None:
    query = """
        SELECT claim_id, total_amount, settled_at, benefit_date, name AS 定点医药机构名称, 12345678901234567 AS long,
            true AS flag, DATE '1899-12-31' AS old, 'NaN'::DOUBLE AS nan, claim_id AS "名称很长的列名称很长"
        FROM claim_context JOIN settlement USING (claim_id) JOIN providers ON providers.provider_id = 'P1' ORDER BY 1
    """
    export(query, world.db, tmp_path / "s.xlsx")
    found = sheet(tmp_path / "s.xlsx")
    assert found.freeze_panes == "A2"
    head, first, _ = found.iter_rows(values_only=True)
    assert head[4] == "定点医药机构名称"
    assert first[:9] == (
        "0001", 2000, datetime(2025, 3, 1, 10), datetime(2025, 3, 1), EVIL, "12345678901234567", True, "1899-12-31", "nan",
    )  # fmt: skip
    assert found["A2"].data_type == "s" and found["E2"].data_type == "s" and found["B2"].data_type == "n"
    assert (found["B2"].number_format, found["D2"].number_format) == ("#,##0.00", "yyyy-mm-dd")
    assert found.column_dimensions["J"].width > 2 * len("名称很长的列名称很长")


def test_excel_says_when_a_sheet_is_too_small(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel_file, "MOST_ROWS", 100)
    export("FROM range(99)", world.db, tmp_path / "fits.xlsx")
    assert sheet(tmp_path / "fits.xlsx").max_row == 100
    with pytest.raises(ExportError, match=r"more than 99 rows .* write \.csv or \.parquet"):
        export("FROM range(100)", world.db, tmp_path / "large.xlsx")
    with pytest.raises(ExportError, match="a cell of text has more than 32,767 characters"):
        export("SELECT repeat('x', 40000) AS text", world.db, tmp_path / "large.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fits.xlsx"]


def test_the_real_limit_of_a_sheet_is_that_of_excel() -> None:
    assert excel_file.MOST_ROWS == 2**20


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("fund_outley", "there is no view or table fund_outley; views are claim_context, fund_outlay"),
        ("SELECT 1; SELECT 2", "give one SELECT; there are 2 statements"),
        ("DELETE FROM run", "give a SELECT; DELETE is not exported"),
        ("COPY run TO '/tmp/x.csv'", "give a SELECT; COPY is not exported"),
        ("ATTACH 'x.duckdb'", "give a SELECT; ATTACH is not exported"),
        ("SELEC 1", "this is no SQL"),
        ("SELECT nothing FROM run", "DuckDB does not take the query"),
        ("FROM read_csv('/etc/passwd')", "DuckDB does not take the query: Permission Error"),
        ("SELECT 1 AS a, 2 AS a", "two columns named a"),
        ("", "there are 0 statements"),
    ],
)
def test_only_one_select_of_the_database_is_exported(world: World, tmp_path: Path, question: str, said: str) -> None:
    with pytest.raises(ExportError, match=said):
        export(question, world.db, tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_on_the_way_leaves_the_older_file(world: World, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    export("SELECT 1 AS one", world.db, file)
    with pytest.raises(Exception, match="stop here"):
        export(
            "SELECT CASE WHEN i > 150000 THEN error('stop here') ELSE i END AS i FROM range(200000) AS t(i)",
            world.db,
            file,
        )
    assert lines(file) == [["one"], ["1"]]
    assert os.listdir(tmp_path) == ["x.csv"]


def test_large_answers_come_in_batches(world: World) -> None:
    with closing(open_to_read(str(world.db))) as con:
        heights = [batch.height for batch in ask(con, "FROM range(250000)").batches]
    assert sum(heights) == 250_000 and max(heights) < 250_000


def test_the_command(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(cli, ["export", "day_totals", "--db", str(world.db), "--to", str(tmp_path / "d.csv")]) == 0
    assert "rows in" in capsys.readouterr().out
    assert lines(tmp_path / "d.csv")[1][0] == date.today().isoformat()
    assert ended(cli, ["export", "day_totals", "--db", str(world.db), "--to", str(tmp_path / "d.doc")]) == 2
    assert ended(cli, ["export", "nothing", "--db", str(world.db), "--to", str(tmp_path / "d.csv")]) == 1
    assert ended(cli, ["export", "run", "--db", str(world.db), "--to", str(tmp_path / "none" / "d.csv")]) == 1
    assert "there is no folder" in capsys.readouterr().err
