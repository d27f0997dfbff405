"""Takes in claims and their fee lines block by block; a claim with a faulty row is held back with all its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from flows.intake.claims import claim_faults, line_faults, trim_ended_on
from flows.intake.keys import Array, Keys, numbered
from flows.intake.lines import Lines, Runs, runs_of
from flows.intake.parts import Parts, bucket_of
from flows.intake.pile import Block, Pile
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
        lines = _take_lines(piles["fee_lines"], claims)
        of_claims = piles["claims"].close(lambda _: claims.keys.repeated)
        held = pl.concat([of_claims, piles["fee_lines"].close(lines.repeated)]).unique()
    finally:
        for pile in piles.values():
            pile.stop()
    for pile in piles.values():
        pile.hold(held)
    return piles, _noticed(piles["claims"].parts, claims, lines.found)


def _take_claims(pile: Pile, providers: Keys, members: Keys) -> _Claims:
    numbers, buckets, reversing, trimmed = [], [], [pl.Series(dtype=pl.String)], [pl.Series(dtype=pl.String)]
    for block, number, bucket, turned, differing in pile.blocks(partial(_claims_of_block, pile, providers, members)):
        pile.take(block)
        numbers.append(number)
        buckets.append(bucket)
        reversing.append(turned)
        trimmed.append(differing)
    pile.write()
    return _Claims(Keys(numbers, buckets), pl.concat(reversing).unique(), pl.concat(trimmed))


def _claims_of_block(
    pile: Pile, providers: Keys, members: Keys, frame: pl.DataFrame, wrong: pl.DataFrame
) -> tuple[Block, Array, Array, pl.Series, pl.Series]:
    """Besides the block what the lines must know: numbers and buckets of its claims, who reverses, who was trimmed."""
    rows = frame.with_columns(constants(pile.table, frame.columns, "ended_on", "reverses_claim_id"))
    bucket = rows.select(bucket_of(pile.parts.count)).to_series().to_numpy()
    whole, differing = trim_ended_on(rows)
    block = pile.block(whole.select(frame.columns), wrong, claim_faults(rows, providers, members), bucket)
    buckets = bucket[frame["claim_id"].is_not_null().to_numpy()]
    reversing = rows.filter(pl.col("reverses_claim_id").is_not_null())["claim_id"]
    return block, numbered(frame, "claim_id"), buckets, reversing, differing


def _take_lines(pile: Pile, claims: _Claims) -> Lines:
    lines = Lines(claims.keys)
    for block, runs in pile.blocks(partial(_lines_of_block, pile, claims)):
        pile.take(block)
        lines.take(runs)
    return lines


def _lines_of_block(pile: Pile, claims: _Claims, frame: pl.DataFrame, wrong: pl.DataFrame) -> tuple[Block, Runs]:
    runs = runs_of(frame, claims.keys)
    found = line_faults(frame, pl.Series(runs.known), claims.reversing)
    return pile.block(frame, wrong, found, runs.buckets(claims.keys)), runs


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
