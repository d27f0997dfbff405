"""Settles the affected members from all their claims, in member buckets that bound the memory whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from flows.intake import LINES_PER_BUCKET, buckets_of
from flows.intake.parts import Parts
from flows.settling.workers import Workers, workers
from flows.warehouse.queries import number
from schemas import DELIVERED, TABLES

__all__ = ["AT_ONCE", "LINES_PER_BUCKET", "Buckets", "settle_buckets", "split_members"]

AT_ONCE = 2
"""Buckets that are settled beside each other."""

_MANY = 6
"""Buckets from which on it pays to start processes, which takes each of them a second."""

_BILLS = ("claims", "fee_lines")
"""Tables that settling puts in order itself; of the others the first of equal rows may decide."""

_LINES = """
    SELECT count(*) * (SELECT count(*) FROM {fee_lines}) // greatest((SELECT count(*) FROM {claims}), 1)
    FROM {claims} SEMI JOIN affected USING (member_id)
"""
"""About as many lines as the claims have, at the average of the table: counting them would read the table once more."""

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Buckets:
    """The rows of the affected members in `folder`/TABLE/bucket=N; every bucket sees all providers.

    `bills` are claims and fee lines of tonight that lie in files already, in buckets of which a multiple is `count`.
    """

    folder: Path
    count: int
    providers: pl.DataFrame
    bills: Mapping[str, Parts] = field(default_factory=dict)

    def tables(self, number: int) -> Tables:
        """The canonical frames of one bucket."""
        read = {name: self._read(name, number) for name in DELIVERED if name != "providers"}
        if self.bills:
            fresh = self._fresh(number)
            read |= {name: pl.concat([read[name], fresh[name]]) for name in _BILLS}
        return read | {"providers": self.providers}

    def results(self, name: str) -> Path:
        """Where the settled frame `name` of each bucket goes: one Parquet file a bucket."""
        folder = self.folder / f"settled_{name}"
        folder.mkdir(exist_ok=True)
        return folder

    def _fresh(self, number: int) -> Tables:
        rows = {name: parts.accepted(number % parts.count).drop("row_number") for name, parts in self.bills.items()}
        if self.count > self.bills["claims"].count:
            rows["claims"] = rows["claims"].filter(_bucket(self.count) == number)
            rows["fee_lines"] = rows["fee_lines"].join(rows["claims"], on="claim_id", how="semi")
        return dict(zip(rows, pl.collect_all(rows.values()), strict=True))

    def _read(self, name: str, number: int) -> pl.DataFrame:
        files = sorted((self.folder / name / f"bucket={number}").glob("*.parquet"))
        table = TABLES[name]
        if not files:
            return table.empty()
        rows = pl.read_parquet(files, hive_partitioning=False).select(table.names)
        rows = rows.cast(table.frame_schema())
        return rows if name in _BILLS else rows.sort(table.names if table.several else table.key)


def split_members(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    lines_per_bucket: int = LINES_PER_BUCKET,
    bills: Mapping[str, Parts] | None = None,
) -> Buckets:
    """Write every row that concerns the members of `affected` to Parquet, one folder a table and bucket, in fen.

    `bills`, the delivered ones, are taken from their own files, except claims that were `known_claim`; then only the
    `earlier_claims` and `earlier_fee_lines` are written.
    """
    source = {name: f"earlier_{name}" if bills and name in _BILLS else name for name in DELIVERED}
    bills = _new_ones(con, bills or {})
    lines = number(con, _LINES.format(**source))
    lines += sum(parts.lines() for name, parts in bills.items() if name == "fee_lines")
    least = bills["claims"].count if bills else 1
    count = least * -(-buckets_of(lines, lines_per_bucket) // least)
    _deal(con, count)
    for name in DELIVERED:
        if name != "providers":
            _split(con, name, source, folder / name, count)
    providers = con.sql(f"SELECT {TABLES['providers'].loaded()} FROM providers").pl()
    return Buckets(folder, count, providers.cast(TABLES["providers"].frame_schema()), bills)


def settle_buckets(
    buckets: Buckets,
    settle: Callable[[Mapping[str, pl.DataFrame]], object],
    names: tuple[str, ...],
    advance: Callable[[int, int], None],
    team: Workers | None = None,
) -> None:
    """Settle bucket after bucket, two at a time, and leave the frames `names` of each result as Parquet.

    `advance(done, all)` is told of every bucket that is ready. Many buckets are settled in processes: those of `team`, if they
    were started already.
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


def _new_ones(con: duckdb.DuckDBPyConnection, bills: Mapping[str, Parts]) -> dict[str, Parts]:
    known = con.sql("SELECT claim_id FROM known_claim").pl()["claim_id"] if bills else pl.Series(dtype=pl.String)
    return {name: parts.without(known) for name, parts in bills.items()}


def _deal(con: duckdb.DuckDBPyConnection, count: int) -> None:
    """Give every affected member a bucket, in the temporary table `part`."""
    members = con.sql("SELECT member_id FROM affected").pl()
    con.register("dealt", members.with_columns(bucket=_bucket(count).cast(pl.UInt16)))
    con.execute("CREATE OR REPLACE TEMP TABLE part AS FROM dealt")
    con.unregister("dealt")


def _bucket(count: int) -> pl.Expr:
    return pl.col("member_id").hash() % count


def _split(con: duckdb.DuckDBPyConnection, name: str, source: Mapping[str, str], folder: Path, count: int) -> None:
    keyed_by_member = "member_id" in TABLES[name].names
    of_claim = f"(SELECT claim_id, bucket FROM {source['claims']} JOIN part USING (member_id))"
    key, part = ("member_id", "part") if keyed_by_member else ("claim_id", of_claim)
    rows = source[name] if source[name] != name else f"(SELECT *, rowid AS place FROM {name})"
    if name in _BILLS:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE placed AS SELECT place, bucket FROM {rows} JOIN {part} USING ({key})"
        )
        rows = f"(FROM {rows} WHERE place IN (SELECT place FROM placed))"
        key, part = "place", "placed"
    columns = TABLES[name].loaded()
    if count == 1:
        folder = folder / "bucket=0"
        folder.mkdir(parents=True)
        _write(con, f"SELECT {columns} FROM {rows} SEMI JOIN {part} USING ({key})", folder / "0.parquet")
    else:
        _write(con, f"SELECT {columns}, bucket FROM {rows} JOIN {part} USING ({key})", folder, "PARTITION_BY (bucket),")


def _write(con: duckdb.DuckDBPyConnection, query: str, target: Path, how: str = "") -> None:
    con.execute(
        f"COPY ({query}) TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, {how} COMPRESSION lz4)"
    )
