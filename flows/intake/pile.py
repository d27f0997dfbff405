"""The rows of claims or fee lines while they come in: written away at once, remembered only where they are faulty."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from flows.intake.behind import Behind
from flows.intake.dealing import Dealt, deal
from flows.intake.faults import faults, row_faults
from flows.intake.keys import Array, number, numbered, repeated
from flows.intake.parts import Parts
from flows.intake.quarantine import quarantine_of
from flows.intake.table import TableFile
from flows.intake.totals import Counted, Totals, counted, totals_of
from schemas import Table

__all__ = ["Pile"]

_TOGETHER = 2_000_000
"""Rows that are written at once, while as many more come in; fewer would leave many small files."""

_TWICE = {
    "claims": ("claim_id_is_unique", "claim_id"),
    "fee_lines": ("line_number_unique_in_claim", "line_no"),
}
"""The rule for a key that occurs twice, and the column it is shown at."""


class Pile:
    """One table: after `close` and `hold` its parts, its faults and its control totals are complete."""

    def __init__(self, table: Table, file: TableFile | None, parts: Parts) -> None:
        self.table, self.file, self.parts = table, file, parts
        self._delivered = Counted()
        self._waiting: list[Dealt] = []
        self._writer = Behind()
        self._numbers: list[Array] = []
        self._read: list[pl.DataFrame] = []
        self._ruled: list[pl.DataFrame] = []
        self._keys: list[pl.DataFrame] = [
            table.empty().select(pl.lit(0).cast(pl.Int64).alias("row_number"), *table.key)
        ]

    def blocks(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Typed blocks of the file with the faults of their cells; nothing when the table was not delivered."""
        if self.file:
            yield from self.file.blocks()

    def take(self, rows: pl.DataFrame, wrong: pl.DataFrame, found: pl.DataFrame, buckets: Array) -> None:
        """Write a block away, with the faults of its cells and those found by the rules."""
        self._delivered += counted(rows)
        self._numbers.append(numbered(rows, *self.table.key))
        self._read.append(wrong)
        found = _beside(found, wrong)
        self._ruled.append(found)
        self._remember(rows.lazy(), faults(wrong, found))
        self._waiting.append(deal(rows, buckets, self.parts.count))
        if sum(block.rows.height for block in self._waiting) >= _TOGETHER:
            self._write()

    def close(self) -> pl.Series:
        """Find the keys that occur twice; the numbers of all claims with a faulty row."""
        self._write()
        self._writer.wait()
        rows = self._rows_of_key(repeated(self._numbers))
        self._numbers.clear()
        rule, shown = _TWICE[self.table.name]
        self._twice = _beside(row_faults(rows, rule, shown, shown), faults(*self._read))
        self._remember(rows.lazy(), self._twice)
        return pl.concat(self._keys)["claim_id"].drop_nulls().unique()

    def hold(self, claims: pl.Series) -> None:
        """Leave out all rows of the claims, and of no claim."""
        self.parts = self.parts.without(claims)
        wrong = self._found()
        rows = pl.concat(self._keys).clear()
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

    def _write(self) -> None:
        blocks, self._waiting = self._waiting, []
        if blocks:
            self._writer.do(lambda: self.parts.add(blocks))

    def _found(self) -> pl.DataFrame:
        """In the order in which the rules of a row are told: of its cells, of its claim's number, of its other columns."""
        if self.table.name == "claims":
            return faults(*self._read, self._twice, *self._ruled)
        return faults(*self._read, *self._ruled, self._twice)

    def _rows_of_key(self, numbers: pl.Series) -> pl.DataFrame:
        """The rows of the keys that really occur twice; equal numbers of different keys do not count."""
        if numbers.is_empty():
            return pl.concat(self._keys).clear()
        rows = self.parts.delivered().select("row_number", *self.table.key).drop_nulls()
        alike = rows.filter(number(*self.table.key).is_in(numbers.implode())).collect()
        return alike.filter(pl.struct(self.table.key).is_duplicated()).sort("row_number")

    def _remember(self, rows: pl.LazyFrame, wrong: pl.DataFrame) -> None:
        if wrong.height:
            keys = rows.select("row_number", *self.table.key)
            self._keys.append(keys.join(wrong.lazy(), on="row_number", how="semi").collect())


def _beside(found: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """A ragged row has failed already: its cells are not to be judged."""
    rows = read.filter(pl.col("rule") == "row_has_all_fields")
    return found.join(rows, on="row_number", how="anti", maintain_order="left") if rows.height else found
