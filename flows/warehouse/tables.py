"""The tables of the database: those of the schemas, with the run and the text of the law that made each row."""

from __future__ import annotations

from dataclasses import replace

from schemas import DELIVERED, MONEY_COLUMNS, OUTPUT, TABLES, Column, Kind, Table

__all__ = ["OF_ONE_PORTION", "STORED", "delta", "own_columns"]

_RUN = Column("run_id", Kind.TEXT, "批次号", "the run that brought the row", required=True)
_FINGERPRINT = Column("fingerprint", Kind.TEXT, "政策指纹", "hash of the text of the policy")
_POLICY_FINGERPRINT = Column(
    "policy_fingerprint", Kind.TEXT, "政策指纹", "hash of the text of the policy applied; null: no policy in force"
)
_REACH = Column(
    "reach",
    Kind.TEXT,
    "影响途径",
    "direct: the rule or the data of the claim itself; accumulator_moved: an earlier claim moved a running total; "
    "limit_freed: an earlier claim left more of a limit",
)
_CLAIM_LAW = (
    _REACH,
    Column("policy_version_from", Kind.TEXT, "原政策版本", "version of the policy that made the old settlement"),
    Column("policy_version_to", Kind.TEXT, "新政策版本", "version of the policy that makes the new settlement"),
    Column("policy_fingerprint_from", Kind.TEXT, "原政策指纹", "hash of the policy's text then"),
    Column("policy_fingerprint_to", Kind.TEXT, "新政策指纹", "hash of the policy's text now"),
)
_PORTION = TABLES["settlement_portion"]
OF_ONE_PORTION = ("programme", "benefit", "disease_code", *(name for name in _PORTION.names if name.startswith("step")))
"""Columns of a portion that its settlement has not: they stand beside the settlement where it has one portion, as most do."""

_PORTIONS = (
    Column(
        "portions",
        Kind.WHOLE,
        "待遇段数",
        "how many rows the claim has in settlement_portion; 1: this row is the portion as well; null: settled by an earlier "
        "version of the program",
    ),
    *(replace(_PORTION[name], required=False) for name in OF_ONE_PORTION),
)
_STEP_UNITS = (
    Column("parameter_unit", Kind.TEXT, "参数单位", "unit of the parameter: yuan, share or count; null: no parameter"),
    Column("counter_keeps", Kind.TEXT, "累计方式", "the counter keeps the sum or the greatest value; null: no counter"),
)
_OUTCOME = (
    Column("status", Kind.TEXT, "状态", "published: the run is complete and its audits hold", required=True),
    Column("rows_repeated", Kind.WHOLE, "重复行数", "accepted rows that were here already, unchanged", unit="rows"),
)

CONTROL_TOTAL = Table(
    "control_total",
    "批次控制总数",
    "rows and yuan of one table in one run: delivered = accepted + quarantined",
    (
        _RUN,
        Column("table_name", Kind.TEXT, "表名", "table of the delivery", required=True),
        Column("rows_delivered", Kind.WHOLE, "交付行数", "rows delivered", required=True, unit="rows"),
        Column("rows_accepted", Kind.WHOLE, "接收行数", "rows accepted", required=True, unit="rows"),
        Column("rows_repeated", Kind.WHOLE, "重复行数", "accepted rows that were here already", True, unit="rows"),
        Column("rows_replaced", Kind.WHOLE, "更新行数", "accepted rows that replaced an older row", True, unit="rows"),
        Column("rows_quarantined", Kind.WHOLE, "隔离行数", "rows refused", required=True, unit="rows"),
        Column("amount_delivered", Kind.MONEY, "交付金额", "fee lines delivered", required=True, unit="yuan"),
        Column("amount_accepted", Kind.MONEY, "接收金额", "fee lines accepted", required=True, unit="yuan"),
        Column("amount_quarantined", Kind.MONEY, "隔离金额", "fee lines refused", required=True, unit="yuan"),
    ),
    key=("run_id", "table_name"),
)

