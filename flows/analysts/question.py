"""What an analyst asks of the database, a view's name or one SELECT, and the rows of the answer in batches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import polars as pl
import pyarrow as pa

from flows.warehouse.database import open_product
from schemas import VIEWS

__all__ = ["Answer", "ExportError", "ask", "open_to_read"]

ROWS_PER_BATCH = 50_000
_NAME = re.compile(r"[A-Za-z_]\w*")


class ExportError(Exception):
    """Nothing was exported; the sentence says what to ask or to write otherwise."""


@dataclass(frozen=True)
class Answer:
    """The columns of an answer with their DuckDB types, and its rows, to be read once."""

    types: dict[str, str]
    rows: pa.RecordBatchReader

    @property
    def batches(self) -> Iterator[pl.DataFrame]:
        for batch in self.rows:
            yield pl.DataFrame(pl.from_arrow(batch))


def open_to_read(db: str) -> duckdb.DuckDBPyConnection:
    """The database with nothing else in reach: no other file, no setting. Raises NotAWarehouse."""
    con = open_product(db)
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def ask(con: duckdb.DuckDBPyConnection, question: str, plain: bool = False) -> Answer:
    """Answer the name of a view or table, or one SELECT. With `plain`, lists become text joined by semicolons.

    Raises ExportError when it is anything else, or when DuckDB does not understand it.
    """
    query = _query(con, question)
    try:
        asked = con.sql(query)
        types = dict(zip(asked.columns, map(str, asked.types), strict=True))
        if len(types) < len(asked.columns):
            twice = next(name for name in asked.columns if asked.columns.count(name) > 1)
            raise ExportError(f"the answer has two columns named {twice}; give one of them another name with AS")
        shown = asked.project(", ".join(_plain(name, kind) for name, kind in types.items())) if plain else asked
        return Answer(types, shown.to_arrow_reader(ROWS_PER_BATCH))
    except duckdb.Error as error:
        raise ExportError(f"DuckDB does not take the query: {str(error).splitlines()[0]}") from error


def _query(con: duckdb.DuckDBPyConnection, question: str) -> str:
    if _NAME.fullmatch(question.strip()):
        return f"SELECT * FROM {_known(con, question.strip())}"
    try:
        statements = con.extract_statements(question)
    except duckdb.Error as error:
        raise ExportError(f"this is no SQL: {str(error).splitlines()[0]}") from error
    if len(statements) != 1:
        raise ExportError(f"give one SELECT; there are {len(statements)} statements")
    if statements[0].type is not duckdb.StatementType.SELECT:
        raise ExportError(f"give a SELECT; {statements[0].type.name} is not exported")
    return statements[0].query


def _known(con: duckdb.DuckDBPyConnection, name: str) -> str:
    names = {row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    names |= {row[0] for row in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
    if name.lower() not in names:
        raise ExportError(f"there is no view or table {name}; views are {', '.join(n for n in VIEWS if n in names)}")
    return name


_AS_THEY_ARE = re.compile(
    r"VARCHAR|BOOLEAN|DATE|TIMESTAMP|DOUBLE|FLOAT|U?(TINY|SMALL|BIG)INT|U?INTEGER|DECIMAL\(\d+,\d+\)"
)


def _plain(name: str, kind: str) -> str:
    """The column as a number, date, flag or text."""
    column = '"' + name.replace('"', '""') + '"'
    if kind == "VARCHAR[]":
        return f"array_to_string({column}, ';') AS {column}"
    return column if _AS_THEY_ARE.fullmatch(kind) else f"{column}::VARCHAR AS {column}"
