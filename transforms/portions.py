"""Portions: the charges of a claim that one benefit takes together, opened in the order in which they are settled."""

from __future__ import annotations

import polars as pl

from transforms.frames import Frames
from transforms.plan import Programme

__all__ = ["open_charges", "open_portions"]


def open_charges(frames: Frames) -> None:
    """Lines as they are settled: those of a visit that joined a stay belong to the stay's claim (`@visit` keeps the visit)."""
    claims, lines = frames.frame["claim"], frames.frame["line"]
    owner = pl.int_range(claims.height, dtype=pl.UInt32, eager=True)
    if "merged_into" in claims.columns:
        index = claims.select(pl.col("claim.claim_id"), owner.alias("@owner"))
        stays = claims.select(merged_into="merged_into").join(
            index, left_on="merged_into", right_on="claim.claim_id", how="left", maintain_order="left"
        )
        owner = stays["@owner"].fill_null(owner)
    frames.put("claim", [owner.alias("@owner")])
    charges = lines.select(
        owner.gather(lines["@claim"]).alias("@claim"), lines["@claim"].alias("@visit"),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("@line"),
    )  # fmt: skip
    frames.frame["charge"] = charges


def open_portions(frames: Frames, programmes: tuple[Programme, ...]) -> None:
    """Group the charges of paid claims by programme and key; portion_no follows the order of the programmes, then of the lines."""
    frames.need("charge", ["programme", "portion_key", "portion_order", "policy", "status", "line.amount"])
    charges = frames.frame["charge"].with_row_index("@first")
    taken = charges.filter((pl.col("status") == "paid") & pl.col("programme").is_not_null())
    grouped = taken.group_by("@claim", "policy", "programme", "portion_key").agg(
        pl.col("@first").min(), pl.coalesce("portion_order", pl.lit(0, dtype=pl.Int64)).min()
    )
    portions = pl.concat([grouped, _opened_anyway(frames, programmes, grouped)])
    ranks = pl.DataFrame(
        [(p.policy, p.name, p.order, p.benefit) for p in programmes if not p.closing],
        schema={"policy": pl.String, "programme": pl.String, "rank": pl.Int64, "benefit": pl.String}, orient="row",
    )  # fmt: skip
    portions = portions.join(ranks, on=["policy", "programme"], how="left")
    portions = portions.sort("@claim", "rank", "portion_order", "@first", "portion_key", nulls_last=True)
    portions = portions.with_columns(pl.int_range(1, pl.len() + 1).over("@claim").alias("portion_no"))
    frames.frame["portion"] = portions.select(
        "@claim", "policy", "programme", "benefit", "portion_no", pl.col("portion_key").alias("portion.key"),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("@portion"),
    )  # fmt: skip
    _link_charges(frames)


def _opened_anyway(frames: Frames, programmes: tuple[Programme, ...], grouped: pl.DataFrame) -> pl.DataFrame:
    opened = [grouped.clear()]
    for programme in programmes:
        if programme.always is None:
            continue
        frames.need("claim", [programme.always])
        claims = frames.frame["claim"].with_row_index("@claim")
        wanted = claims.filter(
            (pl.col("policy") == programme.policy) & (pl.col("status") == "paid") & pl.col(programme.always)
        ).select("@claim")
        has = grouped.filter((pl.col("policy") == programme.policy) & (pl.col("programme") == programme.name))
        missing = wanted.join(has, on="@claim", how="anti").select(
            "@claim", policy=pl.lit(programme.policy), programme=pl.lit(programme.name),
            portion_key=pl.lit(None, dtype=pl.String), **{"@first": pl.lit(None, dtype=pl.UInt32)},
            portion_order=pl.lit(0, dtype=pl.Int64),
        )  # fmt: skip
        opened.append(missing.select(grouped.columns))
    return pl.concat(opened)


def _link_charges(frames: Frames) -> None:
    portions = frames.frame["portion"].select("@claim", "programme", "@portion", portion_key="portion.key")
    charges = frames.frame["charge"].select("@claim", "programme", "portion_key")
    linked = charges.join(
        portions, on=["@claim", "programme", "portion_key"], how="left", nulls_equal=True, maintain_order="left"
    )
    frames.put("charge", [linked["@portion"]])
