"""The database itself: its tables with their comments, its views, and exact loading of frames into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from flows.warehouse.portions import STEPS, portions
from flows.warehouse.step_lists import convert_portions
from flows.warehouse.tables import STORED
from schemas import TABLES, VIEWS, Table

if TYPE_CHECKING:
    import polars as pl

__all__ = ["NotAWarehouse", "append", "open_current", "open_product", "prepare_warehouse", "register"]

IN_FORCE = """
    SELECT {columns} FROM settlement_version AS v
    WHERE NOT EXISTS (SELECT 1 FROM adjustment AS a WHERE a.claim_id = v.claim_id AND a.from_version = v.version)
"""

AS_OF = """
    CREATE OR REPLACE MACRO settlement_as_of(moment) AS TABLE
    WITH done AS (
        SELECT run_id FROM run WHERE finished_at < CASE
            WHEN length(moment::VARCHAR) <= 10 THEN moment::TIMESTAMP + INTERVAL 1 DAY
            ELSE moment::TIMESTAMP + INTERVAL 1 SECOND END
    ),
    replaced AS (SELECT claim_id, from_version AS version FROM adjustment SEMI JOIN done USING (run_id))
    SELECT {columns} FROM settlement_version AS v SEMI JOIN done USING (run_id) ANTI JOIN replaced USING (claim_id, version)
"""
AS_OF_COMMENT = (
    "某日结算结果: the settlements that were in force at the end of a day, FROM settlement_as_of(DATE ''2025-03-01''), "
    "or at a moment (a TIMESTAMP), as the runs published them; columns as in settlement"
)

_OURS = {"run", "claims", "settlement_version"}
"""Tables that every version of the program has."""


class NotAWarehouse(Exception):
    """The file is no database of this program, or one that another shell holds; the sentence says which."""


def prepare_warehouse(con: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing: tables, views, and a COMMENT on each of them and of their columns."""
    present = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()}
    if "published_copy" in present:
        raise NotAWarehouse("this is a copy for analysts, which no delivery is added to; give the bureau's own --db")
    if present and not present >= _OURS:
        raise NotAWarehouse("the database file holds other tables than those of baoxiao; give another --db")
    convert_portions(con)
    for table in STORED.values():
        if table.name not in present:
            _run_all(con, [table.ddl(), *table.comments()])
    _add_columns(con)
    columns = ", ".join(f"v.{name}" for name in TABLES["settlement"].names)
    _create_view(con, TABLES["settlement"], IN_FORCE.format(columns=columns))
    _create_view(con, TABLES["settlement_portion"], portions("settlement_version", "split_portion"))
    _create_view(con, TABLES["settlement_step"], STEPS)
    for view in VIEWS.values():
        _create_view(con, view, view.select())
    _run_all(con, [AS_OF.format(columns=columns), f"COMMENT ON MACRO TABLE settlement_as_of IS '{AS_OF_COMMENT}'"])


def _add_columns(con: duckdb.DuckDBPyConnection) -> None:
    """Columns that the tables of an earlier version of the program lack."""
    found = _columns(con)
    for table in STORED.values():
        lacking = [column for column in table.columns if (table.name, column.name) not in found]
        for column in lacking:
            con.execute(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {column.sql_type}")
        if lacking:
            _run_all(con, table.comments())


def _columns(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    return set(con.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal").fetchall())


def register(con: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame, name: str) -> None:
    """Show a typed frame to SQL as the temporary view `name`, in stored units (yuan, shares), without copying it."""
    con.register(f"frame_{name}", frame)
    con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {table.stored()} FROM frame_{name}")


def append(con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Add a typed frame's rows to a table; the frame has every column of it (money in fen)."""
    table = STORED[name]
    register(con, table, frame.select(table.names), f"new_{name}")
    con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM new_{name}")


def open_product(path: str) -> duckdb.DuckDBPyConnection:
    """Open the published file to read. Raises NotAWarehouse with what is wrong."""
    try:
        con = duckdb.connect(path, read_only=True)
        con.execute("SELECT run_id FROM run LIMIT 1")
    except duckdb.IOException as error:
        raise NotAWarehouse(_reason(path, str(error))) from error
    except duckdb.Error as error:
        raise NotAWarehouse(f"{path} is no database of baoxiao") from error
    return con


def open_current(path: str) -> duckdb.DuckDBPyConnection:
    """The same, for a run that reads what only this version of the program keeps."""
    con = open_product(path)
    found = _columns(con)
    if any((table.name, column.name) not in found for table in STORED.values() for column in table.columns):
        con.close()
        raise NotAWarehouse(
            f"{path} was made by an earlier version of the program; take a delivery with this one first (baoxiao nightly)"
        )
    return con


def _reason(path: str, error: str) -> str:
    if "does not exist" in error:
        return f"there is no database {path}; make one with: baoxiao nightly INBOX --db {path}"
    if "lock" in error or "WAL" in error:
        return f"{path} is held by a shell that opened it for writing; close it or open it with -readonly"
    return f"{path} is no database of baoxiao"


def _create_view(con: duckdb.DuckDBPyConnection, table: Table, query: str) -> None:
    _run_all(con, [f"CREATE OR REPLACE VIEW {table.name} AS {query}", *table.comments()])


def _run_all(con: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    for statement in statements:
        con.execute(statement)
