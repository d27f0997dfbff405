"""Takes in claims and their fee lines block by block; a claim with a faulty row is held back with all its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from flows.intake.claims import claim_faults, line_faults, trim_ended_on
from flows.intake.keys import Array, Keys, numbered
from flows.intake.parts import Parts
from flows.intake.pile import Pile
from flows.intake.table import TableFile
from flows.intake.undelivered import constants
from schemas import TABLES

__all__ = ["read_bills"]


@dataclass
class _Claims:
    """What the lines must know of the claims: their numbers with the bucket of each, and who reverses another."""

    keys: Keys
    reversing: pl.Series
    trimmed: pl.Series


def read_bills(
    files: Mapping[str, TableFile], folder: Path, count: int, providers: Keys, members: Keys
) -> tuple[dict[str, Pile], list[str]]:
    """Claims and fee lines in `count` buckets of members below `folder`, and what is worth a warning.

    `providers` and `members` are those that are known and accepted. Raises DeliveryError when a file cannot be read.
    """
    piles = {
        name: Pile(TABLES[name], files.get(name), Parts(TABLES[name], folder / name, count))
        for name in ("claims", "fee_lines")
    }
    try:
        claims = _take_claims(piles["claims"], providers, members)
        with_lines = _take_lines(piles["fee_lines"], claims)
        held = pl.concat([pile.close() for pile in piles.values()]).unique()
    finally:
        for pile in piles.values():
            pile.stop()
    for pile in piles.values():
        pile.hold(held)
    return piles, _noticed(piles["claims"].parts, claims, with_lines)


def _take_claims(pile: Pile, providers: Keys, members: Keys) -> _Claims:
    numbers, buckets, reversing, trimmed = [], [], [pl.Series(dtype=pl.String)], [pl.Series(dtype=pl.String)]
    for frame, wrong in pile.blocks():
        rows = frame.with_columns(constants(pile.table, frame.columns, "ended_on", "reverses_claim_id"))
        found = claim_faults(rows, providers, members)
        bucket = (rows["member_id"].hash() % pile.parts.count).cast(pl.UInt16).to_numpy()
        whole, differing = trim_ended_on(rows)
        pile.take(whole.select(frame.columns), wrong, found, bucket)
        numbers.append(numbered(frame, "claim_id"))
        buckets.append(bucket[frame["claim_id"].is_not_null().to_numpy()])
        reversing.append(rows.filter(pl.col("reverses_claim_id").is_not_null())["claim_id"])
        trimmed.append(differing)
    return _Claims(Keys(numbers, buckets), pl.concat(reversing).unique(), pl.concat(trimmed))


def _take_lines(pile: Pile, claims: _Claims) -> Array:
    """Which of the claims have lines."""
    found = np.zeros(claims.keys.numbers.size, np.bool_)
    for frame, wrong in pile.blocks():
        places = claims.keys.place(frame["claim_id"].hash().to_numpy())
        known = places >= 0
        found[places[known]] = True
        bucket = np.zeros(places.size, np.uint16)
        bucket[known] = claims.keys.values[places[known]]
        pile.take(frame, wrong, line_faults(frame, pl.Series(known), claims.reversing), bucket)
    return found


def _noticed(claims: Parts, known: _Claims, with_lines: Array) -> list[str]:
    warnings = []
    numbers = pl.Series(known.keys.numbers[~with_lines], dtype=pl.UInt64)
    if numbers.len():
        bare = claims.accepted().filter(pl.col("reverses_claim_id").is_null())
        ids = bare.filter(pl.col("claim_id").hash().is_in(numbers.implode())).select("claim_id").collect()["claim_id"]
        if ids.len():
            shown = ", ".join(ids.sort().head(5))
            warnings.append(
                f"claims: {ids.len()} claims have no fee line and are settled with a total of 0.00: {shown}."
            )
    trimmed = known.trimmed.filter(~known.trimmed.is_in(claims.excluded.implode())).len()
    if trimmed:
        warnings.append(f"claims: ended_on of {trimmed} claims was not used: only stays and long-term care have one.")
    return warnings
