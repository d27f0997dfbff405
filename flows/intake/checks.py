"""Checks a typed block against the pandera model of its table and lists what fails, row by row and rule by rule."""

from __future__ import annotations

import pandera.errors
import polars as pl

from flows.intake.faults import faults
from schemas import Kind, Table
from schemas.model import frame_model, rule_given

__all__ = ["broken_rules", "shown"]


def broken_rules(frame: pl.DataFrame, table: Table, unread: pl.DataFrame) -> pl.DataFrame:
    """Faults of a collected block with `row_number`; a cell that could not be read is not also called missing."""
    try:
        frame_model(table).validate(frame.drop("row_number"), lazy=True)
    except pandera.errors.SchemaErrors as error:
        found = _located(error.failure_cases, frame, table)
        return found.join(unread, on=["row_number", "column_name"], how="anti", maintain_order="left")
    return faults()


def _located(cases: pl.DataFrame, frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """pandera counts from 0 within the block; its `failure_case` is the value in memory, ours the one delivered."""
    if cases["index"].null_count():
        raise AssertionError(f"The typed frame of {table.name} does not fit its model: {cases.to_dicts()[:3]}")
    numbers = frame["row_number"].gather(cases["index"])
    given = {column.name: rule_given(column) for column in table.columns}
    rule = pl.when(pl.col("check") == "not_nullable").then(pl.col("column").replace(given)).otherwise(pl.col("check"))
    values = [
        shown(value, table[name].kind) for value, name in zip(cases["failure_case"], cases["column"], strict=True)
    ]
    return faults(
        cases.select(row_number=numbers, column_name="column", rule=rule, value=pl.Series(values, dtype=pl.String))
    )


def shown(value: str | None, kind: Kind) -> str | None:
    """A number in memory as it stands in a delivery: fen as yuan, basis points as a share."""
    decimals = kind.decimals
    if value is None or not decimals:
        return value
    whole, part = divmod(abs(int(value)), 10**decimals)
    return f"{'-' if value.startswith('-') else ''}{whole}.{part:0{decimals}d}"
