"""How much memory the database may take: settling, in the same process, needs the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

__all__ = ["ALONE", "at_rest", "bound_memory"]

_MIB = {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024, "TiB": 1024**2}
_BESIDE_OTHERS = 1024
"""MiB in which loading and joining pass at any size while a delivery is in memory too; what does not fit goes to files."""

ALONE = 2048
"""MiB for a run that reads no delivery: joins of all claims with all their lines are a third faster in twice as much."""

_PER_THREAD = 256
"""MiB for the row groups that each thread fills while it loads."""

_AT_REST = 128
"""MiB that are left to the database while it has nothing to do."""


def bound_memory(con: duckdb.DuckDBPyConnection, enough: int = _BESIDE_OTHERS) -> None:
    """Set a limit that does not grow with the delivery; on a small machine half of what DuckDB would take by itself."""
    query = "SELECT current_setting('memory_limit'), current_setting('threads')"
    ((limit, threads),) = con.execute(query).fetchall()
    size, unit = str(limit).split()
    allowed = min(float(size) * _MIB[unit] / 2, max(enough, _PER_THREAD * int(threads)))
    con.execute(f"SET memory_limit = '{int(allowed)}MiB'")
    # row groups go to the file as they fill: they are still in the cache then
    con.execute("SET write_buffer_row_group_count = 1")


@contextmanager
def at_rest(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let settling have the memory: what the database held in it goes to its files, until it has work again."""
    ((limit,),) = con.execute("SELECT current_setting('memory_limit')").fetchall()
    with suppress(duckdb.OutOfMemoryException):  # it may need more even now; then it keeps what it has
        con.execute(f"SET memory_limit = '{_AT_REST}MiB'")
    try:
        yield
    finally:
        con.execute(f"SET memory_limit = '{limit}'")
