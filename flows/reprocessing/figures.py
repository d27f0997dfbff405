"""Every claim that a plan changes, with what it was, what it would be, and whom it concerns."""

from __future__ import annotations

import duckdb
import polars as pl

from policies.law import Law
from schemas import MONEY_COLUMNS

__all__ = ["FUNDS", "show_changes"]

FUNDS = (
    "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay", "allowance_pay",
)  # fmt: skip
"""What our funds pay, the allowance on top of the bill included."""

_PERSONS = (
    "active", "retired", "flexible", "elderly", "nonworking", "student", "university_student", "minor", "child",
)  # fmt: skip
_ASSISTED = (
    "extreme_poverty", "orphan", "de_facto_orphan", "minimum_living", "low_income_edge", "registered_poor", "monitored_unstable",
    "monitored_edge", "monitored_sudden", "returned_poor", "lifted_poverty", "expenditure_hardship", "low_income_family",
    "severely_disabled", "disabled_no_capacity", "entitled_group", "child_in_difficulty", "hard_up_worker_family", "retrenched_1960s",
    "temporary_aid_major_illness", "severe_mental_disorder", "family_planning_special", "county_approved_hardship", "other_special",
)  # fmt: skip

_MONEY = ", ".join(
    [*(f"o.{name} AS {name}_from, n.{name} AS {name}_to" for name in MONEY_COLUMNS)]
    + [f"{' + '.join(f'{side}.{name}' for name in FUNDS)} AS funds_{end}" for side, end in (("o", "from"), ("n", "to"))]
)

_CHANGE = f"""
    CREATE TEMP TABLE change AS
    WITH moved AS (
        SELECT a.claim_id, a.cause, a.reach, coalesce(CASE WHEN care_type = 'inpatient' THEN ended_on END, started_on) AS benefit_date,
            member_id
        FROM new_adjustment AS a JOIN (SELECT claim_id, care_type, started_on, ended_on FROM claims) USING (claim_id)
    ),
    person AS (
        SELECT m.claim_id, g.kind, min_by(g.status, g.rank) AS name
        FROM moved AS m JOIN statuses AS s ON s.member_id = m.member_id
            AND m.benefit_date BETWEEN s.valid_from AND coalesce(s.valid_to, DATE '9999-12-31')
        JOIN person_group AS g USING (status)
        GROUP BY m.claim_id, g.kind
    )
    SELECT m.claim_id, m.member_id, n.provider_id, coalesce(n.policy_id, o.policy_id) AS policy_id, p.pool, n.scheme, n.benefit_year,
        m.benefit_date, strftime(m.benefit_date, '%Y-%m') AS month, coalesce(a.name, 'not given') AS person_group,
        coalesce(b.name, 'none') AS assistance, m.cause, m.reach, o.version AS from_version, n.version AS to_version,
        o.status AS status_from, n.status AS status_to, {_MONEY}
    FROM moved AS m JOIN in_force AS o USING (claim_id) JOIN new_version AS n USING (claim_id)
    LEFT JOIN policy_pool AS p ON p.policy_id = coalesce(n.policy_id, o.policy_id)
    LEFT JOIN person AS a ON a.claim_id = m.claim_id AND a.kind = 'person'
    LEFT JOIN person AS b ON b.claim_id = m.claim_id AND b.kind = 'assistance'
"""


def show_changes(con: duckdb.DuckDBPyConnection, law: Law) -> None:
    """Fill the temporary table `change` after `compare`: one row a claim, every money column as it was and as it would be (yuan).

    person_group and assistance: the status of the person on the benefit date, the first of several in the order of the contract.
    """
    con.register("policy_pool", pl.DataFrame({
        "policy_id": [policy.policy for policy in law.policies], "pool": [policy.pool for policy in law.policies],
    }, schema={"policy_id": pl.String, "pool": pl.String}))  # fmt: skip
    rows = [
        (kind, status, rank)
        for kind, group in (("person", _PERSONS), ("assistance", _ASSISTED))
        for rank, status in enumerate(group)
    ]
    con.register("person_group", pl.DataFrame(rows, schema=["kind", "status", "rank"], orient="row"))
    con.execute(_CHANGE)
