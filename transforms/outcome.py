"""The outcome: one settlement row a claim, its portions with their steps, and where every limit stands."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from transforms.columns import polars_expression
from transforms.facts import establish
from transforms.formula import columns_of
from transforms.frames import Frames
from transforms.plan import RESULTS, Plan
from transforms.waterfall import Waterfall
from transforms.waves import ProgrammeRows

__all__ = ["MONEY", "accumulator_frame", "portion_frame", "refused_frame", "settlement_frame"]

PAYMENTS = ("basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay")
PARTS = ("over_limit_amount", "prepay_amount", "in_scope_amount")
MONEY = (
    "total_amount", "out_of_scope_amount", *PARTS, "deductible_amount", *PAYMENTS, "other_pay", "personal_pay",
    "critical_illness_base", "allowance_pay",
)  # fmt: skip
STEP_LISTS = ("step_no", "step_base", "step_parameter", "step_amount", "step_before")
GIVEN = ("civil_servant_pay", "enterprise_pay", "other_pay")


def settlement_frame(frames: Frames, plan: Plan, portions: pl.DataFrame) -> pl.DataFrame:
    """One row a claim of the pool, with status, reasons, notes and every money column; `portions` is portion_frame's result."""
    sums = portions.group_by("@claim").agg(pl.col(name).sum() for name in MONEY)
    claims = frames.frame["claim"].with_row_index("@claim")
    rows = claims.join(sums, on="@claim", how="left", maintain_order="left").with_columns(pl.col(MONEY).fill_null(0))
    versions = pl.lit(None, dtype=pl.Date)
    for term in plan.terms:
        for day in sorted(term.version_days):
            after = (pl.col("policy") == term.policy) & (pl.col("benefit_date") >= day)
            versions = pl.when(after).then(pl.lit(day)).otherwise(versions)
    merged = pl.col("@owner") != pl.col("@claim")
    rows = rows.with_columns(
        policy_version=versions.dt.to_string("%Y-%m-%d"),
        reasons=pl.when(merged & (pl.col("status") == "paid")).then(pl.lit(["merged_into_stay"])).otherwise("reasons"),
        notes=_notes(frames, plan, rows),
    )
    return rows.select(
        claim_id="claim.claim_id", member_id="claim.member_id", provider_id="claim.provider_id", scheme="settled_scheme",
        benefit_year="settlement_year", policy_id="policy", policy_version="policy_version", status="status",
        reasons="reasons", notes="notes", **{name: name for name in MONEY},
    )  # fmt: skip


def _notes(frames: Frames, plan: Plan, rows: pl.DataFrame) -> pl.Series:
    frames.put("claim", [rows[name].alias(f"result.{name}") for name in MONEY])
    establish(frames, plan.note_facts)
    frames.need("claim", set().union(*(columns_of(note.when) for note in plan.notes)) if plan.notes else set())
    claims = frames.frame["claim"]
    paid = (pl.col("status") == "paid") & (pl.col("@owner") == pl.int_range(pl.len(), dtype=pl.UInt32))
    marks = [
        pl.when(paid & (pl.col("policy") == note.policy) & polars_expression(note.when)).then(pl.lit(note.code))
        for note in plan.notes
    ]
    if not marks:
        return pl.Series("notes", [[]] * claims.height, dtype=pl.List(pl.String))
    return claims.select(notes=pl.concat_list(marks).list.drop_nulls())["notes"]


def portion_frame(frames: Frames, waterfall: Waterfall) -> pl.DataFrame:
    """One row a portion (and one for a claim without any): money columns that sum to the settlement, lists of the steps."""
    frames.need("portion", PARTS)
    charged = frames.frame["charge"].filter(pl.col("@portion").is_not_null())
    totals = charged.group_by("@portion").agg(pl.col("line.amount").sum().alias("total_amount"))
    portions = frames.frame["portion"].select(
        "@claim", "@portion", "portion_no", "policy", "programme", "benefit", "portion.key", *PARTS
    )
    rows = portions.join(totals, on="@portion", how="left").join(waterfall.results(), on="@portion", how="left")
    rows = rows.join(_steps(waterfall), on="@portion", how="left")
    rows = pl.concat([rows, _without_portion(frames, rows)], how="diagonal")
    rows = rows.with_columns(pl.col(["total_amount", *PARTS, *RESULTS]).fill_null(0)).sort("@claim", "portion_no")
    rows = _with_remainder(frames, rows)
    return _with_other_pay(frames, rows)


def _without_portion(frames: Frames, rows: pl.DataFrame) -> pl.DataFrame:
    claims = frames.frame["claim"].with_row_index("@claim").select("@claim", "policy")
    return claims.join(rows, on="@claim", how="anti").with_columns(portion_no=pl.lit(1, dtype=pl.Int64))


def _with_remainder(frames: Frames, rows: pl.DataFrame) -> pl.DataFrame:
    """Lines that no portion took count in the first portion of their claim, outside the scope."""
    charges = frames.frame["charge"].group_by("@claim").agg(pl.col("line.amount").sum().alias("bill"))
    taken = rows.group_by("@claim").agg(pl.col("total_amount").sum().alias("taken"))
    rest = taken.join(charges, on="@claim", how="left").select(
        "@claim", rest=pl.col("bill").fill_null(0) - pl.col("taken")
    )
    rows = rows.join(rest, on="@claim", how="left", maintain_order="left")
    first = pl.col("portion_no") == 1
    rows = rows.with_columns(total_amount=pl.col("total_amount") + pl.when(first).then("rest").otherwise(0)).drop(
        "rest"
    )
    return rows.with_columns(out_of_scope_amount=pl.col("total_amount") - pl.sum_horizontal(PARTS))


