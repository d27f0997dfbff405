"""Checks a typed block against the pandera model of its table and lists what fails, row by row and rule by rule."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_

import polars as pl

from flows.intake.distinct import by_value
from flows.intake.faults import faults
from flows.intake.undelivered import completed
from schemas import Column, Kind, Table

__all__ = ["broken_rules", "shown"]


def broken_rules(frame: pl.DataFrame, table: Table, unread: pl.DataFrame) -> pl.DataFrame:
    """Faults of a collected block with `row_number`; a cell that could not be read is not also called missing.

    Each column is looked over first, by its different values and its limits; pandera judges the rows that may fail.
    """
    given = [column for column in table.columns if column.name in frame.columns]
    doubtful = [mask for column in given for mask in _doubtful(frame[column.name], column)]
    if not doubtful:
        return faults()
    rows = completed(frame.filter(reduce(or_, doubtful)), table)
    return _judged(rows.cast(table.frame_schema()), table, unread)


def _judged(rows: pl.DataFrame, table: Table, unread: pl.DataFrame) -> pl.DataFrame:
    import pandera.errors  # takes half a second to load, and most deliveries have no doubtful row

    from schemas.model import frame_model

    try:
        frame_model(table).validate(rows.drop("row_number"), lazy=True)
    except pandera.errors.SchemaErrors as error:
        found = _located(error.failure_cases, rows, table)
        return found.join(unread, on=["row_number", "column_name"], how="anti", maintain_order="left")
    return faults()


def _doubtful(cells: pl.Series, column: Column) -> Iterator[pl.Series]:
    """Masks that hold at least every cell that breaks a check of the model; none for a column without such a cell."""
    if column.required and cells.null_count():
        yield cells.is_null()
    if column.codes or column.pattern:
        odd = (
            _odd_lists(cells, column) if column.kind is Kind.LIST else by_value(cells, lambda some: _odd(some, column))
        )
        if odd.any():
            yield odd.fill_null(False)
    for beyond in _beyond(cells, column):
        if beyond.any():
            yield beyond.fill_null(False)


def _odd(cells: pl.Series, column: Column) -> pl.Series:
    """Whether a cell is none of the column's values, or not of its form."""
    if column.pattern:
        return ~cells.str.contains(column.pattern)
    return ~cells.cast(pl.String).is_in(column.values)


def _odd_lists(cells: pl.Series, column: Column) -> pl.Series:
    odd = _odd(cells.explode(), column).any()
    return cells.is_not_null() & pl.Series([odd])


def _beyond(cells: pl.Series, column: Column) -> Iterator[pl.Series]:
    """Whether a cell is beyond a limit of the model, which for a number that a reversal turns is the same on both sides."""
    unit = 10 ** (column.kind.decimals or 0)
    low = -column.maximum if column.reversible and column.maximum is not None else column.minimum
    if low is not None:
        yield cells < low * unit
    if column.maximum is not None:
        yield cells > column.maximum * unit


def _located(cases: pl.DataFrame, frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """pandera counts from 0 within the block; its `failure_case` is the value in memory, ours the one delivered."""
    from schemas.model import rule_given

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
