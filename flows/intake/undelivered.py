"""Columns that were not delivered: constants, null or the default, which take no memory."""

from __future__ import annotations

from typing import TypeVar

import polars as pl

from schemas import Table

__all__ = ["completed", "constants"]

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def completed(frame: Frame, table: Table, *first: str) -> Frame:
    """The frame with every column of the table, after the columns `first` (default: `row_number`)."""
    given = frame.columns if isinstance(frame, pl.DataFrame) else frame.collect_schema().names()
    return frame.with_columns(constants(table, given)).select(*(first or ("row_number",)), *table.names)


def constants(table: Table, given: list[str], *wanted: str) -> list[pl.Expr]:
    """Those of the `wanted` columns (default: of all) that are not `given`."""
    return [
        pl.lit(table[name].default_in_memory).cast(table[name].dtype).alias(name)
        for name in wanted or table.names
        if name not in given
    ]
