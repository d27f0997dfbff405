"""Exact integer arithmetic of the waves: half-up rounding and proportional shares on Int64 arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fen", "half_up", "half_up_ratio"]

Fen = NDArray[np.int64]


def half_up(value: Fen, unit: int) -> Fen:
    """`value / unit` rounded half up (ties away from zero for negative values too)."""
    return np.sign(value) * ((np.abs(value) + unit // 2) // unit)


def half_up_ratio(a: Fen, b: Fen, divisor: Fen) -> Fen:
    """`a * b / divisor` rounded half up, for a, b >= 0; 0 where the divisor is 0.

    The product may pass 2**63: a floating-point estimate of the quotient is corrected by the remainder, which is exact
    in wrap-around arithmetic because it is small. The quotient must stay below 2**52 and the divisor below 2**60.
    """
    safe = np.where(divisor > 0, divisor, 1)
    quotient = (a.astype(np.float64) * b.astype(np.float64) / safe).astype(np.int64)
    with np.errstate(over="ignore"):
        remainder = a * b - quotient * safe
    quotient = quotient + remainder // safe
    remainder = remainder % safe
    rounded = quotient + (2 * remainder >= safe)
    return np.where(divisor > 0, rounded, 0)
