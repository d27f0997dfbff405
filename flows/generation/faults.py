"""Spoils rows on purpose, so that the quarantine of a synthetic delivery has something of every table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

__all__ = ["faulty_provider", "spoil"]

_NOBODY = "无此机构"
_FAULTS: Mapping[str, tuple[pl.Expr, ...]] = {
    "members": (
        pl.lit("男性").alias("sex"),
        (pl.col("birth_date") - pl.duration(days=30)).alias("death_date"),
    ),
    "enrolments": (
        pl.lit("rural").alias("scheme"),
        pl.col("area_code").str.slice(0, 4),
        pl.lit(1025, pl.Int64).alias("benefit_year"),
    ),
    "statuses": (
        pl.lit("贫困").alias("status"),
        (pl.col("valid_from") - pl.duration(days=1)).alias("valid_to"),
    ),
    "registrations": (
        pl.lit("long_illness").alias("programme"),
        pl.lit(None, pl.Date).alias("valid_from"),
    ),
    "filings": (
        pl.lit("外地").alias("area_code"),
        (pl.col("valid_from") - pl.duration(days=10)).alias("valid_to"),
    ),
    "claims": (
        pl.lit(_NOBODY).alias("provider_id"),
        pl.when(pl.col("care_type") == "inpatient")
        .then(pl.col("started_on") - pl.duration(days=2))
        .otherwise(pl.col("ended_on"))
        .alias("ended_on"),
        pl.lit("telephone").alias("care_type"),
        pl.lit(None, pl.Datetime("us")).alias("settled_at"),
    ),
    "fee_lines": (
        -pl.col("amount"),
        pl.lit("D").alias("catalogue_class"),
        pl.lit(None, pl.Int64).alias("amount"),
        pl.lit("medicine").alias("item_kind"),
    ),
}
"""Each makes one rule fail; a stay that ends before it begins needs a stay, so on visits that one does nothing."""


def spoil(
    tables: Mapping[str, pl.DataFrame], share: float, rng: np.random.Generator, *, at_least_one: bool
) -> dict[str, pl.DataFrame]:
    """The tables with about `share` of their rows spoiled; with `at_least_one`, one row of each at least."""
    if not share:
        return dict(tables)
    return {name: _spoilt(frame, _FAULTS[name], share, rng, at_least_one) for name, frame in tables.items()}


def faulty_provider(providers: pl.DataFrame, share: float, number: int) -> pl.DataFrame:
    """Providers with one more, unlike any other and used by nobody: a faulty one that is used would take its claims along."""
    if not share:
        return providers
    broken = providers.head(1).with_columns(
        provider_id=pl.lit(f"X{number:06d}"), name=pl.lit(_NOBODY), kind=pl.lit("drugstore")
    )
    return pl.concat([providers, broken])


def _spoilt(
    frame: pl.DataFrame, faults: tuple[pl.Expr, ...], share: float, rng: np.random.Generator, at_least_one: bool
) -> pl.DataFrame:
    chosen = rng.random(frame.height) < share
    if at_least_one and frame.height and not chosen.any():
        chosen[rng.integers(frame.height)] = True
    kind = pl.Series("fault", np.where(chosen, rng.integers(len(faults), size=frame.height), -1))
    return frame.with_columns(kind).with_columns(_applied(faults)).drop("fault")


def _applied(faults: tuple[pl.Expr, ...]) -> list[pl.Expr]:
    """One expression a column: the faults of that column, else its value."""
    columns: dict[str, pl.Expr] = {}
    for number, fault in enumerate(faults):
        name = fault.meta.output_name()
        kept = columns.get(name, pl.col(name))
        columns[name] = pl.when(pl.col("fault") == number).then(fault).otherwise(kept).alias(name)
    return list(columns.values())
