"""Reads the file of one table block by block into a typed frame, with the faults of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from flows.intake.ahead import ahead
from flows.intake.cells import typed
from flows.intake.checks import broken_rules
from flows.intake.csv_file import open_csv
from flows.intake.error import DeliveryError
from flows.intake.faults import faults, row_faults
from flows.intake.files import sha256
from flows.intake.fingerprint import Fingerprint, Mark
from flows.intake.headers import Header, match_header
from flows.intake.parquet import open_parquet
from flows.intake.undelivered import completed, constants
from schemas import Kind, Table

__all__ = ["FileRead", "Receipt", "TableFile", "read_table"]

_ROWS = 250_000
"""Small enough that a column stays in the cache of a core while it is worked on."""


@dataclass(frozen=True)
class Receipt:
    """What was received: `sha256` is of the file's bytes, `fingerprint` of its rows in any order and format."""

    table: str
    file: str
    encoding: str
    sha256: str
    fingerprint: str


@dataclass(frozen=True)
class FileRead:
    """All rows of a file, typed, with `row_number`; the faults found in single rows; what else was noticed."""

    table: Table
    frame: pl.DataFrame
    faults: pl.DataFrame
    receipt: Receipt
    warnings: list[str]


@dataclass(frozen=True)
class _Opened:
    header: list[str]
    encoding: str
    ragged: dict[int, int]
    blocks: Iterator[pl.DataFrame]
    warnings: list[str]


class TableFile:
    """A delivered file, read once; what it is like as a whole is known when its last block was read."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path, self.table = path, table
        self.header = Header({}, {}, [])
        self.warnings: list[str] = []
        self.receipt = Receipt(table.name, path.name, "", "", "")

    def blocks(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Typed rows of the delivered columns with `row_number`, and their faults.

        Raises DeliveryError when the file as a whole cannot be read.
        """
        try:
            yield from self._blocks()
        except OSError as error:
            reason = f"{self.path.name} cannot be read ({error.strerror}): check the file and its rights."
            raise DeliveryError(reason) from None

    def _blocks(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        path, empty = self.path, 0
        with _opened(path) as opened:
            self.header = match_header(self.table, opened.header, path.name)
            fingerprint = Fingerprint(self.table.name, pl.select(constants(self.table, self.header.given)))
            for skipped, frame, wrong, mark in ahead(partial(self._judged, opened, fingerprint), opened.blocks):
                empty += skipped
                fingerprint.take(mark)
                yield frame, wrong
            self.warnings = [*opened.warnings, *self.header.warnings, *_skipped(path, empty)]
        self.receipt = Receipt(self.table.name, path.name, opened.encoding, sha256(path), fingerprint.hexdigest())

    def _judged(
        self, opened: _Opened, fingerprint: Fingerprint, block: pl.DataFrame
    ) -> tuple[int, pl.DataFrame, pl.DataFrame, Mark]:
        """Empty rows that were skipped, typed rows, faults, and the mark of both in the fingerprint."""
        filled = _filled(block)
        frame, unread = typed(filled, self.table, self.header)
        wrong = faults(unread, broken_rules(frame, self.table, unread))
        frame, wrong = _ragged(frame, wrong, opened, self.table)
        return block.height - filled.height, frame, wrong, fingerprint.mark(frame, wrong)


def read_table(path: Path, table: Table) -> FileRead:
    """A file as a whole. Raises DeliveryError when it cannot be read."""
    file = TableFile(path, table)
    blocks = list(file.blocks())
    frame = _completed([frame for frame, _ in blocks], table, file.header)
    return FileRead(table, frame, faults(*(wrong for _, wrong in blocks)), file.receipt, file.warnings)


@contextmanager
def _opened(path: Path) -> Iterator[_Opened]:
    if path.suffix.lower() == ".parquet":
        header, blocks = open_parquet(path, _ROWS)
        yield _Opened(header, "parquet", {}, blocks, [])
        return
    with open_csv(path, _ROWS) as file:
        yield _Opened(file.header, file.encoding, file.ragged, file.blocks, file.warnings)


def _completed(blocks: list[pl.DataFrame], table: Table, header: Header) -> pl.DataFrame:
    """The blocks under each other; columns that were not delivered are constants, which take no memory."""
    given = pl.Schema({"row_number": pl.Int64(), **{name: table[name].dtype for name in header.given}})
    return completed(pl.concat([pl.DataFrame(schema=given), *(block.cast(given) for block in blocks)]), table)


def _ragged(
    frame: pl.DataFrame, wrong: pl.DataFrame, opened: _Opened, table: Table
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells of a ragged row may stand under the wrong header: the row fails as a whole and its money is not counted."""
    if not opened.ragged:
        return frame, wrong
    shown = [f"{found} fields instead of {len(opened.header)}" for found in opened.ragged.values()]
    odd = pl.DataFrame({"row_number": list(opened.ragged), "shown": shown}, schema_overrides={"row_number": pl.Int64})
    odd = odd.join(frame.select("row_number"), on="row_number", how="semi", maintain_order="left")
    is_odd = pl.col("row_number").is_in(odd["row_number"].implode())
    money = [
        pl.when(~is_odd).then(pl.col(name)).alias(name) for name in table.of_kind(Kind.MONEY) if name in frame.columns
    ]
    others = wrong.join(odd, on="row_number", how="anti", maintain_order="left")
    return frame.with_columns(money), faults(others, row_faults(odd, "row_has_all_fields", value="shown"))


def _filled(block: pl.DataFrame) -> pl.DataFrame:
    """The block without empty rows; a block without any is not copied."""
    empty = block.select(pl.all_horizontal(pl.exclude("row_number").is_null())).to_series()
    return block.filter(~empty) if empty.any() else block


def _skipped(path: Path, empty: int) -> list[str]:
    return [f"{path.name}: {empty} empty rows were skipped."] if empty else []
