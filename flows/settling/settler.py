"""Hands the law to settling: the one place where policies and transforms meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flows.settling.folding import folded
from policies.law import Law
from schemas import DELIVERED, TABLES
from transforms.delivered import columns_read, concerned
from transforms.plan import Law as Plans
from transforms.settle import Settled, settle_in_codes

__all__ = ["RESULTS", "Settler", "settler"]

RESULTS = ("settlement", "portion", "accumulator")
"""The frames that settling returns, portions only of claims that have several."""


@dataclass(frozen=True)
class Settler:
    """Settling under one law, as a function of the canonical frames of some members; may be sent to another process."""

    plans: Plans

    def __call__(self, tables: Mapping[str, pl.DataFrame]) -> Settled:
        return folded(settle_in_codes(tables, self.plans))

    def reads(self, areas: pl.Series) -> dict[str, list[str]]:
        """The columns of each delivered table that settling reads for persons who are insured in these areas."""
        return {name: columns_read(name, TABLES[name].names, concerned(self.plans, areas)) for name in DELIVERED}


def settler(law: Law) -> Settler:
    """Settling under the plans of a law."""
    return Settler(Plans(law.plans))
