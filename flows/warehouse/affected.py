"""Finds the members whose claims must be settled again after a delivery, and why."""

from __future__ import annotations

import duckdb

from flows.warehouse.queries import number
from schemas import REFERENCE, TABLES

__all__ = ["find_affected"]

_NEW_CLAIMS = """
    SELECT member_id, 'late_claim' AS cause FROM claims SEMI JOIN new_claim USING (claim_id)
"""
_REVERSALS = """
    WITH pair AS (
        SELECT c.claim_id AS reversing, c.reverses_claim_id AS reversed FROM claims AS c
        WHERE c.reverses_claim_id IS NOT NULL
            AND (c.claim_id IN (FROM new_claim) OR c.reverses_claim_id IN (FROM new_claim))
    )
    SELECT member_id, 'reversal' AS cause FROM claims
    WHERE claim_id IN (SELECT reversing FROM pair UNION ALL SELECT reversed FROM pair)
"""
_CHANGED_ROWS = "SELECT member_id, 'reference_changed' AS cause FROM changed_{name}"
_CHANGED_PROVIDERS = """
    SELECT member_id, 'reference_changed' AS cause FROM claims
    WHERE provider_id IN (SELECT provider_id FROM changed_providers)
        OR prescribing_provider_id IN (SELECT provider_id FROM changed_providers)
    UNION ALL
    SELECT member_id, 'reference_changed' AS cause FROM registrations
    WHERE recognised_by IN (SELECT provider_id FROM changed_providers)
"""


def find_affected(con: duckdb.DuckDBPyConnection) -> int:
    """Fill the temporary table `affected` (member_id, causes) after `admit`; the number of members is returned.

    A row that came again unchanged affects nobody.
    """
    sources = [_NEW_CLAIMS, f"FROM ({_REVERSALS})", _CHANGED_PROVIDERS]
    sources += [_CHANGED_ROWS.format(name=name) for name in REFERENCE if "member_id" in TABLES[name].names]
    con.execute(
        "CREATE TEMP TABLE affected AS SELECT member_id, list(DISTINCT cause) AS causes "
        f"FROM ({' UNION ALL '.join(sources)}) GROUP BY member_id"
    )
    return number(con, "SELECT count(*) FROM affected")
