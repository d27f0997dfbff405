"""The members of one part of a delivery: age, sex, scheme, where they live, how often they fall ill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.generation.draws import Days, Flags, Indexes, Numbers, day_number, days, weighted
from flows.generation.population import Population, Share

__all__ = ["People", "draw_people", "eligible", "member_rows"]

_YEAR = 365.2425
_BAND = 5
_WORKING_AGE = (18, 100)


@dataclass(frozen=True)
class People:
    """Arrays over the members of a part. `death` and `lives_at` are -1 where there is none."""

    year: int
    ids: pl.Series
    county: Indexes
    birth: Days
    age: Indexes
    is_female: Flags
    is_employee: Flags
    is_late: Flags
    death: Days
    lives_at: Indexes

    @property
    def size(self) -> int:
        return len(self.age)

    @property
    def is_born_in_year(self) -> Flags:
        return self.birth >= day_number(self.year)


def draw_people(
    population: Population, year: int, first: int, size: int, rng: np.random.Generator, away_weights: list[float]
) -> People:
    """Members number `first` and following."""
    band = weighted(rng, population.ages, size)
    lived = (band + rng.random(size)) * _BAND * _YEAR
    is_newborn = (lived < _YEAR) & (rng.random(size) < population.born_this_year)
    first_day, last_day = day_number(year), day_number(year, "12-31")
    birth = np.where(is_newborn, first_day + rng.integers(0, 330, size), first_day - 1 - lived).astype(np.int64)
    age = np.maximum(0, (first_day - birth) / _YEAR).astype(np.int64)
    is_working_age = (age >= _WORKING_AGE[0]) & (age < _WORKING_AGE[1])
    dies = rng.random(size) < population.dies * np.where(age >= 60, 4, 0.2)
    lives_away = rng.random(size) < population.lives_elsewhere
    numbers = pl.Series("member_id", np.arange(first, first + size))
    return People(
        year=year,
        ids=(population.pool[:4] + numbers.cast(pl.String).str.zfill(9)).alias("member_id"),
        county=weighted(rng, [place.weight for place in population.counties.values()], size),
        birth=birth,
        age=age,
        is_female=rng.random(size) < 0.49,
        is_employee=is_working_age & (rng.random(size) < _adult_share(population)),
        is_late=rng.random(size) < population.late_payers,
        death=np.where(dies, np.maximum(birth, rng.integers(first_day, last_day + 1, size)), -1),
        lives_at=np.where(lives_away, weighted(rng, away_weights, size), -1),
    )


def eligible(people: People, share: Share) -> Flags:
    """Who belongs to a part of the members by age, sex and scheme."""
    found = (people.age >= share.ages[0]) & (people.age <= share.ages[1])
    if share.sex:
        found &= people.is_female == (share.sex == "F")
    if len(share.schemes) == 1:
        found &= people.is_employee == (share.schemes[0] == "employee")
    return found


def member_rows(people: People) -> pl.DataFrame:
    """Table `members`."""
    return pl.DataFrame(
        [
            people.ids,
            pl.Series("sex", ["M", "F"]).gather(people.is_female.astype(np.int64)),
            days(people.birth, "birth_date"),
            days(people.death, "death_date", people.death >= 0),
        ]
    )


def _adult_share(population: Population) -> float:
    """Employees are a share of all members, but adults."""
    ages: Numbers = np.asarray(population.ages)
    adults = ages[4:].sum() + ages[3] * 0.4
    return float(min(1.0, population.employees * ages.sum() / adults))