POLICY_REASON = Table(
    "policy_reason",
    "政策拒付原因",
    "every reason for which a policy denies or pends a claim, with the sentence it is taken from",
    (
        Column("policy_id", Kind.TEXT, "政策编号", "the policy", required=True),
        _FINGERPRINT,
        Column("reason", Kind.TEXT, "原因编码", "code in settlement.reasons", required=True),
        Column("outcome", Kind.TEXT, "结算状态", "denied or pended", required=True),
        Column("rule_id", Kind.TEXT, "规则编号", "the rule"),
        Column("formula", Kind.TEXT, "条件", "the condition under which a claim is refused"),
        Column("quote", Kind.TEXT, "原文", "the sentence of the source"),
    ),
)

STANDING = Table(
    "standing",
    "人员结算依据",
    "the run whose law a person's claims stand under: the last one that settled the person or showed that nothing changes",
    (Column("member_id", Kind.TEXT, "人员编号", "the person", required=True, personal=True), _RUN),
    key=("member_id",),
)

POLICY_TEXT = Table(
    "policy_text",
    "政策文本",
    "the files of every law that settled a claim, as they were",
    (
        Column("law_fingerprint", Kind.TEXT, "政策指纹", "hash of all policy files (run.policy_fingerprint)", True),
        Column("known_on", Kind.DATE, "知晓截止日期", "changes known later were left out; null: none was"),
        Column("file", Kind.TEXT, "文件", "path in the folder of policies", required=True),
        Column("text", Kind.TEXT, "文本", "the file", required=True),
    ),
    key=("law_fingerprint", "file"),
)

_ADDED: dict[str, tuple[Column, ...]] = {
    **dict.fromkeys(DELIVERED, (_RUN,)),
    "settlement_version": (_POLICY_FINGERPRINT, *_PORTIONS),
    "adjustment": _CLAIM_LAW,
    "run": _OUTCOME,
    "policy_parameter": (_FINGERPRINT,),
    "policy_step": (_FINGERPRINT, *_STEP_UNITS),
}


def _extended(table: Table) -> Table:
    known = set(table.names)
    added = tuple(column for column in _ADDED.get(table.name, ()) if column.name not in known)
    return replace(table, columns=(*table.columns, *added))


def delta(column: str) -> str:
    """The column of `adjustment` that holds the change of a money column."""
    return f"{column}_delta"


_ADJUSTMENT = _extended(TABLES["adjustment"])
_HELD_HEAD = (
    "claim_id", "member_id", "from_version", "run_id", "cause", "reach", *(delta(name) for name in MONEY_COLUMNS),
)  # fmt: skip

HELD = Table(
    "held",
    "待人工复核调整",
    "what would change on a claim that is too old to be reopened without a person; the published settlement stays",
    (
        *(_ADJUSTMENT[name] for name in _HELD_HEAD),
        Column("benefit_date", Kind.DATE, "待遇日期", "the date from which the age of the claim counts", required=True),
        Column(
            "reopen_limit", Kind.TEXT, "可重新结算期限", "how old a claim may be, as the policy says it", required=True
        ),
        Column("status_to", Kind.TEXT, "应有状态", "the status it would get", required=True),
    ),
    key=("claim_id",),
)

SPLIT_PORTION = replace(
    _PORTION,
    name="split_portion",
    chinese="多段结算待遇段",
    meaning="the portions of claims that fall into several benefits; settlement_portion shows these and all others",
    view=False,
)

STORED: dict[str, Table] = {
    name: _extended(TABLES[name]) for name in (*DELIVERED, *OUTPUT) if not TABLES[name].view
} | {table.name: table for table in (CONTROL_TOTAL, POLICY_REASON, STANDING, POLICY_TEXT, HELD, SPLIT_PORTION)}
"""The tables of the database by name, views left out."""


def own_columns(name: str) -> str:
    """The columns of a delivered table as a SELECT list, without the run that brought the row."""
    return ", ".join(TABLES[name].names)
