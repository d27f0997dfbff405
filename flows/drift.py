"""Notices a delivery far outside the last weeks: rows, yuan and share of refused rows against their usual band."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from flows.night import Perform
from flows.warehouse.control import ControlTotals, yuan
from flows.warehouse.database import open_product

__all__ = ["ADMITTING", "Band", "Figure", "Held", "Tolerance", "figures", "watching"]

ADMITTING = "admit the rows"
"""The step of a night that returns the control totals."""
COMPARING = "compare with the last nights"
SPREAD = Decimal("1.4826")
"""Makes the median deviation of normally distributed figures their standard deviation."""

T = TypeVar("T")

_HISTORY = """
    SELECT rows_delivered, amount_delivered, rows_quarantined FROM run
    WHERE kind = 'nightly' AND rows_delivered > 0 ORDER BY started_at DESC, rowid DESC LIMIT ?
"""


@dataclass(frozen=True)
class Tolerance:
    """How far a figure may be off: `spreads` robust standard deviations of the last `nights`, never less than the floors.

    With fewer than `least` nights nothing is judged. Floors: `share_below` and `share_above` of the median, `rows`,
    `amount` yuan, `points` percentage points of refused rows, and `refused` rows, which are never too many.
    """

    nights: int = 28
    least: int = 5
    spreads: Decimal = Decimal(6)
    share_below: Decimal = Decimal("0.5")
    share_above: Decimal = Decimal("1.0")
    rows: Decimal = Decimal(1_000)
    amount: Decimal = Decimal(500_000)
    points: Decimal = Decimal(5)
    refused: int = 50


@dataclass(frozen=True)
class Band:
    """What is usual: the median of the last nights and the two ends beyond which a person has to look."""

    median: Decimal
    low: Decimal
    high: Decimal

    @classmethod
    def around(cls, past: Sequence[Decimal], tolerance: Tolerance, floor: Decimal, relative: bool = True) -> Band:
        """The band of a figure; `relative` figures may also be off by the shares of their median."""
        middle = median(past)
        spread = tolerance.spreads * SPREAD * median([abs(value - middle) for value in past])
        below, above = (tolerance.share_below, tolerance.share_above) if relative else (Decimal(0), Decimal(0))
        low = middle - max(spread, below * middle, floor)
        return cls(middle, max(low, Decimal(0)), middle + max(spread, above * middle, floor))


@dataclass(frozen=True)
class Figure:
    """A figure of tonight's delivery and its usual band."""

    name: str
    value: Decimal
    band: Band

    @property
    def usual(self) -> bool:
        return self.band.low <= self.value <= self.band.high

    def __str__(self) -> str:
        shown = (self.value, self.band.median, self.band.low, self.band.high)
        value, middle, low, high = (f"{_rounded(self.name, number):,}" for number in shown)
        return f"{self.name}: {value}, where {middle} is usual ({low} to {high})"


class Held(Exception):
    """The delivery is unlike the last nights, so a person has to look; nothing was published."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self.figures = tuple(figures)
        odd = "; ".join(str(figure) for figure in figures if not figure.usual)
        super().__init__(f"Held for a person, for it is unlike the last nights: {odd}.")


def figures(
    past: Sequence[tuple[int, Decimal, int]], totals: Sequence[ControlTotals], tolerance: Tolerance | None = None
) -> list[Figure]:
    """Tonight's figures with their bands; none with too short a past. `past`: rows, yuan and refused rows of nights."""
    tolerance = tolerance or Tolerance()
    if len(past) < tolerance.least:
        return []
    rows = sum(total.rows_delivered for total in totals)
    refused = sum(total.rows_quarantined for total in totals)
    amount = yuan(sum(total.amount_delivered for total in totals))
    shares = Band.around([_percent(night[2], night[0]) for night in past], tolerance, tolerance.points, relative=False)
    bands = (
        Band.around([Decimal(night[0]) for night in past], tolerance, tolerance.rows),
        Band.around([night[1] for night in past], tolerance, tolerance.amount),
        replace(shares, high=max(shares.high, _percent(tolerance.refused, rows))),
    )
    tonight = (Decimal(rows), amount, _percent(refused, rows))
    return [Figure(name, value, band) for name, value, band in zip(_NAMES, tonight, bands, strict=True)]


def watching(perform: Perform, db: Path, tolerance: Tolerance | None = None) -> Perform:
    """Steps of a night that raise Held, once its rows are counted, when they are far outside the last nights' band."""
    tolerance = tolerance or Tolerance()
    past = _history(db, tolerance.nights)

    def run(name: str, step: Callable[[], T], /) -> T:
        result = perform(name, step)
        if name == ADMITTING:
            perform(COMPARING, lambda: _judge(past, result, tolerance))
        return result

    return run


_NAMES = ("rows", "yuan", "refused rows in percent")


def _judge(past: Sequence[tuple[int, Decimal, int]], totals: Any, tolerance: Tolerance) -> None:
    found = figures(past, totals, tolerance)
    if not all(figure.usual for figure in found):
        raise Held(found)


def _history(db: Path, nights: int) -> list[tuple[int, Decimal, int]]:
    if not db.exists():
        return []
    with closing(open_product(str(db))) as con:
        return con.execute(_HISTORY, [nights]).fetchall()


def _percent(part: int, whole: int) -> Decimal:
    return Decimal(100) * part / whole if whole else Decimal(0)


def _rounded(name: str, number: Decimal) -> Decimal:
    step = Decimal(1) if name == _NAMES[0] else Decimal("0.01")
    return number.quantize(step, ROUND_HALF_UP)
