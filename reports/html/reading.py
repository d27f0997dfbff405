"""Rows of a query as dictionaries: what the sources of the pages are written in."""

from __future__ import annotations

from typing import Any

import duckdb

__all__ = ["Row", "row_of", "rows_of"]

Row = dict[str, Any]


def rows_of(con: duckdb.DuckDBPyConnection, query: str, **values: object) -> list[Row]:
    """All rows; amounts are Decimal yuan."""
    cursor = con.execute(query, values) if values else con.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def row_of(con: duckdb.DuckDBPyConnection, query: str, **values: object) -> Row | None:
    """The first row, None when there is none."""
    found = rows_of(con, query, **values)
    return found[0] if found else None
