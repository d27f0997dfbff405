"""Turns visits into claims with numbers and times of settlement, adds reversals, and bills them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.generation.bills import Bills
from flows.generation.care import Course
from flows.generation.draws import Indexes, days
from schemas import TABLES

__all__ = ["Numbering", "settled_claims"]

_BY_HAND = 0.2  # of claims away
_DAY = 86_400


@dataclass
class Numbering:
    """Gives claims their numbers in the order of a delivery."""

    pool: str
    year: int
    given: int = 0

    def take(self, count: int) -> pl.Series:
        """The next `count` numbers."""
        numbers = pl.Series("claim_id", np.arange(self.given + 1, self.given + count + 1))
        self.given += count
        return f"{self.pool[:4]}{self.year % 100:02d}" + numbers.cast(pl.String).str.zfill(10)


def settled_claims(
    course: Course, visits: pl.DataFrame, bills: Bills, numbering: Numbering, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tables `claims` and `fee_lines` in the order of settlement."""
    visits = visits.with_columns(_settled(visits, rng)).sort("settled_at", "row")
    visits = visits.with_columns(numbering.take(visits.height).alias("claim_id"))
    lines = bills.draw(visits, course.providers.levels[visits["provider"].to_numpy()], rng)
    claims = _claims(course, visits, lines, rng)
    lines = lines.with_columns(claim_id=claims["claim_id"].gather(lines["claim"]))
    return _with_reversals(course, claims, lines, numbering, rng)


def _settled(visits: pl.DataFrame, rng: np.random.Generator) -> list[pl.Series]:
    """In office hours of the last day; some claims from elsewhere by hand, weeks later."""
    size = visits.height
    by_hand = (visits["away"].to_numpy() >= 0) & (rng.random(size) < _BY_HAND)
    day = visits["end"].to_numpy() + np.where(by_hand, rng.integers(10, 90, size), 0)
    second = day * _DAY + rng.integers(8 * 3600, 18 * 3600, size)
    mode = pl.Series("settlement_mode", ["direct", "manual"]).gather(by_hand.astype(np.int64))
    return [pl.Series("settled_at", second * 1_000_000).cast(pl.Datetime("us")), mode]


def _claims(course: Course, visits: pl.DataFrame, lines: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    member = visits["member"].to_numpy()
    schemes = pl.Series(["resident", "employee"]).gather(course.people.is_employee[member].astype(np.int64))
    is_long = visits["care_type"].is_in(["inpatient", "ltc"]).to_numpy()
    on_lines = np.array([use.disease == "lines" for use in course.population.care.values()])
    disease = pl.when(pl.Series(~on_lines[visits["use"].to_numpy()])).then(visits["disease"])
    numbers = visits.select(linked="row", inpatient_claim_id="claim_id")
    link = visits.select("linked").join(numbers, on="linked", how="left", maintain_order="left")
    columns: dict[str, pl.Series | pl.Expr] = {
        "member_id": course.people.ids.gather(member),
        "scheme": schemes,
        "provider_id": course.providers.frame["provider_id"].gather(visits["provider"]),
        "started_on": days(visits["start"].to_numpy(), "started_on"),
        "ended_on": days(visits["end"].to_numpy(), "ended_on", is_long),
        "disease_code": disease,
        "inpatient_claim_id": link["inpatient_claim_id"],
        "basic_pay_given": _basic_pay(course, visits, lines, rng),
    }
    return _as_table("claims", visits.with_columns(**columns))


def _basic_pay(course: Course, visits: pl.DataFrame, lines: pl.DataFrame, rng: np.random.Generator) -> pl.Expr:
    """Where a city has paid already: a share of the bill."""
    share = np.array([use.given_basic_pay for use in course.population.care.values()])[visits["use"].to_numpy()]
    total = np.bincount(lines["claim"].to_numpy(), lines["amount"].to_numpy(), minlength=visits.height)
    paid = pl.Series((total * share * rng.uniform(0.7, 1.1, visits.height)).astype(np.int64))
    return pl.when(pl.Series(share > 0)).then(paid)


def _with_reversals(
    course: Course, claims: pl.DataFrame, lines: pl.DataFrame, numbering: Numbering, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A few claims are reversed some days later: the same bill with the sign turned."""
    lines = _as_table("fee_lines", lines)
    reversed_ = claims.filter(pl.Series(rng.random(claims.height) < course.population.reversed))
    if reversed_.is_empty():
        return claims, lines
    after: Indexes = rng.integers(1, 20, reversed_.height)
    numbers = reversed_.select("claim_id", new=numbering.take(reversed_.height))
    again = reversed_.with_columns(
        claim_id=numbers["new"],
        reverses_claim_id=pl.col("claim_id"),
        settled_at=pl.col("settled_at") + _whole_days(after),
        basic_pay_given=-pl.col("basic_pay_given"),
    )
    turned = lines.join(numbers, on="claim_id", how="inner", maintain_order="left")
    turned = turned.with_columns(claim_id="new", amount=-pl.col("amount"), quantity=-pl.col("quantity")).drop("new")
    return pl.concat([claims, again]), pl.concat([lines, turned])


def _whole_days(number: Indexes) -> pl.Series:
    return pl.Series(number * _DAY * 1_000_000).cast(pl.Duration("us"))


def _as_table(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of a table, null where not drawn."""
    schema = TABLES[name].frame_schema()
    absent = [pl.lit(None, dtype=schema[column]).alias(column) for column in schema if column not in frame.columns]
    return frame.with_columns(absent).select(list(schema)).cast(schema)
