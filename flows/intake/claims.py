"""Rules of claims and fee lines: against other columns, against what is known, and against the rows of other tables."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from flows.intake.checks import shown
from flows.intake.distinct import by_value
from flows.intake.faults import faults, row_faults
from flows.intake.keys import Keys
from schemas import TABLES, Table
from schemas.model import rule_not_negative

__all__ = ["claim_faults", "line_faults", "trim_ended_on"]

_STAYS = ("inpatient", "ltc")


def claim_faults(claims: pl.DataFrame, providers: Keys, members: Keys) -> pl.DataFrame:
    """Faults of some claims; `providers` and `members` are those that are known and accepted."""
    early = pl.col("ended_on") < pl.col("started_on")
    endless = (pl.col("care_type") == "inpatient") & pl.col("ended_on").is_null()
    itself = pl.col("reverses_claim_id") == pl.col("claim_id")
    return faults(
        row_faults(_absent(claims, "provider_id", providers), "provider_exists", "provider_id", "provider_id"),
        row_faults(_absent(claims, "member_id", members), "member_exists", "member_id", "member_id"),
        row_faults(_where(claims, early), "discharge_not_before_admission", "ended_on", "ended_on"),
        row_faults(_where(claims, endless), "discharge_is_given", "ended_on"),
        *_negative(claims, TABLES["claims"], pl.col("reverses_claim_id").is_not_null()),
        row_faults(_where(claims, itself), "claim_reverses_another", "reverses_claim_id", "claim_id"),
    )


def line_faults(lines: pl.DataFrame, of_known_claim: pl.Series, reversing: pl.Series) -> pl.DataFrame:
    """Faults of some lines: whether each is of a claim in the delivery; the numbers of claims that reverse another."""
    orphans = ~of_known_claim & lines["claim_id"].is_not_null()
    return faults(
        *_negative(lines, TABLES["fee_lines"], pl.col("claim_id").is_in(reversing.implode())),
        row_faults(_where(lines, orphans), "claim_of_line_exists", "claim_id", "claim_id"),
    )


def trim_ended_on(claims: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Only stays and long-term care end on another day: the column is emptied elsewhere; claims it really changes."""
    if not claims["ended_on"].count():
        return claims, claims["claim_id"].clear()
    elsewhere = ~pl.col("care_type").is_in(_STAYS)
    differing = claims.filter(elsewhere & (pl.col("ended_on") != pl.col("started_on")))["claim_id"]
    return claims.with_columns(pl.when(~elsewhere).then(pl.col("ended_on")).alias("ended_on")), differing


def _where(rows: pl.DataFrame, condition: pl.Expr | pl.Series) -> pl.DataFrame:
    """The rows that meet it; as a rule none does, and then none is moved."""
    holds = condition if isinstance(condition, pl.Series) else rows.select(condition).to_series()
    return rows.filter(holds) if holds.any() else rows.clear()


def _negative(rows: pl.DataFrame, table: Table, reversing: pl.Expr) -> Iterator[pl.DataFrame]:
    """A reversal repeats a bill with the sign turned; nowhere else is a number of it negative."""
    for column in table.columns:
        if column.reversible and column.name in rows.columns and (rows[column.name] < 0).any():
            below = rows.filter(pl.col(column.name) < 0).filter(~reversing.fill_null(False))
            values = pl.Series([shown(str(value), column.kind) for value in below[column.name]], dtype=pl.String)
            yield row_faults(below.with_columns(shown=values), rule_not_negative(column), column.name, "shown")


def _absent(rows: pl.DataFrame, column: str, known: Keys) -> pl.DataFrame:
    missing = by_value(rows[column], lambda texts: pl.Series(known.place(texts.hash().to_numpy()) < 0))
    return _where(rows, missing & rows[column].is_not_null())
