"""Queries of one row; a result left half read would block the connection, so it is always read to its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

__all__ = ["first_row", "number"]


def first_row(con: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
    """The first row of a query, None when it has none."""
    rows = con.execute(query, list(values)).fetchall()
    return rows[0] if rows else None


def number(con: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()) -> int:
    """The whole number that a query yields, or the rows that a statement changed."""
    row = first_row(con, query, values)
    return int(row[0]) if row else 0
