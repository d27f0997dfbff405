"""Years of days by counting: from 1901 to 2099 every fourth year is a leap year, and a calendar costs ten times as much."""

from __future__ import annotations

from datetime import date

import polars as pl

__all__ = ["completed_years", "new_year", "year_of"]

_FOUR_YEARS = 4 * 365 + 1
_FIRST_YEAR, _LAST_YEAR = 1901, 2099
_FIRST, _LAST = (day.toordinal() - date(1970, 1, 1).toordinal() for day in (date(1901, 1, 1), date(2099, 12, 31)))
_LEAP_DAY = 59
"""The place of 29 February in a year that has it, from 0."""


def year_of(day: pl.Expr) -> pl.Expr:
    """The year of a day."""
    return day.map_batches(_years, return_dtype=pl.Int64(), is_elementwise=True)


def new_year(year: pl.Expr) -> pl.Expr:
    """1 January of a year."""
    return year.map_batches(_new_years, return_dtype=pl.Date(), is_elementwise=True)


def completed_years(birth: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Birthdays that somebody has had on a day; who is born on 29 February has it on the 28th in other years."""
    return pl.map_batches([birth, day], lambda days: _completed(*days), return_dtype=pl.Int64(), is_elementwise=True)


def _years(days: pl.Series) -> pl.Series:
    if not _within(days.to_physical(), _FIRST, _LAST):
        return days.dt.year().cast(pl.Int64)
    return (_FIRST_YEAR + _quarters(days) // _FOUR_YEARS).cast(pl.Int64)


def _new_years(years: pl.Series) -> pl.Series:
    if not _within(years, _FIRST_YEAR, _LAST_YEAR):
        return pl.select(pl.date(pl.lit(years), 1, 1)).to_series()
    past = years - _FIRST_YEAR
    return (_FIRST + (_FOUR_YEARS * past) // 4).cast(pl.Int32).cast(pl.Date)


def _completed(births: pl.Series, days: pl.Series) -> pl.Series:
    years = _years(days) - _years(births)
    if not (_within(births.to_physical(), _FIRST, _LAST) and _within(days.to_physical(), _FIRST, _LAST)):
        birthday = pl.lit(births).dt.offset_by(pl.format("{}mo", 12 * years))
        return pl.select(years - (birthday > days).cast(pl.Int64)).to_series()
    born, today = _places(births), _places(days)
    has_leap_day = _years(days) % 4 == 0
    is_ahead = (born > today) & ~((born == _LEAP_DAY) & (today == _LEAP_DAY - 1) & ~has_leap_day)
    return years - is_ahead.cast(pl.Int64)


def _places(days: pl.Series) -> pl.Series:
    """The place of a day in its year, from 0; every year has one for 29 February."""
    quarters = _quarters(days)
    place = (quarters % _FOUR_YEARS) // 4
    is_behind = (place >= _LEAP_DAY) & ((quarters // _FOUR_YEARS) % 4 != 3)
    return place + is_behind.cast(pl.Int32)


def _quarters(days: pl.Series) -> pl.Series:
    """Days since the first one in quarters of a day, so that four years of 1,461 come out as whole numbers."""
    return 4 * (days.to_physical() - _FIRST) + 3


def _within(numbers: pl.Series, least: int, greatest: int) -> bool:
    low, high = numbers.min(), numbers.max()
    return isinstance(low, int) and isinstance(high, int) and least <= low and high <= greatest