def _with_other_pay(frames: Frames, rows: pl.DataFrame) -> pl.DataFrame:
    """Given payments, merged visits' included, fill what the funds left, portion by portion."""
    frames.need("claim", [f"claim.{name}" for name in GIVEN])
    given = (
        frames.frame["claim"]
        .group_by(pl.col("@owner").alias("@claim"))
        .agg(pl.sum_horizontal(f"claim.{name}" for name in GIVEN).sum().alias("given"))
    )
    rows = rows.join(given, on="@claim", how="left", maintain_order="left").with_columns(pl.col("given").fill_null(0))
    rows = rows.with_columns(left=pl.col("total_amount") - pl.sum_horizontal(PAYMENTS))
    after = pl.col("left").cum_sum().over("@claim")
    other = pl.min_horizontal("given", after) - pl.min_horizontal("given", after - pl.col("left"))
    rows = rows.with_columns(other_pay=other).with_columns(personal_pay=pl.col("left") - pl.col("other_pay"))
    return rows.drop("given", "left")


def _steps(waterfall: Waterfall) -> pl.DataFrame:
    parts = [
        _step_lists(rows).with_columns(pl.Series("@portion", p).cast(pl.UInt32))
        for rows, p in zip(waterfall.done, waterfall.portion_of, strict=True)
    ]
    plain = [part for part, rows in zip(parts, waterfall.done, strict=True) if not rows.programme.closing]
    closing = [part for part, rows in zip(parts, waterfall.done, strict=True) if rows.programme.closing]
    schema: dict[str, pl.DataType] = {**{name: pl.List(pl.Int64) for name in STEP_LISTS}, "@portion": pl.UInt32()}
    steps = pl.concat([pl.DataFrame(schema=schema), *plain])
    if not closing:
        return steps
    ends = pl.concat(closing).rename({name: f"{name}_end" for name in STEP_LISTS})
    steps = steps.join(ends, on="@portion", how="left")
    joined = [
        pl.when(pl.col(f"{name}_end").is_null())
        .then(pl.col(name))
        .otherwise(pl.concat_list(name, f"{name}_end"))
        .alias(name)
        for name in STEP_LISTS
    ]
    return steps.select("@portion", *joined)


def _step_lists(rows: ProgrammeRows) -> pl.DataFrame:
    size = len(rows.wave)
    numbers = pl.Series([[step.number for step in rows.programme.steps]], dtype=pl.List(pl.Int64))
    lists: dict[str, Sequence] = {
        "step_base": rows.base, "step_parameter": rows.parameter, "step_amount": rows.amounts, "step_before": rows.before,
    }  # fmt: skip
    columns = {name: _list_column(values, size) for name, values in lists.items()}
    return pl.DataFrame({"step_no": numbers.new_from_index(0, size), **columns}).select(STEP_LISTS)


def _list_column(values: Sequence, size: int) -> pl.Series:
    series = [
        pl.Series(f"{n}", v) if v is not None else pl.Series(f"{n}", [None] * size, dtype=pl.Int64)
        for n, v in enumerate(values)
    ]
    return pl.DataFrame(series).select(pl.concat_list(pl.all()))[:, 0]


def accumulator_frame(frames: Frames, waterfall: Waterfall, plan: Plan) -> pl.DataFrame:
    """Every yearly counter that moved: member, benefit year, policy, name, key, limit and what is used of it (fen)."""
    found = [
        _accumulator(frames, waterfall, counter.name)
        for counter in plan.counters
        if counter.per == "year" and counter.unit == "money"
    ]
    schema = {
        "member_id": pl.String, "benefit_year": pl.Int64, "policy_id": pl.String, "name": pl.String, "key": pl.String,
        "limit_amount": pl.Int64, "used_amount": pl.Int64,
    }  # fmt: skip
    return pl.concat([pl.DataFrame(schema=schema), *found])


def _accumulator(frames: Frames, waterfall: Waterfall, name: str) -> pl.DataFrame:
    state = waterfall.states[name]
    number = waterfall.key_ids[name]
    keys = [pl.col(key).cast(pl.String).fill_null("") for key in state.counter.keys]
    owners = frames.frame["portion"].group_by(number).agg(
        pl.col("@member").first(), pl.col("settlement_year").first(), pl.col("policy").first(),
        (pl.concat_str(keys, separator=" ").first() if keys else pl.lit("").first()).alias("key"),
    )  # fmt: skip
    ids = owners[number].cast(pl.Int64).to_numpy()
    owners = owners.with_columns(
        used_amount=pl.Series(state.used[ids]), limit=pl.Series(state.limit[ids]), touched=pl.Series(state.touched[ids])
    ).filter("touched")
    members = frames.frame["member"]["member.member_id"].gather(owners["@member"])
    return owners.select(
        member_id=members, benefit_year="settlement_year", policy_id="policy", name=pl.lit(state.counter.name.partition(":")[2] or name),
        key="key", limit_amount=pl.when(pl.col("limit") >= 0).then("limit"), used_amount="used_amount",
    )  # fmt: skip


def refused_frame(claims: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    """Settlement rows of claims that no law settles: `claims` has claim_id, status, reasons, scheme beside its delivered columns."""
    rows = claims.join(bills, on="claim_id", how="left", maintain_order="left").with_columns(
        pl.col("total_amount").fill_null(0)
    )
    given = (
        pl.when(pl.col("keeps_given")).then(pl.min_horizontal(pl.sum_horizontal(GIVEN), "total_amount")).otherwise(0)
    )
    year = pl.coalesce("ended_on", "started_on").dt.year().cast(pl.Int64)
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
