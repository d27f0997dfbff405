"""Deals rows into buckets while their block is still in the cache, and writes those of one bucket to a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.intake.distinct import MOST
from flows.intake.keys import Array

__all__ = ["Dealt", "Writer", "deal", "together"]

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


def together(blocks: Iterable[Dealt]) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows of all blocks, bucket by bucket; buckets without rows are left out."""
    blocks = list(blocks)
    for bucket in range(blocks[0].ends.size):
        some = pl.concat([_of(block, bucket) for block in blocks], how="vertical_relaxed", rechunk=True)
        if some.height:
            yield bucket, some


def _of(block: Dealt, bucket: int) -> pl.DataFrame:
    start = int(block.ends[bucket - 1]) if bucket else 0
    return block.rows.slice(start, int(block.ends[bucket]) - start)


class Writer:
    """Writes rows of blocks that are all there already to Parquet files of plain columns.

    They say nothing of the types in memory, so that all files of a table are alike.
    """

    def __init__(self) -> None:
        self._texts: dict[str, pa.Array] = {}

    def write(self, rows: pl.DataFrame, path: Path) -> None:
        """One file."""
        columns = {cells.name: self._stored(cells) for cells in rows}
        few = [name for name, column in columns.items() if isinstance(column, pa.DictionaryArray)]
        pq.write_table(
            pa.table(columns),
            path,
            compression="snappy",
            use_dictionary=few,
            store_schema=False,
            write_statistics=False,
        )

    def _stored(self, cells: pl.Series) -> pa.Array:
        """Codes are written as they are, with all texts of their name: an export would look for those that occur."""
        if not isinstance(cells.dtype, pl.Categorical):
            return cells.to_arrow(compat_level=_NEWEST)
        codes = cells.to_physical()
        largest = codes.max()
        if isinstance(largest, int) and largest >= MOST:  # a file holds all texts of its columns' names
            return self._stored(cells.cast(pl.String))
        if cells.name not in self._texts:
            # another thread may just be adding a text, which is null until then and in no row of these
            self._texts[cells.name] = cells.dtype.categories.to_series().fill_null("").to_arrow()
        return pa.DictionaryArray.from_arrays(codes.to_arrow(), self._texts[cells.name], safe=False)
