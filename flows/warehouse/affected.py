"""Finds the members whose claims must be settled again after a delivery, and why."""

from __future__ import annotations

import duckdb

from flows.warehouse.queries import number
from schemas import REFERENCE, TABLES

__all__ = ["find_affected"]

_NEW_CLAIMS = "SELECT member_id, 'late_claim' AS cause FROM new_claim"
_REVERSALS = """
    WITH reversing AS MATERIALIZED (SELECT claim_id, reverses_claim_id FROM claims WHERE reverses_claim_id IS NOT NULL),
    pair AS (
        FROM reversing WHERE claim_id IN (SELECT claim_id FROM new_claim SEMI JOIN reversing USING (claim_id))
            OR reverses_claim_id IN (
                SELECT n.claim_id FROM new_claim AS n SEMI JOIN reversing AS r ON n.claim_id = r.reverses_claim_id
            )
    )
    SELECT member_id, 'reversal' AS cause FROM claims
    WHERE claim_id IN (SELECT claim_id FROM pair UNION ALL SELECT reverses_claim_id FROM pair)
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
        "CREATE TEMP TABLE affected AS SELECT member_id, list(cause) AS causes "
        f"FROM (SELECT DISTINCT member_id, cause FROM ({' UNION ALL '.join(sources)})) GROUP BY member_id"
    )
    return number(con, "SELECT count(*) FROM affected")
