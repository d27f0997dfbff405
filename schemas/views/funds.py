"""What the funds paid: outlay by month, pool, fund and benefit, and the reimbursement rates by level and person group."""

from __future__ import annotations

from schemas.codes import BENEFIT
from schemas.column import Code
from schemas.views.claims import CARE_TYPE_COLUMN, LEVEL, PERSON, POOL, SCHEME_COLUMN, YEAR
from schemas.views.exact import ratio
from schemas.views.view import View, amount, code, count, day, share

__all__ = ["FUND", "FUNDS", "FUND_OUTLAY", "OWN_PAY", "REIMBURSEMENT_RATE", "SETTLED_MONTH", "by_fund"]

FUNDS = {
    "basic": ("basic_pay", "基本医疗保险统筹基金"),
    "supplement": ("supplement_pay", "职工大额医疗费用补助基金"),
    "critical_illness": ("critical_illness_pay", "大病保险资金"),
    "medical_aid": ("medical_aid_pay", "医疗救助基金"),
    "maternity": ("maternity_pay", "生育保险基金"),
    "ltc": ("ltc_pay", "长期护理保险基金"),
    "other": ("other_pay", "其他基金"),
    "allowance": ("allowance_pay", "生育津贴"),
}
"""The payers: the column of a settlement that holds what each paid, and the Chinese term."""

OWN_PAY = " + ".join(column for fund, (column, _) in FUNDS.items() if fund not in ("other", "allowance"))
"""What the funds that are settled here pay for a bill, as an expression over a settlement."""

FUND = code(
    "fund",
    "基金",
    "who pays; allowance is paid to the person beside the bill, other is given on the claim",
    tuple(Code(fund, chinese) for fund, (_, chinese) in FUNDS.items()),
)
SETTLED_MONTH = day("settled_month", "结算月份", "first day of the month in which the provider settled")


def by_fund(keys: str, source: str, suffix: str = "") -> str:
    """A query with one row a fund that moved money: `keys`, fund, claims, amount, from one row a claim (and benefit)."""
    parts = ", ".join(
        f"{{'fund': '{fund}', 'claims': count(*) FILTER ({column}{suffix} <> 0), 'amount': sum({column}{suffix})}}"
        for fund, (column, _) in FUNDS.items()
    )
    totals = f"SELECT {keys}, [{parts}] AS parts FROM ({source}) GROUP BY ALL"
    return f"""
        SELECT {keys}, part.fund AS fund, part.claims AS claims, part.amount AS amount
        FROM (SELECT {keys}, unnest(parts) AS part FROM ({totals})) WHERE part.claims > 0
    """


_PORTIONS = f"""
    SELECT claim_id, benefit, settled_month, pool, scheme, {", ".join(f"sum({c}) AS {c}" for c, _ in FUNDS.values())}
    FROM settlement_portion SEMI JOIN settlement USING (claim_id, version)
    JOIN (SELECT claim_id, settled_month, pool, scheme FROM claim_context) USING (claim_id)
    GROUP BY ALL
"""

FUND_OUTLAY = View(
    "fund_outlay",
    "基金支出",
    "what each fund pays by month of settlement, pool, scheme and benefit, as settled now (corrections included)",
    (
        SETTLED_MONTH,
        POOL,
        SCHEME_COLUMN,
        FUND,
        code("benefit", "待遇类别", "benefit of the portion of the claim", BENEFIT),
        count("claims", "结算单数", "claims for which the fund pays", "claims"),
        amount("amount", "支出金额", "paid by the fund"),
    ),
    key=("settled_month", "pool", "scheme", "fund", "benefit"),
    query=by_fund("settled_month, pool, scheme, benefit", _PORTIONS),
)

REIMBURSEMENT_RATE = View(
    "reimbursement_rate",
    "报销比例",
    "what the funds pay of the bills and of the costs in scope, over paid claims (visits merged into a stay count there)",
    (
        YEAR,
        POOL,
        SCHEME_COLUMN,
        CARE_TYPE_COLUMN,
        LEVEL,
        PERSON,
        count("claims", "结算单数", "paid claims", "claims"),
        amount("total_amount", "医疗费总额", "the bills"),
        amount("in_scope_amount", "符合政策范围金额", "costs in scope"),
        amount("fund_pay", "基金支付金额", "paid by basic fund, supplement, critical illness, aid, maternity and care"),
        amount("other_pay", "其他基金支出", "paid by other funds: not in the rates"),
        amount("personal_pay", "个人负担总金额", "left to the persons"),
        share("actual_rate", "实际报销比例", "fund_pay of total_amount"),
        share("in_scope_rate", "政策范围内报销比例", "fund_pay of in_scope_amount"),
    ),
    key=("benefit_year", "pool", "scheme", "care_type", "level_group", "person_group"),
    query=f"""
        SELECT *, {ratio("fund_pay", "total_amount")} AS actual_rate,
            {ratio("fund_pay", "in_scope_amount")} AS in_scope_rate
        FROM (
            SELECT x.benefit_year, x.pool, x.scheme, x.care_type, x.level_group, x.person_group, count(*) AS claims,
                sum(s.total_amount) AS total_amount, sum(s.in_scope_amount) AS in_scope_amount,
                sum({OWN_PAY}) AS fund_pay, sum(s.other_pay) AS other_pay, sum(s.personal_pay) AS personal_pay
            FROM settlement AS s JOIN claim_context AS x USING (claim_id)
            WHERE s.status = 'paid' AND NOT list_contains(s.reasons, 'merged_into_stay')
            GROUP BY ALL
        )
    """,
)
