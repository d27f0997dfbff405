"""Gathers what the database knows of one claim: its settlement in all versions, portions, steps, lines, reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import duckdb

__all__ = ["ClaimStory", "UnknownClaim", "read_story"]

Row = dict[str, Any]

_SETTLED = ("settlement_version", "split_portion", "settlement_portion", "settlement", "settlement_step")
"""Tables and the views over them; in a database of an earlier version of the program portions were a table."""

_TABLES = "SELECT table_name FROM duckdb_tables() WHERE list_contains($names, table_name) AND NOT temporary"
_OWN_TABLE = "CREATE OR REPLACE TEMP TABLE own_{name} AS FROM {name} WHERE claim_id = $claim"
_OWN_VIEW = "CREATE OR REPLACE TEMP VIEW own_{name} AS {query}"
_DEFINITION = "SELECT sql FROM duckdb_views() WHERE view_name = $name AND NOT temporary"

_CLAIM = """
    SELECT c.* EXCLUDE run_id, p.name AS provider_name, p.kind AS provider_kind, p.level AS provider_level,
        p.area_code AS provider_area, c.run_id AS brought_by
    FROM claims AS c LEFT JOIN providers AS p ON p.provider_id = c.provider_id WHERE c.claim_id = $claim
"""
_SETTLEMENT = """
    SELECT s.*, v.policy_fingerprint, p.title, p.source_file FROM own_settlement AS s
    JOIN own_settlement_version AS v ON v.claim_id = s.claim_id AND v.version = s.version
    LEFT JOIN policy AS p ON p.policy_id = s.policy_id AND p.version = s.policy_version
        AND p.fingerprint = v.policy_fingerprint
    WHERE s.claim_id = $claim
"""
_VERSIONS = """
    SELECT v.*, r.started_at, a.cause FROM own_settlement_version AS v LEFT JOIN run AS r ON r.run_id = v.run_id
    LEFT JOIN adjustment AS a ON a.claim_id = v.claim_id AND a.to_version = v.version
    WHERE v.claim_id = $claim ORDER BY v.version
"""
_PORTIONS = """
    SELECT COLUMNS(lambda name: NOT starts_with(name, 'step')) FROM own_settlement_portion
    WHERE claim_id = $claim AND version = $version ORDER BY portion_no
"""
_STEPS = """
    SELECT s.*, p.parameter_unit, p.counter FROM own_settlement_step AS s
    JOIN own_settlement_version AS v ON v.claim_id = s.claim_id AND v.version = s.version
    LEFT JOIN policy_step AS p ON p.policy_id = v.policy_id AND p.version = v.policy_version
        AND p.fingerprint = v.policy_fingerprint AND p.step_no = s.step_no
    WHERE s.claim_id = $claim AND s.version = $version ORDER BY s.portion_no, s.step_no
"""
_REASONS = """
    SELECT r.reason, r.rule_id, r.quote FROM policy_reason AS r
    JOIN own_settlement_version AS v ON v.policy_id = r.policy_id AND v.policy_fingerprint = r.fingerprint
    WHERE v.claim_id = $claim AND v.version = $version AND list_contains(v.reasons, r.reason)
"""
_LINES = "SELECT * EXCLUDE run_id FROM fee_lines WHERE claim_id = $claim ORDER BY line_no"
_REFUSED = """
    SELECT message FROM quarantine
    WHERE row_key = $claim OR (table_name = 'fee_lines' AND starts_with(row_key, $claim || '/'))
    ORDER BY table_name, row_number LIMIT 1
"""


class UnknownClaim(Exception):
    """The database has no settlement of the claim; the sentence says what is known of it."""


@dataclass(frozen=True)
class ClaimStory:
    """All that explains a claim. Rows are dictionaries of column names; amounts are yuan."""

    claim: Row
    settlement: Row
    versions: list[Row]
    portions: list[Row]
    steps: list[Row]
    lines: list[Row]
    reasons: dict[str, Row]


def read_story(con: duckdb.DuckDBPyConnection, claim_id: str) -> ClaimStory:
    """Raises UnknownClaim when the claim was never accepted."""
    _take_own(con, claim_id)
    settlements = _rows(con, _SETTLEMENT, claim=claim_id)
    if not settlements:
        raise UnknownClaim(_unknown(con, claim_id))
    version = settlements[0]["version"]
    return ClaimStory(
        claim=_rows(con, _CLAIM, claim=claim_id)[0],
        settlement=settlements[0],
        versions=_rows(con, _VERSIONS, claim=claim_id),
        portions=_rows(con, _PORTIONS, claim=claim_id, version=version),
        steps=_rows(con, _STEPS, claim=claim_id, version=version),
        lines=_rows(con, _LINES, claim=claim_id),
        reasons={row["reason"]: row for row in _rows(con, _REASONS, claim=claim_id, version=version)},
    )


def _take_own(con: duckdb.DuckDBPyConnection, claim_id: str) -> None:
    """The rows of the claim as `own_` tables, and the views over them: a large table is searched once, not by each query."""
    tables = [row["table_name"] for row in _rows(con, _TABLES, names=list(_SETTLED))]
    for name in tables:
        con.execute(_OWN_TABLE.format(name=name), {"claim": claim_id})
    for name in _SETTLED:
        for view in _rows(con, _DEFINITION, name=name):
            query = str(view["sql"]).partition(" AS ")[2].rstrip(";\n")
            con.execute(_OWN_VIEW.format(name=name, query=re.sub(rf"\b({'|'.join(tables)})\b", r"own_\1", query)))


def _unknown(con: duckdb.DuckDBPyConnection, claim_id: str) -> str:
    refused = _rows(con, _REFUSED, claim=claim_id)
    if refused:
        return f"Claim {claim_id} was delivered but not accepted. {refused[0]['message']}"
    return f"There is no claim {claim_id} in the database; claim numbers are in the column claim_id of settlement."


def _rows(con: duckdb.DuckDBPyConnection, query: str, **values: object) -> list[Row]:
    cursor = con.execute(query, values)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
