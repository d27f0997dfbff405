"""Puts the only portion of a claim into the row of its settlement, which has its amounts: as the database keeps them."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.warehouse.tables import OF_ONE_PORTION
from transforms.settle import Settled

__all__ = ["folded"]


def folded(settled: Settled) -> Settled:
    """The same with `portions` in the settlement, and what one portion has besides; rows of a portion where there are several."""
    portion = settled.portion
    starts = np.flatnonzero(portion["portion_no"].to_numpy() == 1)
    sizes = np.diff(starts, append=portion.height)
    several = sizes > 1
    first = portion.select(OF_ONE_PORTION)
    if several.any():
        first = first[starts].select(pl.when(pl.Series(~several)).then(pl.all()))
    rows_of_several = portion.filter(pl.Series(np.repeat(several, sizes)))
    rows = settled.settlement.with_columns(pl.Series("portions", sizes, dtype=pl.Int64), *first)
    return Settled(rows, rows_of_several, settled.accumulator)
