"""Why a settlement differs from the version in force: what set it off, and how that reached the claim."""

from __future__ import annotations

from schemas import MONEY_COLUMNS

__all__ = ["ADJUSTED", "OTHER_PARAMETERS", "STEP_CHANGE"]

_PARAMETERS = "regexp_replace({side}.steps, '[0-9]+:', ':', 'g')"
OTHER_PARAMETERS = (
    "(n.steps IS DISTINCT FROM o.steps AND "
    f"{_PARAMETERS.format(side='n')} IS DISTINCT FROM {_PARAMETERS.format(side='o')})"
)
"""Whether a figure of the law differs; the numbers of steps shift with every step that is put before them."""

_BEFORE_THE_WATERFALL = (
    "programme", "benefit", "disease_code", "total_amount", "out_of_scope_amount", "over_limit_amount", "prepay_amount",
    "in_scope_amount",
)  # fmt: skip
"""Columns of a portion that no running total can move."""

_FUNDS = tuple(name for name in MONEY_COLUMNS if name.endswith("_pay") and name not in ("other_pay", "personal_pay"))

STEP_CHANGE = f"""
    CREATE TEMP TABLE step_change AS
    WITH pair AS (
        SELECT claim_id, portion_no, o.version IS NULL OR n.claim_id IS NULL OR len(n.step_amount) <> len(o.step_amount)
                OR {" OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in _BEFORE_THE_WATERFALL)} AS is_direct,
            o.step_amount AS old_amount, n.step_amount AS new_amount, o.step_before AS old_before, n.step_before AS new_before,
            o.step_base AS old_base, n.step_base AS new_base, {OTHER_PARAMETERS} AS has_other_parameter,
            n.step_before <> o.step_before OR n.step_base <> o.step_base AS has_other_totals
        FROM (FROM old_portion SEMI JOIN differing USING (claim_id)) AS o
        FULL JOIN (FROM again_portion SEMI JOIN differing USING (claim_id)) AS n USING (claim_id, portion_no)
    ),
    placed AS (
        SELECT *, list_filter(range(1, len(new_amount) + 1), lambda i: new_amount[i] IS DISTINCT FROM old_amount[i])[1] AS place
        FROM pair
    ),
    first_step AS (
        SELECT claim_id, new_amount[place] - old_amount[place] AS more, new_before[place] - old_before[place] AS used_more,
            new_base[place] IS DISTINCT FROM old_base[place] AS has_other_base
        FROM placed WHERE place IS NOT NULL AND NOT is_direct
        QUALIFY row_number() OVER (PARTITION BY claim_id ORDER BY portion_no) = 1
    )
    SELECT claim_id, bool_or(is_direct) AS is_direct, any_value(more) AS more, any_value(used_more) AS used_more,
        bool_or(coalesce(has_other_base, FALSE)) AS has_other_base, bool_or(has_other_parameter) AS has_other_parameter,
        bool_or(has_other_totals) AS has_other_totals
    FROM pair LEFT JOIN first_step USING (claim_id) GROUP BY claim_id
"""
"""Of each claim: whether it differs in what no running total can move, in a figure of the law, in running totals; and the first
step that yields another amount: by how much, and how much more of its running total was used before."""

_REACH = f"""
    CASE
        WHEN n.status <> o.status OR n.reasons <> o.reasons OR n.policy_id IS DISTINCT FROM o.policy_id
            OR n.scheme IS DISTINCT FROM o.scheme OR n.benefit_year IS DISTINCT FROM o.benefit_year OR t.is_direct
            THEN 'direct'
        WHEN t.used_more > 0 AND t.more < 0 THEN 'accumulator_moved'
        WHEN t.has_other_parameter OR t.more IS NULL AND NOT t.has_other_totals THEN 'direct'
        WHEN t.more IS NULL THEN 'accumulator_moved'
        WHEN NOT t.has_other_base AND (coalesce(t.used_more, 0) = 0 OR t.used_more > 0 AND t.more > 0) THEN 'direct'
        WHEN t.used_more < 0 AND {" + ".join(f"n.{name} - o.{name}" for name in _FUNDS)} > 0 THEN 'limit_freed'
        ELSE 'accumulator_moved'
    END
"""
"""A running total that was moved explains a lower amount after more use and a higher one after less; the rest is the claim's own."""

_CAUSE = """
    CASE
        WHEN list_has_any(n.reasons, ['reversal', 'reversed']) AND NOT list_has_any(o.reasons, ['reversal', 'reversed'])
            THEN 'reversal'
        WHEN list_contains(a.causes, 'policy_changed') THEN 'policy_changed'
        WHEN list_contains(a.causes, 'reversal') THEN 'reversal'
        WHEN list_contains(a.causes, 'late_claim') THEN 'late_claim'
        WHEN list_contains(a.causes, 'reference_changed') THEN 'reference_changed'
        WHEN list_contains(a.causes, 'reopened') THEN 'reopened'
        ELSE 'program_changed'
    END
"""

ADJUSTED = f"""
    CREATE TEMP TABLE adjusted AS
    SELECT d.claim_id, n.member_id, d.from_version, d.to_version, {_CAUSE} AS cause, {_REACH} AS reach, {{deltas}},
        o.policy_version AS policy_version_from, n.policy_version AS policy_version_to,
        o.policy_fingerprint AS policy_fingerprint_from, n.policy_fingerprint AS policy_fingerprint_to
    FROM differing AS d JOIN again AS n USING (claim_id) JOIN in_force AS o USING (claim_id)
    JOIN affected AS a ON a.member_id = n.member_id LEFT JOIN step_change AS t ON t.claim_id = d.claim_id
"""
