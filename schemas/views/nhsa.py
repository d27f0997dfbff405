"""The results under the national interface names: `nhsa_setlinfo` one row a claim, `nhsa_setldetail` one a claim and fund."""

from __future__ import annotations

from schemas.column import Column, Kind
from schemas.views.exact import ratio
from schemas.views.nhsa_funds import NHSA_FUND
from schemas.views.view import View, amount, day, share, text

__all__ = ["NHSA_SETLDETAIL", "NHSA_SETLINFO"]

_SETL_ID = text("setl_id", "结算ID", "number of the claim: our claim_id", nhsa="setl_id")
_IN_SCOPE = amount("inscp_scp_amt", "符合政策范围金额", "in_scope_amount of the claim", "inscp_scp_amt")


def _least(given: str, room: str) -> str:
    """What of `given` is inside `room`, on a reversal (both below zero) too."""
    return f"CASE WHEN {room} < 0 THEN greatest({given}, {room}) ELSE least({given}, {room}) END"


_SPLIT = f"""
    SELECT *, other_pay - civil_servant - enterprise AS other
    FROM (
        SELECT *, {_least("given_enterprise", "(other_pay - civil_servant)")} AS enterprise
        FROM (
            SELECT s.*, c.care_type, c.started_on, c.ended_on, c.settled_at, c.enterprise_pay AS given_enterprise,
                {_least("c.civil_servant_pay", "s.other_pay")} AS civil_servant
            FROM settlement AS s JOIN claims AS c USING (claim_id) WHERE s.status = 'paid'
        )
    )
"""
"""Paid claims with other_pay taken apart: civil servants' fund first, then enterprises' funds, the rest others."""

_INSUTYPE = "CASE s.scheme WHEN 'employee' THEN '310' WHEN 'resident' THEN '390' END"
_MED_TYPE = (
    "CASE s.care_type WHEN 'outpatient' THEN '11' WHEN 'emergency' THEN '13' WHEN 'inpatient' THEN '21' "
    "WHEN 'pharmacy' THEN '41' WHEN 'ltc' THEN '61' END"
)
_FUNDS = "hifp_pay + cvlserv_pay + hifes_pay + hifmi_pay + hifob_pay + maf_pay + oth_pay"
_ACCOUNT_INSIDE = "CASE WHEN acct_in_fund_total THEN acct_pay ELSE 0 END"

