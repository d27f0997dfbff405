"""Settles the affected members in member buckets, which bound the memory whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from flows.intake.parts import Parts, bucket_of
from flows.settling.workers import Workers, workers
from schemas import DELIVERED, TABLES

__all__ = ["ALL_COLUMNS", "AT_ONCE", "BILLS", "Buckets", "Columns", "settle_buckets"]

AT_ONCE = 2
"""Buckets that are settled beside each other."""

_MANY = 6
"""Buckets from which on it pays to start processes, which takes each of them a second."""

BILLS = ("claims", "fee_lines")
"""Tables that settling puts in order itself; of the others the first of equal rows may decide."""

Tables = dict[str, pl.DataFrame]
Columns = Mapping[str, Sequence[str]]

ALL_COLUMNS: Columns = {name: TABLES[name].names for name in DELIVERED}


@dataclass(frozen=True)
class Buckets:
    """The rows of the affected members in `folder`/TABLE/bucket=N; every bucket sees all providers.

    `bills` are claims and fee lines of tonight that lie in files already, in buckets of which a multiple is `count`.
    `columns` are those of each table that settling reads.
    """

    folder: Path
    count: int
    providers: pl.DataFrame
    bills: Mapping[str, Parts] = field(default_factory=dict)
    columns: Columns = field(default_factory=lambda: ALL_COLUMNS)

    def tables(self, number: int) -> Tables:
        """The canonical frames of one bucket."""
        read = {name: self._read(name, number) for name in DELIVERED if name != "providers"}
        if self.bills:
            fresh = self._fresh(number)
            read |= {name: pl.concat([read[name], fresh[name]]) for name in BILLS}
        return read | {"providers": self.providers}

    def results(self, name: str) -> Path:
        """Where the settled frame `name` of each bucket goes: one Parquet file a bucket."""
        folder = self.folder / f"settled_{name}"
        folder.mkdir(exist_ok=True)
        return folder

    def _fresh(self, number: int) -> Tables:
        rows = {name: parts.accepted(number % parts.count) for name, parts in self.bills.items()}
        if self.count > self.bills["claims"].count:
            rows["claims"] = rows["claims"].filter(bucket_of(self.count) == number)
            rows["fee_lines"] = rows["fee_lines"].join(rows["claims"], on="claim_id", how="semi")
        read = [frame.select(self.columns[name]) for name, frame in rows.items()]
        return dict(zip(rows, pl.collect_all(read), strict=True))

    def _read(self, name: str, number: int) -> pl.DataFrame:
        files = sorted((self.folder / name / f"bucket={number}").glob("*.parquet"))
        table, columns = TABLES[name], self.columns[name]
        if not files:
            return table.empty().select(columns)
        rows = pl.read_parquet(files, hive_partitioning=False).select(columns)
        rows = rows.cast({column: table[column].dtype for column in columns})
        return rows if name in BILLS else rows.sort(table.names if table.several else table.key)


def settle_buckets(
    buckets: Buckets,
    settle: Callable[[Mapping[str, pl.DataFrame]], object],
    names: tuple[str, ...],
    advance: Callable[[int, int], None],
    team: Workers | None = None,
) -> None:
    """Settle bucket after bucket, two at a time, and leave the frames `names` of each result as Parquet.

    `advance(done, all)` is told of every bucket that is ready. Many buckets are settled in processes: those of `team`, if they
    were started already; they end with it.
    """
    work = _Work(buckets, settle, names)
    at_once = min(AT_ONCE, buckets.count)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(at_once))
        if buckets.count >= _MANY:
            team = team or stack.enter_context(workers(at_once))
        one = team.at(work) if team and buckets.count > 1 else work
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)  # a run that is stopped begins no other bucket
        for done, _ in enumerate(pool.map(one, range(buckets.count)), 1):
            advance(done, buckets.count)
        if team:
            team.dismiss()


@dataclass(frozen=True)
class _Work:
    """What is to be done with each bucket."""

    buckets: Buckets
    settle: Callable[[Mapping[str, pl.DataFrame]], object]
    names: tuple[str, ...]

    def __call__(self, number: int) -> None:
        settled = self.settle(self.buckets.tables(number))
        for name in self.names:
            file = self.buckets.results(name) / f"{number}.parquet"
            getattr(settled, name).write_parquet(file, compression="lz4", statistics=False)
