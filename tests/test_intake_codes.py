"""Text of few values is worked on by value and stored by code: what comes out is the same as cell by cell."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from flows.intake.dealing import Dealt, deal, together, write
from flows.intake.distinct import by_value, coded
from flows.intake.fingerprint import Fingerprint

CELLS = {
    "few": ["普通门诊", None, " a ", "", "a", "longer than twelve bytes", None] * 300,
    "runs": [f"C{number // 4}" for number in range(3000)],
    "long runs": [f"number {number // 4} of a claim" for number in range(3000)],
    "runs and nulls": [f"number {number // 4} of a claim" if number % 9 else None for number in range(3000)],
    "many": [f"名{number * 7919 % 3001}" for number in range(3000)],
    "nulls": [None] * 50,
    "none": [],
}


def stripped(cells: pl.Series) -> pl.Series:
    return cells.str.strip_chars().replace("", None)


def doubled(cells: pl.Series) -> pl.Series:
    return cells.str.len_bytes().cast(pl.Int64) * 2


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("change", [stripped, doubled])
@pytest.mark.parametrize("form", [lambda cells: cells, coded])
def test_a_change_by_value_is_that_of_every_cell(name: str, change, form) -> None:
    cells = pl.Series(name, CELLS[name], dtype=pl.String)
    expected = change(cells)
    assert by_value(form(cells), change).cast(expected.dtype).to_list() == expected.to_list()


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1), slice(5, 2000)])
def test_runs_of_texts_that_lie_together_are_found(order: slice) -> None:
    texts = pl.Series("text", [f"number {number} of a claim" for number in range(700)])
    cells = texts.gather(np.repeat(np.arange(700), 4))[order]
    assert by_value(cells, doubled).equals(doubled(cells))
    assert by_value(cells, stripped).equals(cells)


@pytest.mark.parametrize("name", CELLS)
def test_codes_have_the_fingerprint_of_their_text(name: str) -> None:
    cells = pl.Series(name, CELLS[name], dtype=pl.String)
    digests = []
    for form in (cells, coded(cells)):
        fingerprint = Fingerprint("t")
        fingerprint.add(form.to_frame())
        digests.append(fingerprint.hexdigest())
    assert digests[0] == digests[1]


def block(first: int, *texts: str | None, code: bool) -> pl.DataFrame:
    cells = pl.Series("text", texts, dtype=pl.String)
    return pl.DataFrame({"row_number": range(first, first + len(texts)), "text": coded(cells) if code else cells})


def dealt(rows: pl.DataFrame) -> Dealt:
    return deal(rows, (rows["row_number"].to_numpy() % 3).astype(np.uint16), 4)


def test_blocks_with_and_without_codes_lie_in_one_file(tmp_path: Path) -> None:
    plain, codes = block(1, "甲", None, "x", "y", code=False), block(5, None, "甲", "甲", code=True)
    found = dict(together([dealt(plain), dealt(codes), dealt(block(8, code=True))]))
    for bucket, rows in found.items():
        write(rows, tmp_path / f"{bucket}.parquet")
    read = {bucket: pl.read_parquet(tmp_path / f"{bucket}.parquet") for bucket in found}
    assert {bucket: rows.rows() for bucket, rows in read.items()} == {
        0: [(3, "x"), (6, "甲")],
        1: [(1, "甲"), (4, "y"), (7, "甲")],
        2: [(2, None), (5, None)],
    }


@pytest.mark.parametrize("most", [1, 100])
def test_a_file_of_codes_holds_plain_text(tmp_path: Path, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.intake.dealing.MOST", most)
    rows = block(1, "a", None, "中", "a", code=True)
    [(_, only)] = together([deal(rows, np.zeros(4, np.uint16), 1)])
    write(only, tmp_path / "x.parquet")
    assert pl.read_parquet(tmp_path / "x.parquet").equals(rows.cast({"text": pl.String}))


def test_one_bucket_takes_the_rows_as_they_are() -> None:
    rows = block(7, "a", "b", code=False)
    only = deal(rows, np.zeros(2, np.uint16), 1)
    assert only.rows is rows and only.first == 7
    assert [number for number, _ in together([only])] == [0]


@pytest.mark.parametrize("cells", [[1, -(2**63), 2**63 - 1, 0], [None, 2**63 - 1, None, -(2**63)], [None] * 4])
def test_numbers_and_times_are_read_as_they_were_written(tmp_path: Path, cells: list[int | None]) -> None:
    number = pl.Series("number", cells, dtype=pl.Int64)
    time = (number // 1000).cast(pl.Datetime("us")).alias("time")
    rows = pl.DataFrame({"row_number": [1, 2, 3, 4], "number": number, "time": time})
    for bucket, some in together([deal(rows[:2], np.array([0, 1]), 2), deal(rows[2:], np.array([1, 0]), 2)]):
        write(some, tmp_path / f"{bucket}.parquet")
    files = str(tmp_path / "*.parquet")
    assert pl.read_parquet(files).sort("row_number").equals(rows)
    assert duckdb.sql(f"SELECT number FROM '{files}' ORDER BY row_number").fetchall() == [(cell,) for cell in cells]
