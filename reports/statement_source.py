"""Gathers what the database knows of one member in one benefit year: claims, portions, steps, reasons, limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import duckdb

from reports.html.reading import Row, row_of, rows_of
from schemas import MONEY_COLUMNS

__all__ = ["PAYERS", "SCOPES", "DoesNotTie", "MemberYear", "UnknownMember", "read_member_year"]

SCOPES = ("out_of_scope_amount", "over_limit_amount", "prepay_amount", "in_scope_amount")
"""The parts of a bill; they sum to it."""
PAYERS = (
    "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay", "other_pay",
    "personal_pay",
)  # fmt: skip
"""Who pays a bill; the payments sum to it."""

_YEAR = "coalesce(s.benefit_year, year(coalesce(c.ended_on, c.started_on)))"
_CLAIMS = f"""
    SELECT s.*, v.policy_fingerprint, c.care_type, c.started_on, c.ended_on, c.settled_at, p.name AS provider_name,
        p.kind AS provider_kind, p.level AS provider_level, p.area_code AS provider_area
    FROM settlement AS s JOIN settlement_version AS v ON v.claim_id = s.claim_id AND v.version = s.version
    JOIN claims AS c ON c.claim_id = s.claim_id LEFT JOIN providers AS p ON p.provider_id = s.provider_id
    WHERE s.member_id = $member AND {_YEAR} = $year ORDER BY c.settled_at, s.claim_id
"""
_OF_CLAIMS = f"""
    SELECT s.claim_id, s.version FROM settlement AS s JOIN claims AS c ON c.claim_id = s.claim_id
    WHERE s.member_id = $member AND {_YEAR} = $year
"""
_PORTIONS = f"""
    SELECT claim_id, portion_no, programme, benefit, disease_code, {", ".join(MONEY_COLUMNS)}
    FROM settlement_portion SEMI JOIN ({_OF_CLAIMS}) USING (claim_id, version) ORDER BY claim_id, portion_no
"""
_STEPS = f"""
    SELECT s.*, p.parameter_unit FROM settlement_step AS s SEMI JOIN ({_OF_CLAIMS}) AS o USING (claim_id, version)
    JOIN settlement_version AS v ON v.claim_id = s.claim_id AND v.version = s.version
    LEFT JOIN policy_step AS p ON p.policy_id = v.policy_id AND p.version = v.policy_version
        AND p.fingerprint = v.policy_fingerprint AND p.step_no = s.step_no
    WHERE s.amount <> 0 OR s.base <> 0 ORDER BY s.claim_id, s.portion_no, s.step_no
"""
_REASONS = """
    SELECT policy_id, fingerprint, reason, rule_id, quote FROM policy_reason
    WHERE fingerprint IN (SELECT policy_fingerprint FROM settlement_version WHERE member_id = $member)
"""
_LIMITS = """
    SELECT a.*, EXISTS (
            FROM policy_step AS p WHERE p.policy_id = a.policy_id AND p.counter = a.name AND p.column_name = 'deductible_amount'
        ) AS is_deductible
    FROM accumulator AS a
    WHERE a.member_id = $member AND a.benefit_year = $year AND a.limit_amount IS NOT NULL
        AND NOT regexp_matches(a.key, '[0-9]{4}-[0-9]{2}-[0-9]{2}')
    ORDER BY a.policy_id, a.name, a.key
"""
"""Limits of a single day are left out: nothing of them is left for the year."""
_ENROLMENTS = """
    SELECT scheme, area_code, coverage_from, coverage_to FROM enrolments
    WHERE member_id = $member AND benefit_year = $year ORDER BY ALL
"""
_STATUSES = """
    SELECT DISTINCT status FROM statuses WHERE member_id = $member AND valid_from <= make_date($year, 12, 31)
        AND (valid_to IS NULL OR valid_to >= make_date($year, 1, 1)) ORDER BY status
"""
_LAW = f"""
    SELECT DISTINCT p.policy_id, p.title, p.source_file FROM settlement_version AS v
    SEMI JOIN ({_OF_CLAIMS}) AS o ON o.claim_id = v.claim_id AND o.version = v.version
    JOIN policy AS p ON p.policy_id = v.policy_id AND p.fingerprint = v.policy_fingerprint ORDER BY ALL
