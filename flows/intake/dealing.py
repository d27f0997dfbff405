"""Deals rows into buckets while their block is still in the cache, and writes those of one bucket to a file from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.intake.distinct import MOST
from flows.intake.keys import Array

__all__ = ["Dealt", "deal", "together", "write"]

_NEWEST = pl.CompatLevel.newest()


@dataclass(frozen=True)
class Dealt:
    """Rows of a block in the order of their buckets, each of which ends at its place in `ends`; the first row's number."""

    rows: pl.DataFrame
    ends: Array
    first: int


def deal(rows: pl.DataFrame, buckets: Array, count: int) -> Dealt:
    """Rows with `row_number`, of which each belongs to the bucket at its place; they keep their order within a bucket."""
    first = int(rows["row_number"][0]) if rows.height else 0
    if count == 1:
        return Dealt(rows, np.array([rows.height]), first)
    order = pl.Series(np.argsort(buckets, kind="stable").astype(np.uint32))
    filled = [cells.name for cells in rows if cells.null_count() < rows.height]  # of others nothing needs to move
    return Dealt(rows.with_columns(rows.select(filled)[order]), np.bincount(buckets, minlength=count).cumsum(), first)


def together(blocks: Sequence[Dealt]) -> Iterator[tuple[int, pa.Table]]:
    """The rows of all blocks, bucket by bucket, where they are; buckets without rows are left out."""
    tables = _tables([block.rows for block in blocks])
    for bucket in range(blocks[0].ends.size):
        some = pa.concat_tables(
            _of(*block, bucket) for block in zip(tables, (block.ends for block in blocks), strict=True)
        )
        if some.num_rows:
            yield bucket, some


def _of(rows: pa.Table, ends: Array, bucket: int) -> pa.Table:
    start = int(ends[bucket - 1]) if bucket else 0
    return rows.slice(start, int(ends[bucket]) - start)


def _tables(blocks: Sequence[pl.DataFrame]) -> list[pa.Table]:
    """The blocks in Arrow, where a column has the same type in all of them."""
    schema = pl.concat([rows.clear() for rows in blocks], how="vertical_relaxed").schema
    columns = {name: _stored([rows[name].cast(dtype) for rows in blocks]) for name, dtype in schema.items()}
    return [pa.table({name: column[place] for name, column in columns.items()}) for place in range(len(blocks))]


def _stored(cells: Sequence[pl.Series]) -> list[pa.Array]:
    """Codes are written as they are, with all texts of their name: an export would look for those that occur."""
    dtype = cells[0].dtype
    if not isinstance(dtype, pl.Categorical):
        return [some.to_arrow(compat_level=_NEWEST) for some in cells]
    codes = [some.to_physical() for some in cells]
    if any(isinstance(largest := some.max(), int) and largest >= MOST for some in codes):
        return _stored([some.cast(pl.String) for some in cells])  # a file holds all texts of its columns' names
    # another thread may just be adding a text, which is null until then and in no row of these
    texts = dtype.categories.to_series().fill_null("").to_arrow()
    return [pa.DictionaryArray.from_arrays(some.to_arrow(), texts, safe=False) for some in codes]


def write(rows: pa.Table, path: Path) -> None:
    """A file of plain columns. It says nothing of the types in memory, so that all files of a table are alike."""
    fields = [
        field.with_nullable(column.null_count > 0) for field, column in zip(rows.schema, rows.columns, strict=True)
    ]
    pq.write_table(
        rows.cast(pa.schema(fields)),
        path,
        compression="snappy",
        use_dictionary=[field.name for field in fields if pa.types.is_dictionary(field.type)],
        column_encoding={field.name: "DELTA_BINARY_PACKED" for field in fields if _is_number(field.type)},
        store_schema=False,
        write_statistics=False,
    )


def _is_number(dtype: pa.DataType) -> bool:
    """Numbers of 64 bits; less is left of them than of dates, and sooner than snappy gets there."""
    return pa.types.is_int64(dtype) or pa.types.is_timestamp(dtype)
