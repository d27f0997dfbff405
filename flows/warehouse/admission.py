"""Takes a delivery into the warehouse: new claims, claims that came again, reference rows by key (the newest wins)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from flows.warehouse.database import register, register_files
from flows.warehouse.queries import number
from flows.warehouse.tables import own_columns
from schemas import DELIVERED, REFERENCE, TABLES

__all__ = ["OTHER_CONTENT", "Taken", "admit", "release"]

OTHER_CONTENT = "claim_already_delivered_with_other_content"

_CONFLICTS = """
    CREATE TEMP TABLE conflicting AS
    WITH known AS (
        SELECT claim_id FROM claims
        WHERE claim_id IN (SELECT claim_id FROM delivered_claims UNION ALL SELECT claim_id FROM delivered_fee_lines)
    ),
    header AS (
        SELECT {claims} FROM delivered_claims SEMI JOIN known USING (claim_id)
        EXCEPT SELECT {claims} FROM claims SEMI JOIN known USING (claim_id)
    ),
    old_lines AS (SELECT {fee_lines} FROM fee_lines SEMI JOIN known USING (claim_id)),
    new_lines AS (SELECT {fee_lines} FROM delivered_fee_lines SEMI JOIN known USING (claim_id))
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

_NEW = "CREATE TEMP TABLE new_claim AS SELECT claim_id FROM delivered_claims ANTI JOIN claims USING (claim_id)"


@dataclass(frozen=True)
class Taken:
    """Accepted rows of a table: `new` and `replaced` changed it, `repeated` were there already, `refused` stay out."""

    new: int = 0
    replaced: int = 0
    repeated: int = 0
    refused: int = 0


def admit(
    con: duckdb.DuckDBPyConnection,
    tables: Mapping[str, pl.DataFrame],
    run_id: str,
    files: Mapping[str, Sequence[Path]] | None = None,
) -> dict[str, Taken]:
    """Merge the accepted rows of a delivery and say what each table took; rows of a table may stand in `files` instead.

    Leaves the temporary tables `changed_<reference table>` (rows that are new or different), `new_claim` and
    `conflicting` (claim numbers), which the later steps read.
    """
    for name in DELIVERED:
        if files and name in files:
            register_files(con, TABLES[name], files[name], f"delivered_{name}")
        else:
            register(con, TABLES[name], tables[name], f"delivered_{name}")
    taken = {name: _merge(con, name, run_id) for name in REFERENCE}
    return taken | _take_claims(con, run_id)


def release(con: duckdb.DuckDBPyConnection) -> None:
    """Let go of the frames of the delivery, which `admit` has shown to the database."""
    for name in DELIVERED:
        con.execute(f"DROP VIEW delivered_{name}")
        con.unregister(f"frame_delivered_{name}")


def _take_claims(con: duckdb.DuckDBPyConnection, run_id: str) -> dict[str, Taken]:
    con.execute(_CONFLICTS.format(claims=own_columns("claims"), fee_lines=own_columns("fee_lines")))
    con.execute(_NEW)
    taken = {}
    for name in ("claims", "fee_lines"):
        new = _insert(con, name, f"delivered_{name} SEMI JOIN new_claim USING (claim_id)", run_id)
        refused = _count(con, f"delivered_{name} SEMI JOIN conflicting USING (claim_id)")
        taken[name] = Taken(new=new, refused=refused, repeated=_count(con, f"delivered_{name}") - new - refused)
    return taken


def _merge(con: duckdb.DuckDBPyConnection, name: str, run_id: str) -> Taken:
    keys = ", ".join(TABLES[name].key)
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
