"""Finds the members whose claims must be settled again after a delivery, and why."""

from __future__ import annotations

import duckdb

from flows.warehouse.queries import number
from schemas import REFERENCE, TABLES

__all__ = ["find_affected"]

_CAUSES = ("late_claim", "reversal", "reference_changed")
_CAUSE = {name: 1 << place for place, name in enumerate(_CAUSES)}
"""Each cause as a bit: a person's causes are gathered as one number, which is a third of the work of gathering lists."""

_NEW_CLAIMS = f"SELECT member_id, {_CAUSE['late_claim']} AS cause FROM new_claim"
_REVERSALS = f"""
    WITH reversing AS MATERIALIZED (SELECT claim_id, reverses_claim_id FROM claims WHERE reverses_claim_id IS NOT NULL),
    pair AS (
        FROM reversing WHERE claim_id IN (SELECT claim_id FROM new_claim SEMI JOIN reversing USING (claim_id))
            OR reverses_claim_id IN (
                SELECT n.claim_id FROM new_claim AS n SEMI JOIN reversing AS r ON n.claim_id = r.reverses_claim_id
            )
    )
    SELECT member_id, {_CAUSE["reversal"]} AS cause FROM claims
    WHERE claim_id IN (SELECT claim_id FROM pair UNION ALL SELECT reverses_claim_id FROM pair)
"""
_REFERENCE = _CAUSE["reference_changed"]
_CHANGED_ROWS = f"SELECT member_id, {_REFERENCE} AS cause FROM changed_{{name}}"
_CHANGED_PROVIDERS = f"""
    SELECT member_id, {_REFERENCE} AS cause FROM earlier_claims
    WHERE provider_id IN (SELECT provider_id FROM changed_providers)
        OR prescribing_provider_id IN (SELECT provider_id FROM changed_providers)
    UNION ALL
    SELECT member_id, {_REFERENCE} AS cause FROM registrations
    WHERE recognised_by IN (SELECT provider_id FROM changed_providers)
"""
"""New claims concern their members anyway."""


def find_affected(con: duckdb.DuckDBPyConnection) -> int:
    """Fill the temporary table `affected` (member_id, causes) after `admit`; the number of members is returned.

    A row that came again unchanged affects nobody.
    """
    sources = [_NEW_CLAIMS, f"FROM ({_REVERSALS})"]
    if number(con, "SELECT count(*) FROM changed_providers"):
        sources.append(_CHANGED_PROVIDERS)
    sources += [_CHANGED_ROWS.format(name=name) for name in REFERENCE if "member_id" in TABLES[name].names]
    con.execute(
        f"CREATE TEMP TABLE affected AS SELECT member_id, causes FROM ({_lists()}) AS l JOIN "
        f"(SELECT member_id, bit_or(cause) AS bits FROM ({' UNION ALL '.join(sources)}) GROUP BY member_id) USING (bits)"
    )
    return number(con, "SELECT count(*) FROM affected")


def _lists() -> str:
    """Each number of bits with the list of causes that it stands for."""
    every = range(1, 1 << len(_CAUSES))
    lists = {bits: [name for name, bit in _CAUSE.items() if bits & bit] for bits in every}
    return " UNION ALL ".join(f"SELECT {bits} AS bits, {names} AS causes" for bits, names in lists.items())
