"""What the insured have used and borne: limits of the year, deductibles, and the burden after all layers."""

from __future__ import annotations

from schemas.column import Code
from schemas.settlements import ACCUMULATOR, SETTLEMENT
from schemas.views.claims import CARE_TYPE_COLUMN, LEVEL, POOL, SCHEME_COLUMN, YEAR
from schemas.views.exact import mean, ratio
from schemas.views.funds import OWN_PAY
from schemas.views.view import View, amount, code, count, share

__all__ = ["CAP_USE", "CATASTROPHIC_BURDEN", "DEDUCTIBLE_USE"]

_MEMBER = SETTLEMENT["member_id"]
_BANDS = (5_000, 20_000, 50_000, 100_000)

CAP_USE = View(
    "cap_use",
    "限额使用",
    "how far a person has used every limit of a year",
    (
        _MEMBER,
        YEAR,
        POOL,
        SCHEME_COLUMN,
        ACCUMULATOR["policy_id"],
        ACCUMULATOR["name"],
        ACCUMULATOR["key"],
        code(
            "counts",
            "累计内容",
            "what is counted against the limit",
            (Code("payments", "基金支付"), Code("deductibles", "起付线"), Code("costs", "费用")),
        ),
        amount("limit_amount", "限额", "the limit"),
        amount("used_amount", "已用金额", "used so far"),
        amount("left_amount", "剩余金额", "what is left of the limit"),
        share("used_share", "使用比例", "used_amount of limit_amount"),
        code(
            "state",
            "使用状态",
            "reached; near: four fifths are used; below",
            (Code("reached", "已达限额"), Code("near", "接近限额"), Code("below", "未接近")),
        ),
    ),
    key=("member_id", "benefit_year", "policy_id", "name", "key"),
    query=f"""
        WITH counters AS (
            SELECT policy_id, counter AS name, bool_or(column_name LIKE '%_pay') AS pays,
                bool_or(column_name = 'deductible_amount') AS deducts
            FROM policy_step WHERE counter IS NOT NULL GROUP BY ALL
        ),
        pools AS (SELECT policy_id, any_value(pool) AS pool, any_value(scheme) AS scheme FROM policy GROUP BY ALL)
        SELECT a.*, p.pool, p.scheme, greatest(a.limit_amount - a.used_amount, 0) AS left_amount,
            CASE WHEN c.pays THEN 'payments' WHEN c.deducts THEN 'deductibles' ELSE 'costs' END AS counts,
            {ratio("a.used_amount", "a.limit_amount")} AS used_share,
            CASE WHEN a.used_amount >= a.limit_amount THEN 'reached'
                WHEN a.used_amount * 5 >= a.limit_amount * 4 THEN 'near' ELSE 'below' END AS state
        FROM accumulator AS a
        LEFT JOIN pools AS p USING (policy_id)
        LEFT JOIN counters AS c USING (policy_id, name)
        WHERE a.limit_amount IS NOT NULL
    """,
)

DEDUCTIBLE_USE = View(
    "deductible_use",
    "起付线使用",
    "what is borne as deductible, over paid claims",
    (
        YEAR,
        POOL,
        SCHEME_COLUMN,
        CARE_TYPE_COLUMN,
        LEVEL,
        count("members", "人数", "persons with a paid claim", "persons"),
        count("claims", "结算单数", "paid claims", "claims"),
        count("claims_with_deductible", "有起付线结算单数", "paid claims on which a deductible was borne", "claims"),
        amount("in_scope_amount", "符合政策范围金额", "costs in scope"),
        amount("deductible_amount", "实际支付起付线", "borne as deductible"),
        share("deductible_share", "起付线占比", "deductible_amount of in_scope_amount"),
        amount("mean_deductible", "次均起付线", "deductible_amount for each claim that has one, to the fen"),
    ),
    key=("benefit_year", "pool", "scheme", "care_type", "level_group"),
    query=f"""
        SELECT *, {ratio("deductible_amount", "in_scope_amount")} AS deductible_share,
            {mean("deductible_amount", "claims_with_deductible")} AS mean_deductible
        FROM (
            SELECT x.benefit_year, x.pool, x.scheme, x.care_type, x.level_group, count(DISTINCT s.member_id) AS members,
                count(*) AS claims, count(*) FILTER (s.deductible_amount > 0) AS claims_with_deductible,
                sum(s.in_scope_amount) AS in_scope_amount, sum(s.deductible_amount) AS deductible_amount
            FROM settlement AS s JOIN claim_context AS x USING (claim_id)
            WHERE s.status = 'paid' AND NOT list_contains(s.reasons, 'merged_into_stay')
            GROUP BY ALL
        )
    """,
)


def _band() -> str:
    steps = " ".join(f"WHEN personal_pay < {limit} THEN 'below_{limit}'" for limit in _BANDS)
    return f"CASE {steps} ELSE 'from_{_BANDS[-1]}' END"


CATASTROPHIC_BURDEN = View(
    "catastrophic_burden",
    "大病后个人负担",
    "what is left to a person in a year after every layer, over paid claims",
    (
        _MEMBER,
        YEAR,
        POOL,
        SCHEME_COLUMN,
        count("claims", "结算单数", "paid claims", "claims"),
        amount("total_amount", "医疗费总额", "the bills"),
        amount("basic_pay", "基本医疗保险统筹基金支出", "basic pooled fund, maternity and long-term care insurance"),
        amount("supplement_pay", "职工大额医疗费用补助基金支出", "supplement"),
        amount("critical_illness_pay", "大病保险资金支出", "critical illness insurance"),
        amount("medical_aid_pay", "医疗救助基金支出", "medical aid"),
        amount("other_pay", "其他基金支出", "other funds"),
        amount("personal_pay", "个人负担总金额", "left to the person after all of them"),
        amount(
            "in_scope_burden", "政策范围内个人负担", "of that, costs in scope: total in scope less what the funds pay"
        ),
        share("burden_share", "个人负担比例", "personal_pay of total_amount"),
        code(
            "burden_band",
            "负担分档",
            "band of personal_pay in yuan",
            (*(Code(f"below_{limit}", f"{limit}元以下") for limit in _BANDS), Code("from_100000", "100000元及以上")),
        ),
    ),
    key=("member_id", "benefit_year", "pool", "scheme"),
    query=f"""
        SELECT *, greatest(in_scope_amount - own_pay - other_pay, 0) AS in_scope_burden,
            {ratio("personal_pay", "total_amount")} AS burden_share, {_band()} AS burden_band
        FROM (
            SELECT s.member_id, x.benefit_year, x.pool, x.scheme, count(*) AS claims,
                sum(s.total_amount) AS total_amount, sum(s.basic_pay + s.maternity_pay + s.ltc_pay) AS basic_pay,
                sum(s.supplement_pay) AS supplement_pay, sum(s.critical_illness_pay) AS critical_illness_pay,
                sum(s.medical_aid_pay) AS medical_aid_pay, sum(s.other_pay) AS other_pay,
                sum(s.personal_pay) AS personal_pay, sum(s.in_scope_amount) AS in_scope_amount,
                sum({OWN_PAY}) AS own_pay
            FROM settlement AS s JOIN claim_context AS x USING (claim_id)
            WHERE s.status = 'paid' AND NOT list_contains(s.reasons, 'merged_into_stay')
            GROUP BY ALL
        )
    """,
)
