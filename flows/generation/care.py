"""The visits, purchases and stays of the members of a part: one frame, a row for each claim to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.generation.cover import Holders
from flows.generation.draws import Days, Flags, Indexes, choices, day_number, positions, weighted
from flows.generation.people import People, eligible
from flows.generation.places import Providers
from flows.generation.population import Population, Use

__all__ = ["Course", "draw_course"]

_SPAN = 20  # days before 1 January in which stays may begin that end in the year
_GOES_HOME = 0.2  # visits at home of members who live elsewhere
_STAYING = ("inpatient", "ltc")
_SUNDAY, _SATURDAY = 6, 5
_QUIET_DAYS = {_SATURDAY: 0.7, _SUNDAY: 0.55}
_NOTHING = pl.DataFrame(schema={"injury_cause": pl.String})  # a population may be without injuries
_OTHERS_AT_FAULT = ("traffic", "fight", "other_third_party")


@dataclass(frozen=True)
class Course:
    """Where and when to draw from: the people of a part, the providers, the factor on visits."""

    population: Population
    people: People
    providers: Providers
    factor: float


def draw_course(course: Course, holders: Mapping[str, Holders], rng: np.random.Generator) -> pl.DataFrame:
    """Columns of claims, with `member`, `provider` and `away` as row numbers, `start`, `end` as days, `use` and `linked`.

    Stays of one member do not overlap.
    """
    uses = course.population.care
    parts = [_use(course, number, use, holders.get(name), rng) for number, (name, use) in enumerate(uses.items())]
    claims = _without_overlap(pl.concat([_NOTHING, *parts], how="diagonal"))
    claims = claims.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64), linked=pl.lit(None, pl.Int64))
    before = _visits_before(course, claims, rng)
    return pl.concat([claims, before], how="diagonal").with_columns(_shares(claims.height + before.height, rng))


def _use(course: Course, number: int, use: Use, holders: Holders | None, rng: np.random.Generator) -> pl.DataFrame:
    member, start, provider = _visits(course, use, holders, rng)
    end = start + _lengths(use, member.size, rng)
    if use.care.keys() & {"inpatient"}:
        kept = (end >= day_number(course.people.year)) & (start >= course.people.birth[member])
        member, start, end, provider = member[kept], start[kept], end[kept], provider[kept]
    dead = course.people.death[member] >= 0
    end = np.where(dead, np.minimum(end, course.people.death[member]), end)
    start = np.minimum(start, end)
    away = _places_away(course, use, member, rng)
    gone = away >= 0
    if holders is None or not use.registration or not use.registration.bound:
        provider[~gone] = course.providers.choose(rng, use.at, course.people.county[member[~gone]])
    provider[gone] = course.providers.choose_away(rng, away[gone])
    return _frame(number, use, [member, start, end, provider, away], rng)


def _frame(number: int, use: Use, drawn: list[Indexes], rng: np.random.Generator) -> pl.DataFrame:
    size = drawn[0].size
    registration = use.registration
    disease = registration.code if registration and use.disease != "none" else None
    named = dict(zip(("member", "start", "end", "provider", "away"), drawn, strict=True))
    texts = {"benefit": use.benefit, "disease": disease}
    given = choices(rng, "claims", use.columns, size) | choices(rng, "claims", {"care_type": use.care}, size)
    if use.diagnoses:
        given |= choices(rng, "claims", {"diagnosis_code": use.diagnoses}, size)
    emergency = {"inpatient": 0.15, "emergency": 0.4}
    chance = given["care_type"].replace_strict(emergency, default=0.0, return_dtype=pl.Float64).to_numpy()
    return pl.DataFrame(
        named
        | {name: pl.repeat(value, size, dtype=pl.String, eager=True) for name, value in texts.items()}
        | given
        | {
            "use": np.full(size, number),
            "is_emergency": rng.random(size) < chance,
            "filed": rng.random(size) < use.filed,
        }
    )


def _visits(
    course: Course, use: Use, holders: Holders | None, rng: np.random.Generator
) -> tuple[Indexes, Days, Indexes]:
    """Member, first day and (of holders: bound) provider of each visit."""
    people = course.people
    if holders:
        who, since, bound = holders.member, holders.valid_from, holders.provider
        rate = np.full(who.size, use.visits)
    else:
        who = np.flatnonzero(eligible(people, use) & (rng.random(people.size) < use.share))
        since, bound = people.birth[who], np.zeros(who.size, dtype=np.int64)
        rate = np.full(who.size, use.visits * course.factor)
    if use.spread:
        rate = rate * rng.gamma(use.spread, 1 / use.spread, who.size)
    counts = rng.poisson(rate)
    member, earliest = np.repeat(who, counts), np.repeat(np.maximum(since, people.birth[who]), counts)
    start = _steady_days(people.year, counts, rng) if use.steady else _any_days(people.year, use, member.size, rng)
    start = np.maximum(start, earliest)
    dead = people.death[member] >= 0
    start = np.where(dead, np.minimum(start, people.death[member]), start)
    return member, start, np.repeat(bound, counts)


def _steady_days(year: int, counts: Indexes, rng: np.random.Generator) -> Days:
    """Visits at even distances over the year."""
    every = np.repeat(counts, counts)
    at = (positions(counts) + rng.random(every.size) * 0.6) * 365 / np.maximum(every, 1)
    return day_number(year) + at.astype(np.int64)


def _any_days(year: int, use: Use, size: int, rng: np.random.Generator) -> Days:
    """Days of the year, fewer on weekends; stays may begin shortly before it."""
    january = day_number(year)
    first = january - (_SPAN if "inpatient" in use.care else 0)
    calendar = np.arange(first, day_number(year, "12-31") + 1)
    weekday = (calendar + 3) % 7  # 1970-01-01 was a Thursday
    weights = np.array([_QUIET_DAYS.get(day, 1.0) for day in range(7)])[weekday]
    return first + weighted(rng, weights.tolist(), size)


def _lengths(use: Use, size: int, rng: np.random.Generator) -> Days:
    """Days from the first to the last."""
    if not use.days:
        return np.zeros(size, dtype=np.int64)
    if "ltc" in use.care:
        return np.full(size, int(use.days))
    return 1 + rng.gamma(2, use.days / 2, size).astype(np.int64)


def _places_away(course: Course, use: Use, member: Indexes, rng: np.random.Generator) -> Indexes:
    """The place outside the pool where a visit is made, -1: in the pool."""
    is_away = rng.random(member.size) < use.away
    place = np.where(is_away, weighted(rng, course.providers.away_weights, member.size), -1)
    home = course.people.lives_at[member]
    if use.registration:
        return place
    return np.where((home >= 0) & (rng.random(member.size) >= _GOES_HOME), home, place)


def _without_overlap(claims: pl.DataFrame) -> pl.DataFrame:
    """Without stays that begin before an earlier one of the member has ended."""
    stays = claims.filter(pl.col("care_type") == "inpatient").sort("member", "start", "end", maintain_order=True)
    busy = pl.col("end").cum_max().over("member").shift(1).over("member")
    kept = stays.filter(busy.is_null() | (pl.col("start") > busy))
    return pl.concat([claims.filter(pl.col("care_type") != "inpatient"), kept])


def _visits_before(course: Course, claims: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Visits to the same provider on the three days before some stays, linked to them."""
    stays = claims.filter(
        (pl.col("care_type") == "inpatient") & (pl.col("start") >= day_number(course.people.year) + 3)
    )
    chosen = stays.filter(pl.Series(rng.random(stays.height) < course.population.visit_before_stay))
    names = list(course.population.care)
    days = rng.integers(0, 4, chosen.height)
    start = np.maximum(chosen["start"].to_numpy() - days, course.people.birth[chosen["member"].to_numpy()])
    return chosen.select("member", "provider", "away", "filed", "diagnosis_code", linked="row").with_columns(
        start=pl.Series(start, dtype=pl.Int64),
        end=pl.Series(start, dtype=pl.Int64),
        care_type=pl.lit("emergency"),
        is_emergency=pl.lit(False),
        use=pl.lit(names.index("ordinary"), dtype=pl.Int64),
        row=pl.int_range(claims.height, claims.height + chosen.height, eager=True),
    )


def _shares(size: int, rng: np.random.Generator) -> pl.Expr:
    """What others owe of an injury they caused, mostly known."""
    share = pl.Series(rng.choice([3000, 5000, 7000, 10000], size), dtype=pl.Int64)
    known: Flags = rng.random(size) < 0.8
    caused = pl.col("injury_cause").is_in(_OTHERS_AT_FAULT) & pl.Series(known)
    return pl.when(caused).then(share).alias("third_party_share")
