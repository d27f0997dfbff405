"""Portions of an earlier version of the program: their steps' numbers and figures of the law stood in two lists, not in one text."""

from __future__ import annotations

import duckdb

from flows.warehouse.tables import STORED

__all__ = ["convert_steps", "with_steps"]

_STEPS = "array_to_string(list_transform(list_zip(step_no, step_parameter), lambda s: concat(s[1], ':', s[2])), ' ')"


def with_steps(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """A query for the rows of a table, or of a file written for it, with the steps of portions as this version keeps them."""
    if "step_parameter" not in con.sql(f"FROM {table}").columns:
        return f"FROM {table}"
    return f"SELECT * EXCLUDE (step_no, step_parameter), nullif({_STEPS}, '') AS steps FROM {table}"


def convert_steps(con: duckdb.DuckDBPyConnection) -> None:
    """Write the portions of an earlier version anew, with the columns in the order that a new database has."""
    table = STORED["settlement_portion"]
    if with_steps(con, table.name) == f"FROM {table.name}":
        return
    con.execute(f"ALTER TABLE {table.name} RENAME TO earlier_portion")
    for statement in (table.ddl(), *table.comments()):
        con.execute(statement)
    con.execute(f"INSERT INTO {table.name} BY NAME {with_steps(con, 'earlier_portion')}")
    con.execute("DROP TABLE earlier_portion")
