"""Reads the file of one table block by block into a typed frame, with the faults of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

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

Result = TypeVar("Result")

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
    """All rows of a file, typed, with `row_number`; the columns that it gives; faults of single rows; what else was noticed."""

    table: Table
    frame: pl.DataFrame
    given: list[str]
    faults: pl.DataFrame
    receipt: Receipt
    warnings: list[str]


@dataclass(frozen=True)
class _Opened:
    header: list[str]
    encoding: str
    ragged: dict[int, int]
    blocks: Iterator[Callable[[], pl.DataFrame]]
    warnings: list[str]


class TableFile:
    """A delivered file, read once; what it is like as a whole is known when its last block was read."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path, self.table = path, table
        self.header = Header({}, {}, [])
        self.warnings: list[str] = []
        self.receipt = Receipt(table.name, path.name, "", "", "")

    def blocks(self, work: Callable[[pl.DataFrame, pl.DataFrame], Result]) -> Iterator[Result]:
        """In the order of the file the `work` of typed rows of the delivered columns with `row_number` and of their faults.

        It is done in threads, on several blocks at once. Raises DeliveryError when the file as a whole cannot be read.
        """
        try:
            yield from self._blocks(work)
        except OSError as error:
            reason = f"{self.path.name} cannot be read ({error.strerror}): check the file and its rights."
            raise DeliveryError(reason) from None

    def _blocks(self, work: Callable[[pl.DataFrame, pl.DataFrame], Result]) -> Iterator[Result]:
        path, empty = self.path, 0
        with _opened(path) as opened, ThreadPoolExecutor(1) as pool:
            digest = pool.submit(sha256, path)
            self.header = match_header(self.table, opened.header, path.name)
            fingerprint = Fingerprint(self.table.name, pl.select(constants(self.table, self.header.given)))
            for skipped, mark, done in ahead(partial(self._judged, opened, fingerprint, work), opened.blocks):
                empty += skipped
                fingerprint.take(mark)
                yield done
            self.warnings = [*opened.warnings, *self.header.warnings, *_skipped(path, empty)]
        self.receipt = Receipt(self.table.name, path.name, opened.encoding, digest.result(), fingerprint.hexdigest())

    def _judged(
        self,
        opened: _Opened,
        fingerprint: Fingerprint,
        work: Callable[[pl.DataFrame, pl.DataFrame], Result],
        read: Callable[[], pl.DataFrame],
    ) -> tuple[int, Mark, Result]:
        """Empty rows that were skipped, the mark of rows and faults in the fingerprint, and the work done on them."""
        block = read()
        filled = _filled(block)
        frame, unread = typed(filled, self.table, self.header)
        wrong = faults(unread, broken_rules(frame, self.table, unread))
        frame, wrong = _ragged(frame, wrong, opened, self.table)
        return block.height - filled.height, fingerprint.mark(frame, wrong), work(frame, wrong)


def read_table(path: Path, table: Table) -> FileRead:
    """A file as a whole. Raises DeliveryError when it cannot be read."""
    file = TableFile(path, table)
    blocks = list(file.blocks(lambda frame, wrong: (frame, wrong)))
    frame = _completed([frame for frame, _ in blocks], table, file.header)
    wrong = faults(*(wrong for _, wrong in blocks))
    return FileRead(table, frame, list(file.header.given), wrong, file.receipt, file.warnings)


@contextmanager
def _opened(path: Path) -> Iterator[_Opened]:
    if path.suffix.lower() == ".parquet":
        header, blocks = open_parquet(path, _ROWS)
        yield _Opened(header, "parquet", {}, blocks, [])
        return
    with open_csv(path, _ROWS) as file:
        yield _Opened(
            file.header, file.encoding, file.ragged, (partial(_same, block) for block in file.blocks), file.warnings
        )


def _same(block: pl.DataFrame) -> pl.DataFrame:
    return block


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
