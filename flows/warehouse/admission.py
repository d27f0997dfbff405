"""Takes a delivery into the warehouse: new claims, claims that came again, reference rows by key (the newest wins)."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from flows.intake import Delivery
from flows.intake.parts import Parts
from flows.warehouse.database import register
from flows.warehouse.queries import number
from flows.warehouse.tables import own_columns
from schemas import DELIVERED, REFERENCE, TABLES, Column

__all__ = ["OTHER_CONTENT", "Taken", "admit", "release"]

OTHER_CONTENT = "claim_already_delivered_with_other_content"

_CONFLICTS = """
    CREATE TEMP TABLE conflicting AS
    WITH header AS (
        SELECT {claims} FROM delivered_claims SEMI JOIN known_claim USING (claim_id)
        EXCEPT SELECT {claims} FROM claims SEMI JOIN known_claim USING (claim_id)
    ),
    old_lines AS (SELECT {fee_lines} FROM fee_lines SEMI JOIN known_claim USING (claim_id)),
    new_lines AS (SELECT {fee_lines} FROM delivered_fee_lines SEMI JOIN known_claim USING (claim_id))
    SELECT claim_id FROM header
    UNION SELECT claim_id FROM (FROM new_lines EXCEPT FROM old_lines)
    UNION SELECT claim_id FROM (FROM old_lines EXCEPT FROM new_lines)
"""

_CHANGED = """
    CREATE TEMP TABLE changed_{name} AS SELECT {columns} FROM delivered_{name}
    EXCEPT SELECT {columns} FROM {name} SEMI JOIN delivered_{name} USING ({keys})
"""

_CHANGED_GROUPS = """
    CREATE TEMP TABLE changed_{name} AS
    WITH new AS (SELECT {columns} FROM delivered_{name}),
        old AS (SELECT {columns} FROM {name} SEMI JOIN delivered_{name} USING ({keys}))
    FROM new SEMI JOIN ((FROM new EXCEPT FROM old) UNION ALL (FROM old EXCEPT FROM new)) USING ({keys})
"""
"""Where several rows share a key, the delivered ones take the place of all that were here."""

_KNOWN = "CREATE TEMP TABLE known_claim AS SELECT claim_id FROM claims SEMI JOIN delivered_claims USING (claim_id)"
_NEW = "CREATE TEMP VIEW new_claim AS SELECT claim_id, member_id FROM claims WHERE run_id = '{run_id}'"
_EARLIER = "CREATE TEMP VIEW earlier_{name} AS SELECT *, rowid AS place FROM {name} WHERE run_id <> '{run_id}'"


@dataclass(frozen=True)
class Taken:
    """Accepted rows of a table: `new` and `replaced` changed it, `repeated` were there already, `refused` stay out."""

    new: int = 0
    replaced: int = 0
    repeated: int = 0
    refused: int = 0


def admit(con: duckdb.DuckDBPyConnection, delivery: Delivery, run_id: str) -> dict[str, Taken]:
    """Merge the accepted rows of a delivery and say what each table took.

    Leaves temporary relations that the later steps read: `changed_<reference table>` (rows that are new or different),
    `known_claim` (delivered claims that were here before), `conflicting` (those of them with other content), `new_claim`, and
    `earlier_claims` and `earlier_fee_lines` (what was here before, each row with its `place` in the table).
    """
    for name, parts in (*delivery.reference.items(), *delivery.bills.items()):
        _show(con, name, parts)
    taken = {name: _merge(con, name, run_id) for name in REFERENCE}
    return taken | _take_claims(con, run_id)


def release(con: duckdb.DuckDBPyConnection) -> None:
    """Let go of the delivery, which `admit` has shown to the database."""
    for name in DELIVERED:
        con.execute(f"DROP VIEW delivered_{name}")


def _show(con: duckdb.DuckDBPyConnection, name: str, parts: Parts) -> None:
    """Show the accepted rows in the files to SQL."""
    table, files = TABLES[name], parts.files()
    if not files:
        register(con, table, table.empty(), f"delivered_{name}")
        return
    if parts.excluded.len():
        con.register(f"excluded_{name}", parts.excluded.to_frame())
    absent = "".join(f", {_constant(table[column])} AS {column}" for column in parts.absent())
    numbered = "" if parts.all_numbered else "WHERE claim_id IS NOT NULL"
    left_out = f"ANTI JOIN excluded_{name} USING (claim_id)" if parts.excluded.len() else ""
    con.execute(
        f"CREATE TEMP VIEW delivered_{name} AS SELECT {table.stored()} FROM ("
        f"SELECT *{absent} FROM read_parquet('{parts.pattern()}', hive_partitioning = false) {numbered}) {left_out}"
    )


def _constant(column: Column) -> str:
    default = column.default_in_memory
    return "NULL" if default is None else f"'{default}'" if isinstance(default, str) else str(default)


def _take_claims(con: duckdb.DuckDBPyConnection, run_id: str) -> dict[str, Taken]:
    con.execute(_KNOWN if _count(con, "claims") else "CREATE TEMP TABLE known_claim (claim_id VARCHAR)")
    con.execute(_CONFLICTS.format(claims=own_columns("claims"), fee_lines=own_columns("fee_lines")))
    con.execute(_NEW.format(run_id=run_id))
    return {name: _take(con, name, run_id) for name in ("claims", "fee_lines")}


def _take(con: duckdb.DuckDBPyConnection, name: str, run_id: str) -> Taken:
    con.execute(_EARLIER.format(name=name, run_id=run_id))
    if not _count(con, "known_claim"):
        return Taken(new=_insert(con, name, f"delivered_{name}", run_id))
    new = _insert(con, name, f"delivered_{name} ANTI JOIN known_claim USING (claim_id)", run_id)
    refused = _count(con, f"delivered_{name} SEMI JOIN conflicting USING (claim_id)")
    return Taken(new=new, refused=refused, repeated=_count(con, f"delivered_{name}") - new - refused)


def _merge(con: duckdb.DuckDBPyConnection, name: str, run_id: str) -> Taken:
    keys = ", ".join(TABLES[name].key)
    if not _count(con, name):
        con.execute(f"CREATE TEMP VIEW changed_{name} AS SELECT {own_columns(name)} FROM {name}")
        return Taken(new=_insert(con, name, f"delivered_{name}", run_id))
    con.execute(
        (_CHANGED_GROUPS if TABLES[name].several else _CHANGED).format(name=name, columns=own_columns(name), keys=keys)
    )
    replaced = _count(con, f"changed_{name} SEMI JOIN {name} USING ({keys})")
    same_key = " AND ".join(f"old.{key} = new.{key}" for key in TABLES[name].key)
    con.execute(f"DELETE FROM {name} AS old USING changed_{name} AS new WHERE {same_key}")
    inserted = _insert(con, name, f"changed_{name}", run_id)
    repeated = _count(con, f"delivered_{name}") - inserted
    return Taken(new=inserted - replaced, replaced=replaced, repeated=repeated)


def _insert(con: duckdb.DuckDBPyConnection, name: str, source: str, run_id: str) -> int:
    query = f"INSERT INTO {name} BY NAME SELECT {own_columns(name)}, ? AS run_id FROM {source}"
    return number(con, query, [run_id])


def _count(con: duckdb.DuckDBPyConnection, source: str) -> int:
    return number(con, f"SELECT count(*) FROM {source}")
