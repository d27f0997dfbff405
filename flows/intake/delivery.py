"""Takes in one delivery: typed tables of sound rows, and a quarantine that says of every other row what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from flows.intake.bills import read_bills
from flows.intake.error import DeliveryError
from flows.intake.faults import QUARANTINE, faults
from flows.intake.files import find_files
from flows.intake.fingerprint import combined
from flows.intake.parts import BILLS, Parts, parts_for
from flows.intake.quarantine import quarantine_of
from flows.intake.rows import merge_repeated, period_faults, plain, without
from flows.intake.table import FileRead, Receipt, read_table
from flows.intake.totals import Totals, balanced_totals
from schemas import REFERENCE, TABLES, Table, empty_tables

__all__ = ["Delivery", "DeliveryError", "Receipt", "Totals", "read_delivery"]


@dataclass(frozen=True)
class Delivery:
    """What came in. `tables` has every delivered table, typed, with accepted rows only (absent files: no rows).

    Of a large delivery the accepted claims and fee lines stand in Parquet files instead, named in `files`.
    """

    folder: Path
    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    warnings: list[str]
    receipts: list[Receipt]
    totals: dict[str, Totals]
    fingerprint: str
    files: dict[str, list[Path]] = field(default_factory=dict)

    @property
    def total(self) -> Totals:
        """Control totals over all tables."""
        return sum(self.totals.values(), Totals())


def read_delivery(
    folder: Path, known: Mapping[str, pl.DataFrame] | None = None, scratch: Path | None = None
) -> Delivery:
    """Read the tables in `folder`; faulty rows go to the quarantine, the others go on.

    `known` holds what the warehouse has already: frames `providers` (provider_id), `members` and `enrolments`
    (member_id), each with at least that column. Bills that do not fit into memory are dealt into parts in `scratch`,
    where it is given. Raises DeliveryError when a file cannot be read as a table; nothing is returned then.
    """
    found = find_files(folder)
    parts = parts_for(found.files, scratch)
    reads = {name: _read(path, TABLES[name], parts if name in BILLS else None) for name, path in found.files.items()}
    accepted = empty_tables()
    totals: dict[str, Totals] = {}
    quarantine: dict[str, pl.DataFrame] = {}
    for name in REFERENCE:
        if name in reads:
            accepted[name], wrong, merged = _reference(reads[name])
            totals[name] = balanced_totals(name, reads[name].frame, accepted[name], wrong, merged)
            quarantine[name] = quarantine_of(reads[name], wrong)
    bills = read_bills({name: reads[name] for name in BILLS if name in reads}, accepted, known or {}, parts)
    receipts = [read.receipt for read in reads.values()]
    quarantine |= bills.quarantine
    warnings = [*found.warnings, *(warning for read in reads.values() for warning in read.warnings), *bills.warnings]
    return Delivery(
        folder=folder,
        tables=accepted | bills.tables,
        quarantine=pl.concat([QUARANTINE.to_frame(), *(quarantine[name] for name in reads)]),
        warnings=warnings,
        receipts=receipts,
        totals={name: (totals | bills.totals)[name] for name in reads},
        fingerprint=combined({receipt.table: receipt.fingerprint for receipt in receipts}),
        files={name: parts.accepted(name) for name in BILLS} if parts else {},
    )


def _read(path: Path, table: Table, parts: Parts | None) -> FileRead:
    try:
        return read_table(path, table, parts)
    except OSError as error:
        raise DeliveryError(f"{path.name} cannot be read ({error.strerror}): check the file and its rights.") from None


def _reference(read: FileRead) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Accepted rows, faults, and how many rows only repeat another one."""
    wrong = faults(read.faults, period_faults(read.frame, read.table))
    sound = without(read.frame, wrong)
    once, clashing = merge_repeated(sound, read.table)
    return plain(without(once, clashing)), faults(wrong, clashing), sound.height - once.height
