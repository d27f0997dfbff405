"""Keeps every text of the law that ever settled a claim as tables, and says which claims an older text settled."""

from __future__ import annotations

from typing import Protocol

import duckdb
import polars as pl

from flows.queries import first_row
from flows.warehouse import append
from flows.warehouse_tables import STORED

__all__ = ["LoadedLaw", "keep_law", "law_warnings", "show_law"]


class LoadedLaw(Protocol):
    """What the flows need of a loaded law beside handing it to settling: its fingerprint and its tables."""

    fingerprint: str
    policy: pl.DataFrame
    policy_parameter: pl.DataFrame
    policy_step: pl.DataFrame


_STALE = """
    SELECT policy_id, count(*) FROM settlement_version AS v
    WHERE policy_fingerprint IS NOT NULL AND policy_fingerprint NOT IN (SELECT fingerprint FROM law_policy)
        AND NOT EXISTS (SELECT 1 FROM adjustment AS a WHERE a.claim_id = v.claim_id AND a.from_version = v.version)
    GROUP BY policy_id ORDER BY policy_id
"""
_LAST_RUN = "SELECT run_id, policy_fingerprint FROM run ORDER BY started_at DESC, run_id DESC LIMIT 1"


def show_law(con: duckdb.DuckDBPyConnection, law: LoadedLaw) -> None:
    """Show the present law to SQL as the temporary view `law_policy`."""
    con.register("law_policy", law.policy)


def keep_law(con: duckdb.DuckDBPyConnection, law: LoadedLaw) -> None:
    """Add the texts of the law that the database does not hold yet; old settlements refer to the older texts."""
    held = con.sql("SELECT policy_id, version, fingerprint FROM policy").pl()
    key = ["policy_id", "version"]
    new = law.policy.join(held, on=[*key, "fingerprint"], how="anti").select(*key, "fingerprint")
    for name in ("policy", "policy_parameter", "policy_step"):
        rows: pl.DataFrame = getattr(law, name)
        if "fingerprint" in rows.columns:
            rows = rows.join(new, on=[*key, "fingerprint"], how="semi", maintain_order="left")
        else:
            rows = rows.join(new, on=key, maintain_order="left")
        append(con, name, rows.select(STORED[name].names))


def law_warnings(con: duckdb.DuckDBPyConnection, law: LoadedLaw) -> list[str]:
    """Sentences on a law that is no longer the one of the last run; only `reprocess` settles other members again."""
    last = first_row(con, _LAST_RUN)
    found = []
    if last and last[1] != law.fingerprint:
        found.append(
            f"The policies have changed since run {last[0]}; only members of this delivery follow the new text."
        )
    for policy, count in con.execute(_STALE).fetchall():
        found.append(f"{count} claims under {policy} stand as its older text settled them; `reprocess` is for these.")
    return found
