"""What the page of a run in Prefect shows beside its log: control totals, refused rows, money by fund, the report."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from prefect.artifacts import create_link_artifact, create_table_artifact

from flows.terminal.summary import total_rows
from flows.warehouse.database import open_product

if TYPE_CHECKING:
    import duckdb

    from flows.night import Outcome

__all__ = ["show_run"]

FUNDS = (
    "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay", "allowance_pay",
)  # fmt: skip
NIGHTS = 14

_REFUSED = """
    SELECT table_name, rule, count(*) AS rows, count(DISTINCT column_name) AS columns,
        string_agg(DISTINCT column_name, ', ' ORDER BY column_name) AS named,
        list(source_file || ' row ' || row_number ORDER BY source_file, row_number)[:3] AS examples
    FROM quarantine WHERE run_id = ? GROUP BY ALL ORDER BY rows DESC, table_name, rule
"""
"""Examples are places in the files: values and keys of refused rows are personal and stay in the database."""


def show_run(outcome: Outcome, report: Path | None) -> None:
    """Put the artifacts of a published run on its page; to be called inside its flow."""
    run = outcome.run.run_id
    create_table_artifact(key="control-totals", table=total_rows(outcome), description=f"Control totals of {run}")
    with closing(open_product(str(outcome.db))) as con:
        create_table_artifact(
            key="quarantine",
            table=_refused(con, run),
            description="Refused rows by rule; all of them: table quarantine",
        )
        create_table_artifact(
            key="money-by-fund",
            table=_money(con),
            description=f"Yuan by fund, the last {NIGHTS} runs, the newest first",
        )
    if report is not None:
        create_link_artifact(key="night-report", link=report.resolve().as_uri(), link_text=f"Report of {run}")


def _refused(con: duckdb.DuckDBPyConnection, run_id: str) -> list[dict[str, object]]:
    found = con.execute(_REFUSED, [run_id]).fetchall()
    return [
        {"table": table, "rule": rule, "rows": rows, "columns": named or "", "examples": ", ".join(examples)}
        for table, rule, rows, _, named, examples in found
    ]


def _money(con: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    """What each fund paid through a run: first settlements and the changes of earlier ones."""
    first = ", ".join(f"sum({name}) AS {name}" for name in FUNDS)
    change = ", ".join(f"sum({name}_delta) AS {name}" for name in FUNDS)
    total = ", ".join(f"coalesce(sum(m.{name}), 0)::VARCHAR AS {name}" for name in FUNDS)
    found = con.execute(
        f"WITH latest AS (SELECT run_id, started_at, kind FROM run ORDER BY started_at DESC, rowid DESC LIMIT {NIGHTS}), "
        f"money AS (SELECT run_id, {first} FROM settlement_version SEMI JOIN latest USING (run_id) "
        "WHERE version = 1 GROUP BY ALL "
        f"UNION ALL SELECT run_id, {change} FROM adjustment SEMI JOIN latest USING (run_id) GROUP BY ALL) "
        f"SELECT l.run_id AS run, l.kind, {total} FROM latest AS l LEFT JOIN money AS m USING (run_id) "
        "GROUP BY ALL ORDER BY any_value(l.started_at) DESC, l.run_id DESC"
    )
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
