"""Formulas evaluated on a frame by themselves, outside a pass over its columns."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.columns import DTYPES, polars_expression
from transforms.formula import Column, Kind, Tree

__all__ = ["held", "of_kind", "values_of"]


def values_of(frame: pl.DataFrame, tree: Tree) -> pl.Series:
    """The value of the formula for every row, also where it is one for all of them."""
    if isinstance(tree, Column):
        return frame[tree.name]
    values = frame.select(polars_expression(tree)).to_series()
    return (
        values if values.len() == frame.height else pl.repeat(values[0], frame.height, eager=True, dtype=values.dtype)
    )


def held(frame: pl.DataFrame, condition: Tree | None) -> NDArray[np.bool_] | None:
    """Whether the condition holds, row by row; null for none, which holds everywhere."""
    if condition is None:
        return None
    holds = (pl.lit(True) & polars_expression(condition)).fill_null(False)
    return frame.select(held=holds).to_series().to_numpy()


def of_kind(found: pl.Series, kind: Kind) -> pl.Series:
    """Values as columns of the kind have them; text stays spelled out or in codes, as it is."""
    return found if kind.name in ("text", "texts") else found.cast(DTYPES[kind.name])
