"""Reads text that a Parquet file keeps as a dictionary of few values: as codes, without spelling out any row."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pyarrow as pa
from pyarrow.parquet import FileMetaData, ParquetFile

from flows.intake.distinct import MOST, coded

__all__ = ["read_coded", "with_dictionaries"]

_BYTES = 4_096
"""A dictionary of more bytes, compressed, holds too many values to be of use."""


def with_dictionaries(file: ParquetFile) -> list[str]:
    """Text columns whose values are few in the first row group; none in a file with nested columns."""
    metadata, schema = file.metadata, file.schema_arrow
    if not metadata.num_row_groups or metadata.num_columns != len(schema.names):
        return []
    return [
        field.name
        for place, field in enumerate(schema)
        if field.type in (pa.string(), pa.large_string()) and _is_small(metadata, place)
    ]


def _is_small(metadata: FileMetaData, place: int) -> bool:
    column = metadata.row_group(0).column(place)
    start = column.dictionary_page_offset
    return start is not None and 0 < column.data_page_offset - start <= _BYTES


def read_coded(file: ParquetFile, groups: Sequence[int], names: list[str]) -> list[pl.Series]:
    """The columns `names` of some row groups; the file was opened to read them as dictionaries."""
    if not names:
        return []
    table = file.read_row_groups(groups, columns=names, use_threads=False)
    return [_series(name, table.column(name).chunks) for name in names]


def _series(name: str, chunks: list[pa.DictionaryArray]) -> pl.Series:
    parts = [_values(name, chunk).gather(pl.Series(chunk.indices.view(pa.uint32()))) for chunk in chunks]
    if any(part.dtype == pl.String for part in parts):
        parts = [part.cast(pl.String) for part in parts]
    return pl.concat([coded(pl.Series(name, dtype=pl.String)) if not parts else parts[0], *parts[1:]], rechunk=True)


def _values(name: str, chunk: pa.DictionaryArray) -> pl.Series:
    """Bytes that are no text are refused here, as Polars does when it reads them itself."""
    values = pl.Series(name, chunk.dictionary.cast(pa.large_binary())).cast(pl.String)
    return values if values.len() > MOST else coded(values)
