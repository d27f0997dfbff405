"""Finds the members whose settlements an edit of the law, or another version of the program, may change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import groupby

import duckdb
import polars as pl

from flows.warehouse.law_tables import kept_law
from flows.warehouse.runs import code_version
from policies.law import Law
from policies.loading import Policy
from policies.reach import Touch, touches
from transforms.selection import area_prefix

__all__ = ["find_touched"]

_GROUPS = """
    CREATE TEMP TABLE stands AS
    SELECT member_id, run.policy_fingerprint AS law, run.code_version AS code
    FROM {members} LEFT JOIN standing USING (member_id) LEFT JOIN run USING (run_id)
"""
_RULED = """
    CREATE TEMP TABLE ruled AS
    SELECT v.claim_id, v.version, v.member_id, v.policy_id, c.day,
        greatest(least(c.day, make_date(v.benefit_year, 12, 31)), make_date(v.benefit_year, 1, 1)) AS ruling_day
    FROM settlement_version AS v SEMI JOIN stands USING (member_id)
    JOIN (
        SELECT claim_id, coalesce(CASE WHEN care_type = 'inpatient' THEN ended_on END, started_on) AS day FROM claims
    ) AS c USING (claim_id)
    WHERE v.policy_id IN (FROM touched_policy)
        AND NOT EXISTS (SELECT 1 FROM adjustment AS a WHERE a.claim_id = v.claim_id AND a.from_version = v.version)
"""
"""Settlements in force with the day whose law they follow: the benefit date, or the nearest day of the year settled in."""

_IN_POOL = "EXISTS (SELECT 1 FROM enrolments AS h WHERE h.member_id = r.member_id AND starts_with(h.area_code, t.area))"
_THEN = "(r.day BETWEEN t.first AND t.last OR r.ruling_day BETWEEN t.first AND t.last)"
_TOUCHED = {
    "pool": "SELECT r.member_id, t.number FROM enrolments AS r JOIN touch AS t ON starts_with(r.area_code, t.area) WHERE TRUE",
    "enrolment": "SELECT r.member_id, t.number FROM enrolments AS r "
    "JOIN touch AS t ON make_date(r.benefit_year, 1, 1) BETWEEN t.first AND t.last WHERE TRUE",
    "registration": "SELECT r.member_id, t.number FROM registrations AS r "
    "JOIN touch AS t ON r.valid_from BETWEEN t.first AND t.last WHERE TRUE",
    "filing": "SELECT r.member_id, t.number FROM filings AS r "
    "JOIN touch AS t ON r.valid_from BETWEEN t.first AND t.last WHERE TRUE",
    "claim": f"SELECT r.member_id, t.number FROM ruled AS r JOIN touch AS t ON r.policy_id = t.policy AND {_THEN} WHERE TRUE",
    "portion": f"""
        SELECT r.member_id, t.number FROM ruled AS r JOIN settlement_portion AS p USING (claim_id, version)
        JOIN touch AS t ON r.policy_id = t.policy AND p.programme = t.programme AND {_THEN} WHERE TRUE""",
    "member": f"""
        SELECT r.member_id, t.number FROM ruled AS r JOIN touch AS t ON r.policy_id = t.policy AND {_THEN}
        WHERE EXISTS (
            SELECT 1 FROM ruled AS q JOIN settlement_portion AS p USING (claim_id, version)
            WHERE q.member_id = r.member_id AND p.programme = t.programme)""",
}
_SCHEMA = {
    "number": pl.Int64(), "level": pl.String(), "area": pl.String(), "policy": pl.String(), "programme": pl.String(),
    "first": pl.Date(), "last": pl.Date(),
}  # fmt: skip


def find_touched(con: duckdb.DuckDBPyConnection, members: str, law: Law) -> None:
    """Fill the temporary table `touched` (member_id, cause, what) for the persons in the relation `members`.

    Who is not in it comes out under `law` and this program as the published settlements are: everyone's last run is known
    (`standing`), its law is kept (`policy_text`), and `touches` tells what differs. Where that is not known: everyone.
    """
    con.execute("CREATE TEMP TABLE touched (member_id VARCHAR, cause VARCHAR, what VARCHAR)")
    con.execute(_GROUPS.format(members=members))
    known = con.execute("SELECT DISTINCT law FROM stands WHERE law IS NOT NULL AND law <> ?", [law.fingerprint])
    for (fingerprint,) in known.fetchall():
        old = kept_law(con, fingerprint)
        if old is None:
            _all_of(con, "policy_changed", "the law of the last run is not known", "law = ?", fingerprint)
        else:
            _mark(con, touches(old, law), fingerprint, [policy for one in (old, law) for policy in one.policies])
    _all_of(
        con,
        "program_changed",
        "settled by an earlier version of the program",
        "code IS DISTINCT FROM ?",
        code_version(),
    )


def _all_of(con: duckdb.DuckDBPyConnection, cause: str, what: str, condition: str, value: str) -> None:
    con.execute(f"INSERT INTO touched SELECT member_id, ?, ? FROM stands WHERE {condition}", [cause, what, value])


def _mark(con: duckdb.DuckDBPyConnection, found: list[Touch], fingerprint: str, policies: Iterable[Policy]) -> None:
    if not found:
        return
    rows, names = _numbered(found)
    pools = {touch.pool for touch in found}
    con.register("touched_policy", pl.DataFrame({"id": sorted({p.policy for p in policies if p.pool in pools})}))
    con.register("touch", rows)
    con.register("touch_name", names)
    con.execute(_RULED)
    for level in rows["level"].unique().sort():
        pool = f" AND {_IN_POOL}" if level in ("enrolment", "registration", "filing") else ""
        con.execute(
            "INSERT INTO touched SELECT member_id, 'policy_changed', name FROM "
            f"(SELECT DISTINCT * FROM ({_TOUCHED[level]} AND t.level = '{level}'{pool})) "
            "SEMI JOIN (FROM stands WHERE law = ?) USING (member_id) JOIN touch_name USING (number)",
            [fingerprint],
        )
    con.execute("DROP TABLE ruled")


def _numbered(found: Iterable[Touch]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Touches of the same rows as one row for SQL, with open ends closed; and the names of each."""
    ordered = sorted(found, key=_same_rows)
    rows, names = [], []
    for number, (_, group) in enumerate(groupby(ordered, _same_rows)):
        alike = list(group)
        one = alike[0]
        first, last = one.first or date.min, one.last or date.max
        rows.append((number, one.level, area_prefix(one.pool), one.policy, one.programme, first, last))
        names += [(number, touch.what) for touch in alike]
    schema = {"number": pl.Int64(), "name": pl.String()}
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row"), pl.DataFrame(names, schema=schema, orient="row")


def _same_rows(touch: Touch) -> str:
    return repr(replace(touch, what=""))