NHSA_SETLINFO = View(
    "nhsa_setlinfo",
    "结算信息",
    "paid claims under the names of the national interface (2207, 2304: node setlinfo); "
    "medfee_sumamt = fund_pay_sumamt + psn_part_amt",
    (
        _SETL_ID,
        Column("psn_no", Kind.TEXT, "人员编号", "the patient: our member_id", nhsa="psn_no", personal=True),
        text("fixmedins_code", "定点医药机构编号", "the provider", nhsa="fixmedins_code"),
        text("poolarea_no", "统筹区编号", "the pool whose policy settled the claim", nhsa="poolarea_no"),
        text("insutype", "险种类型", "310 employees, 390 residents", nhsa="insutype"),
        text("med_type", "医疗类别", "by kind of care alone: 11, 13, 21, 41, 61", nhsa="med_type"),
        day("begndate", "开始日期", "first day"),
        day("enddate", "结束日期", "last day; null outside stays"),
        Column("setl_time", Kind.TIMESTAMP, "结算时间", "when the provider settled", nhsa="setl_time"),
        amount("medfee_sumamt", "医疗费总额", "the bill", "medfee_sumamt"),
        amount("fulamt_ownpay_amt", "全自费金额", "outside the scope", "fulamt_ownpay_amt"),
        amount("overlmt_selfpay", "超限价自费费用", "above the price ceiling", "overlmt_selfpay"),
        amount("preselfpay_amt", "先行自付金额", "paid first by the person", "preselfpay_amt"),
        _IN_SCOPE,
        amount("act_pay_dedc", "实际支付起付线", "borne as deductible", "act_pay_dedc"),
        amount("hifp_pay", "基本医疗保险统筹基金支出", "basic pooled fund", "hifp_pay"),
        share("pool_prop_selfpay", "统筹基金支付比例", "hifp_pay of inscp_scp_amt", "pool_prop_selfpay"),
        amount("cvlserv_pay", "公务员医疗补助资金支出", "civil servants' fund", "cvlserv_pay"),
        amount("hifes_pay", "企业补充医疗保险基金支出", "enterprises' supplementary funds", "hifes_pay"),
        amount("hifmi_pay", "居民大病保险资金支出", "critical illness insurance of either scheme", "hifmi_pay"),
        amount("hifob_pay", "职工大额医疗费用补助基金支出", "supplement for large expenses", "hifob_pay"),
        amount("maf_pay", "医疗救助基金支出", "medical aid", "maf_pay"),
        amount("oth_pay", "其他支出", "other funds, and maternity and long-term care insurance", "oth_pay"),
        amount(
            "fund_pay_sumamt",
            "基金支付总额",
            "all the funds, with acct_pay where acct_in_fund_total",
            "fund_pay_sumamt",
        ),
        amount("hosp_part_amt", "医院负担金额", "0: not known here", "hosp_part_amt"),
        amount("psn_part_amt", "个人负担总金额", "medfee_sumamt less fund_pay_sumamt", "psn_part_amt"),
        amount("acct_pay", "个人账户支出", "0: deliveries hold no account payments", "acct_pay"),
        amount("psn_cash_pay", "个人现金支出", "what is left to the person less acct_pay", "psn_cash_pay"),
        amount("acct_mulaid_pay", "个人账户共济支付金额", "0: not known here", "acct_mulaid_pay"),
        Column(
            "acct_in_fund_total", Kind.FLAG, "个人账户是否计入基金支付总额", "setting of the pool in its policy file"
        ),
    ),
    key=("setl_id",),
    query=f"""
        SELECT *, medfee_sumamt - fund_pay_sumamt AS psn_part_amt
        FROM (
            SELECT *, {_FUNDS} + {_ACCOUNT_INSIDE} AS fund_pay_sumamt, {ratio("hifp_pay", "inscp_scp_amt")} AS pool_prop_selfpay
            FROM (
                SELECT s.claim_id AS setl_id, s.member_id AS psn_no, s.provider_id AS fixmedins_code,
                    p.pool AS poolarea_no, {_INSUTYPE} AS insutype, {_MED_TYPE} AS med_type, s.started_on AS begndate,
                    s.ended_on AS enddate, s.settled_at AS setl_time, s.total_amount AS medfee_sumamt,
                    s.out_of_scope_amount AS fulamt_ownpay_amt, s.over_limit_amount AS overlmt_selfpay,
                    s.prepay_amount AS preselfpay_amt, s.in_scope_amount AS inscp_scp_amt,
                    s.deductible_amount AS act_pay_dedc, s.basic_pay AS hifp_pay, s.civil_servant AS cvlserv_pay,
                    s.enterprise AS hifes_pay, s.critical_illness_pay AS hifmi_pay, s.supplement_pay AS hifob_pay,
                    s.medical_aid_pay AS maf_pay, s.other + s.maternity_pay + s.ltc_pay AS oth_pay,
                    0::DECIMAL(14,2) AS hosp_part_amt, 0::DECIMAL(14,2) AS acct_pay,
                    s.personal_pay AS psn_cash_pay, 0::DECIMAL(14,2) AS acct_mulaid_pay,
                    coalesce(p.account_in_fund_total, false) AS acct_in_fund_total
                FROM ({_SPLIT}) AS s
                LEFT JOIN (
                    SELECT policy_id, version, any_value(pool) AS pool, bool_or(account_in_fund_total) AS account_in_fund_total
                    FROM policy GROUP BY ALL
                ) AS p ON p.policy_id = s.policy_id AND p.version = s.policy_version
            )
        )
    """,
)

_PAID = {
    "basic": "basic_pay",
    "supplement": "supplement_pay",
    "critical_illness": "critical_illness_pay",
    "medical_aid": "medical_aid_pay",
    "maternity": "maternity_pay",
    "ltc": "ltc_pay",
    "civil_servant": "civil_servant",
    "enterprise": "enterprise",
    "other": "other",
}
_PARTS = ", ".join(f"{{'fund': '{fund}', 'paid': {column}}}" for fund, column in _PAID.items())

NHSA_SETLDETAIL = View(
    "nhsa_setldetail",
    "结算基金分项信息",
    "what each fund pays for a claim under the names of the national interface (2207, 2304: node setldetail)",
    (
        _SETL_ID,
        *(NHSA_FUND[name] for name in ("fund", "fund_pay_type", "fund_pay_type_name")),
        _IN_SCOPE,
        amount(
            "crt_payb_lmt_amt", "本次可支付限额金额", "null: limits are kept by year, see cap_use", "crt_payb_lmt_amt"
        ),
        amount("fund_payamt", "基金支付金额", "paid by the fund", "fund_payamt"),
    ),
    key=("setl_id", "fund"),
    query=f"""
        SELECT s.claim_id AS setl_id, f.fund, f.fund_pay_type, f.fund_pay_type_name, s.in_scope_amount AS inscp_scp_amt,
            NULL AS crt_payb_lmt_amt, s.part.paid AS fund_payamt
        FROM (SELECT claim_id, scheme, in_scope_amount, unnest([{_PARTS}]) AS part FROM ({_SPLIT})) AS s
        LEFT JOIN nhsa_fund AS f ON f.scheme = s.scheme AND f.fund = s.part.fund
        WHERE s.part.paid <> 0
    """,
)
