"""Settling: eligibility, scope, portions, prepay, deductible, funds and what is left to the person, for every claim at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from transforms.accumulators import NO_ACCUMULATOR, accumulator_frame
from transforms.apportionment import MONEY, STEP_LISTS, portion_frame
from transforms.checks import judge
from transforms.codes import CODE, coded, spelled
from transforms.delivered import prepared
from transforms.facts import establish
from transforms.opening import open_frames
from transforms.outcome import refused_frame, settlement_frame
from transforms.placement import place
from transforms.plan import Law, Plan
from transforms.portions import open_charges, open_portions
from transforms.selection import reversal_pairs
from transforms.waterfall import SettlingError, Waterfall

__all__ = ["Settled", "SettlingError", "settle", "settle_in_codes"]

Tables = Mapping[str, pl.DataFrame]

NOT_RULED = pl.DataFrame(schema={"claim_id": pl.String, "scheme_chosen": CODE})
NO_PORTION = pl.DataFrame(
    schema={
        "claim_id": pl.String, "portion_no": pl.Int64, "programme": CODE, "benefit": CODE, "disease_code": CODE,
        **dict.fromkeys(MONEY, pl.Int64), "steps": pl.String,
        **dict.fromkeys(STEP_LISTS, pl.List(pl.Int64)),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """What settling returns: money in Int64 fen.

    settlement: one row a claim. portion: one row for each benefit a claim falls into, with its steps.
    accumulator: one row for each yearly counter that moved.
    """

    settlement: pl.DataFrame
    portion: pl.DataFrame
    accumulator: pl.DataFrame


def settle(tables: Tables, law: Law) -> Settled:
    """Settle all claims of the members in `tables` (canonical frames of the eight delivered tables) from nothing.

    Raises SettlingError where a policy gives no value for a claim that needs one.
    """
    settled = settle_in_codes(tables, law)
    return Settled(spelled(settled.settlement), spelled(settled.portion), spelled(settled.accumulator))


def settle_in_codes(tables: Tables, law: Law) -> Settled:
    """The same with texts of few different values as codes, which files hold as texts all the same."""
    tables = prepared(tables, law)
    claims = tables["claims"]
    pairs = reversal_pairs(claims)
    standing = claims.join(pairs, on="claim_id", how="anti", maintain_order="left")
    places = place(tables, standing, law.plans)
    placed = standing.with_columns(places["pool"], places["scheme"].alias("scheme_of_row"))
    pools = [(plan, placed.filter(pl.col("pool") == plan.pool).drop("pool", "scheme_of_row")) for plan in law.plans]
    settled = [settle_pool(tables, mine, standing, plan) for plan, mine in pools if not mine.is_empty()]
    parts = [part for part, _ in settled]
    rows = [part.settlement for part in parts if not part.settlement.is_empty()]
    unruled = pl.concat([NOT_RULED, *(claims for _, claims in settled)])
    left = placed.filter(pl.col("pool").is_null() | pl.col("claim_id").is_in(unruled["claim_id"].implode()))
    left = left.join(unruled, on="claim_id", how="left", maintain_order="left")
    reversed_ = claims.join(pairs, on="claim_id", maintain_order="left")
    bills = _bills(tables["fee_lines"], pl.concat([left["@bill"], reversed_["@bill"]]))
    outside = [coded(_without_policy(left, bills)), coded(_reversed(reversed_, bills))]
    portions = [NO_PORTION, *(part.portion for part in parts)] + [_bare_portions(frame) for frame in outside]
    moved = pl.concat([NO_ACCUMULATOR, *(part.accumulator for part in parts)])
    return Settled(pl.concat([*rows, *outside]), pl.concat(portions, how="diagonal"), moved)


def settle_pool(
    tables: Tables, claims: pl.DataFrame, standing: pl.DataFrame, plan: Plan
) -> tuple[Settled, pl.DataFrame]:
    """Settle the claims of one pool; claims for which it has no policy come back by themselves (`Frames.unruled`)."""
    frames = open_frames(tables, claims, standing, plan)
    establish(frames, plan.facts)
    open_charges(frames)
    establish(frames, plan.charge_facts)
    judge(frames, plan.checks)
    open_portions(frames, plan.programmes)
    establish(frames, plan.terms_of_portions)
    waterfall = Waterfall(frames, plan)
    waterfall.run()
    portions = portion_frame(frames, waterfall)
    settlement = settlement_frame(frames, plan, portions)
    ids = frames.frame["claim"]["claim.claim_id"]
    portion = portions.select(
        claim_id=ids.gather(portions["@claim"]), portion_no="portion_no", programme="programme", benefit="benefit",
        disease_code=pl.col("portion.key").cast(CODE), **{name: name for name in (*MONEY, "steps", *STEP_LISTS)},
    )  # fmt: skip
    return Settled(settlement, portion, accumulator_frame(frames, waterfall, plan)), frames.unruled


def _bills(fee_lines: pl.DataFrame, bills: pl.Series) -> pl.DataFrame:
    rows = fee_lines.select("@bill", "amount").filter(pl.col("@bill").is_in(bills.implode()))
    return rows.group_by("@bill").agg(pl.col("amount").sum().alias("total_amount"))


def _without_policy(claims: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    pended = claims.with_columns(
        scheme=pl.coalesce("scheme", "scheme_chosen", "scheme_of_row"), status=pl.lit("pended"),
        reasons=pl.lit(["no_policy_in_force"]), keeps_given=pl.lit(True),
    )  # fmt: skip
    return refused_frame(pended, bills)


def _reversed(claims: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    denied = claims.with_columns(status=pl.lit("denied"), keeps_given=pl.lit(False))
    return refused_frame(denied, bills)


def _bare_portions(settlement: pl.DataFrame) -> pl.DataFrame:
    return settlement.select("claim_id", pl.lit(1, dtype=pl.Int64).alias("portion_no"), *MONEY)
