"""Hands the law to settling: the one place where policies and transforms meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from policies.law import Law
from transforms.plan import Law as Plans
from transforms.settle import Settled, settle

__all__ = ["RESULTS", "settler"]

RESULTS = ("settlement", "portion", "accumulator")
"""The frames that settling returns."""


def settler(law: Law) -> Callable[[Mapping[str, pl.DataFrame]], Settled]:
    """Settling under one law, as a function of the canonical frames of some members."""
    return lambda tables: settle(tables, Plans(law.plans))
