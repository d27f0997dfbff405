"""Facts that must hold before anything is published; each is a query for the rows that break it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from flows.warehouse.checksums import same_amounts, same_claims
from flows.warehouse.queries import first_row, number
from flows.warehouse.tables import delta
from schemas import MONEY_COLUMNS

__all__ = ["AUDITS", "Audit", "AuditFailure", "audit"]

PARTS = ("out_of_scope_amount", "over_limit_amount", "prepay_amount", "in_scope_amount")
FUNDS = (
    "basic_pay",
    "supplement_pay",
    "critical_illness_pay",
    "medical_aid_pay",
    "maternity_pay",
    "ltc_pay",
)


class AuditFailure(Exception):
    """A fact that must hold does not, so nothing was published; the sentence names the fact and a first example."""


@dataclass(frozen=True)
class Audit:
    """A named fact and the query for what breaks it: (example, what is seen there), no row when the fact holds.

    The queries read the versions of the run, `changed` (claims with a new version), `affected` (members settled) and
    `control_total`. `holds`, where there is one, is a cheaper query for one truth: the fact holds in the whole database.
    """

    name: str
    sentence: str
    query: str
    holds: str = ""


def audit(con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Check every fact. Raises AuditFailure with the first that does not hold."""
    con.execute("SET VARIABLE run_id = ?", [run_id])
    _show_portions(con)
    for fact in AUDITS:
        if fact.holds and number(con, fact.holds):
            continue
        breach = first_row(con, f"SELECT *, count(*) OVER () FROM ({fact.query}) LIMIT 1")
        if breach:
            example, seen, count = breach
            raise AuditFailure(f"{fact.sentence} ({fact.name}): not so in {count} places, the first {example}: {seen}")


def _show_portions(con: duckdb.DuckDBPyConnection) -> None:
    """Show the run's rows of split_portion as `run_portion`; where no other run has settled anything, these are all."""
    query = "SELECT s.* FROM split_portion AS s"
    if number(con, "SELECT count(*) FROM settlement_version WHERE run_id <> getvariable('run_id')"):
        query += " SEMI JOIN changed AS c ON s.claim_id = c.claim_id AND s.version = c.to_version"
    con.execute(f"CREATE TEMP VIEW run_portion AS {query}")


_VERSIONS = "settlement_version WHERE run_id = getvariable('run_id')"
_ROWS = f"SELECT * FROM {_VERSIONS}"
_SPLIT = f"{_ROWS} AND portions IS DISTINCT FROM 1"


def _sum(names: tuple[str, ...]) -> str:
    return " + ".join(names)


def _identity(names: tuple[str, ...]) -> str:
    total = _sum(names)
    return (
        f"SELECT claim_id, 'total ' || total_amount || ', sum ' || ({total}) FROM ({_ROWS}) "
        f"WHERE total_amount IS DISTINCT FROM ({total})"
    )


def _refused() -> str:
    zero = (*PARTS[1:], *FUNDS, "deductible_amount", "critical_illness_base", "allowance_pay")
    breaks = " OR ".join(f"{name} <> 0" for name in zero)
    return (
        f"SELECT claim_id, status FROM ({_ROWS}) WHERE status <> 'paid' "
        f"AND ({breaks} OR out_of_scope_amount <> total_amount)"
    )


def _not_negative() -> str:
    least = f"least({', '.join(MONEY_COLUMNS)})"
    return f"SELECT claim_id, 'least amount ' || {least} FROM ({_ROWS}) WHERE status = 'paid' AND {least} < 0"


def _portions() -> str:
    """The only portion of a claim is the row of its settlement itself; no other row may stand for it."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in MONEY_COLUMNS)
    pairs = [(f"v.{name}", f"p.{name}", name) for name in ("portions", *MONEY_COLUMNS)]
    return (
        f"SELECT claim_id, {_differing(pairs)} FROM ({_SPLIT}) AS v FULL JOIN "
        f"(SELECT claim_id, version, count(*) AS portions, {sums} FROM run_portion GROUP BY ALL) AS p "
        f"USING (claim_id, version) WHERE {_differs(pairs)}"
    )


def _history() -> str:
    """The first version and every adjustment since give the version in force, column by column."""
    sums = ", ".join(f"sum({delta(name)}) AS {name}" for name in MONEY_COLUMNS)
    pairs = [(f"n.{name}", f"f.{name} + a.{name}", name) for name in MONEY_COLUMNS]
    return (
        f"WITH again AS (FROM {_VERSIONS} AND version > 1) SELECT n.claim_id, {_differing(pairs)} FROM again AS n "
        "JOIN settlement_version AS f ON f.claim_id = n.claim_id AND f.version = 1 "
        f"JOIN (SELECT claim_id, {sums} FROM adjustment SEMI JOIN again USING (claim_id) GROUP BY claim_id) AS a "
        f"ON a.claim_id = n.claim_id WHERE {_differs(pairs)}"
    )


def _total_history() -> str:
    """The same for the sums over the whole database, so that no claim is left out."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in MONEY_COLUMNS)
    deltas = ", ".join(f"coalesce(sum({delta(name)}), 0) AS {name}" for name in MONEY_COLUMNS)
    pairs = [(f"n.{name}", f"f.{name} + a.{name}", name) for name in MONEY_COLUMNS]
    return (
        f"SELECT 'the whole database', {_differing(pairs)} FROM (SELECT {sums} FROM settlement) AS n, "
        f"(SELECT {sums} FROM settlement_version WHERE version = 1) AS f, (SELECT {deltas} FROM adjustment) AS a "
        f"WHERE {_differs(pairs)}"
    )


