"""Reads the file of one table block by block into a typed frame, with the faults of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from flows.intake.cells import typed
from flows.intake.checks import broken_rules
from flows.intake.csv_file import open_csv
from flows.intake.faults import faults, row_faults
from flows.intake.files import sha256
from flows.intake.fingerprint import Fingerprint
from flows.intake.headers import match_header
from flows.intake.parquet import open_parquet
from flows.intake.parts import Parts
from flows.intake.undelivered import completed, constants
from schemas import Kind, Table

__all__ = ["FileRead", "Receipt", "read_table"]

_ROWS = 1_000_000


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
    """All rows of a file, typed, with `row_number`; the faults found in single rows; what else was noticed.

    `given` are the columns that the file has. Rows that were dealt into parts are not in `frame`.
    """

    table: Table
    frame: pl.DataFrame
    faults: pl.DataFrame
    receipt: Receipt
    warnings: list[str]
    given: list[str]

    def part(self, parts: Parts, number: int) -> FileRead:
        """What was read, of one part only."""
        rows = parts.rows(self.table.name, number)
        frame = _completed([] if rows is None else [rows], self.table, self.given)
        return replace(self, frame=frame, faults=self.faults.join(frame, on="row_number", how="semi"))


@dataclass(frozen=True)
class _Opened:
    header: list[str]
    encoding: str
    ragged: dict[int, int]
    blocks: Iterator[pl.DataFrame]
    warnings: list[str]


def read_table(path: Path, table: Table, parts: Parts | None = None) -> FileRead:
    """The rows go to `parts`, where given. Raises DeliveryError when the file as a whole cannot be read."""
    frames, found, empty = [], [faults()], 0
    with _opened(path) as opened:
        header = match_header(table, opened.header, path.name)
        fingerprint = Fingerprint(table.name, pl.select(constants(table, header.given)))
        for block in opened.blocks:
            filled = _filled(block)
            empty += block.height - filled.height
            frame, unread = typed(filled, table, header)
            frame, wrong = _ragged(frame, faults(unread, broken_rules(frame, table, unread)), opened, table)
            fingerprint.add(frame)
            fingerprint.add_faults(wrong)
            if parts:
                parts.add(table.name, frame)
            else:
                frames.append(frame)
            found.append(wrong)
        receipt = Receipt(table.name, path.name, opened.encoding, sha256(path), fingerprint.hexdigest())
    warnings = [*opened.warnings, *header.warnings, *_skipped(path, empty)]
    frame = _completed(frames, table, header.given)
    return FileRead(table, frame, faults(*found), receipt, warnings, header.given)


@contextmanager
def _opened(path: Path) -> Iterator[_Opened]:
    if path.suffix.lower() == ".parquet":
        header, blocks = open_parquet(path, _ROWS)
        yield _Opened(header, "parquet", {}, blocks, [])
        return
    with open_csv(path, _ROWS) as file:
        yield _Opened(file.header, file.encoding, file.ragged, file.blocks, file.warnings)


def _completed(blocks: list[pl.DataFrame], table: Table, names: list[str]) -> pl.DataFrame:
    """The blocks under each other; columns that were not delivered are constants, which take no memory."""
    given = {"row_number": pl.Int64(), **{name: table[name].dtype for name in names}}
    return completed(pl.concat([pl.DataFrame(schema=given), *blocks]), table)


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
