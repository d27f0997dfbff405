"""A plain sequential settler of Jining, both schemes, in the order of the policy page (§2)."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

from .ground import Row, group_by, in_settlement_order, refused_result, result, reversals, typed
from .jining_amounts import ZERO, Counters, Portion, new_counters, portions
from .jining_both import allowance, pay_care, pay_drug, pay_maternity
from .jining_checks import Case, check
from .jining_cover import benefit_date, has_policy, scheme_of
from .jining_employee import employee_critical_illness, pay_employee
from .jining_lines import assign_all
from .jining_person import Person
from .jining_resident import pay_resident, resident_critical_illness

__all__ = ["settle"]

OTHER_FUNDS = ("civil_servant_pay", "enterprise_pay", "other_pay")
UNKNOWN_MEMBER: Row = {"sex": None, "birth_date": None, "death_date": None}
PAYMENTS = ("basic_pay", "supplement_pay", "critical_illness_pay", "maternity_pay", "ltc_pay")


def settle(tables: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The settlement of every claim by claim id; `tables` hold the rows of members insured in Jining."""
    tables = typed(tables)
    providers = {row["provider_id"]: row for row in tables["providers"]}
    leaving = reversals(tables["claims"])
    lines = group_by(tables["fee_lines"], "claim_id")
    people = _people(tables)
    settled: dict[str, Row] = {}
    for member_id, claims in group_by(tables["claims"], "member_id").items():
        person = people[member_id]
        cases = [
            _case(claim, lines[claim["claim_id"]], providers, person, leaving) for claim in in_settlement_order(claims)
        ]
        settled |= _settle_member(cases, providers)
    return settled


def _people(tables: dict[str, list[Row]]) -> dict[str, Person]:
    names = ("enrolments", "statuses", "registrations", "filings")
    rows = {name: group_by(tables[name], "member_id") for name in names}
    members = {claim["member_id"]: UNKNOWN_MEMBER for claim in tables["claims"]}
    members |= {member["member_id"]: member for member in tables["members"]}
    return {
        member_id: Person(member, **{name: rows[name][member_id] for name in names})
        for member_id, member in members.items()
    }


def _case(
    claim: Row, lines: list[Row], providers: dict[str, Row], person: Person, leaving: dict[str, list[str]]
) -> Case:
    """Steps 1 to 3: reversal pairs leave, scheme and policy, checks of the whole claim."""
    in_order = sorted(lines, key=lambda line: line["line_no"])
    case = Case(claim, in_order, providers[claim["provider_id"]], person)
    case.scheme = scheme_of(person, claim)
    if claim["claim_id"] in leaving:
        case.status, case.reasons = "denied", leaving[claim["claim_id"]]
    elif not has_policy(person, claim, case.scheme):
        case.status, case.reasons = "pended", ["no_policy_in_force"]
    else:
        check(case)
    return case


def _settle_member(cases: list[Case], providers: dict[str, Row]) -> dict[str, Row]:
    """Steps 4 to 9: lines, the looks across claims, then claim by claim with running counters."""
    assign_all(cases)
    by_scheme: dict[tuple[str, int], Counters] = defaultdict(new_counters)
    drugs: dict[int, Counters] = defaultdict(new_counters)
    settled = {}
    for case in cases:
        if case.passes and not case.taken:
            case.status = "denied"
            case.reasons = list(dict.fromkeys(outcome.reason for outcome in case.outcomes))
        if case.passes:
            row = _paid(case, by_scheme[case.scheme, case.year], drugs[case.year], providers)
        elif case.status == "paid":
            row = result(case.claim, ZERO, _heading(case), {}, reasons=case.reasons)
        else:
            row = refused_result(case.claim, _total([case]), _heading(case), case.status, case.reasons)
        settled[case.claim["claim_id"]] = row
    return settled


def _heading(case: Case) -> Row:
    known = case.scheme is not None and "no_policy_in_force" not in case.reasons
    policy = f"jining-{case.scheme}" if known else None
    return {"policy_id": policy, "benefit_year": benefit_date(case.claim).year, "scheme": case.scheme}


def _total(cases: list[Case]) -> Fraction:
    return sum((line["amount"] for case in cases for line in case.lines), ZERO)


def _paid(case: Case, year: Counters, drugs: Counters, providers: dict[str, Row]) -> Row:
    together = [case, *case.merged_visits]
    claim = case.claim | {name: sum((one.claim[name] for one in together), ZERO) for name in OTHER_FUNDS}
    total = _total(together)
    parts = portions(case)
    for part in parts:
        _pay(case, part, year, drugs, providers)
    money = {name: sum((part.paid[name] for part in parts), ZERO) for name in PAYMENTS}
    base, payment = _critical_illness(case, parts, claim, total - sum(money.values()), year)
    money["critical_illness_pay"] += payment
    money |= {
        "over_limit_amount": sum((part.over_limit for part in parts), ZERO),
        "prepay_amount": sum((part.line_prepay + part.q for part in parts), ZERO),
        "in_scope_amount": sum((part.s for part in parts), ZERO),
        "deductible_amount": sum((part.d for part in parts), ZERO),
        "critical_illness_base": base,
        "allowance_pay": allowance(case),
    }
    return result(claim, total, _heading(case), money)


def _pay(case: Case, part: Portion, year: Counters, drugs: Counters, providers: dict[str, Row]) -> None:
    if part.kind in ("special_drug", "rare_disease"):
        pay_drug(part, drugs)
    elif part.kind in ("delivery", "procedures"):
        pay_maternity(case, part)
    elif part.kind == "care":
        pay_care(case, part)
    elif case.scheme == "employee":
        pay_employee(case, part, year, providers)
    else:
        pay_resident(case, part, year, providers)


def _critical_illness(
    case: Case, parts: list[Portion], claim: Row, left: Fraction, year: Counters
) -> tuple[Fraction, Fraction]:
    if case.scheme == "resident":
        return resident_critical_illness(parts, year)
    other_funds = claim["civil_servant_pay"] + claim["enterprise_pay"]
    return employee_critical_illness(case, parts, other_funds, left, year)
