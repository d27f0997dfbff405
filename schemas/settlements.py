"""What settling yields: settlements in all versions, their portions and steps, counters of a year, adjustments."""

from __future__ import annotations

from dataclasses import replace

from schemas.bills import claim_id
from schemas.codes import BENEFIT, SCHEME, SETTLEMENT_STATUS
from schemas.column import Column, Kind
from schemas.people import member_id
from schemas.table import Table

__all__ = [
    "ACCUMULATOR",
    "ADJUSTMENT",
    "MONEY_COLUMNS",
    "SETTLEMENT",
    "SETTLEMENT_PORTION",
    "SETTLEMENT_STEP",
    "SETTLEMENT_VERSION",
]


def _text(name: str, chinese: str, meaning: str, nhsa: str = "", required: bool = True) -> Column:
    return Column(name, Kind.TEXT, chinese, meaning, required=required, nhsa=nhsa)


def _whole(name: str, chinese: str, meaning: str, nhsa: str = "", required: bool = True) -> Column:
    return Column(name, Kind.WHOLE, chinese, meaning, required=required, nhsa=nhsa)


def _yuan(name: str, chinese: str, meaning: str, nhsa: str = "") -> Column:
    return Column(name, Kind.MONEY, chinese, meaning, required=True, unit="yuan", nhsa=nhsa)


def _result(column: Column) -> Column:
    """A column of the delivery as a result repeats it: the NHSA name is a name, not an accepted header."""
    return replace(column, aliases=(), nhsa=column.aliases[0].name if column.aliases else "")


_CLAIM = _result(claim_id("number of the claim"))
_MEMBER = _result(member_id("the patient"))
_RUN = _text("run_id", "批次号", "the run that produced the row")
_POLICY = _text("policy_id", "政策编号", "the policy applied; null: none in force", required=False)
_YEAR = _whole("benefit_year", "待遇年度", "year of the benefit date", "year", required=False)
_VERSION = _whole("version", "结算版本", "1 = first settlement of the claim")

_MONEY = (
    _yuan("total_amount", "医疗费总额", "the bill", "medfee_sumamt"),
    _yuan("out_of_scope_amount", "全自费金额", "class C, excluded, third party's share", "fulamt_ownpay_amt"),
    _yuan("over_limit_amount", "超限价自费费用", "above the price ceiling", "overlmt_selfpay"),
    _yuan("prepay_amount", "先行自付金额", "class B share and the out-of-area share", "preselfpay_amt"),
    _yuan(
        "in_scope_amount",
        "符合政策范围金额",
        "within the policy's scope, after prepay and before the deductible",
        "inscp_scp_amt",
    ),
    _yuan("deductible_amount", "实际支付起付线", "what was borne as deductible this time", "act_pay_dedc"),
    _yuan("basic_pay", "基本医疗保险统筹基金支出", "basic pooled fund", "hifp_pay"),
    _yuan("supplement_pay", "职工大额医疗费用补助基金支出", "supplement for large expenses", "hifob_pay"),
    _yuan(
        "critical_illness_pay",
        "居民大病保险资金支出",
        "critical illness insurance, special and rare-disease drugs included",
        "hifmi_pay",
    ),
    _yuan("medical_aid_pay", "医疗救助基金支出", "medical aid", "maf_pay"),
    _yuan("maternity_pay", "生育保险支出", "maternity insurance"),
    _yuan("ltc_pay", "长期护理保险支出", "long-term care insurance"),
    _yuan("other_pay", "其他基金支出", "paid by other funds, given on the claim", "cvlserv_pay + hifes_pay + oth_pay"),
    _yuan("personal_pay", "个人负担总金额", "what is left to the person", "psn_part_amt"),
    _yuan("critical_illness_base", "大病保险累计基数", "this claim's contribution to the cumulative burden"),
    _yuan("allowance_pay", "生育津贴", "allowance paid to the person on top, outside the identities"),
)

MONEY_COLUMNS: tuple[str, ...] = tuple(column.name for column in _MONEY)
"""The money columns of a settlement and of a portion, in order."""

_SETTLED = (
    _CLAIM,
    _VERSION,
    _MEMBER,
    Column("provider_id", Kind.TEXT, "定点医药机构编号", "who gave the care", required=True, nhsa="fixmedins_code"),
    Column("scheme", Kind.CODE, "险种类型", "the scheme settled in", codes=SCHEME, nhsa="insutype"),
    _YEAR,
    _POLICY,
    _text("policy_version", "政策版本", "version of the policy applied", required=False),
    _RUN,
    Column("status", Kind.CODE, "结算状态", "paid, denied or pended", required=True, codes=SETTLEMENT_STATUS),
    Column("reasons", Kind.LIST, "不予支付或待核实原因", "reason codes, the deciding one first", required=True),
    Column("notes", Kind.LIST, "提示", "codes that move no money", required=True),
    *_MONEY,
)

