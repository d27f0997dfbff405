"""Faults of rows as a frame: which row, which column, which rule, which value."""

from __future__ import annotations

import polars as pl

from schemas import TABLES

__all__ = ["QUARANTINE", "faults", "row_faults"]

_SCHEMA = pl.Schema({"row_number": pl.Int64(), "column_name": pl.String(), "rule": pl.String(), "value": pl.String()})

QUARANTINE = pl.Schema({name: dtype for name, dtype in TABLES["quarantine"].frame_schema().items() if name != "run_id"})
"""The quarantine frame of a delivery: that of the database without the run, which is not known yet."""


def faults(*found: pl.DataFrame) -> pl.DataFrame:
    """All given faults under each other, typed; an empty frame when there are none."""
    some = [frame.select(_SCHEMA.names()).cast(_SCHEMA) for frame in found if frame.height]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *some])


def row_faults(
    rows: pl.DataFrame, rule: str, column: str | None = None, value: str | pl.Expr | None = None
) -> pl.DataFrame:
    """One fault of `rule` for each of `rows`; `value` is an expression on them or the name of a column."""
    if not rows.height:
        return faults()
    shown = pl.lit(None) if value is None else pl.col(value) if isinstance(value, str) else value
    return faults(rows.select("row_number", column_name=pl.lit(column), rule=pl.lit(rule), value=shown.cast(pl.String)))
