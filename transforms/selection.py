"""Which claims stand, and under which pool's law each of them falls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from transforms.codes import CODE, starts_with
from transforms.days import year_of
from transforms.plan import Plan

__all__ = ["Selection", "area_prefix", "benefit_date", "by_pool", "reversal_pairs"]

#: Pool (null: nobody's area) and scheme of the row that led there, of each claim, claim by claim; with its claim_id.
Selection = pl.DataFrame


def benefit_date(prefix: str = "") -> pl.Expr:
    """Discharge of a stay, else the first day; `prefix` stands before the names of the claims' columns."""
    discharge = pl.when(pl.col(f"{prefix}care_type") == "inpatient").then(f"{prefix}ended_on")
    return pl.coalesce(discharge, f"{prefix}started_on")


def reversal_pairs(claims: pl.DataFrame) -> pl.DataFrame:
    """claim_id and reasons: `reversed` for a claim that another one names, `reversal` for the one that names it (or both)."""
    reversing = claims.filter(pl.col("reverses_claim_id").is_not_null())
    reversal = reversing.select("claim_id", reasons=pl.lit("reversal"))
    named = reversing.select(claim_id="reverses_claim_id").unique()
    reversed_ = claims.select("claim_id").join(named, on="claim_id").with_columns(reasons=pl.lit("reversed"))
    return pl.concat([reversed_, reversal]).group_by("claim_id", maintain_order=True).agg("reasons")


def by_pool(claims: pl.DataFrame, enrolments: pl.DataFrame, plans: Sequence[Plan]) -> Selection:
    """Pool and scheme of every claim from its member's enrolment rows: nearest year, earlier, resident before employee."""
    dated = claims.select("claim_id", "member_id", "scheme", benefit_date=benefit_date())
    areas = enrolments.group_by("member_id").agg(
        pl.col("area_code").n_unique().alias("areas"),
        pl.col("scheme").n_unique().alias("schemes"),
        pl.col("area_code").first(),
        pl.col("scheme").first().alias("row_scheme"),
    )
    known = dated.join(areas, on="member_id", how="left", maintain_order="left")
    several = known.filter((pl.col("areas") > 1) | (pl.col("schemes") > 1)).select(dated.columns)
    if not several.is_empty():
        nearest = _nearest(several, enrolments).select("claim_id", "row_scheme", "area_code")
        known = known.update(nearest, on="claim_id", maintain_order="left")
    return known.select("claim_id", pool=_pool(plans), scheme=pl.coalesce("scheme", "row_scheme"))


def _nearest(claims: pl.DataFrame, enrolments: pl.DataFrame) -> pl.DataFrame:
    rows = enrolments.select("member_id", "area_code", "benefit_year", row_scheme="scheme")
    pairs = claims.join(rows, on="member_id").with_columns(
        other=pl.col("scheme").is_not_null() & (pl.col("scheme") != pl.col("row_scheme")),
        distance=(year_of(pl.col("benefit_date")) - pl.col("benefit_year")).abs(),
        employee=pl.col("row_scheme") == "employee",
    )
    ordered = pairs.sort("claim_id", "other", "distance", "benefit_year", "employee", "area_code")
    return ordered.unique("claim_id", keep="first", maintain_order=True)


def _pool(plans: Sequence[Plan]) -> pl.Expr:
    """The pool of the longest area prefix whose law is in force on the benefit date, else of the longest area prefix."""
    chosen: pl.Expr = pl.lit(None, dtype=CODE)
    ordered = sorted(plans, key=lambda plan: len(area_prefix(plan.pool)))
    for must_be_in_force in (False, True):
        for plan in ordered:
            here = starts_with(pl.col("area_code"), area_prefix(plan.pool))
            fits = here & _in_force(plan) if must_be_in_force else here
            chosen = pl.when(fits).then(pl.lit(plan.pool, dtype=CODE)).otherwise(chosen)
    return chosen


def _in_force(plan: Plan) -> pl.Expr:
    return pl.any_horizontal([_during(pl.col("benefit_date"), term.valid_from, term.valid_to) for term in plan.terms])


def area_prefix(area: str) -> str:
    """The part of an area code that names its city or province: four digits for a city, two for a province."""
    while area.endswith("00"):
        area = area[:-2]
    return area


def _during(day: pl.Expr, first: date, last: date | None) -> pl.Expr:
    return (day >= first) if last is None else day.is_between(first, last)
