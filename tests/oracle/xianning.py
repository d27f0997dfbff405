"""Xianning residents, 2.1 and 2.2 of the page: who is covered from when, what is asked of a claim, what is merged."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from .ground import add_months, refused_result, result, reversals
from .xianning_changzhou import (
    Bill,
    City,
    Person,
    Row,
    Tables,
    coverage_reasons,
    exclusion_reasons,
    is_covered,
    is_emergency,
    is_in_city,
    level_of,
    period,
    price_lines,
    settle_city,
)
from .xianning_payments import CONSULT_FEE, DIGITS, Counters, is_consult_fee, payable, settle_stay, settle_visit

__all__ = ["CITY", "settle"]

STAY_KINDS = ("hospital", "township_centre", "community_centre", "community_station")
VISIT_KINDS = (*STAY_KINDS, "village_clinic", "clinic")


# ---- 2.1 first benefit day


def first_benefit_day(person: Person, enrolment: Row) -> date | None:
    """The rows of the table in their order; the first that fits decides."""
    paid_on, year = enrolment["paid_on"], enrolment["benefit_year"]
    birth = person.member["birth_date"]
    registered_on = enrolment["registered_on"] or paid_on
    if birth and birth.year == year and registered_on and registered_on <= date(year, 12, 31):
        return birth
    if paid_on is None:
        return None
    is_student = "university_student" in person.statuses_on(paid_on)
    if is_student and date(year - 1, 9, 1) <= paid_on <= date(year - 1, 11, 30):
        return date(year - 1, 9, 1)
    if paid_on <= date(year - 1, 12, 31):
        return date(year, 1, 1)
    if _is_free_of_waiting(enrolment):
        return paid_on
    return paid_on + timedelta(days=90)


def _is_free_of_waiting(enrolment: Row) -> bool:
    reason, months = enrolment["waiver_reason"], enrolment["waiver_months"]
    if reason == "employee_2y":
        return months is None or months >= 24
    waiver_from = enrolment["waiver_from"]
    in_time = waiver_from is not None and enrolment["paid_on"] <= add_months(waiver_from, 3)
    if reason == "employee_to_resident":
        return in_time and enrolment["has_arrears"] is not True
    return in_time and reason in ("transfer_in", "unemployed", "veteran_or_released", "veteran", "released_prisoner")


CITY = City(DIGITS, "xianning-resident", date(2024, 1, 1), date(2028, 12, 31), first_benefit_day)


# ---- the member


def settle(tables: Tables) -> dict[str, Row]:
    return settle_city(CITY, tables, _settle_person)


def _settle_person(person: Person, bills: list[Bill], tables: Tables) -> dict[str, Row]:
    results: dict[str, Row] = {}
    counters: dict[int, Counters] = defaultdict(Counters)
    for visit in _merge_visits(bills):
        results[visit.claim["claim_id"]] = result(
            visit.claim, Fraction(0), visit.heading, {}, reasons=["merged_into_stay"]
        )
    left = [bill for bill in bills if bill.claim["claim_id"] not in results]
    gone = reversals(tables["claims"])
    stays = [claim for claim in person.claims if claim["care_type"] == "inpatient" and claim["claim_id"] not in gone]
    for bill in left:
        results[bill.claim["claim_id"]] = _settle_bill(person, bill, counters[bill.day.year], stays)
    return results


def _merge_visits(bills: list[Bill]) -> list[Bill]:
    """2.4 merging: the lines, the own exclusion and the given payments of a linked visit go into its stay."""
    stays = {bill.claim["claim_id"]: bill for bill in bills if bill.is_stay}
    merged = []
    for visit in bills:
        stay = stays.get(visit.claim["inpatient_claim_id"])
        is_visit = visit.claim["care_type"] in ("outpatient", "emergency")
        if stay is None or not is_visit or stay.provider["provider_id"] != visit.provider["provider_id"]:
            continue
        for line in visit.lines:
            line.is_excluded = line.is_excluded or visit.claim["exclusion_code"] is not None
        stay.lines += visit.lines
        stay.claim = stay.claim | {
            fund: stay.claim[fund] + visit.claim[fund] for fund in ("civil_servant_pay", "enterprise_pay", "other_pay")
        }
        merged.append(visit)
    return merged


def _settle_bill(person: Person, bill: Bill, counters: Counters, stays: list[Row]) -> Row:
    reasons = _denials(person, bill)
    if reasons:
        return refused_result(bill.claim, bill.total, bill.heading, "denied", reasons)
    reasons = _missing_facts(bill)
    if reasons:
        return refused_result(bill.claim, bill.total, bill.heading, "pended", reasons)
    price_lines(bill)
    money, notes = settle_stay(person, bill, counters) if bill.is_stay else settle_visit(person, bill, counters)
    if not bill.is_stay and any(stay["started_on"] < bill.day < stay["ended_on"] for stay in stays):
        notes = [*notes, "visit_inside_stay"]
    return result(bill.claim, bill.total, bill.heading, money, notes)


# ---- 2.2 stage 1 and 2


def _denials(person: Person, bill: Bill) -> list[str]:
    claim, provider = bill.claim, bill.provider
    reasons = exclusion_reasons(bill)
    if claim["care_type"] in ("pharmacy", "ltc") or claim["benefit"] == "ltc":
        reasons.append("benefit_not_in_policy")
    reasons += coverage_reasons(CITY, person, bill)
    if bill.is_stay and _is_admitted_before_payment(person, bill):
        reasons.append("admitted_before_payment")
    if bill.is_stay and claim["injured_on"] and not is_covered(CITY, person, claim["injured_on"]):
        reasons.append("injured_before_coverage")
    kinds = STAY_KINDS if bill.is_stay else VISIT_KINDS
    if claim["care_type"] in ("inpatient", "outpatient", "emergency") and provider["kind"] not in kinds:
        reasons.append("provider_kind_not_covered")
    is_open_emergency = is_emergency(claim) and (is_in_city(CITY, provider) or bill.is_stay)
    if not provider["is_designated"] and not is_open_emergency:  # in the city it is pended, outside 2.4 settles it
        reasons.append("provider_not_designated")
    return reasons


def _is_admitted_before_payment(person: Person, bill: Bill) -> bool:
    """XN-EL-09: an employee-to-resident enrolment that begins with its payment covers the discharge but not the
    admission."""
    for row in person.enrolments:
        if row["scheme"] == "resident" and row["waiver_reason"] == "employee_to_resident" and row["paid_on"]:
            start, end = period(CITY, person, row)
            if start == row["paid_on"] and start <= bill.day <= end and bill.claim["started_on"] < start:
                return True
    return False


def _missing_facts(bill: Bill) -> list[str]:
    claim, provider = bill.claim, bill.provider
    reasons = []
    if claim["injury_cause"] == "unknown" and claim["third_party_share"] is None:
        reasons.append("third_party_unknown")
    in_city = is_in_city(CITY, provider)
    if in_city and not provider["is_designated"]:
        reasons.append("emergency_non_designated")
    level = level_of(provider)
    if level is None:
        reasons.append("missing_level")
    if bill.is_stay and in_city and level is not None and level >= 2 and provider["admin_tier"] is None:
        reasons.append("missing_admin_tier")
    needs_markup = not bill.is_stay and provider["kind"] in CONSULT_FEE and any(map(is_consult_fee, payable(bill)))
    if needs_markup and provider["zero_markup_drugs"] is None:
        reasons.append("missing_zero_markup")
    return reasons
