"""Takes in one delivery: typed tables of sound rows, and a quarantine that says of every other row what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.intake.claims import claim_faults, hold_whole, line_faults, trim_ended_on
from flows.intake.error import DeliveryError
from flows.intake.faults import QUARANTINE, faults
from flows.intake.files import find_files
from flows.intake.fingerprint import combined
from flows.intake.quarantine import quarantine_of
from flows.intake.rows import merge_repeated, period_faults
from flows.intake.table import FileRead, Receipt, read_table
from flows.intake.totals import Totals, totals_of
from schemas import REFERENCE, TABLES, Table, empty_tables

__all__ = ["Delivery", "DeliveryError", "Receipt", "Totals", "read_delivery"]


@dataclass(frozen=True)
class Delivery:
    """What came in. `tables` has every delivered table, typed, with accepted rows only (absent files: no rows)."""

    folder: Path
    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    warnings: list[str]
    receipts: list[Receipt]
    totals: dict[str, Totals]
    fingerprint: str

    @property
    def total(self) -> Totals:
        """Control totals over all tables."""
        return sum(self.totals.values(), Totals())


def read_delivery(folder: Path, known: Mapping[str, pl.DataFrame] | None = None) -> Delivery:
    """Read the tables in `folder`; faulty rows go to the quarantine, the others go on.

    `known` holds what the warehouse has already: frames `providers` (provider_id), `members` and `enrolments`
    (member_id), each with at least that column. Raises DeliveryError when a file cannot be read as a table; nothing
    is returned then.
    """
    found = find_files(folder)
    reads = {name: _read(path, TABLES[name]) for name, path in found.files.items()}
    warnings = [*found.warnings, *(warning for read in reads.values() for warning in read.warnings)]
    accepted = empty_tables()
    wrong: dict[str, pl.DataFrame] = {}
    merged: dict[str, int] = {}
    for name in REFERENCE:
        if name in reads:
            accepted[name], wrong[name], merged[name] = _reference(reads[name])
    bills, wrong_bills, more = _bills(reads, accepted, known or {})
    accepted, wrong = accepted | bills, wrong | wrong_bills
    totals = {name: _totals(read, accepted[name], wrong[name], merged.get(name, 0)) for name, read in reads.items()}
    receipts = [read.receipt for read in reads.values()]
    return Delivery(
        folder=folder,
        tables=accepted,
        quarantine=pl.concat([QUARANTINE.to_frame(), *(quarantine_of(reads[name], wrong[name]) for name in reads)]),
        warnings=warnings + more,
        receipts=receipts,
        totals=totals,
        fingerprint=combined({receipt.table: receipt.fingerprint for receipt in receipts}),
    )


def _read(path: Path, table: Table) -> FileRead:
    try:
        return read_table(path, table)
    except OSError as error:
        raise DeliveryError(f"{path.name} cannot be read ({error.strerror}): check the file and its rights.") from None


def _reference(read: FileRead) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Accepted rows, faults, and how many rows only repeat another one."""
    wrong = faults(read.faults, period_faults(read.frame, read.table))
    sound = _without(read.frame, wrong)
    once, clashing = merge_repeated(sound, read.table)
    return _plain(_without(once, clashing)), faults(wrong, clashing), sound.height - once.height


def _bills(
    reads: Mapping[str, FileRead], accepted: Mapping[str, pl.DataFrame], known: Mapping[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame], list[str]]:
    """Claims and fee lines that are whole, the faults of the others, and warnings."""
    claims, wrong_claims = _rows(reads, "claims")
    lines, wrong_lines = _rows(reads, "fee_lines")
    providers = _ids("provider_id", accepted["providers"], known.get("providers"))
    enrolled = (accepted["enrolments"], known.get("enrolments"))
    members = _ids("member_id", accepted["members"], known.get("members"), *enrolled)
    wrong_claims = faults(wrong_claims, _beside(claim_faults(claims, providers, members), wrong_claims))
    wrong_lines = faults(wrong_lines, _beside(line_faults(lines, claims), wrong_lines))
    held_claims, held_lines = hold_whole(claims, lines, wrong_claims, wrong_lines)
    wrong = {"claims": faults(wrong_claims, held_claims), "fee_lines": faults(wrong_lines, held_lines)}
    whole, trimmed = trim_ended_on(_plain(_without(claims, wrong["claims"])))
    bill = _plain(_without(lines, wrong["fee_lines"]))
    return {"claims": whole, "fee_lines": bill}, wrong, _noticed(whole, bill, trimmed)


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


def _noticed(claims: pl.DataFrame, lines: pl.DataFrame, trimmed: int) -> list[str]:
    warnings = []
    bare = claims.filter(pl.col("reverses_claim_id").is_null()).join(lines, on="claim_id", how="anti")
    if bare.height:
        shown = ", ".join(bare["claim_id"].sort().head(5))
        warnings.append(f"claims: {bare.height} claims have no fee line and are settled with a total of 0.00: {shown}.")
    if trimmed:
        warnings.append(f"claims: ended_on of {trimmed} claims was not used: only stays and long-term care have one.")
    return warnings


def _totals(read: FileRead, accepted: pl.DataFrame, wrong: pl.DataFrame, merged: int) -> Totals:
    delivered = read.frame.select(pl.col("row_number"), pl.col("^amount$"))
    totals = totals_of(delivered, accepted, delivered.join(wrong, on="row_number", how="semi"), merged)
    if not totals.balanced:
        raise AssertionError(f"The control totals of {read.table.name} do not balance: {totals}")
    return totals


def _without(frame: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    return frame.join(wrong, on="row_number", how="anti", maintain_order="left") if wrong.height else frame


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop("row_number")
