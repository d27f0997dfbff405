"""What is recorded of members beside their claims: enrolments, statuses, registrations, filings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.generation.draws import Days, Flags, Indexes, choices, day_number, days, picked, weighted
from flows.generation.people import People, eligible
from flows.generation.places import Providers
from flows.generation.population import Population, Use
from schemas import TABLES

__all__ = ["Holders", "draw_holders", "enrolment_rows", "filing_rows", "registration_rows", "status_rows"]

_MUNICIPALITIES = ("11", "12", "31", "50")
_LATE = ("02-01", "06-30")
_PAST = 1500  # days within which statuses and recognitions began
_BEGINS_IN_YEAR = 0.03


@dataclass(frozen=True)
class Holders:
    """The members with a registration: since when, and the provider it names (its row)."""

    use: Use
    member: Indexes
    valid_from: Days
    provider: Indexes
    recogniser: Indexes


def draw_holders(people: People, use: Use, providers: Providers, rng: np.random.Generator) -> Holders:
    """Who holds the registration of a use of care."""
    registration = use.registration
    assert registration is not None
    member = np.flatnonzero(eligible(people, use) & (rng.random(people.size) < use.share))
    january = day_number(people.year)
    since = january - rng.integers(0, _PAST, member.size)
    begins = rng.random(member.size) < _BEGINS_IN_YEAR
    since = np.where(begins, january + rng.integers(0, 200, member.size), since)
    since = np.maximum(np.full(member.size, january) if registration.renewed else since, people.birth[member])
    provider = providers.choose(rng, use.at, people.county[member])
    at = registration.recognised_at
    recogniser = providers.choose(rng, {at: 1.0}, people.county[member]) if at else provider
    return Holders(use, member, since, provider, recogniser)


def registration_rows(people: People, holders: Holders, providers: Providers, rng: np.random.Generator) -> pl.DataFrame:
    """Rows of table `registrations`."""
    registration = holders.use.registration
    assert registration is not None
    ids, size = providers.frame["provider_id"], holders.member.size
    given = choices(rng, "registrations", registration.columns, size)
    named = {
        "member_id": people.ids.gather(holders.member),
        "programme": pl.repeat(registration.programme, size, eager=True),
        "code": pl.repeat(registration.code, size, eager=True),
        "valid_from": days(holders.valid_from, "valid_from"),
    }
    if registration.bound:
        named["provider_ids"] = ids.gather(holders.provider).reshape((size, 1)).arr.to_list()
    if registration.recognised_at:
        named["recognised_by"] = ids.gather(holders.recogniser)
    return _completed("registrations", pl.DataFrame(named | given))


def enrolment_rows(
    population: Population, people: People, year: int, member: Indexes, rng: np.random.Generator
) -> pl.DataFrame:
    """Rows of table `enrolments` for a benefit year: most paid in season, a few late, newborns after birth."""
    size = member.size
    season = (day_number(year - 1, population.paid_from), day_number(year - 1, population.paid_to))
    late = (day_number(year, _LATE[0]), day_number(year, _LATE[1]))
    is_late, is_newborn = people.is_late[member], people.birth[member] >= day_number(year)
    paid = np.where(is_late, rng.integers(*late, size), rng.integers(season[0], season[1] + 1, size))
    after_birth = people.birth[member] + rng.exponential(30, size).astype(np.int64)
    paid = np.where(is_newborn, np.minimum(after_birth, day_number(year, "12-31")), paid)
    is_employee = people.is_employee[member]
    since = np.minimum(year, year - rng.integers(0, 12, size))
    known = ~is_newborn & ~is_employee & (rng.random(size) < 0.8)
    january = np.full(size, day_number(year))
    return _completed(
        "enrolments",
        pl.DataFrame(
            [
                people.ids.gather(member),
                pl.Series("scheme", ["resident", "employee"]).gather(is_employee.astype(np.int64)),
                pl.repeat(year, size, dtype=pl.Int64, eager=True).alias("benefit_year"),
                pl.Series("area_code", list(population.counties)).gather(people.county[member]),
                days(january, "coverage_from", is_employee),
                days(paid, "paid_on", ~is_employee),
                days(paid, "registered_on", is_newborn),
                picked(pl.Series("consecutive_from", since), np.arange(size), known),
            ]
        ),
    )


def status_rows(population: Population, people: People, rng: np.random.Generator) -> pl.DataFrame:
    """Table `statuses`."""
    rows = [TABLES["statuses"].empty()]
    for status in population.statuses:
        member = np.flatnonzero(eligible(people, status) & (rng.random(people.size) < status.share))
        since = np.maximum(people.birth[member], day_number(people.year) - 1 - rng.integers(0, _PAST, member.size))
        until = day_number(people.year) + rng.integers(0, 364, member.size)
        ends = (rng.random(member.size) < status.ends) & (until >= since)
        named = [
            people.ids.gather(member),
            pl.repeat(status.status, member.size, eager=True).alias("status"),
            days(since, "valid_from"),
            days(until, "valid_to", ends),
        ]
        rows.append(_completed("statuses", pl.DataFrame(named)))
    return pl.concat(rows)


def filing_rows(
    people: People, providers: Providers, visit: tuple[Indexes, Indexes, Days, Flags], rng: np.random.Generator
) -> pl.DataFrame:
    """Table `filings`: of members who live elsewhere, and for visits away (member, place, first day, is filed)."""
    member, place, start, is_filed = visit
    settled = people.lives_at[member] == place
    filed = is_filed & ~settled
    resident = np.flatnonzero(people.lives_at >= 0)
    size = np.array([resident.size, filed.sum()])
    kinds = np.concatenate([np.zeros(size[0], dtype=np.int64), 1 + weighted(rng, [0.65, 0.35], size[1])])
    since = np.concatenate(
        [day_number(people.year) - rng.integers(200, 900, size[0]), start[filed] - rng.integers(0, 12, size[1])]
    )
    frame = pl.DataFrame(
        [
            people.ids.gather(np.concatenate([resident, member[filed]])),
            pl.Series("kind", ["long_term", "referral", "temporary"]).gather(kinds),
            pl.Series("area_code", [_filed(area) for area in providers.away_places], pl.String).gather(
                np.concatenate([people.lives_at[resident], place[filed]])
            ),
            days(since, "valid_from"),
            days(since + 180, "valid_to", kinds > 0),
        ]
    )
    return _completed("filings", frame).unique(subset=TABLES["filings"].key, keep="first", maintain_order=True)


def _filed(area: str) -> str:
    """The area that a filing names: the city, for a municipality the whole of it."""
    return f"{area[:2]}0000" if area.startswith(_MUNICIPALITIES) else f"{area[:4]}00"


def _completed(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """All columns of the table, null where not drawn."""
    schema = TABLES[table].frame_schema()
    absent = [pl.lit(None, dtype=schema[name]).alias(name) for name in schema if name not in frame.columns]
    return frame.with_columns(absent).select(list(schema)).cast(schema)
