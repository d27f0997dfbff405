"""Takes typed cells of a Parquet file over as they are in memory, exactly and without a detour over text."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas import Column, Kind

__all__ = ["FIRST_YEAR", "exact"]

FIRST_YEAR = 1900
_EPOCH = date(1970, 1, 1)
_FIRST, _END = (date(FIRST_YEAR, 1, 1) - _EPOCH).days, (date(9999, 12, 31) - _EPOCH).days + 1
_DAY = 86_400_000_000
_DIGITS = 18
"""Whole numbers of so many digits fit into 64 bits."""


def exact(cells: pl.Series, column: Column) -> pl.Series | None:
    """The cells as values of the column, null where one has no exact value; None where the type needs the text."""
    kind, dtype = column.kind, cells.dtype
    if kind is Kind.FLAG and dtype == pl.Boolean:
        return cells
    if kind is Kind.DATE and dtype == pl.Date:
        return _in_our_era(cells)
    if kind is Kind.TIMESTAMP and dtype in (pl.Datetime("us"), pl.Datetime("ms")):
        return _in_our_era(cells.cast(pl.Datetime("us")), _DAY)
    if kind.decimals is not None and (dtype.is_integer() or dtype.is_decimal()):
        return _units(cells, kind.decimals)
    return None


def _in_our_era(cells: pl.Series, day: int = 1) -> pl.Series:
    """Dates from 1900 to 9999, a day being so many units."""
    number = cells.to_physical()
    fits = (number >= _FIRST * day) & (number < _END * day)
    return cells if fits.all() else cells.zip_with(fits.fill_null(False), pl.Series([None], dtype=cells.dtype))


def _units(cells: pl.Series, decimals: int) -> pl.Series:
    """Numbers as whole numbers of their last decimal; Polars would wrap and round without a word."""
    given = getattr(cells.dtype, "scale", 0)
    whole = cells.to_physical()
    if given <= decimals and _largest(whole) * 10 ** (decimals - given) < 10**_DIGITS:
        units = whole.cast(pl.Int64)
        return units if given == decimals else units * 10 ** (decimals - given)
    cell = pl.col("cell").cast(pl.Int128)
    size = 10 ** abs(given - decimals)
    limit = 10 ** (_DIGITS - decimals + given)
    fits = (cell.abs() < limit) & (cell % size == 0 if given > decimals else pl.lit(True))
    value = cell // size if given > decimals else cell * size
    return whole.to_frame("cell").select(pl.when(fits).then(value).cast(pl.Int64, strict=False)).to_series()


def _largest(whole: pl.Series) -> int:
    found = [abs(int(edge)) for edge in (whole.min(), whole.max()) if isinstance(edge, int)]
    return max(found, default=0)
