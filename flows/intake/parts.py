"""Deals the claims and fee lines of a large delivery into parts on disk, by claim, so that each fits into memory."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

__all__ = ["BILLS", "ROWS_IN_MEMORY", "Parts", "parts_for"]

BILLS = ("claims", "fee_lines")
ROWS_IN_MEMORY = 1_500_000
_BYTES_A_ROW = 90  # of a CSV of fee lines, about


@dataclass(frozen=True)
class Parts:
    """A claim and its lines are in the same part; within a part rows keep the order of the file."""

    folder: Path
    count: int

    def add(self, name: str, block: pl.DataFrame) -> None:
        """Deal the rows of a block, which has `row_number` and `claim_id`."""
        part = pl.col("claim_id").hash(seed=0) % self.count
        for (number,), rows in (
            block.with_columns(part=part.fill_null(0))
            .partition_by("part", maintain_order=True, as_dict=True, include_key=False)
            .items()
        ):
            self._write(self.folder / name / f"part={number}" / f"{block['row_number'][0]:012d}.parquet", rows)

    def rows(self, name: str, number: int) -> pl.DataFrame | None:
        """All rows of one part; None when there is none."""
        files = sorted((self.folder / name / f"part={number}").glob("*.parquet"))
        return pl.read_parquet(files, hive_partitioning=False) if files else None

    def accept(self, number: int, tables: Mapping[str, pl.DataFrame]) -> None:
        """Keep the accepted rows of one part and let go of its delivered rows."""
        for name, frame in tables.items():
            self._write(self.folder / "accepted" / name / f"{number}.parquet", frame)
            shutil.rmtree(self.folder / name / f"part={number}", ignore_errors=True)

    def accepted(self, name: str) -> list[Path]:
        """The files of accepted rows."""
        return sorted((self.folder / "accepted" / name).glob("*.parquet"))

    def _write(self, file: Path, rows: pl.DataFrame) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(file, compression="lz4", statistics=False)


def parts_for(files: Mapping[str, Path], scratch: Path | None) -> Parts | None:
    """How to deal the bills of a delivery; None when they fit into memory or there is no room on disk for it."""
    rows = max((_rows(files[name]) for name in BILLS if name in files), default=0)
    return Parts(scratch, -(-rows // ROWS_IN_MEMORY)) if scratch and rows > ROWS_IN_MEMORY else None


def _rows(file: Path) -> int:
    """The rows of a file, of a CSV about; a file that cannot be read has none here and is refused later."""
    try:
        if file.suffix.lower() != ".parquet":
            return file.stat().st_size // _BYTES_A_ROW
        return int(pl.scan_parquet(file, glob=False, hive_partitioning=False).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        return 0
