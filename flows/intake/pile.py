"""The rows of claims or fee lines while they come in: written away at once, remembered only where they are faulty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import polars as pl

from flows.intake.behind import Behind
from flows.intake.dealing import Dealt, deal
from flows.intake.faults import faults, row_faults
from flows.intake.keys import Array, number
from flows.intake.parts import Parts
from flows.intake.quarantine import quarantine_of
from flows.intake.table import TableFile
from flows.intake.totals import Counted, Totals, counted, totals_of
from schemas import Table

__all__ = ["Pile"]

_TOGETHER = 24_000_000
"""Cells that are written at once, while as many more come in; fewer would leave many small files."""

_TWICE = {
    "claims": ("claim_id_is_unique", "claim_id"),
    "fee_lines": ("line_number_unique_in_claim", "line_no"),
}
"""The rule for a key that occurs twice, and the column it is shown at."""


Result = TypeVar("Result")


@dataclass(frozen=True)
class Block:
    """What a block of rows adds to a pile: faults of its cells and by the rules, and the keys of the rows that have some."""

    dealt: Dealt
    count: Counted
    all_numbered: bool
    read: pl.DataFrame
    ruled: pl.DataFrame
    keys: pl.DataFrame


class Pile:
    """One table: after `close` and `hold` its parts, its faults and its control totals are complete."""

    def __init__(self, table: Table, file: TableFile | None, parts: Parts) -> None:
        self.table, self.file, self.parts = table, file, parts
        self._delivered = Counted()
        self._waiting: list[Dealt] = []
        self._writer = Behind()
        self._all_numbered = True
        self._read: list[pl.DataFrame] = []
        self._ruled: list[pl.DataFrame] = []
        self._keys: list[pl.DataFrame] = [
            table.empty().select(pl.lit(0).cast(pl.Int64).alias("row_number"), *table.key)
        ]

    def blocks(self, work: Callable[[pl.DataFrame, pl.DataFrame], Result]) -> Iterator[Result]:
        """The work on typed blocks of the file and the faults of their cells; nothing when the table was not delivered."""
        if self.file:
            yield from self.file.blocks(work)

    def block(self, rows: pl.DataFrame, wrong: pl.DataFrame, found: pl.DataFrame, buckets: Array) -> Block:
        """A block with the faults of its cells and those found by the rules; any thread may make it."""
        found = _beside(found, wrong)
        return Block(
            dealt=deal(rows, buckets, self.parts.count),
            count=counted(rows),
            all_numbered=not rows["claim_id"].null_count(),
            read=wrong,
            ruled=found,
            keys=self._keys_of(rows.lazy(), faults(wrong, found)),
        )

    def take(self, block: Block) -> None:
        """Write a block away."""
        self._delivered += block.count
        self._all_numbered &= block.all_numbered
        self._read.append(block.read)
        self._ruled.append(block.ruled)
        self._keys.append(block.keys)
        self._waiting.append(block.dealt)
        if sum(dealt.rows.height * dealt.rows.width for dealt in self._waiting) >= _TOGETHER:
            self.write()

    def write(self) -> None:
        """Have what waits written, which nobody waits for."""
        blocks, self._waiting = self._waiting, []
        if blocks:
            self._writer.do(lambda: self.parts.add(blocks))

    def close(self, repeated: Callable[[Parts], pl.Series]) -> pl.Series:
        """Judge the keys whose number may occur twice in the written rows; the numbers of all claims with a faulty row."""
        self.write()
        self._writer.wait()
        rows = self._rows_of_key(repeated(self.parts))
        rule, shown = _TWICE[self.table.name]
        self._twice = _beside(row_faults(rows, rule, shown, shown), faults(*self._read))
        self._keys.append(self._keys_of(rows.lazy(), self._twice))
        return pl.concat(self._keys)["claim_id"].drop_nulls().unique()

    def hold(self, claims: pl.Series) -> None:
        """Leave out all rows of the claims, and of no claim."""
        self.parts = replace(self.parts.without(claims), all_numbered=self._all_numbered)
        wrong = self._found()
        rows = self._keys[0].clear()
        if claims.len():
            keys = self.parts.delivered().select("row_number", *self.table.key)
            of_claims = keys.join(claims.to_frame("claim_id").lazy(), on="claim_id", how="semi")
            rows = of_claims.join(wrong.lazy(), on="row_number", how="anti").collect()
        self._keys.append(rows)
        self.faults = faults(wrong, row_faults(rows, "claim_is_whole", "claim_id", "claim_id"))

    def quarantine(self) -> pl.DataFrame:
        """The faults as rows of the quarantine."""
        keys = pl.concat(self._keys).unique("row_number")
        return quarantine_of(self.table, self.file.path.name if self.file else "", keys, self.faults)

    def totals(self) -> Totals:
        """What was delivered, accepted and quarantined, each counted by itself."""
        wrong = self.faults.select("row_number").unique().lazy()
        refused = self.parts.delivered().join(wrong, on="row_number", how="semi") if self.faults.height else None
        return totals_of(
            self._delivered, counted(self.parts.accepted()), Counted() if refused is None else counted(refused), 0
        )

    def stop(self) -> None:
        """Write nothing any more, whatever became of the reading."""
        self._writer.stop()

    def _found(self) -> pl.DataFrame:
        """In the order in which the rules of a row are told: of its cells, of its claim's number, of its other columns."""
        if self.table.name == "claims":
            return faults(*self._read, self._twice, *self._ruled)
        return faults(*self._read, *self._ruled, self._twice)

    def _rows_of_key(self, numbers: pl.Series) -> pl.DataFrame:
        """The rows of the keys that really occur twice; equal numbers of different keys do not count."""
        if numbers.is_empty():
            return self._keys[0].clear()
        rows = self.parts.delivered().select("row_number", *self.table.key).drop_nulls()
        alike = rows.filter(number(*self.table.key).is_in(numbers.implode())).collect()
        return alike.filter(pl.struct(self.table.key).is_duplicated()).sort("row_number")

    def _keys_of(self, rows: pl.LazyFrame, wrong: pl.DataFrame) -> pl.DataFrame:
        if not wrong.height:
            return self._keys[0].clear()
        return rows.select("row_number", *self.table.key).join(wrong.lazy(), on="row_number", how="semi").collect()


def _beside(found: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """A ragged row has failed already: its cells are not to be judged."""
    rows = read.filter(pl.col("rule") == "row_has_all_fields")
    return found.join(rows, on="row_number", how="anti", maintain_order="left") if rows.height else found
