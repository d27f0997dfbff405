"""What was decided otherwise than to pay, and what later runs moved: pended, denied, adjusted."""

from __future__ import annotations

from schemas.audit import RUN
from schemas.column import Column, Kind
from schemas.settlements import ADJUSTMENT, SETTLEMENT
from schemas.views.claims import CARE_TYPE_COLUMN, POOL, SCHEME_COLUMN, YEAR
from schemas.views.funds import FUND, SETTLED_MONTH, by_fund
from schemas.views.view import View, amount, count, day, text

__all__ = ["DENIED_CLAIMS", "PENDED_CLAIMS", "POLICY_IMPACT"]


def _refused(name: str, chinese: str, meaning: str, status: str) -> View:
    return View(
        name,
        chinese,
        meaning,
        (
            *(SETTLEMENT[column] for column in ("claim_id", "member_id", "provider_id")),
            POOL,
            SCHEME_COLUMN,
            YEAR,
            CARE_TYPE_COLUMN,
            Column("settled_at", Kind.TIMESTAMP, "结算时间", "when the provider settled"),
            day("decided_on", "决定日期", "day of the run that decided it"),
            text("reason", "原因", "the deciding reason, a code"),
            Column("other_reasons", Kind.LIST, "其他原因", "further reasons that hold"),
            amount("total_amount", "医疗费总额", "the bill"),
            text("rule_id", "规则编号", "the rule of the policy; null: it names none"),
            text("quote", "原文", "the sentence of the policy"),
        ),
        key=("claim_id",),
        query=f"""
            WITH texts AS (
                SELECT policy_id, fingerprint, reason, min_by(rule_id, rule_id) AS rule_id, min_by(quote, rule_id) AS quote
                FROM policy_reason GROUP BY ALL
            ),
            refused AS (
                SELECT v.*, v.reasons[1] AS reason, v.reasons[2:] AS other_reasons
                FROM settlement_version AS v SEMI JOIN settlement USING (claim_id, version)
                WHERE v.status = '{status}'
            )
            SELECT s.* EXCLUDE (scheme), x.scheme, x.pool, x.care_type, x.settled_at, r.started_at AS decided_on, t.rule_id, t.quote
            FROM refused AS s
            JOIN claim_context AS x USING (claim_id)
            LEFT JOIN run AS r ON r.run_id = s.run_id
            LEFT JOIN texts AS t ON t.policy_id = s.policy_id AND t.fingerprint = s.policy_fingerprint AND t.reason = s.reason
        """,
    )


PENDED_CLAIMS = _refused("pended_claims", "待核实结算单", "claims that wait for a fact, and the reason why", "pended")
DENIED_CLAIMS = _refused("denied_claims", "不予支付结算单", "claims that are not paid, and the reason why", "denied")

_MOVED = """
    SELECT a.*, r.kind, r.started_at::DATE AS run_on, x.pool, x.scheme, x.settled_month
    FROM adjustment AS a
    JOIN (SELECT claim_id, pool, scheme, settled_month FROM claim_context) AS x USING (claim_id)
    LEFT JOIN run AS r USING (run_id)
"""

POLICY_IMPACT = View(
    "policy_impact",
    "调整影响",
    "what new versions of settlements moved: by run, cause, pool, fund and month of the claims",
    (
        SETTLEMENT["run_id"],
        RUN["kind"],
        day("run_on", "批次日期", "day of the run"),
        ADJUSTMENT["cause"],
        text(
            "reach", "影响途径", "direct: the claim itself; accumulator_moved, limit_freed: what an earlier claim left"
        ),
        POOL,
        SCHEME_COLUMN,
        SETTLED_MONTH,
        FUND,
        count("claims", "结算单数", "claims for which the fund pays another amount", "claims"),
        amount("amount", "差额", "the fund pays more; below zero: less"),
    ),
    key=("run_id", "cause", "reach", "pool", "scheme", "settled_month", "fund"),
    query=by_fund("run_id, kind, run_on, cause, reach, pool, scheme, settled_month", _MOVED, "_delta"),
)
