"""Takes in the file of a reference table: its sound rows go to files, so that none of them stays in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from flows.intake.dealing import deal
from flows.intake.faults import faults
from flows.intake.keys import Array, Keys, numbered
from flows.intake.parts import Parts
from flows.intake.quarantine import quarantine_of
from flows.intake.rows import merge_repeated, period_faults, without
from flows.intake.table import Receipt, read_table
from flows.intake.totals import Totals, counted, totals_of

__all__ = ["Taken", "keys_of", "take_reference"]

Known = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Taken:
    """The numbers of the keys of accepted rows, and all that there is to say of the file."""

    keys: Array
    totals: Totals
    quarantine: pl.DataFrame
    receipt: Receipt
    warnings: list[str]


def take_reference(path: Path, parts: Parts) -> Taken:
    """Leave the accepted rows in the files of `parts`. Raises DeliveryError when the file cannot be read as a table."""
    table = parts.table
    read = read_table(path, table)
    wrong = faults(read.faults, period_faults(read.frame, table))
    once, clashing = merge_repeated(sound := without(read.frame, wrong), table)
    rows, wrong = without(once, clashing), faults(wrong, clashing)
    parts.add([deal(rows.select("row_number", *read.given), np.zeros(rows.height, np.uint16), parts.count)])
    refused = read.frame.join(wrong, on="row_number", how="semi")
    totals = totals_of(counted(read.frame), counted(rows), counted(refused), sound.height - once.height)
    said = quarantine_of(table, read.receipt.file, read.frame, wrong)
    return Taken(_numbers(rows, table.key[0]), totals, said, read.receipt, read.warnings)


def keys_of(column: str, tables: tuple[str, ...], taken: Mapping[str, Taken], known: Known) -> Keys:
    """What is known, or accepted now, in some tables, of each the column with which its key begins."""
    numbers = [taken[name].keys for name in tables if name in taken]
    return Keys([*numbers, *(_numbers(known[name], column) for name in tables if name in known)])


def _numbers(rows: pl.DataFrame, column: str) -> Array:
    return numbered(rows.select(pl.col(column).cast(pl.String)), column)
