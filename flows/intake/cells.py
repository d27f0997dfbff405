"""Turns cells from text into typed values, exactly, and notes every cell that cannot be read."""

from __future__ import annotations

import polars as pl

from flows.intake.faults import faults
from flows.intake.headers import Header
from flows.intake.parquet import as_text
from schemas import Alias, Column, Compound, Kind, Table

__all__ = ["typed"]

_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"
_TRUE = ("true", "1", "t", "y", "yes", "是", "有")
_FALSE = ("false", "0", "f", "n", "no", "否", "无")
_DECIMALS = {0: "is_whole", 2: "has_two_decimals", 4: "has_four_decimals"}
_FIRST_YEAR = 1900
_DIGITS = 18  # that 64 bits hold for certain


def typed(block: pl.DataFrame, table: Table, header: Header) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The block as a typed frame (with `row_number`, defaults applied), and the faults of its cells."""
    as_is = {name: cell for name in header.sources if (cell := _as_is(block, table[name], header)) is not None}
    text, found = _text(block, table, header, set(as_is))
    read = {column.name: _value(column) for column in table.columns if column.name not in as_is}
    frame = pl.concat([text.select("row_number", **read), block.select(**as_is)], how="horizontal")
    for column in table.columns:
        source = header.sources[column.name][0] if column.name in as_is else None
        given = block[source].alias(column.name) if source else text[column.name]
        if frame[column.name].null_count() > given.null_count():
            found.append(_unread(text.with_columns(given.cast(pl.String)), frame, column))
    defaults = [
        pl.col(column.name).fill_null(column.default_in_memory)
        for column in table.columns
        if column.default_in_memory is not None
    ]
    return frame.select("row_number", *table.names).with_columns(defaults), faults(*found)


def _as_is(block: pl.DataFrame, column: Column, header: Header) -> pl.Expr | None:
    """A column that is delivered in the type it has in memory, or in exact decimals: it needs no reading of text."""
    source, alias = header.sources[column.name]
    filled = {name for compound in header.compounds.values() for name in compound.fills}
    if column.name in filled or column.value_aliases or (alias and alias.values):
        return None
    cell, dtype = pl.col(source), block.schema[source]
    if (column.kind is Kind.DATE and dtype == pl.Date) or (
        column.kind is Kind.TIMESTAMP and dtype == pl.Datetime("us")
    ):
        return pl.when(cell.dt.year() >= _FIRST_YEAR).then(cell)
    if column.kind is Kind.FLAG and dtype == pl.Boolean:
        return cell
    if column.kind is Kind.WHOLE and dtype in (pl.Int8, pl.Int16, pl.Int32, pl.Int64):
        return cell.cast(pl.Int64)
    if column.kind.decimals and isinstance(dtype, pl.Decimal):
        return _from_decimal(cell, dtype, column.kind.decimals)
    return None


def _from_decimal(cell: pl.Expr, dtype: pl.Decimal, decimals: int) -> pl.Expr | None:
    """Whole numbers of the last decimal; nothing where a decimal would be lost or 64 bits might not do."""
    more = decimals - dtype.scale
    if more < 0 or dtype.precision is None or dtype.precision + more > _DIGITS:
        return None
    return cell.to_physical().cast(pl.Int64) * 10**more


def _text(
    block: pl.DataFrame, table: Table, header: Header, as_is: set[str]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """All columns but those taken as they are as text, values in our terms; absent columns are null."""
    cells = {name: _cell(block, table[name], *source) for name, source in header.sources.items() if name not in as_is}
    found = []
    for source, compound in header.compounds.items():
        code = as_text(source, block.schema[source], whole=True)
        for name in compound.fills:
            filled = code.replace_strict(_filling(compound, name), default=None, return_dtype=pl.String)
            cells[name] = pl.coalesce(cells[name], filled) if name in cells else filled
        unknown = block.select("row_number", value=code).filter(~pl.col("value").is_in(list(compound.values)))
        rule = pl.lit(f"{compound.name}_is_known")
        found.append(unknown.select("row_number", column_name=pl.lit(compound.fills[0]), rule=rule, value="value"))
    absent = pl.lit(None, dtype=pl.String)
    others = (cells.get(name, absent).alias(name) for name in table.names if name not in as_is)
    return block.select("row_number", *others), found


def _filling(compound: Compound, name: str) -> dict[str, str | None]:
    return {code: filled[name] for code, filled in compound.values.items()}


def _cell(block: pl.DataFrame, column: Column, source: str, alias: Alias | None) -> pl.Expr:
    cell = as_text(source, block.schema[source], whole=column.kind in (Kind.TEXT, Kind.CODE))
    mapping = dict(alias.values) if alias and alias.values else column.value_aliases
    return cell.replace(mapping) if mapping and column.kind is not Kind.LIST else cell


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


def _exact(decimals: int) -> str:
    """Numbers that are whole in units of the last decimal and fit into 64 bits."""
    fraction = rf"(\.[0-9]{{0,{decimals}}}0*)?" if decimals else r"(\.0*)?"
    return rf"^[+-]?0*[0-9]{{1,{18 - decimals}}}{fraction}$"


def _number(cell: pl.Expr, decimals: int) -> pl.Expr:
    """Only exact numbers are cast: a cast to fewer decimals would round without a word."""
    exact = pl.when(cell.str.contains(_NUMBER) & cell.str.contains(_exact(decimals))).then(cell)
    return (exact.cast(pl.Decimal(38, decimals)) * 10**decimals).cast(pl.Int64).alias(cell.meta.output_name())


def _date(cell: pl.Expr, *, months: bool) -> pl.Expr:
    """ISO dates, YYYYMMDD, a timestamp's day; where the column says so a month, as its first day."""
    day = cell.str.extract(r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{8})([T ][0-9:.]+)?$")
    forms = [day.str.to_date("%Y-%m-%d", strict=False), day.str.to_date("%Y%m%d", strict=False)]
    if months:
        forms.append((cell.str.extract(r"^([0-9]{4}-[0-9]{2})$") + "-01").str.to_date("%Y-%m-%d", strict=False))
    parsed = pl.coalesce(forms)
    return pl.when(parsed.dt.year() >= _FIRST_YEAR).then(parsed).alias(cell.meta.output_name())


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
    return pl.when(parsed.dt.year() >= _FIRST_YEAR).then(parsed).alias(cell.meta.output_name())


