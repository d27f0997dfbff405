"""A delivery that cannot be read as a whole is refused with one sentence that names the file."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from test_intake_sample import csv_text, read, sample, write_csv, write_text_parquet

from flows.intake import DeliveryError, read_delivery


def refused(folder: Path) -> str:
    with pytest.raises(DeliveryError) as caught:
        read_delivery(folder)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text
    return text


def delivered(folder: Path, name: str, content: bytes | str) -> Path:
    write_csv(sample(), folder)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def test_no_such_folder(tmp_path: Path):
    assert "There is no folder" in refused(tmp_path / "nowhere")


def test_file_instead_of_folder(tmp_path: Path):
    (tmp_path / "claims.csv").write_text("x")
    assert "There is no folder" in refused(tmp_path / "claims.csv")


def test_empty_folder(tmp_path: Path):
    assert "holds no table" in refused(tmp_path)


def test_folder_without_known_table(tmp_path: Path):
    (tmp_path / "bills.csv").write_text("a,b\n1,2\n")
    assert "holds no table" in refused(tmp_path)


def test_two_files_for_one_table(tmp_path: Path):
    write_csv(sample(), tmp_path)
    write_text_parquet({"members": sample()["members"]}, tmp_path)
    assert "members.csv and members.parquet are both the table members" in refused(tmp_path)


def test_other_files_are_named(tmp_path: Path):
    delivered(tmp_path, "notes.txt", "hello")
    assert read_delivery(tmp_path).warnings == ["notes.txt is not a table of a delivery and was not read."]


@pytest.mark.parametrize("content", ["", "\n", "\ufeff"])
def test_empty_file(content: str, tmp_path: Path):
    assert "claims.csv is empty" in refused(delivered(tmp_path, "claims.csv", content))


def test_header_without_rows(tmp_path: Path):
    delivered(tmp_path, "filings.csv", "member_id,kind,area_code,valid_from\n")
    delivery = read_delivery(tmp_path)
    assert delivery.tables["filings"].is_empty()
    assert delivery.quarantine.is_empty()


def test_missing_required_column(tmp_path: Path):
    text = refused(delivered(tmp_path, "members.csv", "sex,birth_date\nM,1970-01-01\n"))
    assert text.startswith("members.csv lacks the required column member_id (人员编号, psn_no)")


def test_column_twice(tmp_path: Path):
    text = refused(delivered(tmp_path, "members.csv", "member_id,sex,SEX\nM1,M,F\n"))
    assert "members.csv: the column SEX stands twice" in text


def test_neither_utf8_nor_gb18030(tmp_path: Path):
    text = refused(delivered(tmp_path, "members.csv", b"member_id,sex\nM1,M\nM\xff2,F\n"))
    assert "members.csv, line 3, holds bytes" in text


def test_damaged_utf8_is_not_taken_for_gb18030(tmp_path: Path):
    name = "第一人民医院中心院区".encode()
    content = b"provider_id,kind,area_code,name\n" + b"H1,hospital,130602," + name * 20 + b"\xe4\xb8\n"
    assert "providers.csv, line 2, holds bytes" in refused(delivered(tmp_path, "providers.csv", content))


def test_utf16(tmp_path: Path):
    assert "UTF-16" in refused(delivered(tmp_path, "members.csv", "member_id\nM1\n".encode("utf-16")))


def test_csv_cut_off_in_a_row(tmp_path: Path):
    text = csv_text(sample()["claims"])
    cut = text[: text.index("2025-04-08")]
    assert "claims.csv is cut off in the middle of row 2" in refused(delivered(tmp_path, "claims.csv", cut))


@pytest.mark.parametrize("tail", ["", "\n"])
def test_csv_cut_off_in_quotation_marks(tail: str, tmp_path: Path):
    text = csv_text(sample()["fee_lines"])
    cut = text[: text.index("双人间")] + tail
    assert "fee_lines.csv ends inside quotation marks" in refused(delivered(tmp_path, "fee_lines.csv", cut))


def test_quotation_marks_that_do_not_pair(tmp_path: Path):
    content = 'member_id,sex\nM1,"M"x\nM2,F\n'
    text = refused(delivered(tmp_path, "members.csv", content))
    assert "members.csv, row 1, has quotation marks that do not pair" in text


def test_missing_last_line_break_is_noticed(tmp_path: Path):
    delivered(tmp_path, "members.csv", csv_text(sample()["members"]).rstrip())
    delivery = read_delivery(tmp_path)
    assert delivery.tables["members"].height == 2
    assert delivery.warnings == ["members.csv does not end with a line break: check that its last row is whole."]


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_parquet_cut_off(share: float, tmp_path: Path):
    write_text_parquet(sample(), tmp_path)
    whole = (tmp_path / "claims.parquet").read_bytes()
    (tmp_path / "claims.parquet").write_bytes(whole[: int(len(whole) * share)])
    assert "claims.parquet is not a readable Parquet file" in refused(tmp_path)


def test_parquet_with_nested_column(tmp_path: Path):
    write_text_parquet(sample(), tmp_path)
    pl.DataFrame({"member_id": [{"a": 1}]}).write_parquet(tmp_path / "members.parquet")
    assert "Column member_id has the type" in refused(tmp_path)


def test_parquet_with_bytes_instead_of_text(tmp_path: Path):
    write_text_parquet(sample(), tmp_path)
    pl.DataFrame({"member_id": [b"M1"]}).write_parquet(tmp_path / "members.parquet")
    assert "write it as text" in refused(tmp_path)


def test_parquet_codes_in_floats_with_nan(tmp_path: Path):
    write_text_parquet(sample(), tmp_path)
    columns = {"provider_id": ["H1", "H2"], "kind": ["hospital", "clinic"], "area_code": [130602.0, 130602.0]}
    pl.DataFrame({**columns, "level": [3.0, float("nan")]}).write_parquet(tmp_path / "providers.parquet")
    providers = read_delivery(tmp_path).tables["providers"]
    assert providers.select("area_code", "level").rows() == [("130602", 3), ("130602", None)]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that refuses to be read")
def test_file_that_cannot_be_read(tmp_path: Path):
    write_csv(sample(), tmp_path)
    (tmp_path / "members.csv").unlink()
    (tmp_path / "members.csv").symlink_to("/proc/self/mem")
    assert "members.csv cannot be read (" in refused(tmp_path)


def test_unknown_columns_are_named(tmp_path: Path):
    tables = sample()
    for row in tables["members"]:
        row |= {"psn_name": "张三", "hobby": "chess"}
    assert read(tables, tmp_path).warnings == ["members.csv: unknown columns were not read: psn_name, hobby."]


def test_second_name_of_a_column_is_named(tmp_path: Path):
    tables = sample()
    for row in tables["members"]:
        row["psn_no"] = "other"
    delivery = read(tables, tmp_path)
    assert delivery.tables["members"]["member_id"].to_list() == ["M1", "M2"]
    assert "another one says the same: psn_no" in delivery.warnings[0]


def test_row_numbers_survive_empty_lines_and_line_breaks_in_cells(tmp_path: Path):
    content = 'member_id,sex\r\n\r\n"M\n1",M\r\n,\r\nM3,X\r\n'
    write_csv({"members": sample()["members"]}, tmp_path)
    (tmp_path / "members.csv").write_text(content, newline="")
    delivery = read_delivery(tmp_path)
    assert delivery.tables["members"]["member_id"].to_list() == ["M\n1"]
    assert delivery.quarantine["row_number"].to_list() == [4]
    assert delivery.warnings == ["members.csv: 2 empty rows were skipped."]
    assert delivery.total.rows_delivered == 2


def test_stray_quotation_mark_inside_a_cell(tmp_path: Path):
    content = (
        'provider_id,kind,area_code,name\nH1,hospital,130602,5" 医院\nH2,clinic,130602,"a ""b"", c"\nH3,ship,1,x\n'
    )
    write_csv({"providers": sample()["providers"]}, tmp_path)
    (tmp_path / "providers.csv").write_text(content)
    delivery = read_delivery(tmp_path)
    assert delivery.tables["providers"]["name"].to_list() == ['5" 医院', 'a "b", c']
    assert set(delivery.quarantine["row_number"]) == {3}
