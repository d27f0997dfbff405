"""Reads a CSV file as text in blocks of rows, with row numbers, and says which rows have too many or too few fields."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from flows.intake.csv_shape import Shape, shape_of
from flows.intake.encoding import as_utf8
from flows.intake.error import DeliveryError

__all__ = ["CsvFile", "open_csv"]


@dataclass(frozen=True)
class CsvFile:
    """An opened CSV: its header, its encoding, its ragged rows (row number to fields found) and its blocks."""

    header: list[str]
    encoding: str
    ragged: dict[int, int]
    blocks: Iterator[pl.DataFrame]
    warnings: list[str]


@contextmanager
def open_csv(path: Path, rows: int) -> Iterator[CsvFile]:
    """Blocks of at most about `rows` rows, all text, with `row_number` (the first data row is 1).

    Raises DeliveryError for bytes that are no text, an empty file, and a file cut off in the middle of a row.
    """
    with as_utf8(path) as (text, encoding), TemporaryDirectory(prefix="baoxiao-") as scratch:
        header = _header(text, path.name)
        source, shape = text, shape_of(text, len(header))
        if shape.has_stray_quotes:
            source, shape = _rewritten(text, Path(scratch) / path.name, len(header), path.name)
        _refuse_cut_off(shape, len(header), path.name)
        warnings = [] if shape.ends_with_newline else [_no_newline(path.name)]
        yield CsvFile(header, encoding, shape.ragged, _blocks(source, header, shape, rows, path.name), warnings)


def _header(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        try:
            header = next(csv.reader(handle, strict=True), [])
        except csv.Error as error:
            raise DeliveryError(f"{name}: the header row cannot be read ({error}).") from None
    if not any(cell.strip() for cell in header):
        raise DeliveryError(f"{name} is empty: it needs a header row with the names of its columns.")
    return header


def _refuse_cut_off(shape: Shape, fields: int, name: str) -> None:
    last = shape.records - 1
    if shape.ends_in_quotes:
        raise DeliveryError(
            f"{name} ends inside quotation marks that are never closed: the file is cut off or a mark is missing; "
            "deliver it again."
        )
    if not shape.ends_with_newline and shape.ragged.get(last, fields) < fields:
        raise DeliveryError(f"{name} is cut off in the middle of row {last}: deliver the whole file again.")


def _no_newline(name: str) -> str:
    return f"{name} does not end with a line break: check that its last row is whole."


def _blocks(path: Path, header: list[str], shape: Shape, rows: int, name: str) -> Iterator[pl.DataFrame]:
    scan = pl.scan_csv(
        path,
        infer_schema=False,
        truncate_ragged_lines=bool(shape.ragged),
        row_index_name="row_number",
        row_index_offset=1,
        with_column_names=lambda _: header,
        glob=False,
    )
    seen = 0
    try:
        for block in scan.collect_batches(chunk_size=rows, maintain_order=True):
            seen += block.height
            yield block.with_columns(pl.col("row_number").cast(pl.Int64))
    except pl.exceptions.PolarsError as error:
        raise DeliveryError(
            f"{name} cannot be read near row {seen + 1} ({_first_line(error)}): export it again."
        ) from None
    if seen != shape.records - 1:
        raise DeliveryError(f"{name} cannot be split into rows without doubt: put quotation marks around every field.")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _rewritten(path: Path, copy: Path, fields: int, name: str) -> tuple[Path, Shape]:
    """The same rows with every quotation mark written by the rules; slow, and rarely needed."""
    ragged: dict[int, int] = {}
    records = 0
    with path.open(encoding="utf-8-sig", newline="") as source, copy.open("w", encoding="utf-8", newline="") as out:
        reader, writer = csv.reader(source, strict=True), csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        try:
            for records, row in enumerate(reader, 1):
                if row and len(row) != fields:
                    ragged[records - 1] = len(row)
                writer.writerow((row + [""] * fields)[:fields])
        except csv.Error:
            raise DeliveryError(
                f"{name}, row {records}, has quotation marks that do not pair (line {reader.line_num}): "
                "write a mark inside a field twice."
            ) from None
    ends = _ends_with_newline(path)
    return copy, Shape(records, ragged, ends_with_newline=ends, ends_in_quotes=False, has_stray_quotes=False)


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as handle:
        handle.seek(-1, 2)
        return handle.read(1) in b"\r\n"
