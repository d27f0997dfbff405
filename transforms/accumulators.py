"""Accumulators: where every yearly limit of a member stands after the last claim."""

from __future__ import annotations

import polars as pl

from transforms.frames import Frames
from transforms.plan import Counter, Plan
from transforms.waterfall import Waterfall

__all__ = ["NO_ACCUMULATOR", "accumulator_frame"]

SCHEMA = {
    "member_id": pl.String(), "benefit_year": pl.Int64(), "policy_id": pl.String(), "name": pl.String(), "key": pl.String(),
    "limit_amount": pl.Int64(), "used_amount": pl.Int64(),
}  # fmt: skip

NO_ACCUMULATOR = pl.DataFrame(schema=SCHEMA)


def accumulator_frame(frames: Frames, waterfall: Waterfall, plan: Plan) -> pl.DataFrame:
    """Every yearly counter of money that moved: member, benefit year, policy, name, key, last limit and what is used (fen)."""
    kept = [counter for counter in plan.counters if counter.per == "year" and counter.unit == "money"]
    return pl.concat([NO_ACCUMULATOR, *(_accumulator(frames, waterfall, counter) for counter in kept)])


def _accumulator(frames: Frames, waterfall: Waterfall, counter: Counter) -> pl.DataFrame:
    state = waterfall.states[counter.name]
    used = pl.DataFrame({"used_amount": state.used, "limit": state.limit, "touched": state.touched})
    used = used.with_row_index("@id").filter("touched")
    owners = _owners(frames, waterfall, counter)
    rows = used.join(owners, on="@id", how="inner", maintain_order="left")
    members = frames.frame["member"]["member.member_id"].gather(rows["@member"])
    return rows.select(
        member_id=members, benefit_year="settlement_year", policy_id="policy", name=pl.lit(counter.name.partition(":")[2]),
        key="key", limit_amount=pl.when(pl.col("limit") >= 0).then("limit"), used_amount="used_amount",
    )  # fmt: skip


def _owners(frames: Frames, waterfall: Waterfall, counter: Counter) -> pl.DataFrame:
    """Member, year, policy and key of every number of the counter."""
    number = waterfall.key_ids[counter.name]
    portions = frames.frame["portion"]
    if counter.policy is not None:
        portions = portions.filter(pl.col("policy") == counter.policy)
    keys = [pl.col(key).cast(pl.String).fill_null("") for key in counter.keys]
    key = pl.concat_str(keys, separator=" ") if keys else pl.lit("")
    owners = portions.select(
        pl.col(number).cast(pl.UInt32).alias("@id"), "@member", "settlement_year", "policy", key.alias("key")
    )
    return owners.unique("@id", keep="first")
