"""Years that are counted are those of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from transforms.days import completed_years, new_year, year_of

FIRST, LAST = date(1901, 1, 1), date(2099, 12, 31)
ALL = pl.DataFrame({"day": pl.date_range(FIRST, LAST, eager=True)})
EDGES = [
    date(2023, 2, 28),
    date(2023, 3, 1),
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2024, 12, 31),
]
BIRTHS = [*EDGES, *(day.replace(year=day.year - 24, day=min(day.day, 28)) for day in EDGES), date(2000, 2, 29), None]
BEYOND = [date(1900, 2, 28), date(1900, 12, 31), date(2100, 2, 28), date(2100, 3, 1), date(2104, 2, 29)]


def _birthday(born: date, year: int) -> date:
    """29 February is the 28th where the year has none."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _age(born: date | None, day: date | None) -> int | None:
    return None if born is None or day is None else day.year - born.year - (_birthday(born, day.year) > day)


def test_every_day_of_two_centuries_has_its_year() -> None:
    assert ALL.select((year_of(pl.col("day")) == pl.col("day").dt.year()).all()).item()


def test_every_year_of_two_centuries_has_its_first_day() -> None:
    years = pl.DataFrame({"year": range(FIRST.year, LAST.year + 1)})
    assert years.select((new_year(pl.col("year")) == pl.date(pl.col("year"), 1, 1)).all()).item()


@pytest.mark.parametrize("others", [[], BEYOND], ids=["counted", "by the calendar"])
def test_an_age_counts_birthdays(others: list[date]) -> None:
    days = [day + timedelta(n) for day in (*EDGES, date(2025, 2, 27)) for n in range(-1, 3)]
    pairs = [(born, day) for born in [*BIRTHS, *others] for day in [*days, *others, None]]
    rows = pl.DataFrame(pairs, schema={"born": pl.Date, "day": pl.Date}, orient="row")
    found = rows.select(completed_years(pl.col("born"), pl.col("day"))).to_series().to_list()
    assert found == [_age(born, day) for born, day in pairs]


def test_days_beyond_are_looked_up_in_the_calendar() -> None:
    rows = pl.DataFrame({"day": [*BEYOND, None]})
    assert rows.select(year_of(pl.col("day"))).to_series().to_list() == [*(day.year for day in BEYOND), None]
    years = pl.DataFrame({"year": [1900, 2100, None]})
    assert years.select(new_year(pl.col("year"))).to_series().to_list() == [date(1900, 1, 1), date(2100, 1, 1), None]


def test_one_day_for_all_rows_is_one_year() -> None:
    assert pl.select(year_of(pl.lit(date(2024, 2, 29)))).item() == 2024
    ages = ALL.head(3).select(completed_years(pl.lit(date(1900, 1, 2)), pl.col("day"))).to_series().to_list()
    assert ages == [0, 1, 1]


def test_nothing_known_is_no_year() -> None:
    nothing = pl.DataFrame({"day": [None, None]}, schema={"day": pl.Date})
    assert nothing.select(year_of(pl.col("day"))).to_series().to_list() == [None, None]
    assert nothing.clear().select(year_of(pl.col("day"))).height == 0
