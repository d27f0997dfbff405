"""Settles the affected members from all their claims, in member buckets that bound the memory whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from flows.warehouse.queries import number
from schemas import DELIVERED, TABLES

__all__ = ["LINES_PER_BUCKET", "Buckets", "settle_buckets", "split_members"]

LINES_PER_BUCKET = 500_000
_THREADS = 2  # Polars spreads each bucket over the cores; a second one fills the gaps between its steps

_LINES = """
    SELECT count(*) FROM fee_lines
    WHERE claim_id IN (SELECT claim_id FROM claims SEMI JOIN affected USING (member_id))
"""
_PART = {
    "claims": "SELECT claim_id, bucket FROM claims JOIN part USING (member_id)",
    "members": "SELECT member_id, md5_number_lower(member_id) % {count} AS bucket FROM affected",
}

_SORTED_BY_SETTLING = ("claims", "fee_lines")
"""Tables that settling puts in order itself; of the others the first of equal rows may decide."""

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Buckets:
    """The rows of the affected members in `folder`/TABLE/bucket=N; every bucket sees all providers."""

    folder: Path
    count: int
    providers: pl.DataFrame

    def tables(self, number: int) -> Tables:
        """The canonical frames of one bucket."""
        read = {name: self._read(name, number) for name in DELIVERED if name != "providers"}
        return read | {"providers": self.providers}

    def results(self, name: str) -> Path:
        """Where the settled frame `name` of each bucket goes: one Parquet file a bucket."""
        folder = self.folder / f"settled_{name}"
        folder.mkdir(exist_ok=True)
        return folder

    def _read(self, name: str, number: int) -> pl.DataFrame:
        files = sorted((self.folder / name / f"bucket={number}").glob("*.parquet"))
        table = TABLES[name]
        if not files:
            return table.empty()
        rows = pl.read_parquet(files, hive_partitioning=False).select(table.names)
        rows = rows.cast(table.frame_schema())
        return rows if name in _SORTED_BY_SETTLING else rows.sort(table.names if table.several else table.key)


def split_members(con: duckdb.DuckDBPyConnection, folder: Path, lines_per_bucket: int = LINES_PER_BUCKET) -> Buckets:
    """Write every row that concerns the members of `affected` to Parquet, one folder a table and bucket, in fen."""
    count = max(1, -(-number(con, _LINES) // lines_per_bucket))
    con.execute(f"CREATE OR REPLACE TEMP TABLE part AS {_PART['members'].format(count=count)}")
    for name in DELIVERED:
        if name != "providers":
            _split(con, name, folder)
    providers = con.sql(f"SELECT {TABLES['providers'].loaded()} FROM providers").pl()
    return Buckets(folder, count, providers.cast(TABLES["providers"].frame_schema()))


def settle_buckets(
    buckets: Buckets,
    settle: Callable[[Mapping[str, pl.DataFrame]], object],
    names: tuple[str, ...],
    advance: Callable[[int, int], None],
) -> None:
    """Settle bucket after bucket, two at a time, and leave the frames `names` of each result as Parquet.

    `advance(done, all)` is told of every bucket that is ready.
    """

    def one(number: int) -> None:
        settled = settle(buckets.tables(number))
        for name in names:
            getattr(settled, name).write_parquet(buckets.results(name) / f"{number}.parquet", compression="lz4")

    with ThreadPoolExecutor(min(_THREADS, buckets.count)) as pool:
        for done, _ in enumerate(pool.map(one, range(buckets.count)), 1):
            advance(done, buckets.count)


def _split(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
    keyed_by_member = "member_id" in TABLES[name].names
    key, part = ("member_id", "part") if keyed_by_member else ("claim_id", f"({_PART['claims']})")
    con.execute(
        f"COPY (SELECT {TABLES[name].loaded()}, bucket FROM {name} JOIN {part} USING ({key})) "
        f"TO '{str(folder / name).replace(chr(39), chr(39) * 2)}' "
        "(FORMAT parquet, PARTITION_BY (bucket), COMPRESSION lz4)"
    )
