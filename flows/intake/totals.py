"""Control totals: what was delivered is what was accepted and what was quarantined, in rows and to the fen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

__all__ = ["Counted", "Totals", "counted", "totals_of"]

_WRAPS = 1 << 63


@dataclass(frozen=True)
class Counted:
    """Rows, and the fen of their amounts (an amount that cannot be read counts as 0)."""

    rows: int = 0
    fen: int = 0

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.rows + other.rows, self.fen + other.fen)


@dataclass(frozen=True)
class Totals:
    """Of one table. Accepted rows include `rows_merged`, which repeat another row; fen are those of fee lines' amounts.

    An amount that cannot be read counts as 0 on both sides.
    """

    rows_delivered: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_merged: int = 0
    fen_delivered: int = 0
    fen_accepted: int = 0
    fen_quarantined: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(*(a + b for a, b in zip(self._values(), other._values(), strict=True)))

    def _values(self) -> tuple[int, ...]:
        return tuple(vars(self).values())

    @property
    def balanced(self) -> bool:
        rows = self.rows_delivered == self.rows_accepted + self.rows_quarantined
        return rows and self.fen_delivered == self.fen_accepted + self.fen_quarantined


def totals_of(delivered: Counted, accepted: Counted, quarantined: Counted, merged: int) -> Totals:
    """From three counts that were made independently of each other."""
    return Totals(
        rows_delivered=delivered.rows,
        rows_accepted=accepted.rows + merged,
        rows_quarantined=quarantined.rows,
        rows_merged=merged,
        fen_delivered=delivered.fen,
        fen_accepted=accepted.fen,
        fen_quarantined=quarantined.fen,
    )


def counted(rows: pl.DataFrame | pl.LazyFrame) -> Counted:
    """A sum of 64-bit numbers wraps around silently; where it could, one of 128 bits is taken, which does not get there."""
    engine: Literal["in-memory", "streaming"] = "in-memory" if isinstance(rows, pl.DataFrame) else "streaming"
    lazy = rows.lazy()
    if "amount" not in lazy.collect_schema():
        return Counted(int(lazy.select(pl.len()).collect(engine=engine).item()))
    fen = pl.col("amount")
    found = lazy.select(pl.len(), low=fen.min(), high=fen.max(), fen=fen.sum()).collect(engine=engine).row(0)
    count, low, high, total = (int(number or 0) for number in found)
    if count * max(-low, high) >= _WRAPS:
        total = int(lazy.select(fen.cast(pl.Int128).sum()).collect(engine=engine).item())
    return Counted(count, total)
