"""The steps of every portion as one text: few portions differ in it, so it is made once for all that are alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from transforms.groups import first_rows
from transforms.order import Whole, numbered
from transforms.waves import ProgrammeRows

__all__ = ["step_texts"]


def step_texts(runs: Sequence[tuple[ProgrammeRows, Whole]], portions: int) -> pl.Series:
    """Number and figure of the law of each step, `16:5000 17: 18:30000000`; null where no run has a step for the portion.

    A run is rows and the portions they belong to; the steps of a later one follow.
    """
    texts = pl.Series([None], dtype=pl.String)
    number = np.zeros(portions, np.int64)
    for rows, places in runs:
        if rows.programme.steps:
            alike = _alike(number[places], *(figure for figure in rows.parameter if figure is not None))
            first = first_rows(alike, int(alike.max(initial=-1)) + 1).to_numpy()
            before = texts.gather(number[places[first]])
            number[places] = texts.len() + alike
            texts = pl.concat([texts, _continued(before, rows, first)])
    return texts.gather(number)


def _alike(*keys: Whole) -> Whole:
    """A number from 0 for every different combination of the keys."""
    varying = [key for key in keys if (key != key[:1]).any()]
    return numbered(*varying) if varying else np.zeros(keys[0].size, np.int64)


def _continued(before: pl.Series, rows: ProgrammeRows, chosen: Whole) -> pl.Series:
    """The texts so far of the `chosen` rows, with their own steps."""
    own = [
        pl.lit(f"{step.number}:") if figure is None else f"{step.number}:" + pl.Series(figure[chosen]).cast(pl.String)
        for step, figure in zip(rows.programme.steps, rows.parameter, strict=True)
    ]
    return pl.select(pl.concat_str(before, *own, separator=" ", ignore_nulls=True)).to_series()
