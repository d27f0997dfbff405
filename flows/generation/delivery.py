"""Draws a delivery part by part, so that memory stays the same whatever its size; the same seed gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from flows.generation.bills import Bills
from flows.generation.care import Course, draw_course
from flows.generation.claims import Numbering, settled_claims
from flows.generation.cover import (
    Holders,
    draw_holders,
    enrolment_rows,
    filing_rows,
    registration_rows,
    status_rows,
)
from flows.generation.draws import day_number
from flows.generation.faults import faulty_provider, spoil
from flows.generation.people import People, draw_people, member_rows
from flows.generation.places import Providers, draw_providers
from flows.generation.population import Population, Use
from flows.generation.writing import Writer

__all__ = ["Order", "drawn", "generate"]

PART = 25_000
_BAND = 5


@dataclass(frozen=True)
class Order:
    """What to generate: members of each pool, the year, the seed, mean claims a member, share of faulty rows."""

    populations: Sequence[Population]
    members: int
    year: int
    seed: int
    claims_per_member: float | None = None
    bad_rows: float = 0.0
    part: int = PART

    def members_of(self, number: int) -> int:
        """Members are dealt out evenly; the first pools get what is left."""
        each, rest = divmod(self.members, len(self.populations))
        return each + (number < rest)


def generate(
    order: Order, folder: Path, form: str, advance: Callable[[int, int], None] = lambda done, count: None
) -> dict[str, int]:
    """Write a delivery into an empty folder and return the rows of each table. `advance` hears of the members drawn."""
    done = 0
    with Writer(folder, form) as writer:
        for tables in drawn(order):
            for name, frame in tables.items():
                writer.add(name, frame)
            done += tables["members"].height if "members" in tables else 0
            advance(done, order.members)
        return writer.rows


def drawn(order: Order) -> Iterator[dict[str, pl.DataFrame]]:
    """The typed tables of a delivery part by part: of each pool its providers, then its members with all that is theirs."""
    for number, population in enumerate(order.populations):
        size = order.members_of(number)
        rng = np.random.default_rng([order.seed, int(population.pool), order.year])
        providers = draw_providers(population, size, rng)
        yield {"providers": faulty_provider(providers.frame, order.bad_rows, number)}
        yield from _parts(order, population, providers, size)


def _parts(order: Order, population: Population, providers: Providers, size: int) -> Iterator[dict[str, pl.DataFrame]]:
    numbering = Numbering(population.pool, order.year)
    factor = _factor(population, order.claims_per_member)
    for part, first in enumerate(range(0, size, order.part)):
        rng = np.random.default_rng([order.seed, int(population.pool), order.year, part])
        count = min(order.part, size - first)
        people = draw_people(population, order.year, first + 1, count, rng, providers.away_weights)
        tables = _tables(Course(population, people, providers, factor), numbering, rng)
        yield spoil(tables, order.bad_rows, rng, at_least_one=part == 0)


def _tables(course: Course, numbering: Numbering, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    population, people, providers = course.population, course.people, course.providers
    registered = {name: use for name, use in population.care.items() if use.registration}
    holders = {name: draw_holders(people, use, providers, rng) for name, use in registered.items()}
    visits = draw_course(course, holders, rng)
    claims, lines = settled_claims(course, visits, Bills(population), numbering, rng)
    return {
        "members": member_rows(people),
        "enrolments": _enrolments(course, visits, rng),
        "statuses": status_rows(population, people, rng),
        "registrations": _registrations(people, holders, providers, rng),
        "filings": _filings(people, providers, visits, rng),
        "claims": claims,
        "fee_lines": lines,
    }


def _enrolments(course: Course, visits: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The year of all members, and the years beside it of those whose stay reaches into them."""
    year, people = course.people.year, course.people
    before = visits.filter(pl.col("start") < day_number(year))["member"].unique().sort().to_numpy()
    after = visits.filter(pl.col("end") > day_number(year, "12-31"))["member"].unique().sort().to_numpy()
    years = {year: np.arange(people.size), year - 1: before, year + 1: after}
    rows = [enrolment_rows(course.population, people, number, member, rng) for number, member in years.items()]
    return pl.concat(rows)


def _registrations(
    people: People, holders: dict[str, Holders], providers: Providers, rng: np.random.Generator
) -> pl.DataFrame:
    rows = [registration_rows(people, held, providers, rng) for held in holders.values()]
    return pl.concat(rows).unique(["member_id", "programme", "code", "valid_from"], keep="first", maintain_order=True)


def _filings(people: People, providers: Providers, visits: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    gone = visits.filter(pl.col("away") >= 0)
    member, place, start = (gone[name].to_numpy() for name in ("member", "away", "start"))
    return filing_rows(people, providers, (member, place, start, gone["filed"].to_numpy()), rng)


def _factor(population: Population, claims_per_member: float | None) -> float:
    """What the visits of people without registration are multiplied with to come to the wanted mean."""
    if claims_per_member is None:
        return 1.0
    bound = sum(_expected(population, use) for use in population.care.values() if use.registration)
    free = sum(_expected(population, use) for use in population.care.values() if not use.registration)
    return max(0.0, (claims_per_member - bound) / free)


def _expected(population: Population, use: Use) -> float:
    """Claims of a use a member and year."""
    ages = np.repeat(np.asarray(population.ages) / sum(population.ages) / _BAND, _BAND)
    inside = ages[use.ages[0] : use.ages[1] + 1].sum()
    shares = {"employee": population.employees, "resident": 1 - population.employees}
    employees = sum(shares[scheme] for scheme in use.schemes)
    return float(inside * (0.5 if use.sex else 1.0) * employees * use.share * use.visits)
