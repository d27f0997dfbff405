"""Text that a Parquet file keeps as a dictionary is read as the same text: whatever the row groups, types and writers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_intake_sample import sample, write_csv

from flows.intake import DeliveryError, read_delivery
from flows.intake.parquet import open_parquet


def blocks(path: Path, rows: int) -> pl.DataFrame:
    header, found = open_parquet(path, rows)
    read = [block() for block in found]
    assert all(set(block.columns) == {"row_number", *header} for block in read)
    return pl.concat([block.cast({"few": pl.String, "none": pl.String}) for block in read])


CELLS = {
    "few": ["普通门诊", None, "", "a", " a"] * 40 + ["b"] * 100,
    "none": [None] * 300,
    "many": [f"名{number}" for number in range(299)] + [None],
    "whole": list(range(300)),
}


@pytest.mark.parametrize("group", [7, 50, 1000])
@pytest.mark.parametrize("rows", [10, 60, 10_000])
@pytest.mark.parametrize("dictionary", [True, False, ["few"]])
def test_rows_are_those_of_the_file(tmp_path: Path, group: int, rows: int, dictionary: bool | list[str]) -> None:
    table = pa.table({**CELLS, "none": pa.nulls(300, pa.string())})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=group, use_dictionary=dictionary)
    expected = pl.DataFrame(CELLS, schema_overrides={"none": pl.String}).with_row_index("row_number", 1)
    assert blocks(tmp_path / "x.parquet", rows).select(expected.columns).rows() == expected.rows()


def test_a_dictionary_that_grows_too_large_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.intake.dictionaries.MOST", 30)
    cells = ["x"] * 50 + [f"t{number}" for number in range(50)]
    pq.write_table(pa.table({"few": cells, "none": cells}), tmp_path / "x.parquet", row_group_size=50)
    assert blocks(tmp_path / "x.parquet", 1000)["few"].to_list() == cells


def test_a_file_without_rows_has_its_header(tmp_path: Path) -> None:
    pq.write_table(pa.table({"few": pa.array([], pa.string())}), tmp_path / "x.parquet")
    header, found = open_parquet(tmp_path / "x.parquet", 10)
    assert header == ["few"] and not list(found)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    cells = pa.array([b"\xff\xfe"] * 20, pa.binary()).view(pa.string())
    pq.write_table(pa.table({"few": cells}), tmp_path / "x.parquet")
    with pytest.raises(DeliveryError, match="not a readable Parquet file"):
        [block() for block in open_parquet(tmp_path / "x.parquet", 10)[1]]


def test_codes_of_a_delivery_read_like_text(tmp_path: Path) -> None:
    tables = sample()
    texts = read_delivery(write_csv(tables, tmp_path / "csv"))
    (tmp_path / "codes").mkdir()
    for name, rows in tables.items():
        frame = pl.DataFrame({key: [row.get(key) or None for row in rows] for key in rows[0]})
        frame.cast(pl.Categorical).write_parquet(tmp_path / "codes" / f"{name}.parquet", row_group_size=2)
    codes = read_delivery(tmp_path / "codes")
    assert codes.quarantine.equals(texts.quarantine) and codes.fingerprint == texts.fingerprint
    assert all(texts.tables[name].equals(codes.tables[name]) for name in texts.tables)


def test_blocks_whose_codes_change_and_blocks_whose_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender's own names and values: in one block they are ours already, in the next they are not."""
    tables = sample()
    line = {**tables["fee_lines"][0], "item_name": ""}
    kinds = ["bed", "bed", "09", "bed", "西药费", "bed"]
    tables["fee_lines"] = [{**line, "line_no": str(i), "item_kind": kind} for i, kind in enumerate(kinds)]
    expected = read_delivery(write_csv(tables, tmp_path / "csv"))
    (tmp_path / "parquet").mkdir()
    for name, rows in tables.items():
        frame = pl.DataFrame({key: [row.get(key) or None for row in rows] for key in rows[0]})
        frame = frame.rename({"item_kind": "med_chrgitm_type"}, strict=False)
        frame.write_parquet(tmp_path / "parquet" / f"{name}.parquet", row_group_size=2)
    monkeypatch.setattr("flows.intake.table._ROWS", 2)
    found = read_delivery(tmp_path / "parquet")
    assert found.fingerprint == expected.fingerprint and found.totals == expected.totals
    assert found.quarantine.drop("source_file").equals(expected.quarantine.drop("source_file"))
    assert found.tables["fee_lines"].equals(expected.tables["fee_lines"])
