"""Portions of an earlier version of the program, which were a table: all of a claim's, their steps in other lists at first."""

from __future__ import annotations

import duckdb

from flows.warehouse.tables import STORED

__all__ = ["convert_portions", "earlier_name", "with_steps"]

_TABLE = STORED["split_portion"]
_EARLIER = "settlement_portion"
_STEPS = "array_to_string(list_transform(list_zip(step_no, step_parameter), lambda s: concat(s[1], ':', s[2])), ' ')"


def with_steps(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """A query for the rows of a table, or of a file written for it, with the steps of portions as this version keeps them."""
    if "step_parameter" not in con.sql(f"FROM {table}").columns:
        return f"FROM {table}"
    return f"SELECT * EXCLUDE (step_no, step_parameter), nullif({_STEPS}, '') AS steps FROM {table}"


def earlier_name(table: str) -> str:
    """What a table was called in a database of an earlier version."""
    return _EARLIER if table == _TABLE.name else table


def convert_portions(con: duckdb.DuckDBPyConnection) -> None:
    """Portions of an earlier version stay in rows of their own, with the columns that a new database has for them."""
    found = con.execute("SELECT 1 FROM duckdb_tables() WHERE NOT temporary AND table_name = ?", [_EARLIER]).fetchall()
    if not found:
        return
    if with_steps(con, _EARLIER) == f"FROM {_EARLIER}":
        con.execute(f"ALTER TABLE {_EARLIER} RENAME TO {_TABLE.name}")
    else:
        con.execute(_TABLE.ddl())
        con.execute(f"INSERT INTO {_TABLE.name} BY NAME {with_steps(con, _EARLIER)}")
        con.execute(f"DROP TABLE {_EARLIER}")
    for statement in _TABLE.comments():
        con.execute(statement)
