"""Where portions stand: the only one of a claim in the row of its settlement, several of a claim in rows of their own."""

from __future__ import annotations

from collections.abc import Sequence

from schemas import TABLES

__all__ = ["STEPS", "portions"]

_NAMES = TABLES["settlement_portion"].names


def portions(versions: str, split: str, columns: Sequence[str] = _NAMES) -> str:
    """A query for all portions: of the rows of a relation like settlement_version, and those of one like split_portion."""
    own = ", ".join("1::BIGINT AS portion_no" if name == "portion_no" else name for name in columns)
    return f"SELECT {own} FROM {versions} WHERE portions = 1 UNION ALL SELECT {', '.join(columns)} FROM {split}"


_SIZE = (
    "CASE {unit} WHEN 'yuan' THEN 0.01::DECIMAL(5,4) WHEN 'share' THEN 0.0001::DECIMAL(5,4) ELSE 1::DECIMAL(5,4) END"
)
"""One fen, one basis point or one piece in the unit in which a step is shown."""

_COMPUTED = ("claim_id", "version", "portion_no", "programme", "steps", "step_base", "step_amount", "step_before")
_LAW = ("policy_id", "policy_version", "policy_fingerprint")
_SPLIT = f"""(
    SELECT p.*, {", ".join(f"v.{name}" for name in _LAW)}
    FROM split_portion AS p JOIN settlement_version AS v USING (claim_id, version)
)"""

STEPS = f"""
    SELECT u.claim_id, u.version, u.portion_no, u.programme, u.step_no, p.name, p.column_name, p.rule_id, p.formula,
        p.unit, (u.base * p.size)::DECIMAL(18,4) AS base, (u.parameter * p.parameter_size)::DECIMAL(18,4) AS parameter,
        (u.amount * p.size)::DECIMAL(18,4) AS amount, (u.total_before * p.size)::DECIMAL(18,4) AS total_before,
        (CASE p.counter_keeps WHEN 'sum' THEN u.total_before + u.amount
            WHEN 'greatest' THEN greatest(u.total_before, u.amount) END * p.size)::DECIMAL(18,4) AS total_after,
        p.quote
    FROM (
        SELECT *, split_part(step, ':', 1)::BIGINT AS step_no, nullif(split_part(step, ':', 2), '')::BIGINT AS parameter
        FROM (
            SELECT claim_id, version, portion_no, programme, {", ".join(_LAW)}, unnest(string_split(steps, ' ')) AS step,
                unnest(step_base) AS base, unnest(step_amount) AS amount, unnest(step_before) AS total_before
            FROM ({portions("settlement_version", _SPLIT, (*_COMPUTED, *_LAW))})
        )
    ) AS u
    LEFT JOIN (
        SELECT *, {_SIZE.format(unit="unit")} AS size, {_SIZE.format(unit="parameter_unit")} AS parameter_size
        FROM policy_step
    ) AS p ON p.policy_id = u.policy_id AND p.version = u.policy_version
        AND p.fingerprint = u.policy_fingerprint AND p.step_no = u.step_no
"""
"""Every step of every portion, in the units in which it is shown, with its sentence."""
