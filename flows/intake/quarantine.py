"""The quarantine of a delivery: one row for each rule that a row fails, with a sentence."""

from __future__ import annotations

import polars as pl

from flows.intake.faults import QUARANTINE
from flows.intake.sentences import sentence
from schemas import Table

__all__ = ["quarantine_of"]


def quarantine_of(table: Table, file: str, rows: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    """Faults of one table as rows of the quarantine, in the order of the file; `rows` has at least the faulty ones."""
    if not wrong.height:
        return QUARANTINE.to_frame()
    key = pl.concat_str([pl.col(name).cast(pl.String).fill_null("?") for name in table.key], separator="/")
    keys = rows.select("row_number", row_key=key)
    rows = wrong.unique(maintain_order=True).join(keys, on="row_number", how="left", maintain_order="left")
    messages = [
        sentence(table, row["row_key"], row["column_name"], row["rule"], row["value"])
        for row in rows.iter_rows(named=True)
    ]
    return (
        rows.with_columns(
            table_name=pl.lit(table.name),
            source_file=pl.lit(file),
            message=pl.Series(messages, dtype=pl.String),
        )
        .sort("row_number", maintain_order=True)
        .select(QUARANTINE.names())
        .cast(QUARANTINE)
    )
