"""Turns cells into typed values, exactly, and notes every cell that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flows.intake.distinct import by_value
from flows.intake.exact import FIRST_YEAR, exact
from flows.intake.faults import faults
from flows.intake.headers import Header
from flows.intake.parquet import as_text
from schemas import Alias, Column, Compound, Kind, Table

__all__ = ["typed"]

_TRUE = ("true", "1", "t", "y", "yes", "是", "有")
_FALSE = ("false", "0", "f", "n", "no", "否", "无")
_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"
_NUMBERS = ("claim_id", "member_id", "reverses_claim_id", "inpatient_claim_id")
"""Columns that are looked up in those of other tables stay text, however few values a small block has."""

_DECIMALS = {0: "is_whole", 2: "has_two_decimals", 4: "has_four_decimals"}


@dataclass(frozen=True)
class _Delivered:
    """The cells that feed a column, and what stands in them for our values."""

    cells: pl.Series
    column: Column
    values: Mapping[str, str | None]

    def text(self, cells: pl.Series) -> pl.Series:
        """Some of the cells as text in our terms; what is blank or stands for "not known" is null."""
        whole = self.column.kind in (Kind.TEXT, Kind.CODE)
        cell = as_text(self.cells.name, cells.dtype, whole=whole)
        if self.values and self.column.kind is not Kind.LIST:
            cell = cell.replace(self.values)
        return cells.to_frame(self.cells.name).select(cell.alias(self.column.name)).to_series()

    def typed(self, cells: pl.Series) -> pl.Series:
        """Some of the cells as values, read from their text."""
        texts = self.text(cells).to_frame()
        if self.column.kind is Kind.TIMESTAMP:
            values = texts.select(_usual_timestamp(pl.col(self.column.name))).to_series()
            if values.null_count() == texts.to_series().null_count():
                return values
        return texts.select(_value(self.column)).to_series()


def typed(block: pl.DataFrame, table: Table, header: Header) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The delivered columns as a typed frame (with `row_number`, defaults applied), and the faults of their cells.

    Text of few different values is Categorical.
    """
    delivered, found = _delivered(block, table, header)
    columns = [block["row_number"]]
    for name in header.given:
        source = delivered[name]
        values = _values(source)
        if values.null_count() > source.cells.null_count():
            found.append(_unread(source, values, block["row_number"]))
        default = source.column.default_in_memory
        if default is not None and values.null_count():
            values = values.cast(source.column.dtype).fill_null(default)
        columns.append(values.alias(name))
    return pl.DataFrame(columns), faults(*found)


def _values(source: _Delivered) -> pl.Series:
    values = None if source.values else exact(source.cells, source.column)
    if values is None:
        values = source.typed(source.cells) if source.column.kind is Kind.LIST else by_value(source.cells, source.typed)
    return values.cast(source.column.dtype) if source.column.name in _NUMBERS else values


def _delivered(block: pl.DataFrame, table: Table, header: Header) -> tuple[dict[str, _Delivered], list[pl.DataFrame]]:
    """The cells of every delivered column, and compounds of no known value."""
    delivered = {name: _source(block, table[name], *source) for name, source in header.sources.items()}
    found = []
    for source, compound in header.compounds.items():
        code = block.select(as_text(source, block.schema[source], whole=True)).to_series()
        for name in compound.fills:
            filled = code.replace_strict(_filling(compound, name), default=None, return_dtype=pl.String)
            if name in delivered:
                own = delivered[name].text(delivered[name].cells)
                filled = own.to_frame("own").select(pl.coalesce("own", filled)).to_series()
            delivered[name] = _Delivered(filled.alias(name), table[name], {})
        unknown = pl.DataFrame({"row_number": block["row_number"], "value": code})
        unknown = unknown.filter(~pl.col("value").is_in(list(compound.values)))
        rule = pl.lit(f"{compound.name}_is_known")
        found.append(unknown.select("row_number", column_name=pl.lit(compound.fills[0]), rule=rule, value="value"))
    return delivered, found


def _source(block: pl.DataFrame, column: Column, source: str, alias: Alias | None) -> _Delivered:
    values = dict(alias.values) if alias and alias.values else column.value_aliases
    return _Delivered(block[source], column, values)


def _filling(compound: Compound, name: str) -> dict[str, str | None]:
    return {code: filled[name] for code, filled in compound.values.items()}


