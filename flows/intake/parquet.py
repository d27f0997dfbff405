"""Reads a Parquet file in blocks of rows, whatever the types of its columns, and turns every cell into text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow.parquet import FileMetaData, ParquetFile

from flows.intake.dictionaries import read_coded, with_dictionaries
from flows.intake.error import DeliveryError

__all__ = ["as_text", "open_parquet"]

_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class _Source:
    """A file as it was opened, with the columns whose values are `few`."""

    path: Path
    scan: pl.LazyFrame
    metadata: FileMetaData
    few: list[str]


@dataclass(frozen=True)
class _Span:
    """Rows that are read at once: whole row groups, or (then `groups` is empty) a piece of a large one."""

    first: int
    height: int
    groups: Sequence[int] = ()


def open_parquet(path: Path, rows: int) -> tuple[list[str], Iterator[Callable[[], pl.DataFrame]]]:
    """Header and blocks with `row_number`, the first row being 1, each of which any thread may read when it gets to it.

    Here and there DeliveryError when the file is no whole Parquet.
    """
    try:
        scan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        header = scan.collect_schema().names()
        with ParquetFile(path) as file:
            source = _Source(path, scan, file.metadata, with_dictionaries(file))
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError):
        raise _unreadable(path) from None
    return header, (partial(_block, source, span) for span in _spans(source.metadata, rows))


def _spans(metadata: FileMetaData, rows: int) -> list[_Span]:
    """Row groups as one is read at once; of a larger one pieces."""
    spans, first, height, groups = [], 0, 0, list[int]()
    for group in range(metadata.num_row_groups):
        size = metadata.row_group(group).num_rows
        if height and height + size > rows:
            spans.append(_Span(first, height, groups))
            first, height, groups = first + height, 0, []
        height, groups = height + size, [*groups, group]
        if height > 4 * rows:
            spans += [_Span(first + done, min(rows, height - done)) for done in range(0, height, rows)]
            first, height, groups = first + height, 0, []
    return [*spans, _Span(first, height, groups)] if height else spans


def _block(source: _Source, span: _Span) -> pl.DataFrame:
    """One block by itself: a scan in batches would read many of them ahead."""
    few = source.few if span.groups else []
    numbers = pl.int_range(span.first + 1, span.first + span.height + 1, eager=True).alias("row_number")
    try:
        plain = source.scan.select(pl.exclude(few)).slice(span.first, span.height).collect(engine="in-memory")
        with ParquetFile(source.path, metadata=source.metadata, read_dictionary=few) as file:
            return pl.DataFrame([numbers, *plain, *read_coded(file, span.groups, few)])
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError):
        raise _unreadable(source.path) from None


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