"""
_LAST_RUN = "SELECT run_id, finished_at FROM run ORDER BY started_at DESC, run_id DESC LIMIT 1"


class UnknownMember(Exception):
    """Nothing was settled for the member in the year; the sentence says in which years something was."""


class DoesNotTie(Exception):
    """The amounts of a claim do not add up to its bill; the sentence names the claim."""


@dataclass(frozen=True)
class MemberYear:
    """All that a statement tells. Rows are dictionaries of column names; amounts are yuan."""

    member: Row
    year: int
    claims: list[Row]
    limits: list[Row]
    enrolments: list[Row]
    statuses: list[str]
    law: list[Row]
    run: Row
    total: dict[str, Decimal] = field(default_factory=dict)

    @property
    def funds(self) -> Decimal:
        """What all payers but the person bear."""
        return sum((self.total[name] for name in PAYERS[:-1]), Decimal(0))


def read_member_year(con: duckdb.DuckDBPyConnection, member_id: str, year: int) -> MemberYear:
    """Raises UnknownMember, and DoesNotTie when amounts were changed in the database by hand."""
    key: dict[str, object] = {"member": member_id, "year": year}
    claims = _claims(con, key)
    if not claims:
        raise UnknownMember(_unknown(con, member_id, year))
    member = row_of(con, "SELECT * EXCLUDE run_id FROM members WHERE member_id = $member", member=member_id)
    return MemberYear(
        member=member or {"member_id": member_id, "sex": None, "birth_date": None},
        year=year,
        claims=claims,
        limits=rows_of(con, _LIMITS, **key),
        enrolments=rows_of(con, _ENROLMENTS, **key),
        statuses=[row["status"] for row in rows_of(con, _STATUSES, **key)],
        law=rows_of(con, _LAW, **key),
        run=row_of(con, _LAST_RUN) or {},
        total={name: sum((claim[name] for claim in claims), Decimal(0)) for name in MONEY_COLUMNS},
    )


def _claims(con: duckdb.DuckDBPyConnection, key: dict[str, object]) -> list[Row]:
    """Claims with their portions, the portions with their steps, and the sentence behind each reason."""
    portions, steps = rows_of(con, _PORTIONS, **key), rows_of(con, _STEPS, **key)
    laws = rows_of(con, _REASONS, member=key["member"])
    quotes = {(row["policy_id"], row["fingerprint"], row["reason"]): row for row in laws}
    claims = rows_of(con, _CLAIMS, **key)
    for portion in portions:
        place = (portion["claim_id"], portion["portion_no"])
        portion["steps"] = [step for step in steps if (step["claim_id"], step["portion_no"]) == place]
    for claim in claims:
        _must_tie(claim)
        claim["portions"] = [portion for portion in portions if portion["claim_id"] == claim["claim_id"]]
        law = (claim["policy_id"], claim["policy_fingerprint"])
        claim["because"] = [(code, quotes.get((*law, code), {})) for code in claim["reasons"]]
    return claims


def _must_tie(claim: Row) -> None:
    for names in (SCOPES, PAYERS):
        if sum(claim[name] for name in names) != claim["total_amount"]:
            raise DoesNotTie(
                f"The amounts of claim {claim['claim_id']} do not add up to its bill: no statement was made."
            )


def _unknown(con: duckdb.DuckDBPyConnection, member_id: str, year: int) -> str:
    query = "SELECT DISTINCT benefit_year AS year FROM settlement WHERE member_id = $member ORDER BY ALL"
    years = [str(row["year"]) for row in rows_of(con, query, member=member_id) if row["year"]]
    if years:
        return f"Member {member_id} has no claim in the benefit year {year}; there are claims of {', '.join(years)}."
    if row_of(con, "SELECT 1 AS one FROM members WHERE member_id = $member", member=member_id):
        return f"Member {member_id} has no claim yet."
    return f"There is no member {member_id} in the database."
