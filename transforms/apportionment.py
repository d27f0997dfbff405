"""What each portion came to: money columns that sum to the settlement of its claim, and its steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from transforms.arithmetic import Fen
from transforms.frames import Frames
from transforms.groups import grouped
from transforms.plan import RESULTS
from transforms.step_texts import step_texts
from transforms.waterfall import Waterfall
from transforms.waves import ProgrammeRows

__all__ = ["GIVEN", "MONEY", "PARTS", "PAYMENTS", "STEP_LISTS", "portion_frame"]

PAYMENTS = ("basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay")
PARTS = ("over_limit_amount", "prepay_amount", "in_scope_amount")
MONEY = (
    "total_amount", "out_of_scope_amount", *PARTS, "deductible_amount", *PAYMENTS, "other_pay", "personal_pay",
    "critical_illness_base", "allowance_pay",
)  # fmt: skip
STEP_LISTS = ("step_base", "step_amount", "step_before")
GIVEN = ("civil_servant_pay", "enterprise_pay", "other_pay")


def portion_frame(frames: Frames, waterfall: Waterfall) -> pl.DataFrame:
    """One row a portion (and one for a claim without any), in the order of claims, with money columns and steps."""
    frames.need("portion", PARTS)
    portions = frames.frame["portion"]
    rows = portions.select("@claim", "portion_no", "policy", "programme", "benefit", "portion.key", *PARTS)
    rows = rows.with_columns(_totals(frames), *waterfall.results(), *_step_columns(waterfall, portions.height))
    bare = _without_portion(frames)
    if bare.height:
        rows = pl.concat([rows, bare], how="diagonal").sort("@claim", "portion_no", maintain_order=True)
    rows = rows.with_columns(pl.col("total_amount", *PARTS, *RESULTS).fill_null(0))
    return _with_other_pay(frames, _with_remainder(frames, rows))


def _totals(frames: Frames) -> pl.Series:
    """The bill of each portion."""
    frames.need("charge", ["line.amount"])
    charges = frames.frame["charge"]
    size = frames.frame["portion"].height
    return grouped("sum", charges["@portion"], charges["line.amount"], size).alias("total_amount")


def _without_portion(frames: Frames) -> pl.DataFrame:
    claims = frames.frame["claim"].with_row_index("@claim").select("@claim", "policy")
    has = np.zeros(claims.height, np.bool_)
    has[frames.frame["portion"]["@claim"].to_numpy()] = True
    return claims.filter(pl.Series(~has)).with_columns(portion_no=pl.lit(1, dtype=pl.Int64))


def _with_remainder(frames: Frames, rows: pl.DataFrame) -> pl.DataFrame:
    """Lines that no portion took count in the first portion of their claim, outside the scope."""
    left = frames.frame["charge"].filter(pl.col("@portion").is_null())
    rest = grouped("sum", left["@claim"], left["line.amount"], frames.frame["claim"].height)
    first = pl.col("portion_no") == 1
    extra = rest.gather(rows["@claim"])
    rows = rows.with_columns(total_amount=pl.col("total_amount") + pl.when(first).then(extra).otherwise(0))
    return rows.with_columns(out_of_scope_amount=pl.col("total_amount") - pl.sum_horizontal(PARTS))


def _with_other_pay(frames: Frames, rows: pl.DataFrame) -> pl.DataFrame:
    """Given payments, merged visits' included, fill what the funds left, portion by portion."""
    frames.need("claim", [f"claim.{name}" for name in GIVEN])
    claims = frames.frame["claim"]
    brought = claims.select(pl.sum_horizontal(f"claim.{name}" for name in GIVEN)).to_series()
    given = grouped("sum", claims["@owner"], brought, claims.height)
    rows = rows.with_columns(
        given.gather(rows["@claim"]).alias("given"), left=pl.col("total_amount") - pl.sum_horizontal(PAYMENTS)
    )
    so_far = pl.col("left").cum_sum()
    rows = rows.with_columns(before=so_far - pl.col("left"))
    start = pl.when(pl.col("portion_no") == 1).then("before").forward_fill()
    before = pl.col("before") - start
    after = before + pl.col("left")
    rows = rows.with_columns(other_pay=pl.min_horizontal("given", after) - pl.min_horizontal("given", before))
    return rows.with_columns(personal_pay=pl.col("left") - pl.col("other_pay")).drop("given", "left", "before")


def _step_columns(waterfall: Waterfall, portions: int) -> list[pl.Series]:
    """The steps of every portion: those of its programme, then those of the closing that followed its last portion."""
    runs = sorted(zip(waterfall.done, waterfall.portion_of, strict=True), key=lambda run: run[0].programme.closing)
    lengths = np.zeros(portions, np.int64)
    starts = []
    for rows, places in runs:
        starts.append(lengths[places])
        lengths[places] += len(rows.programme.steps)
    ends = np.concatenate(([0], np.cumsum(lengths)))
    spots = [ends[places] + start for (_, places), start in zip(runs, starts, strict=True)]
    settled = [rows for rows, _ in runs]
    lists = [_lists(name, settled, spots, ends).set(pl.Series(lengths == 0), None) for name in STEP_LISTS]
    return [step_texts(runs, portions).alias("steps"), *lists]


def _lists(name: str, runs: Sequence[ProgrammeRows], spots: Sequence[Fen], ends: Fen) -> pl.Series:
    """One list a portion; its items lie between `ends`, those of a run's rows from `spots` on. Null where a step has none."""
    flat = np.zeros(ends[-1], np.int64)
    unknown = np.zeros(ends[-1], np.bool_)
    for rows, spot in zip(runs, spots, strict=True):
        for number, value in enumerate(_values_of(rows, name)):
            if value is None:
                unknown[spot + number] = True
            else:
                flat[spot + number] = value
    items = pa.array(flat, mask=unknown if unknown.any() else None)
    series = pl.from_arrow(pa.LargeListArray.from_arrays(pa.array(ends), items))
    assert isinstance(series, pl.Series)
    return series.alias(name)


def _values_of(rows: ProgrammeRows, name: str) -> Sequence[Fen | None]:
    """What a step list holds of every step: one number for each row, or none."""
    of_rows: dict[str, Sequence[Fen | None]] = {
        "step_base": rows.base, "step_amount": rows.amounts, "step_before": rows.before,
    }  # fmt: skip
    return of_rows[name]
