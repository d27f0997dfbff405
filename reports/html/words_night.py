"""Texts of the report of a night."""

from __future__ import annotations

__all__ = ["NIGHT"]

NIGHT: dict[str, tuple[str, str]] = {
    "night_title": ("夜间结算报告", "Report of the night"),
    "night_lead": (
        "本批次收到 {rows} 行、{yuan} 元费用明细，结算 {claims} 张单据，基金支付净额 {paid} 元；{refused}。",
        "{rows} rows with {yuan} yuan of fee lines were delivered, {claims} claims settled and {paid} yuan paid by the funds, "
        "net; {refused}.",
    ),
    "night_refused": ("{rows} 行被隔离", "{rows} rows were quarantined"),
    "night_no_refused": ("没有隔离行", "no row was quarantined"),
    "tile_delivered": ("交付费用（元）", "Yuan delivered"),
    "tile_paid": ("基金支付净额（元）", "Yuan paid by the funds, net"),
    "tile_refused": ("隔离行数", "Rows quarantined"),
    "tile_refused_yuan": ("其中费用 {yuan} 元", "{yuan} yuan of fee lines among them"),
    "tile_claims": (
        "{changed} 张单据有新版本，共结算 {settled} 张",
        "{changed} claims with a new version, {settled} settled",
    ),
    "tile_accepted": ("接收 {yuan} 元", "{yuan} yuan accepted"),
    "as_of": ("政策知晓截止", "Law known up to"),
    "law_mark": ("政策总指纹", "Law fingerprint"),
    "input_mark": ("交付指纹", "Delivery fingerprint"),
    "control": ("控制总数", "Control totals"),
    "control_ties": (
        "每张表的交付 = 接收 + 隔离，行数与金额均相符。",
        "In every table delivered = accepted + quarantined, in rows and in yuan.",
    ),
    "control_broken": (
        "控制总数不符：请查看数据库审计。",
        "The control totals do not tie: see the audits of the database.",
    ),
    "control_caption": ("金额为费用明细金额，单位：元", "Amounts are those of fee lines, in yuan"),
    "table": ("表", "Table"),
    "rows_delivered": ("交付行", "Rows delivered"),
    "rows_accepted": ("接收行", "accepted"),
    "rows_repeated": ("其中重复", "of these repeated"),
    "rows_quarantined": ("隔离行", "quarantined"),
    "amount_delivered": ("交付金额", "Yuan delivered"),
    "amount_accepted": ("接收金额", "accepted"),
    "amount_quarantined": ("隔离金额", "quarantined"),
    "decisions": ("结算结论", "Decisions"),
    "decision": ("结论", "Decision"),
    "first_claims": ("首次结算", "First settled"),
    "again_claims": ("再次结算", "Settled again"),
    "refusals": ("不予支付和待核实的原因", "Why claims were denied or pended"),
    "example": ("示例", "Example"),
    "money": ("各基金支出", "Money per fund"),
    "money_caption": (
        "首次结算与当批调整的净额，单位：元；深色为本批次",
        "First settlements and adjustments, net, in yuan; this night is dark",
    ),
    "money_first": ("首次结算", "First settlements"),
    "money_again": ("调整", "Adjustments"),
    "money_net": ("净额", "Net"),
    "money_before": ("前几批次净额", "Net of the nights before"),
    "quarantine": ("隔离情况", "Quarantine"),
    "quarantine_none": ("本批次没有隔离行。", "No row was quarantined."),
    "quarantine_lead": (
        "按规则汇总；更正后可随下一批次重新交付。每条规则最多列三例。",
        "By rule; correct the rows and deliver them again. At most three examples of each rule.",
    ),
    "failed_rows": ("{rows} 行", "rows: {rows}"),
    "file_row": ("{file} 第 {row} 行", "{file}, row {row}"),
    "row_key": ("行键", "key"),
    "adjustments": ("本批次调整", "Adjustments of the night"),
    "adjustments_none": ("没有既往结算发生变化。", "No earlier settlement has changed."),
    "adjustments_caption": ("新版本减原版本，单位：元", "New version less the old one, in yuan"),
    "warnings": ("提示", "Warnings"),
    "law_in_force": ("适用的政策文本", "The law that was applied"),
    "night_foot": (
        "隔离示例含个人信息，仅限经办机构内部使用。",
        "The examples of refused rows are personal data: for use within the agency only.",
    ),
    "applied_claims": ("适用单数", "Claims"),
}
