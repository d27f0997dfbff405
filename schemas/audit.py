"""The books kept on the work itself: runs, refused rows, and the law as a table."""

from __future__ import annotations

from schemas.codes import SCHEME
from schemas.column import Column, Kind
from schemas.table import Table

__all__ = ["POLICY", "POLICY_PARAMETER", "POLICY_STEP", "QUARANTINE", "RUN"]


def _text(name: str, chinese: str, meaning: str, required: bool = True) -> Column:
    return Column(name, Kind.TEXT, chinese, meaning, required=required)


def _rows(name: str, chinese: str, meaning: str) -> Column:
    return Column(name, Kind.WHOLE, chinese, meaning, required=True, unit="rows")


def _yuan(name: str, chinese: str, meaning: str) -> Column:
    return Column(name, Kind.MONEY, chinese, meaning, required=True, unit="yuan")


_RUN = _text("run_id", "批次号", "the run")
_POLICY = _text("policy_id", "政策编号", "the policy")
_POLICY_VERSION = _text("version", "政策版本", "version of the policy")

QUARANTINE = Table(
    "quarantine",
    "隔离行",
    "a row of a delivery that was not accepted: one row per failed rule",
    (
        _RUN,
        _text("table_name", "表名", "table of the row"),
        _text("source_file", "来源文件", "file it came in"),
        Column("row_number", Kind.WHOLE, "行号", "data row in that file, the first is 1", required=True),
        Column("row_key", Kind.TEXT, "行键", "key of the row, as delivered", personal=True),
        _text("column_name", "列名", "column that fails; null: the row as a whole", required=False),
        _text("rule", "规则", "the fact that does not hold"),
        Column("value", Kind.TEXT, "原值", "value as delivered", personal=True),
        Column("message", Kind.TEXT, "说明", "what is wrong and what to do", required=True, personal=True),
    ),
)

RUN = Table(
    "run",
    "批次",
    "one run of the program that published something",
    (
        _RUN,
        _text("kind", "批次类别", "nightly or reprocess"),
        Column("started_at", Kind.TIMESTAMP, "开始时间", "when it began", required=True),
        Column("finished_at", Kind.TIMESTAMP, "结束时间", "when it ended"),
        Column("as_of", Kind.DATE, "截止日期", "the date up to which the law is known", required=False),
        _text("code_version", "程序版本", "version of the program"),
        _text("policy_fingerprint", "政策指纹", "hash of all policy files"),
        _text("input_fingerprint", "输入指纹", "hash of the delivery's content", required=False),
        Column("input_fingerprints", Kind.LIST, "文件指纹", "file=hash, one entry a file", required=True),
        _rows("rows_delivered", "交付行数", "rows delivered = accepted + quarantined"),
        _rows("rows_accepted", "接收行数", "rows taken over"),
        _rows("rows_quarantined", "隔离行数", "rows refused"),
        _yuan("amount_delivered", "交付金额", "fee lines delivered = accepted + quarantined"),
        _yuan("amount_accepted", "接收金额", "fee lines taken over"),
        _yuan("amount_quarantined", "隔离金额", "fee lines refused"),
        _rows("claims_settled", "结算单数", "claims settled"),
        _rows("claims_changed", "变更结算单数", "claims with a new version"),
        Column("warnings", Kind.LIST, "警告", "what was noticed and did not stop the run", required=True),
    ),
    key=("run_id",),
)

POLICY = Table(
    "policy",
    "政策",
    "a version of the law of one pool and scheme",
    (
        _POLICY,
        _POLICY_VERSION,
        _text("pool", "统筹区", "area code of the pool"),
        Column("scheme", Kind.CODE, "险种类型", "scheme", codes=SCHEME),
        _text("title", "政策名称", "title of the source", required=False),
        _text("source_file", "来源文件", "file of the source", required=False),
        Column("valid_from", Kind.DATE, "施行日期", "first day in force"),
        Column("valid_to", Kind.DATE, "失效日期", "last day in force; null: open"),
        _text("fingerprint", "政策指纹", "hash of the policy file", required=False),
        Column(
            "account_in_fund_total",
            Kind.FLAG,
            "个人账户是否计入基金支付总额",
            "whether the pool counts payments of personal accounts as paid by the funds (nhsa_setlinfo); null: no",
        ),
    ),
    key=("policy_id", "version"),
)

POLICY_PARAMETER = Table(
    "policy_parameter",
    "政策参数",
    "every figure of the law, with the sentence it is taken from",
    (
        _POLICY,
        _POLICY_VERSION,
        _text("key", "参数", "name of the figure"),
        _text("rule_id", "规则编号", "the rule it belongs to", required=False),
        _text("value", "值", "the figure", required=False),
        _text("unit", "单位", "yuan, share, days ...", required=False),
        _text("quote", "原文", "the sentence of the source", required=False),
        _text("source_document", "来源文件", "the source", required=False),
        Column("valid_from", Kind.DATE, "施行日期", "first day in force"),
        Column("known_from", Kind.DATE, "知晓日期", "day from which the figure was known"),
    ),
)

POLICY_STEP = Table(
    "policy_step",
    "政策步骤",
    "the steps by which a programme of a policy settles",
    (
        _POLICY,
        _POLICY_VERSION,
        _text("programme", "待遇程序", "the programme"),
        Column("step_no", Kind.WHOLE, "步骤号", "order of the step", required=True),
        _text("name", "步骤名称", "what the step does"),
        _text("column_name", "结果列", "the column the step adds to", required=False),
        _text("rule_id", "规则编号", "the rule", required=False),
        _text("formula", "公式", "the formula", required=False),
        _text("unit", "单位", "unit of base, parameter and amount", required=False),
        _text("counter", "累计项", "counter the step keeps", required=False),
        _text("quote", "原文", "the sentence of the source", required=False),
    ),
    key=("policy_id", "version", "programme", "step_no"),
)
