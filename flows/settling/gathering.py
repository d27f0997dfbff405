"""Gathers the rows of the affected members from the database into files, bucket by bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from flows.intake import LINES_PER_BUCKET, buckets_of
from flows.intake.parts import Parts, bucket_of
from flows.settling.buckets import BILLS, Buckets, Columns
from flows.settling.settler import Settler
from flows.warehouse.queries import number
from schemas import DELIVERED, TABLES

__all__ = ["split_members"]

_LINES = """
    SELECT count(*) * (SELECT count(*) FROM {fee_lines}) // greatest((SELECT count(*) FROM {claims}), 1)
    FROM {claims} SEMI JOIN affected USING (member_id)
"""
"""About as many lines as the claims have, at the average of the table: counting them would read the table once more."""

_AREAS = "SELECT DISTINCT area_code FROM enrolments SEMI JOIN affected USING (member_id)"

_PLACED = """
    CREATE OR REPLACE TEMP TABLE placed AS
    SELECT place, bucket FROM {claims} JOIN part USING (member_id)
"""
_PLACED_LINES = """
    CREATE OR REPLACE TEMP TABLE placed AS
    SELECT l.place, bucket FROM {fee_lines} AS l JOIN {claims} USING (claim_id) JOIN part USING (member_id)
"""


def split_members(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    settler: Settler,
    lines_per_bucket: int = LINES_PER_BUCKET,
    bills: Mapping[str, Parts] | None = None,
) -> Buckets:
    """Write what `settler` reads of every row that concerns the members of `affected` to Parquet, in fen.

    One folder a table and bucket. `bills`, the delivered ones, are taken from their own files, except claims that were
    `known_claim`; then only the `earlier_claims` and `earlier_fee_lines` are written.
    """
    source = {name: f"earlier_{name}" if bills else f"(SELECT *, rowid AS place FROM {name})" for name in BILLS}
    bills = _new_ones(con, bills or {})
    lines = number(con, _LINES.format(**source))
    lines += sum(parts.lines() for name, parts in bills.items() if name == "fee_lines")
    least = bills["claims"].count if bills else 1
    count = least * -(-buckets_of(lines, lines_per_bucket) // least)
    columns = settler.reads(con.sql(_AREAS).pl()["area_code"])
    _deal(con, count)
    _Split(con, folder, count, columns, source).write()
    providers = con.sql(f"SELECT {TABLES['providers'].loaded()} FROM providers").pl()
    return Buckets(folder, count, providers.cast(TABLES["providers"].frame_schema()), bills, columns)


def _new_ones(con: duckdb.DuckDBPyConnection, bills: Mapping[str, Parts]) -> dict[str, Parts]:
    known = con.sql("SELECT claim_id FROM known_claim").pl()["claim_id"] if bills else pl.Series(dtype=pl.String)
    return {name: parts.without(known) for name, parts in bills.items()}


def _deal(con: duckdb.DuckDBPyConnection, count: int) -> None:
    """Give every affected member a bucket, in the temporary table `part`."""
    members = con.sql("SELECT member_id FROM affected").pl()
    con.register("dealt", members.with_columns(bucket=bucket_of(count)))
    con.execute("CREATE OR REPLACE TEMP TABLE part AS FROM dealt")
    con.unregister("dealt")


@dataclass(frozen=True)
class _Split:
    """The tables of the database, those of `source` with the `place` of each row, on their way into `count` buckets."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    count: int
    columns: Columns
    source: Mapping[str, str]

    def write(self) -> None:
        for name in DELIVERED:
            if name not in ("providers", *BILLS):
                self._write(name, f"{name} JOIN part USING (member_id)")
        for name, placed in (("claims", _PLACED), ("fee_lines", _PLACED_LINES)):
            self.con.execute(placed.format(**self.source))
            # first the few that are wanted, by their place: other rows are not read beyond their key
            wanted = f"(FROM {self.source[name]} WHERE place IN (SELECT place FROM placed))"
            self._write(name, f"{wanted} JOIN placed USING (place)")

    def _write(self, name: str, rows: str) -> None:
        table = TABLES[name]
        read = replace(table, columns=tuple(table[column] for column in self.columns[name])).loaded()
        target, how = self.folder / name, "PARTITION_BY (bucket),"
        if self.count == 1:
            target, how = target / "bucket=0" / "0.parquet", ""
            target.parent.mkdir(parents=True)
        file = str(target).replace("'", "''")
        bucket = ", bucket" if how else ""
        self.con.execute(
            f"COPY (SELECT {read}{bucket} FROM {rows}) TO '{file}' (FORMAT parquet, {how} COMPRESSION lz4)"
        )
