"""What the database takes of the machine's memory while it has nothing to do."""

from __future__ import annotations

from pathlib import Path

import duckdb

from flows.warehouse.memory import at_rest


def test_a_database_at_rest_gives_its_memory_back_and_keeps_its_rows(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        con.execute(f"SET temp_directory = '{tmp_path}'")
        con.execute("SET memory_limit = '1GiB'")
        con.execute("CREATE TEMP TABLE many AS SELECT range AS number, hash(range) AS mark FROM range(30_000_000)")
        before, mark = _held(con), _mark(con)
        with at_rest(con):
            assert _held(con) < before / 2
        assert con.execute("SELECT current_setting('memory_limit')").fetchall() == [("1.0 GiB",)]
        assert _mark(con) == mark


def test_a_database_that_cannot_give_memory_back_goes_on(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        con.execute("SET temp_directory = ''")  # nowhere to put its rows
        con.execute("SET memory_limit = '2GiB'")
        con.execute("CREATE TEMP TABLE many AS SELECT range AS number, hash(range) AS mark FROM range(30_000_000)")
        mark = _mark(con)
        with at_rest(con):
            assert _mark(con) == mark
        assert con.execute("SELECT current_setting('memory_limit')").fetchall() == [("2.0 GiB",)]


def _held(con: duckdb.DuckDBPyConnection) -> int:
    ((held,),) = con.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchall()
    return int(held)


def _mark(con: duckdb.DuckDBPyConnection) -> object:
    return con.execute("SELECT count(*), bit_xor(mark) FROM many").fetchall()
