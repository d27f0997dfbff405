"""Facts as equal sums of hashes: one scan of each side and no join, so that only a broken fact is looked for row by row.

Equal rows give equal sums. Different ones do by chance only, once in 2^48 or less; and what is wrong in one night by such a
chance is as unlikely to be missed by the next.
"""

from __future__ import annotations

__all__ = ["same_amounts", "same_claims"]

_WEIGHT = "(hash(claim_id) >> 16)::DECIMAL(20,0)"
"""A random number for each claim: 48 bits, so that the sum over all lines of a database stays inside 38 digits."""


def same_claims(one: str, other: str) -> str:
    """Whether two relations hold the same claims, each as often."""
    return _equal(*(f"SELECT count(*), sum(hash(claim_id)) FROM {rows}" for rows in (one, other)))


def same_amounts(one: str, amount: str, other: str, other_amount: str) -> str:
    """Whether the amounts of each claim add up to the same in two relations."""
    pairs = ((one, amount), (other, other_amount))
    return _equal(*(f"SELECT coalesce(sum({_WEIGHT} * {name}), 0) FROM {rows}" for rows, name in pairs))


def _equal(one: str, other: str) -> str:
    return f"SELECT count(*) = 0 FROM (({one}) EXCEPT ({other}))"
