"""A database as earlier versions of the program left it: all portions in a table, at first their steps in two lists."""

from __future__ import annotations

from pathlib import Path

import duckdb

from flows.warehouse.tables import OF_ONE_PORTION

__all__ = ["FORMS", "VERSIONS", "as_of_earlier_version"]

_NUMBERS = "list_transform(string_split(steps, ' '), lambda s: split_part(s, ':', 1)::BIGINT)"
_FIGURES = "list_transform(string_split(steps, ' '), lambda s: nullif(split_part(s, ':', 2), '')::BIGINT)"
_LISTS = f"* EXCLUDE (steps), coalesce({_NUMBERS}, []) AS step_no, coalesce({_FIGURES}, []) AS step_parameter"
FORMS = {"lists": _LISTS, "text": "*"}
"""Columns of a portion as they were, from those of today."""

VERSIONS = f"* EXCLUDE (portions, {', '.join(OF_ONE_PORTION)})"
"""Columns of a settlement as they were."""

_SIZE = "CASE {} WHEN 'yuan' THEN 0.01::DECIMAL(5,4) WHEN 'share' THEN 0.0001::DECIMAL(5,4) ELSE 1::DECIMAL(5,4) END"
_UNNESTED = {
    "lists": "unnest(step_no) AS step_no, unnest(step_parameter) AS parameter",
    "text": f"unnest({_NUMBERS}) AS step_no, unnest({_FIGURES}) AS parameter",
}
_STEPS = f"""
    CREATE OR REPLACE VIEW settlement_step AS
    SELECT u.claim_id, u.version, u.portion_no, u.programme, u.step_no, p.name, p.column_name, p.rule_id, p.formula,
        p.unit, (u.base * p.size)::DECIMAL(18,4) AS base, (u.parameter * p.parameter_size)::DECIMAL(18,4) AS parameter,
        (u.amount * p.size)::DECIMAL(18,4) AS amount, (u.total_before * p.size)::DECIMAL(18,4) AS total_before,
        (CASE p.counter_keeps WHEN 'sum' THEN u.total_before + u.amount
            WHEN 'greatest' THEN greatest(u.total_before, u.amount) END * p.size)::DECIMAL(18,4) AS total_after,
        p.quote
    FROM (
        SELECT claim_id, version, portion_no, programme, {{unnested}}, unnest(step_base) AS base,
            unnest(step_amount) AS amount, unnest(step_before) AS total_before
        FROM settlement_portion
    ) AS u
    JOIN settlement_version AS v ON v.claim_id = u.claim_id AND v.version = u.version
    LEFT JOIN (
        SELECT *, {_SIZE.format("unit")} AS size, {_SIZE.format("parameter_unit")} AS parameter_size FROM policy_step
    ) AS p ON p.policy_id = v.policy_id AND p.version = v.policy_version
        AND p.fingerprint = v.policy_fingerprint AND p.step_no = u.step_no
"""


def as_of_earlier_version(db: Path, form: str) -> None:
    """Give the database the form that it had."""
    with duckdb.connect(str(db)) as con:
        con.execute(f"CREATE TABLE listed AS SELECT {FORMS[form]} FROM settlement_portion")
        con.execute("DROP VIEW settlement_portion; DROP TABLE split_portion")
        con.execute("ALTER TABLE listed RENAME TO settlement_portion")
        for name in ("step_no", "step_parameter") if form == "lists" else ():
            con.execute(f"ALTER TABLE settlement_portion ALTER COLUMN {name} SET NOT NULL")
        for name in ("portions", *OF_ONE_PORTION):
            con.execute(f"ALTER TABLE settlement_version DROP COLUMN {name}")
        con.execute(_STEPS.format(unnested=_UNNESTED[form]))
