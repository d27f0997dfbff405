"""Brings what is kept of each person up to date in place: rows that stay the same are left alone, and the file stays small.

Rows that are deleted and put back elsewhere would make the database write the whole table again.
"""

from __future__ import annotations

import duckdb

from flows.warehouse.tables import STORED

__all__ = ["renew_accumulators", "stand"]

_TABLE = STORED["accumulator"]
_KEY = ", ".join(_TABLE.key)
_VALUES = [name for name in _TABLE.names if name not in _TABLE.key]

_OLD = """
    CREATE TEMP TABLE old_accumulator AS
    SELECT rowid AS place, * FROM accumulator SEMI JOIN affected USING (member_id)
"""
_MOVED = f"""
    UPDATE accumulator SET {", ".join(f"{name} = m.{name}" for name in _VALUES)}
    FROM (
        SELECT o.place, {", ".join(f"n.{name}" for name in _VALUES)}
        FROM old_accumulator AS o JOIN new_accumulator AS n USING ({_KEY})
        WHERE {" OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in _VALUES)}
    ) AS m WHERE accumulator.rowid = m.place
"""
_GONE = f"""
    DELETE FROM accumulator WHERE rowid IN (SELECT place FROM old_accumulator ANTI JOIN new_accumulator USING ({_KEY}))
"""
_ADDED = f"INSERT INTO accumulator BY NAME FROM new_accumulator ANTI JOIN old_accumulator USING ({_KEY})"


def renew_accumulators(con: duckdb.DuckDBPyConnection) -> None:
    """The accumulators of the members of `affected` become the rows of `new_accumulator`."""
    for statement in (_OLD, _MOVED, _GONE, _ADDED):
        con.execute(statement)


def stand(con: duckdb.DuckDBPyConnection, members: str, run_id: str) -> None:
    """Note that the persons in the relation `members` stand under the law of the run."""
    con.execute(f"UPDATE standing SET run_id = ? WHERE member_id IN (SELECT member_id FROM {members})", [run_id])
    query = f"SELECT member_id, ? AS run_id FROM {members} ANTI JOIN standing USING (member_id)"
    con.execute(f"INSERT INTO standing BY NAME {query}", [run_id])
