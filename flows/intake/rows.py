"""Rules between the columns or the rows of one table: keys that occur once, periods that do not run backwards."""

from __future__ import annotations

import polars as pl

from flows.intake.faults import faults, row_faults
from flows.intake.keys import repeated
from schemas import Table

__all__ = ["merge_repeated", "period_faults", "without"]


def period_faults(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows whose last day is before their first."""
    found = []
    for first, last, rule in (
        ("valid_from", "valid_to", "period_not_reversed"),
        ("birth_date", "death_date", "death_not_before_birth"),
    ):
        if first in table.by_name and last in table.by_name:
            rows = frame.filter((pl.col(last) < pl.col(first)).fill_null(False))
            found.append(row_faults(rows, rule, last, last))
    return faults(*found)


def merge_repeated(frame: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows said twice in the same words are kept once.

    Different rows with one key are faults, all of them, unless the table takes several rows for a key.
    """
    if repeated([frame.select(table.key).hash_rows().to_numpy()]).is_empty():
        return frame, faults()
    rows = frame.filter(pl.struct(table.key).is_duplicated())
    first = rows.unique(subset=table.names, keep="first", maintain_order=True)
    clashing = first.filter(pl.struct(table.key).is_duplicated() & (not table.several))
    wrong = rows.join(clashing.select(table.key), on=list(table.key), how="semi", maintain_order="left")
    again = rows.join(pl.concat([first, wrong]), on="row_number", how="anti")
    kept = frame.join(again, on="row_number", how="anti", maintain_order="left")
    return kept, row_faults(wrong, "key_is_unique")


def without(frame: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    """The rows that have no fault."""
    return frame.join(wrong, on="row_number", how="anti", maintain_order="left") if wrong.height else frame
