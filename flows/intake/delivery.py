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
from flows.intake.faults import QUARANTINE
from flows.intake.files import find_files, lines_in
from flows.intake.fingerprint import combined
from flows.intake.keys import Keys
from flows.intake.parts import LINES_PER_BUCKET, Parts, buckets_of
from flows.intake.pile import Pile
from flows.intake.reference import Taken, keys_of, take_reference
from flows.intake.table import Receipt, TableFile
from flows.intake.totals import Totals
from schemas import DELIVERED, REFERENCE, TABLES

__all__ = ["Delivery", "DeliveryError", "Receipt", "Totals", "read_delivery"]


@dataclass(frozen=True)
class Delivery:
    """What came in: accepted rows in files, those of the `reference` tables and the `bills`, which are claims and fee lines."""

    folder: Path
    reference: Mapping[str, Parts]
    bills: Mapping[str, Parts]
    quarantine: pl.DataFrame
    warnings: list[str]
    receipts: list[Receipt]
    totals: dict[str, Totals]
    fingerprint: str

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every delivered table, typed, with accepted rows only (absent files: no rows), all of it in memory."""
        parts = {**self.reference, **self.bills}
        return {name: parts[name].rows() for name in DELIVERED}

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
    (member_id), each with at least that column. Accepted rows lie in `scratch` (default: as long as the Delivery lives),
    as many bills to a bucket of members as have `lines_per_bucket` fee lines. Raises DeliveryError when a file cannot be read as a
    table; nothing is returned then.
    """
    found = find_files(folder)
    files = {name: TableFile(path, TABLES[name]) for name, path in found.files.items() if name not in REFERENCE}
    count = buckets_of(lines_in(found.files["fee_lines"]), lines_per_bucket) if "fee_lines" in files else 1
    parts = scratch or Path(mkdtemp(prefix="baoxiao-"))
    try:
        reference = {name: Parts(TABLES[name], parts / name, count=1, all_numbered=True) for name in REFERENCE}
        taken = {name: take_reference(found.files[name], reference[name]) for name in REFERENCE if name in found.files}
        piles, noticed = read_bills(files, parts, count, *_present(taken, known or {}))
        delivery = _delivery(folder, found.warnings, reference, taken, piles, noticed)
    except BaseException:
        shutil.rmtree(parts, ignore_errors=True)
        raise
    if scratch is None:
        weakref.finalize(delivery, shutil.rmtree, parts, ignore_errors=True)
    return delivery


def _delivery(
    folder: Path,
    warnings: list[str],
    reference: Mapping[str, Parts],
    taken: Mapping[str, Taken],
    piles: Mapping[str, Pile],
    noticed: list[str],
) -> Delivery:
    came = [pile for pile in piles.values() if pile.file]
    files = [pile.file for pile in came if pile.file]
    totals = {name: table.totals for name, table in taken.items()} | {pile.table.name: pile.totals() for pile in came}
    unbalanced = {name: total for name, total in totals.items() if not total.balanced}
    if unbalanced:
        raise AssertionError(f"The control totals do not balance: {unbalanced}")
    refused = [*(table.quarantine for table in taken.values()), *(pile.quarantine() for pile in came)]
    receipts = [*(table.receipt for table in taken.values()), *(file.receipt for file in files)]
    said = [*(table.warnings for table in taken.values()), *(file.warnings for file in files), noticed]
    return Delivery(
        folder=folder,
        reference=reference,
        bills={name: pile.parts for name, pile in piles.items()},
        quarantine=pl.concat([QUARANTINE.to_frame(), *refused]),
        warnings=[*warnings, *(warning for some in said for warning in some)],
        receipts=receipts,
        totals=totals,
        fingerprint=combined({receipt.table: receipt.fingerprint for receipt in receipts}),
    )


def _present(taken: Mapping[str, Taken], known: Mapping[str, pl.DataFrame]) -> tuple[Keys, Keys]:
    """Providers and members that are known or accepted now; who is enrolled is a member."""
    providers = keys_of("provider_id", ("providers",), taken, known)
    return providers, keys_of("member_id", ("members", "enrolments"), taken, known)
