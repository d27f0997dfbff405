"""The outcome: one settlement row a claim, whatever became of it."""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.apportionment import GIVEN, MONEY
from transforms.codes import CODE
from transforms.columns import polars_expression
from transforms.days import year_of
from transforms.facts import establish
from transforms.formula import columns_of
from transforms.frames import Frames
from transforms.plan import Note, Plan
from transforms.selection import benefit_date

__all__ = ["refused_frame", "settlement_frame"]


def settlement_frame(frames: Frames, plan: Plan, portions: pl.DataFrame) -> pl.DataFrame:
    """One row a claim of the pool, with status, reasons, notes and every money column; `portions` is portion_frame's result."""
    sums = _sums(portions)
    rows = frames.frame["claim"].with_columns(sums).with_row_index("@claim")
    versions = pl.lit(None, dtype=CODE)
    for term in plan.terms:
        for day in sorted(term.version_days):
            after = (pl.col("policy") == term.policy) & (pl.col("ruling_date") >= day)
            versions = pl.when(after).then(pl.lit(f"{day:%Y-%m-%d}", dtype=CODE)).otherwise(versions)
    merged = pl.col("@owner") != pl.col("@claim")
    rows = rows.with_columns(
        policy_version=versions,
        reasons=pl.when(merged & (pl.col("status") == "paid")).then(pl.lit(["merged_into_stay"])).otherwise("reasons"),
        notes=_notes(frames, plan, rows),
    )
    return rows.select(
        claim_id="claim.claim_id", member_id="claim.member_id", provider_id="claim.provider_id", scheme="settled_scheme",
        benefit_year="settlement_year", policy_id="policy", policy_version="policy_version", status="status",
        reasons="reasons", notes="notes", **{name: name for name in MONEY},
    )  # fmt: skip


def _sums(portions: pl.DataFrame) -> pl.DataFrame:
    """Money columns of the claims; portions are in the order of claims and every claim has one."""
    starts = np.flatnonzero(portions["portion_no"].to_numpy() == 1)
    if not len(starts):
        return portions.select(MONEY)
    return pl.DataFrame({name: np.add.reduceat(portions[name].to_numpy(), starts) for name in MONEY})


def _notes(frames: Frames, plan: Plan, rows: pl.DataFrame) -> pl.Series:
    frames.put("claim", [rows[name].alias(f"result.{name}") for name in MONEY])
    establish(frames, plan.note_facts)
    frames.need("claim", set().union(*(columns_of(note.when) for note in plan.notes)))
    claims = frames.frame["claim"]
    paid = (pl.col("status") == "paid") & (pl.col("@owner") == pl.int_range(pl.len(), dtype=pl.UInt32))
    earned = claims.select(
        (paid & (pl.col("policy") == note.policy) & polars_expression(note.when)).alias(str(number))
        for number, note in enumerate(plan.notes)
    )
    return _listed(earned, plan.notes, claims.height)


def _listed(earned: pl.DataFrame, notes: tuple[Note, ...], size: int) -> pl.Series:
    """The codes of the notes that hold, as lists; few combinations occur, so each is made once."""
    marks = np.zeros(size, np.int64)
    for number in range(len(notes)):
        marks |= earned[str(number)].to_numpy().astype(np.int64) << number
    combinations, which = np.unique(marks, return_inverse=True)
    lists = [[note.code for n, note in enumerate(notes) if mark >> n & 1] for mark in combinations.tolist()]
    return pl.Series("notes", lists, dtype=pl.List(pl.String)).gather(which)


def refused_frame(claims: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    """Settlement rows of claims that no law settles: `claims` has @bill, status, reasons, scheme beside its delivered columns."""
    rows = claims.join(bills, on="@bill", how="left", maintain_order="left").with_columns(
        pl.col("total_amount").fill_null(0)
    )
    given = (
        pl.when(pl.col("keeps_given")).then(pl.min_horizontal(pl.sum_horizontal(GIVEN), "total_amount")).otherwise(0)
    )
    year = year_of(benefit_date())
    zero = pl.lit(0, dtype=pl.Int64)
    money = dict.fromkeys(MONEY, zero) | {
        "total_amount": pl.col("total_amount"), "out_of_scope_amount": pl.col("total_amount"), "other_pay": given,
        "personal_pay": pl.col("total_amount") - given,
    }  # fmt: skip
    nothing = pl.lit(None, dtype=pl.String)
    return rows.select(
        "claim_id", "member_id", "provider_id", "scheme", benefit_year=year, policy_id=nothing, policy_version=nothing,
        status="status", reasons="reasons", notes=pl.lit([], dtype=pl.List(pl.String)), **money,
    )  # fmt: skip
