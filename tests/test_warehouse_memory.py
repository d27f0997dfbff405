"""What the database takes of the machine: its copy of a file, and memory while it has nothing to do."""

from __future__ import annotations

import os
import random
from pathlib import Path

import duckdb
import pytest

from flows.warehouse.duplicate import duplicate
from flows.warehouse.memory import at_rest

_BLOCK, _PIECE = 4096, 1 << 24


@pytest.mark.parametrize("size", [0, 1, _BLOCK - 1, _BLOCK, _BLOCK + 1, _PIECE - 1, _PIECE, 2 * _PIECE + 777])
def test_a_copy_has_the_bytes_of_the_file(tmp_path: Path, size: int) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(random.Random(size).randbytes(size))
    target.write_bytes(b"left over from an attempt that was stopped" * 1000)
    duplicate(source, target)
    assert target.read_bytes() == source.read_bytes()


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no file system in memory here")
def test_a_file_system_without_such_ways_gets_a_copy_as_well(tmp_path: Path) -> None:
    source, target = tmp_path / "source", Path("/dev/shm") / f"baoxiao-{os.getpid()}"
    source.write_bytes(random.Random(0).randbytes(_PIECE + 5))
    try:
        duplicate(source, target)
        assert target.read_bytes() == source.read_bytes()
    finally:
        target.unlink(missing_ok=True)


def test_a_copy_of_what_is_not_there_fails(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        duplicate(tmp_path / "source", tmp_path / "target")


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
