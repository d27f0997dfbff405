"""Text of few different values as codes: to compare, choose or move a code costs a fraction of what its text costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

__all__ = ["CODE", "changed", "coded", "is_text", "of_text", "spelled", "starts_with"]

CODE = pl.Categorical(pl.Categories("code"))
"""One set of codes for all columns, so that any two of them compare; they are ordered as their texts are."""

_OWN = frozenset({"claim_id", "member_id", "inpatient_claim_id", "reverses_claim_id", "name", "item_name"})
"""Texts of which nearly every row, or every person, has one of its own."""

_MANY = 1_000
"""Rows from which on it pays to look at the texts that have a code instead."""


def coded(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with codes in place of their texts of few different values."""
    few = [cells.name for cells in rows if cells.dtype == pl.String and cells.name not in _OWN]
    return rows.with_columns(pl.col(few).cast(CODE))


def spelled(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their texts in place of codes."""
    return rows.with_columns(pl.col(CODE).cast(pl.String))


def of_text(text: pl.Expr, change: Callable[[pl.Series], pl.Series], made: pl.DataType) -> pl.Expr:
    """`change` of text, of type `made`; it looks at one text at a time and leaves null as it is. Codes: once for each text."""
    return text.map_batches(lambda texts: changed(texts, change, made), return_dtype=made, is_elementwise=True)


def changed(texts: pl.Series, change: Callable[[pl.Series], pl.Series], made: pl.DataType) -> pl.Series:
    """`change` of texts, of type `made`, as in `of_text`."""
    if not isinstance(texts.dtype, pl.Categorical) or texts.len() < _MANY:
        return change(texts.cast(pl.String)).cast(made)
    # all texts that have a code are changed, as that costs less than to find those that occur
    return change(texts.dtype.categories.to_series()).cast(made).gather(texts.to_physical())


def starts_with(text: pl.Expr, *prefixes: str) -> pl.Expr:
    """Whether text begins with any of the prefixes; null where it is not known."""
    return of_text(text, lambda texts: _starting(texts, prefixes), pl.Boolean())


def is_text(values: pl.Series) -> bool:
    """Text, whether spelled out or as codes."""
    return values.dtype in (pl.String, CODE)


def _starting(texts: pl.Series, prefixes: Sequence[str]) -> pl.Series:
    return pl.select(pl.any_horizontal([texts.str.starts_with(prefix) for prefix in prefixes])).to_series()