SETTLEMENT_VERSION = Table(
    "settlement_version",
    "结算结果全部版本",
    "every version of every settlement; a change is a new version, never an update",
    _SETTLED,
    key=("claim_id", "version"),
)

SETTLEMENT = Table(
    "settlement", "结算结果", "one row a claim: the version in force", _SETTLED, key=("claim_id",), view=True
)


def _steps(name: str, chinese: str, meaning: str) -> Column:
    return Column(name, Kind.WHOLES, chinese, meaning, required=True, unit="fen, or the unit of the step")


_PORTION_HEAD = (
    _CLAIM,
    _VERSION,
    _whole("portion_no", "待遇段序号", "1, 2, ... within the claim"),
    Column("programme", Kind.TEXT, "待遇程序", "the programme of the policy that settled the portion", personal=True),
    Column("benefit", Kind.CODE, "待遇类别", "benefit of the portion", codes=BENEFIT, personal=True),
    Column("disease_code", Kind.CODE, "病种编码", "disease of the portion", personal=True),
)

SETTLEMENT_PORTION = Table(
    "settlement_portion",
    "结算待遇段",
    "a claim may fall into several benefits: one row each, summing to the settlement",
    (
        *_PORTION_HEAD,
        *_MONEY,
        _text(
            "steps",
            "步骤与参数",
            "the steps computed, each as number in policy_step, colon, figure of the policy that it uses (fen, or the unit of "
            "the step; nothing for none): 16:5000 17: 18:30000000; null: no step",
            required=False,
        ),
        _steps("step_base", "步骤基数", "what each step starts from"),
        _steps("step_amount", "步骤金额", "what each step yields"),
        _steps("step_before", "步骤前累计", "running total before each step"),
    ),
    key=("claim_id", "version", "portion_no"),
    view=True,
)


def _figure(name: str, chinese: str, meaning: str) -> Column:
    return Column(name, Kind.MONEY, chinese, meaning, required=True, unit="yuan, or the unit of the step")


SETTLEMENT_STEP = Table(
    "settlement_step",
    "结算步骤",
    "how every figure was computed, step by step, with the quoted source",
    (
        *_PORTION_HEAD[:4],
        _whole("step_no", "步骤号", "order of the step"),
        _text("name", "步骤名称", "what the step does"),
        _text("column_name", "结果列", "the column the step adds to", required=False),
        _text("rule_id", "规则编号", "the rule of the policy", required=False),
        _text("formula", "公式", "the formula of the step", required=False),
        _text("unit", "单位", "unit of base, parameter and amount", required=False),
        _figure("base", "基数", "what the step starts from"),
        _figure("parameter", "参数", "figure of the policy"),
        _figure("amount", "金额", "what the step yields"),
        _figure("total_before", "步骤前累计", "running total before the step"),
        _figure("total_after", "步骤后累计", "running total after the step"),
        _text("quote", "原文", "the sentence of the policy", required=False),
    ),
    key=("claim_id", "version", "portion_no", "step_no"),
    view=True,
)

ACCUMULATOR = Table(
    "accumulator",
    "年度累计",
    "what a person has used of a limit in a year, recomputed whenever the person is settled",
    (
        _MEMBER,
        _whole("benefit_year", "待遇年度", "year of the counter", "year"),
        _text("policy_id", "政策编号", "the policy that sets the limit"),
        _text("name", "累计项", "name of the counter"),
        Column(
            "key",
            Kind.TEXT,
            "累计项键",
            "what the counter is kept by within the year, such as a disease or a day; empty: nothing else",
            required=True,
            personal=True,
        ),
        Column("limit_amount", Kind.MONEY, "限额", "the limit; null: none", unit="yuan"),
        _yuan("used_amount", "已用金额", "used so far"),
    ),
    key=("member_id", "benefit_year", "policy_id", "name", "key"),
)


def _delta(column: Column) -> Column:
    name, chinese = f"{column.name}_delta", f"{column.chinese}差额"
    return Column(name, Kind.MONEY, chinese, f"new less old {column.name}", required=True, unit="yuan")


ADJUSTMENT = Table(
    "adjustment",
    "结算调整",
    "what a new version of a settlement changes, and why",
    (
        _CLAIM,
        _MEMBER,
        _whole("from_version", "原版本", "the version that was in force"),
        _whole("to_version", "新版本", "the version in force now"),
        _RUN,
        _text("cause", "调整原因", "what led to the new version"),
        *(_delta(column) for column in _MONEY),
    ),
    key=("claim_id", "to_version"),
)
