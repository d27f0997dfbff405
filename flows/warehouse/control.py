"""Control totals of a night: every delivered row and yuan is accepted or quarantined, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import polars as pl

from flows.intake import Delivery
from flows.warehouse.admission import OTHER_CONTENT, Taken
from flows.warehouse.database import append
from flows.warehouse.queries import number
from flows.warehouse.tables import STORED
from schemas import DELIVERED, TABLES

__all__ = ["RUN_TOTALS", "ControlTotals", "control_totals", "keep_quarantine", "keep_totals", "yuan"]

RUN_TOTALS = (
    "rows_delivered",
    "rows_accepted",
    "rows_repeated",
    "rows_quarantined",
    "amount_delivered",
    "amount_accepted",
    "amount_quarantined",
)
"""The control totals that the row of a run sums over its tables."""

_MESSAGE = (
    "Claim {} was accepted earlier with other content: reverse it (reverses_claim_id) and deliver the correction "
    "under a new claim_id."
)


@dataclass(frozen=True)
class ControlTotals:
    """One table of a delivery; `amount_*` are fen of fee lines. Accepted rows include repeated and replaced ones."""

    table_name: str
    rows_delivered: int
    rows_accepted: int
    rows_repeated: int
    rows_replaced: int
    rows_quarantined: int
    amount_delivered: int
    amount_accepted: int
    amount_quarantined: int


def control_totals(
    con: duckdb.DuckDBPyConnection, delivery: Delivery, taken: Mapping[str, Taken], run_id: str
) -> list[ControlTotals]:
    """The totals of every delivered table: what intake counted in the files against what now stands in the database."""
    return [_of_table(con, delivery, name, taken[name], run_id) for name in DELIVERED if name in delivery.totals]


def keep_totals(con: duckdb.DuckDBPyConnection, totals: list[ControlTotals], run_id: str) -> None:
    """Store the control totals of a run."""
    table = STORED["control_total"]
    schema = {name: table[name].dtype for name in table.names if name != "run_id"}
    rows = pl.DataFrame([vars(total) for total in totals], schema=schema)
    append(con, "control_total", rows.with_columns(run_id=pl.lit(run_id)))


def keep_quarantine(con: duckdb.DuckDBPyConnection, delivery: Delivery, run_id: str) -> None:
    """Store the refused rows of a delivery, those included that contradict a claim accepted earlier."""
    rows = [delivery.quarantine, *(_contradictions(con, delivery, name) for name in ("claims", "fee_lines"))]
    append(con, "quarantine", pl.concat(rows).with_columns(run_id=pl.lit(run_id)))


def yuan(fen: int) -> Decimal:
    """An amount of fen in yuan, exactly."""
    return Decimal(fen).scaleb(-2)


def _of_table(
    con: duckdb.DuckDBPyConnection, delivery: Delivery, name: str, taken: Taken, run_id: str
) -> ControlTotals:
    counted = delivery.totals[name]
    has_amount = name == "fee_lines"
    stored = _fen(con, _STORED, run_id) if has_amount else 0
    again = _fen(con, _REPEATED) if has_amount and taken.repeated else 0
    refused = _fen(con, _REFUSED) if has_amount and taken.refused else 0
    return ControlTotals(
        table_name=name,
        rows_delivered=counted.rows_delivered,
        rows_accepted=taken.new + taken.replaced + taken.repeated + counted.rows_merged,
        rows_repeated=taken.repeated + counted.rows_merged,
        rows_replaced=taken.replaced,
        rows_quarantined=counted.rows_quarantined + taken.refused,
        amount_delivered=counted.fen_delivered,
        amount_accepted=stored + again,
        amount_quarantined=counted.fen_quarantined + refused,
    )


_STORED = "SELECT amount FROM fee_lines WHERE run_id = ?"
_REFUSED = "SELECT amount FROM delivered_fee_lines SEMI JOIN conflicting USING (claim_id)"
_REPEATED = """
    SELECT amount FROM delivered_fee_lines
    SEMI JOIN known_claim USING (claim_id) ANTI JOIN conflicting USING (claim_id)
"""


def _fen(con: duckdb.DuckDBPyConnection, amounts: str, *values: str) -> int:
    return number(con, f"SELECT (coalesce(sum(amount), 0) * 100)::BIGINT FROM ({amounts})", values)


def _contradictions(con: duckdb.DuckDBPyConnection, delivery: Delivery, name: str) -> pl.DataFrame:
    """Rows of claims that were accepted before with other content."""
    claims = con.sql("SELECT claim_id FROM conflicting").pl()["claim_id"]
    files = {receipt.table: receipt.file for receipt in delivery.receipts}
    if claims.is_empty() or name not in files:
        return delivery.quarantine.clear()
    rows = delivery.bills[name].accepted().filter(pl.col("claim_id").is_in(claims.implode()))
    key = pl.concat_str([pl.col(column).cast(pl.String) for column in TABLES[name].key], separator="/")
    found = rows.select(
        table_name=pl.lit(name),
        source_file=pl.lit(files[name]),
        row_number="row_number",
        row_key=key,
        column_name=pl.lit(None, dtype=pl.String),
        rule=pl.lit(OTHER_CONTENT),
        value="claim_id",
        message=pl.format(_MESSAGE, "claim_id"),
    )
    return found.collect().sort("row_number")
