"""Facts as equal sums of hashes: one scan of each side and no join, so that only a broken fact is looked for row by row.

Equal rows give equal sums. Different ones do by chance only, once in 2^48 or less; and what is wrong in one night by such a
chance is as unlikely to be missed by the next.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["same_amounts", "same_claims", "same_portions"]

_WEIGHT = "(hash(claim_id) >> 16)::DECIMAL(20,0)"
"""A random number for each claim: 48 bits, so that the sum over all lines of a database stays inside 38 digits."""


def same_claims(one: str, other: str) -> str:
    """Whether two relations hold the same claims, each as often."""
    return _equal(*(f"SELECT count(*), sum(hash(claim_id)) FROM {rows}" for rows in (one, other)))


def same_amounts(one: str, amount: str, other: str, other_amount: str) -> str:
    """Whether the amounts of each claim add up to the same in two relations."""
    pairs = ((one, amount), (other, other_amount))
    return _equal(*(f"SELECT coalesce(sum({_WEIGHT} * {name}), 0) FROM {rows}" for rows, name in pairs))


def same_portions(versions: str, portions: str, columns: Sequence[str]) -> str:
    """Whether the portions of each version add up to it in every column; only where there are several they are summed up."""
    key = "claim_id, version"
    sums = ", ".join(f"TRY_CAST(sum({name}) AS DECIMAL(14,2)) AS {name}" for name in columns)
    mark = f"hash({key}, {', '.join(columns)})"
    several = f"(SELECT DISTINCT {key} FROM {portions} WHERE portion_no > 1)"
    rows = (
        f"SELECT {mark} AS mark FROM {portions} ANTI JOIN {several} USING ({key}) UNION ALL "
        f"SELECT {mark} FROM (SELECT {key}, {sums} FROM {portions} SEMI JOIN {several} USING ({key}) GROUP BY {key})"
    )
    return _equal(f"SELECT count(*), sum({mark}) FROM {versions}", f"SELECT count(*), sum(mark) FROM ({rows})")


def _equal(one: str, other: str) -> str:
    return f"SELECT count(*) = 0 FROM (({one}) EXCEPT ({other}))"
