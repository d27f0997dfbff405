"""The rows of a delivery in buckets of members, without a database: bills from the files of intake, the rest from memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from flows.intake.parts import bucket_of
from flows.settling.buckets import Buckets
from schemas import REFERENCE, TABLES

__all__ = ["DeliveredBuckets"]


@dataclass(frozen=True)
class DeliveredBuckets(Buckets):
    """Buckets whose `reference` tables are frames."""

    reference: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def tables(self, number: int) -> dict[str, pl.DataFrame]:
        bills = {
            name: parts.accepted(number).select(self.columns[name]).collect() for name, parts in self.bills.items()
        }
        return bills | {name: self._mine(TABLES[name].key, self.reference[name], number) for name in REFERENCE}

    def _mine(self, key: tuple[str, ...], rows: pl.DataFrame, number: int) -> pl.DataFrame:
        if "member_id" in rows.columns:
            rows = rows.filter(bucket_of(self.count) == number)
        return rows.sort(key)
