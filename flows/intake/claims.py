"""Keeps claims whole: a claim with a faulty row, or of no known provider or member, is held back with all its lines."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from flows.intake.checks import shown
from flows.intake.faults import faults, row_faults
from schemas import TABLES, Table
from schemas.model import rule_not_negative

__all__ = ["claim_faults", "hold_whole", "line_faults", "trim_ended_on"]

_STAYS = ("inpatient", "ltc")


def claim_faults(claims: pl.DataFrame, providers: pl.Series, members: pl.Series) -> pl.DataFrame:
    """Rules of a claim against other rows; `providers` and `members` are the ids that are known and accepted."""
    repeated = pl.col("claim_id").is_duplicated() & pl.col("claim_id").is_not_null()
    early = pl.col("ended_on") < pl.col("started_on")
    endless = (pl.col("care_type") == "inpatient") & pl.col("ended_on").is_null()
    itself = pl.col("reverses_claim_id") == pl.col("claim_id")
    return faults(
        row_faults(claims.filter(repeated), "claim_id_is_unique", "claim_id", "claim_id"),
        row_faults(_absent(claims, "provider_id", providers), "provider_exists", "provider_id", "provider_id"),
        row_faults(_absent(claims, "member_id", members), "member_exists", "member_id", "member_id"),
        row_faults(claims.filter(early.fill_null(False)), "discharge_not_before_admission", "ended_on", "ended_on"),
        row_faults(claims.filter(endless.fill_null(False)), "discharge_is_given", "ended_on"),
        *_negative(claims, TABLES["claims"], pl.col("reverses_claim_id").is_not_null()),
        row_faults(claims.filter(itself.fill_null(False)), "claim_reverses_another", "reverses_claim_id", "claim_id"),
    )


def line_faults(lines: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Rules of a line against other rows: its claim is in the same delivery, its number occurs once."""
    numbered = lines.select("row_number", "claim_id", "line_no").drop_nulls()
    repeated = numbered.filter(pl.struct("claim_id", "line_no").is_duplicated())
    reversing = claims.filter(pl.col("reverses_claim_id").is_not_null())["claim_id"].unique()
    return faults(
        *_negative(lines, TABLES["fee_lines"], pl.col("claim_id").is_in(reversing.implode())),
        row_faults(_absent(lines, "claim_id", claims["claim_id"]), "claim_of_line_exists", "claim_id", "claim_id"),
        row_faults(repeated, "line_number_unique_in_claim", "line_no", "line_no"),
    )


def hold_whole(
    claims: pl.DataFrame, lines: pl.DataFrame, wrong_claims: pl.DataFrame, wrong_lines: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Faults for the sound rows of every claim that has a faulty one."""
    ids = pl.concat([_ids(claims, wrong_claims), _ids(lines, wrong_lines)]).unique()
    return _along(claims, ids, wrong_claims), _along(lines, ids, wrong_lines)


def _negative(rows: pl.DataFrame, table: Table, reversing: pl.Expr) -> Iterator[pl.DataFrame]:
    """A reversal repeats a bill with the sign turned; nowhere else is a number of it negative."""
    for column in table.columns:
        if column.reversible:
            below = rows.filter(pl.col(column.name) < 0).filter(~reversing.fill_null(False))
            values = pl.Series([shown(str(value), column.kind) for value in below[column.name]], dtype=pl.String)
            yield row_faults(below.with_columns(shown=values), rule_not_negative(column), column.name, "shown")


def _absent(rows: pl.DataFrame, column: str, known: pl.Series) -> pl.DataFrame:
    given = rows.select("row_number", column).drop_nulls()
    return given.join(known.to_frame(column), on=column, how="anti", maintain_order="left")


def _ids(rows: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.select("row_number", "claim_id").join(wrong, on="row_number", how="semi").select("claim_id").drop_nulls()
    )


def _along(rows: pl.DataFrame, ids: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    sound = (
        rows.select("row_number", "claim_id")
        .join(ids, on="claim_id", how="semi", maintain_order="left")
        .join(wrong, on="row_number", how="anti", maintain_order="left")
    )
    return row_faults(sound, "claim_is_whole", "claim_id", "claim_id")


def trim_ended_on(claims: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Only stays and long-term care end on another day: the column is emptied elsewhere; the number of real changes."""
    elsewhere = ~pl.col("care_type").is_in(_STAYS)
    differing = claims.filter(elsewhere & (pl.col("ended_on") != pl.col("started_on"))).height
    return claims.with_columns(pl.when(~elsewhere).then(pl.col("ended_on")).alias("ended_on")), differing
