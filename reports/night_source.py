"""Gathers what the database knows of one night: totals, decisions, money per fund, refused rows, adjustments, law."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from reports.html.reading import Row, row_of, rows_of
from schemas import MONEY_COLUMNS

__all__ = ["FUNDS", "NightStory", "UnknownRun", "read_night"]

FUNDS = ("basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay")
"""The columns that our own funds pay; `other_pay` is given on the claim, `allowance_pay` is paid on top."""

_NIGHTS = 8
_EXAMPLES = 3
_PAID = (*FUNDS, "allowance_pay")

_TOTALS = "SELECT * EXCLUDE run_id FROM control_total WHERE run_id = $run"
_DECISIONS = """
    SELECT status, count(*) AS claims, count(*) FILTER (version = 1) AS first_claims, sum(total_amount) AS total_amount,
        sum(personal_pay) AS personal_pay
    FROM settlement_version WHERE run_id = $run GROUP BY status ORDER BY position(status IN 'paid denied pended')
"""
_REASONS = """
    SELECT status, reasons[1] AS reason, count(*) AS claims, sum(total_amount) AS total_amount, min(claim_id) AS example
    FROM settlement_version WHERE run_id = $run AND status <> 'paid' GROUP BY ALL ORDER BY status, claims DESC, reason
"""
_MONEY = f"""
    WITH last AS (
        SELECT run_id, started_at FROM run WHERE started_at <= $started AND run_id <= $run OR started_at < $started
        ORDER BY started_at DESC, run_id DESC LIMIT {_NIGHTS}
    ),
    first AS (
        SELECT run_id, {", ".join(f"sum({name}) AS {name}" for name in _PAID)}
        FROM settlement_version SEMI JOIN last USING (run_id) WHERE version = 1 GROUP BY run_id
    ),
    again AS (
        SELECT run_id, {", ".join(f"sum({name}_delta) AS {name}_delta" for name in _PAID)}
        FROM adjustment SEMI JOIN last USING (run_id) GROUP BY run_id
    )
    SELECT run_id, started_at, {", ".join(f"coalesce({name}, 0) AS {name}" for name in _PAID)},
        {", ".join(f"coalesce({name}_delta, 0) AS {name}_delta" for name in _PAID)}
    FROM last LEFT JOIN first USING (run_id) LEFT JOIN again USING (run_id) ORDER BY started_at, run_id
"""
_RULES = """
    FROM (
        SELECT table_name, rule, column_name, count(*) AS rows FROM quarantine WHERE run_id = $run GROUP BY ALL
    )
    ORDER BY rule = 'claim_is_whole', rows DESC, table_name, rule, column_name
"""
"""Rows kept back with a faulty one of their claim come last: they need no correction themselves."""

_EXAMPLES_OF = f"""
    SELECT table_name, rule, column_name, source_file, row_number, row_key, value, message FROM quarantine
    WHERE run_id = $run
    QUALIFY row_number() OVER (PARTITION BY table_name, rule, column_name ORDER BY source_file, row_number) <= {_EXAMPLES}
    ORDER BY source_file, row_number
"""
_ADJUSTED = f"""
    SELECT cause, count(*) AS claims, count(DISTINCT member_id) AS members,
        {", ".join(f"sum({name}_delta) AS {name}" for name in MONEY_COLUMNS)}
    FROM adjustment WHERE run_id = $run GROUP BY cause ORDER BY claims DESC, cause
"""
_LAW = """
    SELECT p.policy_id, p.version, p.title, p.source_file, p.valid_from, p.valid_to, p.fingerprint, count(*) AS claims
    FROM settlement_version AS v JOIN policy AS p ON p.policy_id = v.policy_id AND p.version = v.policy_version
        AND p.fingerprint = v.policy_fingerprint
    WHERE v.run_id = $run GROUP BY ALL ORDER BY p.policy_id, p.version
"""


class UnknownRun(Exception):
    """The database has no such run or plan; the sentence names those it has."""


@dataclass(frozen=True)
class NightStory:
    """All that the report of a night tells. Rows are dictionaries of column names; amounts are yuan."""

    run: Row
    totals: list[Row]
    decisions: list[Row]
    reasons: list[Row]
    nights: list[Row]
    rules: list[Row]
    adjusted: list[Row]
    law: list[Row]

    @property
    def paid(self) -> Decimal:
        """What all funds pay through this run, first settlements and adjustments together."""
        return sum((net(self.nights[-1], name) for name in FUNDS), Decimal(0))

    @property
    def refused_rows(self) -> int:
        return sum(total["rows_quarantined"] for total in self.totals)


def net(night: Row, name: str) -> Decimal:
    """First payments and adjustments of a fund in one night."""
    return Decimal(night[name] + night[f"{name}_delta"])


def read_night(con: duckdb.DuckDBPyConnection, run_id: str) -> NightStory:
    """Raises UnknownRun."""
    run = row_of(con, "SELECT * FROM run WHERE run_id = $run", run=run_id)
    if run is None:
        raise UnknownRun(_unknown(con, run_id))
    found: dict[str, Any] = {
        name: rows_of(con, query, run=run_id)
        for name, query in {
            "totals": _TOTALS, "decisions": _DECISIONS, "reasons": _REASONS, "adjusted": _ADJUSTED, "law": _LAW,
        }.items()
    }  # fmt: skip
    nights = rows_of(con, _MONEY, run=run_id, started=run["started_at"])
    return NightStory(run=run, nights=nights, rules=_rules(con, run_id), **found)


def _rules(con: duckdb.DuckDBPyConnection, run_id: str) -> list[Row]:
    """Failed rules, each with the first rows that failed it."""
    place = ("table_name", "rule", "column_name")
    examples = rows_of(con, _EXAMPLES_OF, run=run_id)
    return [
        rule | {"examples": [row for row in examples if all(row[name] == rule[name] for name in place)]}
        for rule in rows_of(con, _RULES, run=run_id)
    ]


def _unknown(con: duckdb.DuckDBPyConnection, run_id: str) -> str:
    known = rows_of(con, "SELECT run_id FROM run ORDER BY started_at DESC, run_id DESC LIMIT 3")
    last = ", ".join(row["run_id"] for row in known) or "none"
    return f"There is no run {run_id} in the database. The last runs are: {last}."
