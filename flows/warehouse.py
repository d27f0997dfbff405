"""The database itself: its tables with their comments, its views, and exact loading of frames into it."""

from __future__ import annotations

import duckdb
import polars as pl

from flows.warehouse_tables import STORED
from schemas import TABLES, Table

__all__ = ["NotAWarehouse", "append", "open_product", "prepare_warehouse", "register"]

IN_FORCE = """
    SELECT {columns} FROM settlement_version AS v
    WHERE NOT EXISTS (SELECT 1 FROM adjustment AS a WHERE a.claim_id = v.claim_id AND a.from_version = v.version)
"""

STEPS = """
    SELECT u.claim_id, u.version, u.portion_no, u.programme, u.step_no, p.name, p.column_name, p.rule_id, p.formula,
        p.unit, {figures}, p.quote
    FROM (
        SELECT claim_id, version, portion_no, programme, unnest(step_no) AS step_no, unnest(step_base) AS base,
            unnest(step_parameter) AS parameter, unnest(step_amount) AS amount, unnest(step_before) AS total_before
        FROM settlement_portion
    ) AS u
    JOIN settlement_version AS v ON v.claim_id = u.claim_id AND v.version = u.version
    LEFT JOIN policy_step AS p ON p.policy_id = v.policy_id AND p.version = v.policy_version
        AND p.fingerprint = v.policy_fingerprint AND p.programme = u.programme AND p.step_no = u.step_no
"""
_FIGURES = {"base": "base", "parameter": "parameter", "amount": "amount", "total_before": "total_before",
            "total_after": "total_before + amount"}  # fmt: skip


class NotAWarehouse(Exception):
    """The file is no database of this program, or one that another shell holds; the sentence says which."""


def prepare_warehouse(con: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing: tables, views, and a COMMENT on each of them and of their columns."""
    present = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()}
    if present and not present >= set(STORED):
        raise NotAWarehouse("the database file holds other tables than those of baoxiao; give another --db")
    for table in STORED.values():
        if table.name not in present:
            _run_all(con, [table.ddl(), *table.comments()])
    columns = ", ".join(f"v.{name}" for name in TABLES["settlement"].names)
    _create_view(con, TABLES["settlement"], IN_FORCE.format(columns=columns))
    figures = ", ".join(f"(u.{_scaled(sql)})::DECIMAL(18,2) AS {name}" for name, sql in _FIGURES.items())
    _create_view(con, TABLES["settlement_step"], STEPS.format(figures=figures))


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


def _scaled(sql: str) -> str:
    return sql.replace("+ ", "+ u.")
