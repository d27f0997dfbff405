"""Accumulators: where every yearly limit of a member stands after the last claim."""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.codes import CODE
from transforms.frames import Frames
from transforms.groups import first_rows
from transforms.order import Whole
from transforms.plan import Counter, Plan
from transforms.waterfall import Waterfall

__all__ = ["NO_ACCUMULATOR", "accumulator_frame"]

SCHEMA = {
    "member_id": pl.String(), "benefit_year": pl.Int64(), "policy_id": CODE, "name": CODE, "key": CODE,
    "limit_amount": pl.Int64(), "used_amount": pl.Int64(),
}  # fmt: skip

NO_ACCUMULATOR = pl.DataFrame(schema=SCHEMA)


def accumulator_frame(frames: Frames, waterfall: Waterfall, plan: Plan) -> pl.DataFrame:
    """Every yearly counter of money that moved: member, benefit year, policy, name, key, last limit and what is used (fen)."""
    kept = [counter for counter in plan.counters if counter.per == "year" and counter.unit == "money"]
    owners = {_kind(waterfall, counter): counter for counter in kept}
    found = {kind: _owners(frames, waterfall, counter) for kind, counter in owners.items()}
    moved = [_accumulator(frames, waterfall, counter, *found[_kind(waterfall, counter)]) for counter in kept]
    return pl.concat([NO_ACCUMULATOR, *moved])


def _kind(waterfall: Waterfall, counter: Counter) -> tuple[str, str | None]:
    """Counters that agree in this have the same numbers and first portions."""
    return waterfall.key_ids[counter.name], counter.policy


def _accumulator(frames: Frames, waterfall: Waterfall, counter: Counter, number: Whole, portion: Whole) -> pl.DataFrame:
    state = waterfall.states[counter.name]
    moved = state.touched[number]
    number, portion = number[moved], portion[moved]
    used = pl.DataFrame({"used_amount": state.used[number], "limit": state.limit[number]})
    portions = frames.frame["portion"].select({"@member", "settlement_year", "policy", *counter.keys})
    rows = portions[portion].hstack(used)
    keys = [pl.col(key).cast(pl.String).fill_null("") for key in counter.keys]
    members = frames.frame["member"]["member.member_id"].gather(rows["@member"])
    return rows.select(
        member_id=members, benefit_year="settlement_year", policy_id="policy", name=pl.lit(counter.name.partition(":")[2], dtype=CODE),
        key=pl.concat_str(keys, separator=" ").cast(CODE) if keys else pl.lit("", dtype=CODE),
        limit_amount=pl.when(pl.col("limit") >= 0).then("limit"), used_amount="used_amount",
    )  # fmt: skip


def _owners(frames: Frames, waterfall: Waterfall, counter: Counter) -> tuple[Whole, Whole]:
    """The numbers of the counter in ascending order, and the first portion that each of them counts."""
    portions = frames.frame["portion"]
    number = portions[waterfall.key_ids[counter.name]].cast(pl.Int64).to_numpy()
    mine = pl.lit(True) if counter.policy is None else pl.col("policy") == counter.policy
    places = (
        portions.select("policy", mine=mine).select(pl.col("mine").arg_true()).to_series().cast(pl.Int64).to_numpy()
    )
    first = first_rows(number[places], waterfall.states[counter.name].used.size)
    found = np.flatnonzero(first.is_not_null().to_numpy())
    return found, places[first.drop_nulls().to_numpy()]
