"""Reads a Parquet file in blocks of rows, whatever the types of its columns, and turns every cell into text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetFile

from flows.intake.error import DeliveryError

__all__ = ["as_text", "open_parquet"]

_ZONE = "Asia/Shanghai"


def open_parquet(path: Path, rows: int) -> tuple[list[str], Iterator[pl.DataFrame]]:
    """Header and blocks with `row_number`, the first row being 1; DeliveryError when the file is no whole Parquet."""
    try:
        scan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        header = scan.collect_schema().names()
        spans = _spans(path, rows)
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError):
        raise _unreadable(path) from None
    return header, _blocks(path, scan, spans)


def _spans(path: Path, rows: int) -> list[tuple[int, int]]:
    """First row and number of rows of each block: whole row groups, as one is read at once; of a larger one pieces."""
    with ParquetFile(path) as file:
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    spans, first, height = [], 0, 0
    for size in sizes:
        if height and height + size > rows:
            spans.append((first, height))
            first, height = first + height, 0
        height += size
        if height > 4 * rows:
            spans += [(first + done, min(rows, height - done)) for done in range(0, height, rows)]
            first, height = first + height, 0
    return [*spans, (first, height)] if height else spans


def _blocks(path: Path, scan: pl.LazyFrame, spans: list[tuple[int, int]]) -> Iterator[pl.DataFrame]:
    """One block after the other: a scan in batches would read many of them ahead."""
    try:
        for first, height in spans:
            block = scan.slice(first, height).collect(engine="in-memory")
            yield block.with_row_index("row_number", offset=first + 1).with_columns(pl.col("row_number").cast(pl.Int64))
    except (pl.exceptions.PolarsError, OSError):
        raise _unreadable(path) from None


def _unreadable(path: Path) -> DeliveryError:
    return DeliveryError(f"{path.name} is not a readable Parquet file, it may be cut off: deliver it again.")


def as_text(name: str, dtype: pl.DataType, *, whole: bool) -> pl.Expr:
    """The cells of a column as text without outer blanks; an empty cell is null.

    `whole`: numbers without fraction lose the `.0` that floats carry (codes in a column of floats).
    Raises DeliveryError for a type that holds no plain values.
    """
    return _plain(pl.col(name), name, dtype, whole).str.strip_chars().replace("", None)


def _plain(cell: pl.Expr, name: str, dtype: pl.DataType, whole: bool) -> pl.Expr:
    if dtype == pl.String:
        return cell
    if dtype.is_float():
        cell = cell.fill_nan(None)
    if dtype.is_float() and whole:
        return (
            pl.when(cell == cell.floor())
            .then(cell.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(cell.cast(pl.String))
        )
    if isinstance(dtype, pl.Datetime):
        local = cell.dt.convert_time_zone(_ZONE).dt.replace_time_zone(None) if dtype.time_zone else cell
        return local.dt.to_string("%Y-%m-%d %H:%M:%S%.f")
    if isinstance(dtype, pl.List | pl.Array):
        return cell.cast(pl.List(pl.String)).list.join(";")
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Unknown):
        raise DeliveryError(f"Column {name} has the type {dtype}, which holds no plain values: write it as text.")
    return cell.cast(pl.String)
