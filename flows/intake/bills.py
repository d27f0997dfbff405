"""Judges claims together with their fee lines: only whole bills go on, part by part where a delivery is large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from flows.intake.claims import claim_faults, hold_whole, line_faults, trim_ended_on
from flows.intake.faults import faults
from flows.intake.parts import BILLS, Parts
from flows.intake.quarantine import quarantine_of
from flows.intake.rows import plain, without
from flows.intake.table import FileRead
from flows.intake.totals import Totals, balanced_totals
from schemas import TABLES

__all__ = ["Bills", "read_bills"]

_NAMED = 5  # claims without lines that a warning names


@dataclass
class Bills:
    """Accepted claims and lines (none where they were dealt into parts), their quarantine, totals and warnings."""

    tables: dict[str, pl.DataFrame] = field(default_factory=lambda: {name: TABLES[name].empty() for name in BILLS})
    quarantine: dict[str, pl.DataFrame] = field(default_factory=dict)
    totals: dict[str, Totals] = field(default_factory=dict)
    bare: int = 0
    bare_named: list[str] = field(default_factory=list)
    trimmed: int = 0

    @property
    def warnings(self) -> list[str]:
        """What was noticed of bills that go on."""
        found = []
        if self.bare:
            named = ", ".join(self.bare_named)
            found.append(f"claims: {self.bare} claims have no fee line and are settled with a total of 0.00: {named}.")
        if self.trimmed:
            found.append(
                f"claims: ended_on of {self.trimmed} claims was not used: only stays and long-term care have one."
            )
        return found


def read_bills(
    reads: Mapping[str, FileRead],
    accepted: Mapping[str, pl.DataFrame],
    known: Mapping[str, pl.DataFrame],
    parts: Parts | None,
) -> Bills:
    """Judge the claims and lines that were read; `accepted` reference rows and those `known` before are what they may name."""
    bills = Bills()
    providers = _ids("provider_id", accepted["providers"], known.get("providers"))
    enrolled = (accepted["enrolments"], known.get("enrolments"))
    members = _ids("member_id", accepted["members"], known.get("members"), *enrolled)
    for number in range(parts.count if parts else 1):
        cut = {name: read.part(parts, number) for name, read in reads.items()} if parts else reads
        tables = _judge(bills, cut, providers, members)
        if parts:
            parts.accept(number, tables)
        else:
            bills.tables = tables
    bills.quarantine = {name: found.sort("row_number", maintain_order=True) for name, found in bills.quarantine.items()}
    return bills


def _judge(
    bills: Bills, reads: Mapping[str, FileRead], providers: pl.Series, members: pl.Series
) -> dict[str, pl.DataFrame]:
    """Claims and lines that are whole; what is wrong with the others, and the totals, are added to `bills`."""
    claims, wrong_claims = _rows(reads, "claims")
    lines, wrong_lines = _rows(reads, "fee_lines")
    wrong_claims = faults(wrong_claims, _beside(claim_faults(claims, providers, members), wrong_claims))
    wrong_lines = faults(wrong_lines, _beside(line_faults(lines, claims), wrong_lines))
    held_claims, held_lines = hold_whole(claims, lines, wrong_claims, wrong_lines)
    wrong = {"claims": faults(wrong_claims, held_claims), "fee_lines": faults(wrong_lines, held_lines)}
    whole, trimmed = trim_ended_on(plain(without(claims, wrong["claims"])))
    tables = {"claims": whole, "fee_lines": plain(without(lines, wrong["fee_lines"]))}
    for name, read in reads.items():
        counted = balanced_totals(name, read.frame, tables[name], wrong[name])
        bills.totals[name] = bills.totals.get(name, Totals()) + counted
        found = quarantine_of(read, wrong[name])
        bills.quarantine[name] = pl.concat([bills.quarantine[name], found]) if name in bills.quarantine else found
    _notice(bills, tables, trimmed)
    return tables


def _notice(bills: Bills, tables: Mapping[str, pl.DataFrame], trimmed: int) -> None:
    billed = tables["claims"].filter(pl.col("reverses_claim_id").is_null())
    bare = billed.join(tables["fee_lines"], on="claim_id", how="anti")["claim_id"]
    bills.bare += bare.len()
    bills.bare_named = sorted([*bills.bare_named, *bare.sort().head(_NAMED)])[:_NAMED]
    bills.trimmed += trimmed


def _rows(reads: Mapping[str, FileRead], name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    if name in reads:
        return reads[name].frame, reads[name].faults
    return TABLES[name].empty().with_row_index("row_number").cast({"row_number": pl.Int64}), faults()


def _beside(found: pl.DataFrame, ragged: pl.DataFrame) -> pl.DataFrame:
    """A ragged row has failed already: its cells are not to be judged."""
    rows = ragged.filter(pl.col("rule") == "row_has_all_fields")
    return found.join(rows, on="row_number", how="anti", maintain_order="left")


def _ids(column: str, *frames: pl.DataFrame | None) -> pl.Series:
    return pl.concat([frame[column].cast(pl.String) for frame in frames if frame is not None]).unique()
