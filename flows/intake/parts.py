"""The delivered rows of claims or fee lines as Parquet files, dealt by member into buckets, so that memory stays small."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from flows.intake.dealing import Dealt, together, write
from flows.intake.undelivered import completed
from schemas import Table

__all__ = ["LINES_PER_BUCKET", "Parts", "bucket_of", "buckets_of"]

LINES_PER_BUCKET = 500_000
"""Fee lines that lie together: what is settled at once, and what memory follows."""


def buckets_of(lines: int, most: int) -> int:
    """One bucket, or an even number of them with about `most` lines or fewer: two at a time, none is left over."""
    return 1 if lines <= most else 2 * -(-lines // (2 * most))


def bucket_of(count: int) -> pl.Expr:
    """The bucket of a row with `member_id`, of so many, within one run of the program."""
    return (pl.col("member_id").hash() % count).cast(pl.UInt16)


@dataclass(frozen=True)
class Parts:
    """Rows of `table` in `folder`/bucket=N; claims of `excluded` numbers, and rows without one, are not accepted."""

    table: Table
    folder: Path
    count: int
    excluded: pl.Series = field(default_factory=lambda: pl.Series("claim_id", dtype=pl.String))
    all_numbered: bool = False
    """No row is without a claim number where the table has one, and nobody needs to look for it."""

    def add(self, blocks: list[Dealt]) -> None:
        """Write the rows of blocks, one file for each bucket that has some."""
        for bucket, rows in together(blocks):
            folder = self.folder / f"bucket={bucket}"
            folder.mkdir(parents=True, exist_ok=True)
            write(rows, folder / f"{blocks[0].first:012}.parquet")

    def without(self, claims: pl.Series) -> Parts:
        """The same rows, of which these claims are not accepted either."""
        return replace(self, excluded=pl.concat([self.excluded, claims.alias("claim_id")]).unique())

    def delivered(self, bucket: int | None = None) -> pl.LazyFrame:
        """All rows with `row_number`, complete with the columns that were not delivered."""
        files = self.files(bucket)
        if not files:
            return completed(self.table.empty().with_columns(row_number=pl.lit(0, pl.Int64)), self.table).lazy()
        return completed(pl.scan_parquet(files, glob=False, hive_partitioning=False), self.table)

    def accepted(self, bucket: int | None = None) -> pl.LazyFrame:
        """The rows of accepted claims with `row_number`."""
        rows = self.delivered(bucket)
        if not self.all_numbered:
            rows = rows.filter(pl.col("claim_id").is_not_null())
        if self.excluded.is_empty():
            return rows
        return rows.join(self.excluded.to_frame().lazy(), on="claim_id", how="anti")

    def rows(self) -> pl.DataFrame:
        """The rows of accepted claims as the table has them, in the order of the file, all of them in memory."""
        return self.accepted().sort("row_number").drop("row_number").collect()

    def lines(self) -> int:
        """Delivered rows."""
        return int(pl.scan_parquet(self.files(), glob=False).select(pl.len()).collect().item()) if self.files() else 0

    def absent(self) -> list[str]:
        """Columns that were not delivered and so are not in the files."""
        given = pl.read_parquet_schema(self.files()[0])
        return [name for name in self.table.names if name not in given]

    def pattern(self) -> str:
        """All files, for SQL."""
        return f"{self.folder}/*/*.parquet".replace("'", "''")

    def files(self, bucket: int | None = None) -> list[Path]:
        """The files of one bucket, or of all."""
        return sorted(self.folder.glob(f"bucket={'*' if bucket is None else bucket}/*.parquet"))
