"""Control totals: what was delivered is what was accepted and what was quarantined, in rows and to the fen."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

__all__ = ["Totals", "balanced_totals"]


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


def balanced_totals(
    name: str, rows: pl.DataFrame, accepted: pl.DataFrame, wrong: pl.DataFrame, merged: int = 0
) -> Totals:
    """The totals of the rows of a table, of which `accepted` go on and those in `wrong` do not."""
    delivered = rows.select(pl.col("row_number"), pl.col("^amount$"))
    totals = _totals_of(delivered, accepted, delivered.join(wrong, on="row_number", how="semi"), merged)
    if not totals.balanced:
        raise AssertionError(f"The control totals of {name} do not balance: {totals}")
    return totals


def _totals_of(delivered: pl.DataFrame, accepted: pl.DataFrame, quarantined: pl.DataFrame, merged: int) -> Totals:
    """Three frames counted independently of each other."""
    return Totals(
        rows_delivered=delivered.height,
        rows_accepted=accepted.height + merged,
        rows_quarantined=quarantined.height,
        rows_merged=merged,
        fen_delivered=_fen(delivered),
        fen_accepted=_fen(accepted),
        fen_quarantined=_fen(quarantined),
    )


def _fen(frame: pl.DataFrame) -> int:
    """A sum of 64-bit numbers wraps around silently; one of 128 bits does not get there."""
    return int(frame["amount"].cast(pl.Int128).sum()) if "amount" in frame.columns else 0