def _value(column: Column) -> pl.Expr:
    cell = pl.col(column.name)
    match column.kind:
        case Kind.MONEY | Kind.RATE | Kind.QUANTITY | Kind.WHOLE:
            return _number(cell, column.kind.decimals or 0)
        case Kind.DATE:
            return _date(cell, months=column.unit == "month")
        case Kind.TIMESTAMP:
            return _timestamp(cell)
        case Kind.FLAG:
            return cell.str.to_lowercase().replace_strict(
                dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False), default=None, return_dtype=pl.Boolean
            )
        case Kind.LIST:
            return _list(cell, column)
    return cell


def _exact(decimals: int, digits: str) -> str:
    """Numbers that are whole in units of the last decimal."""
    fraction = rf"(\.[0-9]{{1,{decimals}}}0*)?" if decimals else r"(\.0+)?"
    return rf"^[+-]?0*[0-9]{digits}{fraction}$"


def _number(cell: pl.Expr, decimals: int) -> pl.Expr:
    """Only exact numbers of 18 digits are cast: a cast to fewer decimals would round without a word."""
    fits = pl.when(cell.str.contains(_exact(decimals, f"{{1,{18 - decimals}}}"))).then(cell)
    return fits.cast(pl.Decimal(38, decimals)).to_physical().cast(pl.Int64).alias(cell.meta.output_name())


def _date(cell: pl.Expr, *, months: bool) -> pl.Expr:
    """ISO dates, YYYYMMDD, a timestamp's day; where the column says so a month, as its first day."""
    day = cell.str.extract(r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{8})([T ][0-9:.]+)?$")
    forms = [day.str.to_date("%Y-%m-%d", strict=False), day.str.to_date("%Y%m%d", strict=False)]
    if months:
        forms.append((cell.str.extract(r"^([0-9]{4}-[0-9]{2})$") + "-01").str.to_date("%Y-%m-%d", strict=False))
    parsed = pl.coalesce(forms)
    return pl.when(parsed.dt.year() >= FIRST_YEAR).then(parsed).alias(cell.meta.output_name())


def _usual_timestamp(cell: pl.Expr) -> pl.Expr:
    """ISO timestamps to the second alone, which are read in a fifth of the time."""
    plain = pl.when(cell.str.len_bytes() == 19).then(cell.str.replace("T", " ", literal=True))
    parsed = plain.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    return pl.when(parsed.dt.year() >= FIRST_YEAR).then(parsed).alias(cell.meta.output_name())


def _timestamp(cell: pl.Expr) -> pl.Expr:
    """ISO timestamps with `T` or a blank, YYYYMMDDHHMMSS, and dates as their midnight."""
    plain = cell.str.replace("T", " ", literal=True)
    parsed = pl.coalesce(
        plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False),
        plain.str.to_datetime("%Y-%m-%d %H:%M", time_unit="us", strict=False),
        plain.str.to_datetime("%Y%m%d%H%M%S", time_unit="us", strict=False),
        plain.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")),
        plain.str.to_date("%Y%m%d", strict=False).cast(pl.Datetime("us")),
    )
    return pl.when(parsed.dt.year() >= FIRST_YEAR).then(parsed).alias(cell.meta.output_name())


def _list(cell: pl.Expr, column: Column) -> pl.Expr:
    parts = cell.str.replace_all("；", ";").str.split(";").list.eval(pl.element().str.strip_chars())
    mapping = column.value_aliases
    if mapping:
        parts = parts.list.eval(pl.element().replace(mapping))
    return parts.list.eval(pl.element().filter(pl.element() != ""))


def _unread(source: _Delivered, values: pl.Series, rows: pl.Series) -> pl.DataFrame:
    lost = values.is_null() & source.cells.is_not_null()
    name = source.column.name
    cells = pl.DataFrame({"row_number": rows.filter(lost), "value": source.text(source.cells.filter(lost))})
    bad = cells.filter(pl.col("value").is_not_null())
    return bad.select("row_number", column_name=pl.lit(name), rule=_rule(source.column), value="value")


def _rule(column: Column) -> pl.Expr:
    decimals = column.kind.decimals
    if decimals is None:
        return pl.lit(f"{column.name}_is_a_{column.kind.value}")
    value = pl.col("value")
    return (
        pl.when(~value.str.contains(_NUMBER))
        .then(pl.lit(f"{column.name}_is_a_number"))
        .when(~value.str.contains(_exact(decimals, "+")))
        .then(pl.lit(f"{column.name}_{_DECIMALS[decimals]}"))
        .otherwise(pl.lit(f"{column.name}_within_limit"))
    )