def _differing(pairs: list[tuple[str, str, str]]) -> str:
    """The names of the columns whose two values differ, joined."""
    cases = ", ".join(f"CASE WHEN {a} IS DISTINCT FROM {b} THEN '{name}' END" for a, b, name in pairs)
    return f"concat_ws(', ', {cases})"


def _differs(pairs: list[tuple[str, str, str]]) -> str:
    return " OR ".join(f"{a} IS DISTINCT FROM {b}" for a, b, _ in pairs)


_SETTLED = "settlement SEMI JOIN affected USING (member_id)"
_CLAIMS = "claims SEMI JOIN affected USING (member_id)"

AUDITS = (
    Audit("parts_sum_to_total", "The four parts of a bill add up to its total", _identity(PARTS)),
    Audit(
        "payers_sum_to_total",
        "What the funds and the person pay adds up to the bill",
        _identity((*FUNDS, "other_pay", "personal_pay")),
    ),
    Audit("no_amount_is_negative", "No amount of a paid claim is below zero", _not_negative()),
    Audit("refused_claim_pays_nothing", "A denied or pended claim pays nothing", _refused()),
    Audit(
        "portions_sum_to_settlement",
        "The portions of a claim add up to its settlement",
        _portions(),
    ),
    Audit("adjustments_explain_every_change", "First version and adjustments give the version in force", _history()),
    Audit(
        "one_version_is_in_force",
        "Every accepted claim has exactly one settlement in force",
        f"SELECT claim_id, versions || ' versions in force' FROM (FROM {_CLAIMS}) LEFT JOIN "
        f"(SELECT claim_id, count(*) AS versions FROM {_SETTLED} GROUP BY claim_id) USING (claim_id) "
        "WHERE coalesce(versions, 0) <> 1",
        same_claims("claims", "settlement"),
    ),
    Audit(
        "adjustments_explain_every_yuan", "First versions and adjustments add up to what is in force", _total_history()
    ),
    Audit(
        "settlements_match_claims",
        "There are as many settlements in force as claims",
        "SELECT 'the whole database', claims || ' claims, ' || settled || ' settlements' FROM (SELECT "
        "(SELECT count(*) FROM claims) AS claims, "
        "(SELECT count(*) FROM settlement_version) - (SELECT count(*) FROM adjustment) AS settled) "
        "WHERE claims <> settled",
    ),
    Audit(
        "bills_are_sums_of_lines",
        "The bills of a person are the sum of the person's fee lines",
        "SELECT member_id, billed || ' billed, lines ' || lines FROM "
        f"(SELECT member_id, sum(total_amount) AS billed FROM {_SETTLED} GROUP BY member_id) FULL JOIN "
        f"(SELECT member_id, sum(amount) AS lines FROM fee_lines JOIN (FROM {_CLAIMS}) USING (claim_id) GROUP BY ALL) "
        "USING (member_id) WHERE coalesce(billed, 0) <> coalesce(lines, 0)",
        same_amounts("settlement", "total_amount", "fee_lines", "amount"),
    ),
    Audit(
        "delivered_is_accepted_and_quarantined",
        "Every delivered row was accepted or quarantined, and so was every yuan",
        "SELECT table_name, concat_ws(', ', rows_delivered, rows_accepted, rows_quarantined, amount_delivered, "
        "amount_accepted, amount_quarantined) FROM control_total WHERE run_id = getvariable('run_id') AND ("
        "rows_delivered <> rows_accepted + rows_quarantined "
        "OR amount_delivered <> amount_accepted + amount_quarantined)",
    ),
)
