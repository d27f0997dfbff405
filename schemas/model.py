"""The pandera model of a typed frame, rendered from the columns; every check carries the name of its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pandera.polars as pa
import polars as pl

from schemas.column import Column, Kind
from schemas.table import Table

__all__ = ["frame_model", "rule_given", "rule_known", "rule_limit", "rule_not_negative", "rule_shape"]


def rule_given(column: Column) -> str:
    return f"{column.name}_is_given"


def rule_known(column: Column) -> str:
    return f"{column.name}_is_known"


def rule_shape(column: Column) -> str:
    return f"{column.name}_is_well_formed"


def rule_not_negative(column: Column) -> str:
    return f"{column.name}_not_negative"


def rule_limit(column: Column) -> str:
    return f"{column.name}_within_limit"


@cache
def frame_model(table: Table) -> pa.DataFrameSchema:
    """Types, allowed values, forms and ranges of a typed frame of `table`; required columns are not nullable.

    Validate collected frames only, with `lazy=True`: on a LazyFrame pandera skips the values.
    """
    columns = {column.name: _column(column) for column in table.columns}
    return pa.DataFrameSchema(columns, strict=True, name=table.name)


def _column(column: Column) -> pa.Column:
    return pa.Column(column.dtype, list(_checks(column)), nullable=not column.required, name=column.name)


def _checks(column: Column) -> Iterator[pa.Check]:
    if column.codes and column.kind is Kind.LIST:
        yield pa.Check(_each_known(column.values), name=rule_known(column), error=rule_known(column))
    elif column.codes:
        values = [int(v) for v in column.values] if column.kind is Kind.WHOLE else list(column.values)
        yield pa.Check.isin(values, name=rule_known(column), error=rule_known(column))
    if column.pattern:
        yield pa.Check.str_matches(column.pattern, name=rule_shape(column), error=rule_shape(column))
    if column.reversible and column.maximum is not None:
        yield pa.Check.ge(_scaled(column, -column.maximum), name=rule_limit(column), error=rule_limit(column))
    elif column.minimum is not None:
        rule = rule_not_negative(column) if column.minimum == 0 else rule_limit(column)
        yield pa.Check.ge(_scaled(column, column.minimum), name=rule, error=rule)
    if column.maximum is not None:
        yield pa.Check.le(_scaled(column, column.maximum), name=rule_limit(column), error=rule_limit(column))


def _scaled(column: Column, limit: int) -> int:
    return limit * 10 ** (column.kind.decimals or 0)


def _each_known(values: tuple[str, ...]) -> Callable[[pa.PolarsData], pl.LazyFrame]:
    def check(data: pa.PolarsData) -> pl.LazyFrame:
        known = pl.col(data.key).list.eval(pl.element().is_in(list(values))).list.all()
        return data.lazyframe.select(known.fill_null(True))

    return check
