"""Under which pool's law every claim falls, also where its member was insured in several cities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from transforms.codes import CODE, starts_with
from transforms.opening import claims_under
from transforms.plan import Plan
from transforms.selection import Selection, area_prefix, by_pool

__all__ = ["place"]

Tables = Mapping[str, pl.DataFrame]


def place(tables: Tables, standing: pl.DataFrame, plans: Sequence[Plan]) -> Selection:
    """claim_id, pool (null: nobody's area) and scheme of the nearest enrolment row, in the order of the claims.

    Who was insured in one city falls under its law. Of others every city is asked whether its own choice among the
    enrolment rows leads to it; of several that say so the smallest area has it, then that of the nearest row.
    """
    placed = by_pool(standing, tables["enrolments"], plans)
    doubtful = standing.join(_movers(tables["enrolments"]), on="member_id", how="semi", maintain_order="left")
    if doubtful.is_empty():
        return placed
    asked = pl.concat([_asked(tables, doubtful, standing, plan) for plan in plans])
    nearest = asked.join(placed.rename({"pool": "nearest"}), on="claim_id", how="left")
    ordered = nearest.sort(
        "claim_id", "size", pl.col("own") != pl.col("nearest"), "own", descending=[False, True, False, False]
    )
    own = ordered.unique("claim_id", keep="first", maintain_order=True).select("claim_id", "own")
    open_ones = doubtful.select("claim_id", doubtful=pl.lit(True)).join(own, on="claim_id", how="left")
    both = placed.join(open_ones, on="claim_id", how="left", maintain_order="left")
    return both.select("claim_id", pool=pl.when("doubtful").then("own").otherwise("pool"), scheme="scheme")


def _movers(enrolments: pl.DataFrame) -> pl.DataFrame:
    cities = enrolments.group_by("member_id").agg(
        pl.col("area_code").cast(pl.String).str.slice(0, 4).n_unique().alias("cities")
    )
    return cities.filter(pl.col("cities") > 1).select("member_id")


def _asked(tables: Tables, doubtful: pl.DataFrame, standing: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """claim_id of the claims that the pool's law takes, with the pool and the length of its area code."""
    prefix = area_prefix(plan.pool)
    insured = tables["enrolments"].filter(starts_with(pl.col("area_code"), prefix)).select("member_id")
    mine = doubtful.join(insured, on="member_id", how="semi", maintain_order="left")
    ids = mine["claim_id"] if mine.is_empty() else claims_under(tables, mine, standing, plan)
    size = pl.lit(len(prefix), dtype=pl.Int64)
    return pl.DataFrame({"claim_id": ids}).with_columns(own=pl.lit(plan.pool, dtype=CODE), size=size)
