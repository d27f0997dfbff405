"""Chooses the persons to settle again: those in the asked scope whom the edit of the law can touch."""

from __future__ import annotations

import duckdb

from flows.reprocessing.request import Request
from flows.warehouse.touched import find_touched
from policies.law import Law
from transforms.selection import area_prefix

__all__ = ["choose_members"]

_AFFECTED = """
    CREATE TEMP TABLE affected AS
    SELECT member_id, list(DISTINCT cause ORDER BY cause) AS causes, list(DISTINCT what ORDER BY what) AS what
    FROM touched GROUP BY member_id
"""
_WAITING = """
    INSERT INTO touched
    SELECT DISTINCT member_id, 'reopened', 'a claim waits for a person' FROM held SEMI JOIN candidate USING (member_id)
"""


def choose_members(con: duckdb.DuckDBPyConnection, request: Request, law: Law) -> None:
    """Fill the temporary tables `candidate` (member_id: the asked scope) and `affected` (member_id, causes, what).

    A candidate that is not affected comes out under the law as it is published.
    """
    conditions, values = ["TRUE"], []
    if request.pool is not None or request.scheme is not None:
        insured = ["starts_with(area_code, ?)"] if request.pool else []
        insured += ["scheme = ?"] if request.scheme else []
        values += [area_prefix(request.pool)] if request.pool else []
        values += [request.scheme] if request.scheme else []
        conditions.append(f"member_id IN (SELECT member_id FROM enrolments WHERE {' AND '.join(insured)})")
    if request.since is not None:
        conditions.append("coalesce(CASE WHEN care_type = 'inpatient' THEN ended_on END, started_on) >= ?::DATE")
        values.append(str(request.since))
    con.execute(
        f"CREATE TEMP TABLE candidate AS SELECT DISTINCT member_id FROM claims WHERE {' AND '.join(conditions)}", values
    )
    find_touched(con, "candidate", law)
    con.execute(_WAITING)
    con.execute(_AFFECTED)