def _list(cell: pl.Expr, column: Column) -> pl.Expr:
    parts = cell.str.replace_all("；", ";").str.split(";").list.eval(pl.element().str.strip_chars())
    mapping = column.value_aliases
    if mapping:
        parts = parts.list.eval(pl.element().replace(mapping))
    return parts.list.eval(pl.element().filter(pl.element() != ""))


def _unread(text: pl.DataFrame, frame: pl.DataFrame, column: Column) -> pl.DataFrame:
    bad = text.select("row_number", value=column.name).filter(
        frame[column.name].is_null() & text[column.name].is_not_null()
    )
    return bad.select("row_number", column_name=pl.lit(column.name), rule=_rule(column), value="value")


def _rule(column: Column) -> pl.Expr:
    decimals = column.kind.decimals
    if decimals is None:
        return pl.lit(f"{column.name}_is_a_{column.kind.value}")
    any_size = _exact(decimals).replace(f"{{1,{18 - decimals}}}", "+")
    value = pl.col("value")
    return (
        pl.when(~value.str.contains(_NUMBER))
        .then(pl.lit(f"{column.name}_is_a_number"))
        .when(~value.str.contains(any_size))
        .then(pl.lit(f"{column.name}_{_DECIMALS[decimals]}"))
        .otherwise(pl.lit(f"{column.name}_within_limit"))
    )
