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


def constants(table: Table, given: list[str]) -> list[pl.Expr]:
    """The columns of the table that are not `given`."""
    return [
        pl.lit(column.default_in_memory).cast(column.dtype).alias(column.name)
        for column in table.columns
        if column.name not in given
    ]
