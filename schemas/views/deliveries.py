"""What came in: rows refused by source and rule, and the control totals of a day."""

from __future__ import annotations

from schemas.audit import QUARANTINE, RUN
from schemas.column import Column, Kind
from schemas.views.view import View, amount, count, day, text

__all__ = ["DAY_TOTALS", "QUARANTINE_SUMMARY"]

_DAY = day("day", "日期", "day of the run")

QUARANTINE_SUMMARY = View(
    "quarantine_summary",
    "隔离汇总",
    "rows that were not accepted, by run, source file, column and rule, with a first example",
    (
        _DAY,
        QUARANTINE["run_id"],
        QUARANTINE["source_file"],
        QUARANTINE["table_name"],
        QUARANTINE["column_name"],
        QUARANTINE["rule"],
        count("faulty_rows", "行数", "rows that fail the rule", "rows"),
        text("example_value", "示例原值", "value of the first such row", personal=True),
        text("example_message", "示例说明", "what is wrong with it and what to do", personal=True),
    ),
    key=("run_id", "source_file", "column_name", "rule"),
    query="""
        SELECT r.started_at AS day, q.run_id, q.source_file, q.table_name, q.column_name, q.rule, count(*) AS faulty_rows,
            min_by(q.value, q.row_number) AS example_value, min_by(q.message, q.row_number) AS example_message
        FROM quarantine AS q LEFT JOIN run AS r USING (run_id) GROUP BY ALL
    """,
)

_ROWS = ("rows_delivered", "rows_accepted", "rows_repeated", "rows_replaced", "rows_quarantined")
_YUAN = ("amount_delivered", "amount_accepted", "amount_quarantined")

DAY_TOTALS = View(
    "day_totals",
    "每日控制总数",
    "what the runs of a day took in, table by table: delivered = accepted + quarantined",
    (
        _DAY,
        text("table_name", "表名", "table of the delivery"),
        count("runs", "批次数", "runs of the day that took rows of the table", "runs"),
        count("rows_delivered", "交付行数", "rows delivered", "rows"),
        count("rows_accepted", "接收行数", "rows accepted", "rows"),
        count("rows_repeated", "重复行数", "accepted rows that were here already", "rows"),
        count("rows_replaced", "更新行数", "accepted rows that replaced an older row", "rows"),
        count("rows_quarantined", "隔离行数", "rows refused", "rows"),
        amount("amount_delivered", "交付金额", RUN["amount_delivered"].meaning),
        amount("amount_accepted", "接收金额", RUN["amount_accepted"].meaning),
        amount("amount_quarantined", "隔离金额", RUN["amount_quarantined"].meaning),
        Column("is_balanced", Kind.FLAG, "是否平衡", "delivered = accepted + quarantined, in rows and in yuan"),
    ),
    key=("day", "table_name"),
    query=f"""
        SELECT r.started_at::DATE AS day, t.table_name, count(*) AS runs,
            {", ".join(f"sum(t.{name}) AS {name}" for name in (*_ROWS, *_YUAN))},
            bool_and(t.rows_delivered = t.rows_accepted + t.rows_quarantined
                AND t.amount_delivered = t.amount_accepted + t.amount_quarantined) AS is_balanced
        FROM control_total AS t JOIN run AS r USING (run_id) GROUP BY ALL
    """,
)
