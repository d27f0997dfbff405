"""Checks of a claim: every reason that refuses it, in the order of the law, and the status that follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from transforms.codes import CODE
from transforms.frames import Frames
from transforms.plan import Check

__all__ = ["judge"]


def judge(frames: Frames, checks: Sequence[Check]) -> None:
    """Give the claims `status` (paid, denied, pended) and `reasons`: those of the first stage in which any check holds, denials
    first, then pendings, in the order of the checks. Visits that joined a stay are not judged."""
    failing = _failing(frames, checks)
    failed = pl.concat([_empty(), *(_failed(frames, checks[rank], rank, claims) for rank, claims in failing)])
    stages = pl.DataFrame({"rank": range(len(checks)), "stage": [check.stage for check in checks]}, schema=_STAGES)
    failed = failed.join(stages, on="rank", maintain_order="left")
    failed = failed.filter(pl.col("stage") == pl.col("stage").min().over("@claim"))
    ordered = failed.with_columns(pended=pl.col("outcome") == "pended").sort("@claim", "pended", "rank", "position")
    ordered = ordered.unique(["@claim", "reason"], keep="first", maintain_order=True)
    verdicts = ordered.group_by("@claim", maintain_order=True).agg(
        status=pl.when(~pl.col("pended").all())
        .then(pl.lit("denied", dtype=CODE))
        .otherwise(pl.lit("pended", dtype=CODE))
        .first(),
        reasons="reason",
    )
    numbered = frames.frame["claim"].select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("@claim"))
    judged = numbered.join(verdicts, on="@claim", how="left", maintain_order="left")
    frames.put(
        "claim",
        [judged["status"].fill_null("paid"), judged["reasons"].fill_null(pl.Series([[]], dtype=pl.List(pl.String)))],
    )


_STAGES = {"rank": pl.Int32, "stage": pl.Int64}


def _empty() -> pl.DataFrame:
    schema = {"@claim": pl.UInt32, "outcome": pl.String, "rank": pl.Int32, "position": pl.Int64, "reason": pl.String}
    return pl.DataFrame(schema=schema)


def _failing(frames: Frames, checks: Sequence[Check]) -> Iterator[tuple[int, pl.DataFrame]]:
    """The checks by rank that hold for any claim that stands alone, with `@claim` of these."""
    frames.need("claim", {"policy", *(check.when for check in checks)})
    claims = frames.frame["claim"]
    alone = claims["@owner"].to_numpy() == np.arange(claims.height)
    policies = {check.policy for check in checks}
    own = claims.select((pl.col("policy") == policy).alias(policy) for policy in policies)
    under = {policy: alone & own[policy].to_numpy() for policy in policies}
    for rank, check in enumerate(checks):
        holds = claims[check.when]
        holds = holds.fill_null(False) if holds.null_count() else holds
        places = np.flatnonzero(holds.to_numpy() & under[check.policy])
        if places.size:
            yield rank, pl.DataFrame({"@claim": places.astype(np.uint32)})


def _failed(frames: Frames, check: Check, rank: int, failing: pl.DataFrame) -> pl.DataFrame:
    """Every reason of the check on the claims for which it holds."""
    marks = [pl.lit(check.outcome).alias("outcome"), pl.lit(rank, dtype=pl.Int32).alias("rank")]
    if check.over is None:
        return failing.select(
            "@claim", *marks, pl.lit(0, dtype=pl.Int64).alias("position"), pl.lit(check.reason).alias("reason")
        )
    assert check.value is not None
    frames.need(check.over, [check.value, *([check.by] if check.by else [])])
    rows = frames.frame[check.over].with_row_index("position" if check.over != "claim" else "@claim")
    if check.over == "claim":
        rows = rows.with_columns(position=pl.lit(0, dtype=pl.Int64))
    order = pl.col("position").cast(pl.Int64) if check.by is None else pl.col(check.by).rank("dense").cast(pl.Int64)
    reasons = rows.select(
        "@claim", order.alias("position"), pl.col(check.value).cast(pl.String).alias("reason")
    ).drop_nulls("reason")
    found = failing.join(reasons, on="@claim", maintain_order="left_right")
    without = failing.join(found, on="@claim", how="anti").with_columns(
        position=pl.lit(0, dtype=pl.Int64), reason=pl.lit(check.reason)
    )
    both = pl.concat([found.select("@claim", "position", "reason"), without.select("@claim", "position", "reason")])
    return both.select("@claim", *marks, "position", "reason")
