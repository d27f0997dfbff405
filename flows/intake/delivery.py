"""Takes in one delivery: typed tables of sound rows, and a quarantine that says of every other row what is wrong."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp

import polars as pl

from flows.intake.bills import read_bills
from flows.intake.error import DeliveryError
from flows.intake.faults import QUARANTINE, faults
from flows.intake.files import find_files, lines_in
from flows.intake.fingerprint import combined
from flows.intake.keys import Keys, numbered
from flows.intake.parts import LINES_PER_BUCKET, Parts, buckets_of
from flows.intake.pile import Pile
from flows.intake.quarantine import quarantine_of
from flows.intake.rows import merge_repeated, period_faults, plain, without
from flows.intake.table import FileRead, Receipt, TableFile, read_table
from flows.intake.totals import Totals, counted, totals_of
from schemas import REFERENCE, TABLES

__all__ = ["Delivery", "DeliveryError", "Receipt", "Totals", "read_delivery"]


@dataclass(frozen=True)
class Delivery:
    """What came in: accepted rows of the reference tables as frames, claims and fee lines as `bills` in files."""

    folder: Path
    reference: dict[str, pl.DataFrame]
    bills: dict[str, Parts]
    quarantine: pl.DataFrame
    warnings: list[str]
    receipts: list[Receipt]
    totals: dict[str, Totals]
    fingerprint: str

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every delivered table, typed, with accepted rows only (absent files: no rows), all of it in memory."""
        rows = {name: parts.accepted().sort("row_number").drop("row_number") for name, parts in self.bills.items()}
        return self.reference | {name: frame.collect() for name, frame in rows.items()}

    @property
    def total(self) -> Totals:
        """Control totals over all tables."""
        return sum(self.totals.values(), Totals())


def read_delivery(
    folder: Path,
    known: Mapping[str, pl.DataFrame] | None = None,
    scratch: Path | None = None,
    lines_per_bucket: int = LINES_PER_BUCKET,
) -> Delivery:
    """Read the tables in `folder`; faulty rows go to the quarantine, the others go on.

    `known` holds what the warehouse has already: frames `providers` (provider_id), `members` and `enrolments`
    (member_id), each with at least that column. Accepted bills lie in `scratch` (default: as long as the Delivery lives),
    as many to a bucket of members as have `lines_per_bucket` fee lines. Raises DeliveryError when a file cannot be read as a
    table; nothing is returned then.
    """
    found = find_files(folder)
    reads = {name: read_table(path, TABLES[name]) for name, path in found.files.items() if name in REFERENCE}
    sound = {name: _reference(read) for name, read in reads.items()}
    accepted = {name: sound[name][0] if name in sound else TABLES[name].empty() for name in REFERENCE}
    files = {name: TableFile(path, TABLES[name]) for name, path in found.files.items() if name not in REFERENCE}
    count = buckets_of(lines_in(found.files["fee_lines"]), lines_per_bucket) if "fee_lines" in files else 1
    parts = scratch or Path(mkdtemp(prefix="baoxiao-"))
    try:
        piles, noticed = read_bills(files, parts, count, *_present(accepted, known or {}))
        delivery = _delivery(folder, found.warnings, reads, sound, accepted, piles, noticed)
    except BaseException:
        shutil.rmtree(parts, ignore_errors=True)
        raise
    if scratch is None:
        weakref.finalize(delivery, shutil.rmtree, parts, ignore_errors=True)
    return delivery


def _reference(read: FileRead) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Accepted rows, faults, and how many rows only repeat another one."""
    wrong = faults(read.faults, period_faults(read.frame, read.table))
    sound = without(read.frame, wrong)
    once, clashing = merge_repeated(sound, read.table)
    return plain(without(once, clashing)), faults(wrong, clashing), sound.height - once.height


def _delivery(
    folder: Path,
    warnings: list[str],
    reads: dict[str, FileRead],
    sound: dict[str, tuple[pl.DataFrame, pl.DataFrame, int]],
    accepted: dict[str, pl.DataFrame],
    piles: dict[str, Pile],
    noticed: list[str],
) -> Delivery:
    came = [pile for pile in piles.values() if pile.file]
    files = [pile.file for pile in came if pile.file]
    totals = {name: _totals(read, *sound[name]) for name, read in reads.items()}
    totals |= {pile.table.name: pile.totals() for pile in came}
    unbalanced = {name: total for name, total in totals.items() if not total.balanced}
    if unbalanced:
        raise AssertionError(f"The control totals do not balance: {unbalanced}")
    refused = [quarantine_of(read.table, read.receipt.file, read.frame, sound[name][1]) for name, read in reads.items()]
    receipts = [read.receipt for read in reads.values()] + [file.receipt for file in files]
    said = [*(read.warnings for read in reads.values()), *(file.warnings for file in files), noticed]
    return Delivery(
        folder=folder,
        reference=accepted,
        bills={name: pile.parts for name, pile in piles.items()},
        quarantine=pl.concat([QUARANTINE.to_frame(), *refused, *(pile.quarantine() for pile in came)]),
        warnings=[*warnings, *(warning for some in said for warning in some)],
        receipts=receipts,
        totals=totals,
        fingerprint=combined({receipt.table: receipt.fingerprint for receipt in receipts}),
    )


def _present(accepted: Mapping[str, pl.DataFrame], known: Mapping[str, pl.DataFrame]) -> tuple[Keys, Keys]:
    """Providers and members that are known or accepted now; who is enrolled is a member."""
    providers = [accepted["providers"], known.get("providers")]
    members = [accepted["members"], accepted["enrolments"], known.get("members"), known.get("enrolments")]
    return _keys("provider_id", providers), _keys("member_id", members)


def _keys(column: str, frames: list[pl.DataFrame | None]) -> Keys:
    return Keys(
        [numbered(frame.select(pl.col(column).cast(pl.String)), column) for frame in frames if frame is not None]
    )


def _totals(read: FileRead, accepted: pl.DataFrame, wrong: pl.DataFrame, merged: int) -> Totals:
    refused = read.frame.join(wrong, on="row_number", how="semi")
    return totals_of(counted(read.frame), counted(accepted), counted(refused), merged)
