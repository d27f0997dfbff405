"""The figures of a plan: what is in scope and why, the money by fund, pool, benefit, person group and month, who gains and loses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from flows.reprocessing.figures import FUNDS

__all__ = ["report_of"]

Rows = list[dict[str, Any]]

_SHOWN = 20
_DELTAS = ", ".join(f"sum({name}_to - {name}_from) AS {name}" for name in (*FUNDS, "personal_pay"))
_SUMS = f"count(*) AS claims, count(DISTINCT member_id) AS members, sum(funds_to - funds_from) AS funds, {_DELTAS}"

_SCOPE = """
    WITH settled AS (
        SELECT member_id, count(DISTINCT benefit_year) AS years, count(*) AS claims FROM in_force GROUP BY member_id
    ),
    moved AS (SELECT member_id, count(*) AS changed FROM change GROUP BY member_id)
    SELECT cause, what, count(*) AS members, sum(years)::BIGINT AS member_years, sum(claims)::BIGINT AS claims,
        coalesce(sum(changed), 0)::BIGINT AS claims_changed
    FROM (SELECT DISTINCT member_id, cause, what FROM touched SEMI JOIN affected USING (member_id)) AS t
    JOIN settled USING (member_id) LEFT JOIN moved USING (member_id)
    GROUP BY cause, what ORDER BY members DESC, cause, what
"""
_UNAFFECTED = """
    SELECT (SELECT count(*) FROM candidate) AS members_asked, (SELECT count(*) FROM affected) AS members_settled,
        (SELECT count(*) FROM candidate ANTI JOIN affected USING (member_id)) AS members_out_of_reach,
        (SELECT count(*) FROM claims SEMI JOIN candidate USING (member_id)) AS claims_asked,
        (SELECT count(*) FROM in_force) AS claims_settled,
        (SELECT count(*) FROM (SELECT DISTINCT member_id, benefit_year FROM in_force)) AS member_years_settled,
        (SELECT count(*) FROM change) AS claims_changed, (SELECT count(DISTINCT member_id) FROM change) AS members_changed,
        (SELECT count(*) FROM (SELECT DISTINCT member_id, benefit_year FROM change)) AS member_years_changed,
        (SELECT count(*) FROM new_held) AS claims_held
"""
_BENEFITS = f"""
    SELECT benefit, count(DISTINCT claim_id) AS claims, sum({" + ".join(FUNDS)}) AS funds,
        {", ".join(f"sum({name}) AS {name}" for name in (*FUNDS, "personal_pay"))}
    FROM (
        SELECT claim_id, benefit, {", ".join((*FUNDS, "personal_pay"))} FROM new_portion SEMI JOIN change USING (claim_id)
        UNION ALL
        SELECT claim_id, benefit, {", ".join(f"-{name}" for name in (*FUNDS, "personal_pay"))}
        FROM old_portion SEMI JOIN change USING (claim_id)
    ) GROUP BY benefit ORDER BY abs(funds) DESC, benefit
"""
_PERSON = """
    SELECT member_id, any_value(person_group) AS person_group, any_value(assistance) AS assistance, count(*) AS claims,
        sum(personal_pay_to - personal_pay_from) AS personal_pay, sum(funds_to - funds_from) AS funds
    FROM change GROUP BY member_id HAVING {sign} ORDER BY {order}, member_id LIMIT {shown}
"""
_CLAIM = """
    SELECT claim_id, member_id, policy_id, benefit_date, cause, reach, status_from, status_to, funds_from, funds_to,
        personal_pay_from, personal_pay_to, funds_to - funds_from AS funds
    FROM change WHERE funds_to {sign} funds_from ORDER BY abs(funds_to - funds_from) DESC, claim_id LIMIT {shown}
"""


def report_of(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Every table of the report after `show_changes`; amounts are yuan as text, new less old, positive: more is paid."""
    found = {
        "unaffected": _rows(con, _UNAFFECTED)[0],
        "scope": _rows(con, _SCOPE),
        "causes": _grouped(con, "cause", "reach"),
        "funds": [row for name in (*FUNDS, "other_pay", "personal_pay") for row in _rows(con, _fund(name))],
        "pools": _grouped(con, "pool", "policy_id"),
        "benefits": _rows(con, _BENEFITS),
        "person_groups": _grouped(con, "person_group"),
        "assistance": _grouped(con, "assistance"),
        "months": _grouped(con, "month"),
        "statuses": _grouped(con, "status_from", "status_to"),
        "gaining_members": _rows(con, _PERSON.format(sign="personal_pay < 0", order="personal_pay", shown=_SHOWN)),
        "losing_members": _rows(con, _PERSON.format(sign="personal_pay > 0", order="personal_pay DESC", shown=_SHOWN)),
        "gaining_claims": _rows(con, _CLAIM.format(sign=">", shown=_SHOWN)),
        "losing_claims": _rows(con, _CLAIM.format(sign="<", shown=_SHOWN)),
        "held": _rows(con, f"FROM new_held ORDER BY benefit_date, claim_id LIMIT {_SHOWN}"),
    }
    return found


def _grouped(con: duckdb.DuckDBPyConnection, *names: str) -> Rows:
    return _rows(con, f"SELECT {', '.join(names)}, {_SUMS} FROM change GROUP BY ALL ORDER BY {', '.join(names)}")


def _fund(name: str) -> str:
    return f"""
        SELECT '{name}' AS fund, count(*) AS claims, coalesce(sum(more), 0) AS delta,
            coalesce(sum(more) FILTER (more > 0), 0) AS more, coalesce(sum(more) FILTER (more < 0), 0) AS less
        FROM (SELECT {name}_to - {name}_from AS more FROM change WHERE {name}_to <> {name}_from)
    """


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> Rows:
    found = con.sql(query)
    return [dict(zip(found.columns, map(_plain, row), strict=True)) for row in found.fetchall()]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
