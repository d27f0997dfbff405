"""Appends the versions, portions and adjustments of a run, and renews what is kept of each settled person."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from flows.warehouse.queries import first_row
from flows.warehouse.renewal import renew_accumulators
from flows.warehouse.tables import STORED, delta
from schemas import MONEY_COLUMNS

__all__ = ["POSTED", "Appended", "post"]

POSTED = {
    "settlement_version": "new_version",
    "split_portion": "new_split_portion",
    "adjustment": "new_adjustment",
    "held": "new_held",
    "accumulator": "new_accumulator",
}
"""Tables and the temporary relations whose rows are added to them."""

_COUNTED = """
    SELECT (SELECT count(*) FROM claims SEMI JOIN affected USING (member_id)), count(*) FILTER (from_version IS NULL),
        count(from_version), (SELECT count(*) FROM new_adjustment WHERE {moves_money}), (SELECT count(*) FROM new_held)
    FROM changed
"""


@dataclass(frozen=True)
class Appended:
    """Claims settled; how many of these got their first and how many a further version, and how many wait for a person."""

    settled: int
    first: int
    adjusted: int
    moved_money: int
    held: int = 0


def post(con: duckdb.DuckDBPyConnection, run_id: str) -> Appended:
    """Add what `compare` found; accumulators and held claims of the members of `affected` are replaced."""
    con.execute("DELETE FROM held WHERE member_id IN (SELECT member_id FROM affected)")
    renew_accumulators(con)
    for table, rows in POSTED.items():
        if table != "accumulator":
            run = "?::VARCHAR AS run_id" if "run_id" in STORED[table].names else ""
            con.execute(f"INSERT INTO {table} BY NAME SELECT *, {run} FROM {rows}", [run_id] if run else [])
    return counted(con)


def counted(con: duckdb.DuckDBPyConnection) -> Appended:
    """The numbers of what `compare` found."""
    row = first_row(con, _COUNTED.format(moves_money=" OR ".join(f"{delta(name)} <> 0" for name in MONEY_COLUMNS)))
    assert row is not None
    return Appended(*map(int, row))
