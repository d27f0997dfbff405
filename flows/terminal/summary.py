"""What a night tells its user in the end: rows, decisions, payments, where to look, quarantined rows."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from flows.warehouse.control import yuan
from flows.warehouse.database import open_product

if TYPE_CHECKING:
    import duckdb

    from flows.night import Outcome

__all__ = ["summary", "total_rows"]

EXAMPLE = (
    "SELECT policy_id, status, count(*) AS claims, sum(total_amount) AS billed, "
    "sum(total_amount - personal_pay) AS paid_by_funds FROM settlement GROUP BY ALL ORDER BY ALL"
)
_FAULTS_SHOWN = 12
_EXAMPLES_SHOWN = 20
_FUNDS = (
    ("basic_pay", "basic pooled fund"),
    ("supplement_pay", "supplement"),
    ("critical_illness_pay", "critical illness"),
    ("medical_aid_pay", "medical aid"),
    ("maternity_pay", "maternity"),
    ("ltc_pay", "long-term care"),
    ("allowance_pay", "allowances (on top)"),
)


def summary(outcome: Outcome) -> str:
    """The closing words of a night, for a terminal."""
    warnings = [f"Note: {warning}" for warning in outcome.warnings]
    if outcome.repeats:
        same = f"This delivery was taken already by run {outcome.repeats}: nothing was changed in {outcome.db}."
        return "\n".join([*warnings, same, "Quarantined rows: 0"])
    with closing(open_product(str(outcome.db))) as con:
        blocks = [_rows(outcome), _faults(con, outcome), _decisions(con, outcome), _payments(con, outcome)]
        blocks.append(_look(con, outcome))
    quarantined = sum(total.rows_quarantined for total in outcome.totals)
    look = " (see the table quarantine)" if quarantined else ""
    return "\n\n".join([*filter(None, blocks), "\n".join([*warnings, f"Quarantined rows: {quarantined}{look}"])])


def total_rows(outcome: Outcome) -> list[dict[str, object]]:
    """The control totals as rows of a table, amounts in yuan."""
    return [
        {name: str(yuan(value)) if name.startswith("amount_") else value for name, value in vars(total).items()}
        for total in outcome.totals
    ]


def _rows(outcome: Outcome) -> str:
    head = f"{'table':<14}{'delivered':>12}{'accepted':>12}{'(repeated)':>12}{'quarantined':>13}{'yuan delivered':>19}"
    lines = [
        f"{total.table_name:<14}{total.rows_delivered:>12,}{total.rows_accepted:>12,}{total.rows_repeated:>12,}"
        f"{total.rows_quarantined:>13,}{f'{yuan(total.amount_delivered):,}' if total.amount_delivered else '':>19}"
        for total in outcome.totals
    ]
    return "\n".join([f"Run {outcome.run.run_id}", "", head, *lines])


def _decisions(con: duckdb.DuckDBPyConnection, outcome: Outcome) -> str:
    found = con.execute(
        "SELECT status, count(*), sum(total_amount) FROM settlement_version WHERE run_id = ? GROUP BY ALL ORDER BY ALL",
        [outcome.run.run_id],
    ).fetchall()
    appended = outcome.appended
    assert appended is not None
    head = (
        f"{appended.settled:,} claims of {outcome.members:,} members settled: {appended.first:,} for the first time, "
        f"{appended.adjusted:,} again with a change ({appended.moved_money:,} in an amount)."
    )
    return "\n".join(
        [head, *(f"  {status:<8}{count:>12,} claims  {total:>18,} yuan" for status, count, total in found)]
    )


def _payments(con: duckdb.DuckDBPyConnection, outcome: Outcome) -> str:
    run = outcome.run.run_id
    sums = ", ".join(
        f"(SELECT coalesce(sum({name}), 0) FROM settlement_version WHERE run_id = $run AND version = 1), "
        f"(SELECT coalesce(sum({name}_delta), 0) FROM adjustment WHERE run_id = $run)"
        for name, _ in _FUNDS
    )
    values = con.execute(f"SELECT {sums}", {"run": run}).fetchall()[0]
    lines = [
        f"  {label:<20}{first:>18,}{change:>18,}"
        for (_, label), first, change in zip(_FUNDS, values[::2], values[1::2], strict=True)
        if first or change
    ]
    return "\n".join([f"{'Paid by, in yuan':<22}{'first':>18}{'adjustments':>18}", *lines])


def _faults(con: duckdb.DuckDBPyConnection, outcome: Outcome) -> str:
    """What is wrong with the first faulty rows; rows that only share a bill with one are not named."""
    found = con.execute(
        "SELECT source_file, row_number, message FROM quarantine WHERE run_id = ? AND rule <> 'claim_is_whole' "
        "ORDER BY ALL",
        [outcome.run.run_id],
    ).fetchall()
    if not found:
        return ""
    more = len(found) - _FAULTS_SHOWN
    lines = [f"  {file}, row {row}: {message}" for file, row, message in found[:_FAULTS_SHOWN]]
    return "\n".join(["Faults found:", *lines, *([f"  ... and {more:,} more."] if more > 0 else [])])


def _look(con: duckdb.DuckDBPyConnection, outcome: Outcome) -> str:
    dearest = con.execute(
        "SELECT claim_id FROM settlement_version WHERE run_id = ? AND status = 'paid' "
        "ORDER BY critical_illness_pay DESC, basic_pay DESC, claim_id LIMIT 1",
        [outcome.run.run_id],
    ).fetchall()
    one = [f"One claim: baoxiao explain {claim_id} --db {outcome.db}" for (claim_id,) in dearest]
    return "\n".join([f"Database: {outcome.db}", *one, f"For example: {EXAMPLE};", *_example(con)])


def _example(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The example query with its result as a table: text to the left, numbers to the right."""
    found = con.sql(EXAMPLE)
    texts = [[_shown(cell) for cell in row] for row in found.limit(_EXAMPLES_SHOWN).fetchall()]
    is_text = [str(kind) == "VARCHAR" for kind in found.types]
    rows = [found.columns, *texts]
    widths = [max(len(row[number]) for row in rows) for number in range(len(found.columns))]
    return [
        "  "
        + "  ".join(
            cell.ljust(w) if text else cell.rjust(w) for cell, w, text in zip(row, widths, is_text, strict=True)
        )
        for row in rows
    ]


def _shown(cell: object) -> str:
    if cell is None:
        return "(no policy)"
    return cell if isinstance(cell, str) else f"{cell:,}"
