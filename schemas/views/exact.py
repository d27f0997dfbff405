"""Quotients in SQL without floating point: shares to four decimals and means to the fen, half up."""

from __future__ import annotations

__all__ = ["mean", "mean_count", "ratio"]


def ratio(part: str, whole: str) -> str:
    """`part` / `whole` as DECIMAL(6,4) of two amounts of yuan; null where the whole is 0 or the share is above 99."""
    fen, base = f"(({part}) * 100)::HUGEINT", f"nullif((({whole}) * 100)::HUGEINT, 0)"
    return _scaled(f"({fen} * 20000 + {base}) // (2 * {base})", 4, "DECIMAL(6,4)")


def mean(amount: str, number: str) -> str:
    """An amount of yuan for each of `number`, to the fen."""
    base = f"nullif(({number})::HUGEINT, 0)"
    return _scaled(f"((({amount}) * 100)::HUGEINT * 2 + {base}) // (2 * {base})", 2, "DECIMAL(14,2)")


def mean_count(total: str, number: str) -> str:
    """A count for each of `number`, to four decimals."""
    base = f"nullif(({number})::HUGEINT, 0)"
    return _scaled(f"(({total})::HUGEINT * 20000 + {base}) // (2 * {base})", 4, "DECIMAL(18,4)")


def _scaled(whole: str, decimals: int, kind: str) -> str:
    unit = f"0.{'0' * (decimals - 1)}1::DECIMAL({decimals + 1},{decimals})"
    return f"TRY_CAST(TRY_CAST({whole} AS DECIMAL(16,0)) * {unit} AS {kind})"
