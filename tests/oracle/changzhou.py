"""Changzhou residents, 3.1 and 3.2 of the page: who is covered from when, and what is asked of a claim."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from .changzhou_funds import Counters, Terms, pay_stay, pay_visit
from .changzhou_pools import SPLIT_DISEASES, Pooled, points_off, pool_lines, prescriber_of
from .ground import add_months, refused_result, result
from .xianning_changzhou import (
    Bill,
    City,
    Person,
    Row,
    Tables,
    coverage_reasons,
    exclusion_reasons,
    is_emergency,
    is_in_city,
    level_of,
    period,
    price_lines,
    settle_city,
)

__all__ = ["CITY", "settle"]

STAY_KINDS = ("hospital", "township_centre", "community_centre", "community_station")
VISIT_KINDS = (*STAY_KINDS, "village_clinic", "clinic", "pharmacy")
MINOR_GROUP = {"minor", "child", "student", "university_student"}
ADULT = {"elderly", "nonworking", "retired", "flexible", "active"}
FREE_OF_WAITING = (
    "hukou_move_first", "medical_aid", "veteran", "veteran_spouse", "veteran_or_released", "graduate_unemployed",
    "released_prisoner",
)  # fmt: skip


# ---- 3.1 first benefit day


def first_benefit_day(person: Person, enrolment: Row) -> date | None:
    """The rows of the table in their order; the first that fits decides."""
    paid_on, birth = enrolment["paid_on"], person.member["birth_date"]
    if paid_on is None:
        return None
    if paid_on <= date(enrolment["benefit_year"] - 1, 12, 31):
        return date(enrolment["benefit_year"], 1, 1)
    if birth and birth <= paid_on <= add_months(birth, 3):
        return birth
    if birth and paid_on < add_months(birth, 12):
        return _first_of_month_after(paid_on, 1)
    reason, waiver_from = enrolment["waiver_reason"], enrolment["waiver_from"]
    if reason in FREE_OF_WAITING:
        return paid_on
    if reason == "employee_break_3m" and waiver_from and paid_on <= add_months(waiver_from, 3):
        return paid_on
    return _first_of_month_after(paid_on, 2)


def _first_of_month_after(day: date, months: int) -> date:
    return add_months(day.replace(day=1), months)


CITY = City("3204", "changzhou-resident", date(2024, 1, 1), date(2024, 12, 31), first_benefit_day)


# ---- the member


def settle(tables: Tables) -> dict[str, Row]:
    return settle_city(CITY, tables, _settle_person)


def _settle_person(person: Person, bills: list[Bill], tables: Tables) -> dict[str, Row]:
    providers = {row["provider_id"]: row for row in tables["providers"]}
    counters: dict[int, Counters] = defaultdict(Counters)
    return {bill.claim["claim_id"]: _settle_bill(person, bill, providers, counters[bill.day.year]) for bill in bills}


def _settle_bill(person: Person, bill: Bill, providers: dict[str, Row], counters: Counters) -> Row:
    reasons = _denials(person, bill)
    if reasons:
        return refused_result(bill.claim, bill.total, bill.heading, "denied", reasons)
    price_lines(bill)
    is_minor_group = _is_minor_group(person, bill)
    pooled = pool_lines(CITY, person, bill, providers, is_young=_is_young(person, bill))
    reasons = _missing_facts(bill, pooled, providers, is_minor_group)
    if reasons:
        return refused_result(bill.claim, bill.total, bill.heading, "pended", reasons)
    if pooled.refusals and not pooled.lines:
        reasons = list(dict.fromkeys(pooled.refusals))
        return refused_result(bill.claim, bill.total, bill.heading, "denied", reasons)
    points = points_off(CITY, person, bill, bill.provider)
    special_provider = prescriber_of(bill, providers) or bill.provider
    special_points = points_off(CITY, person, bill, special_provider)
    terms = Terms(person, bill, counters, bool(is_minor_group), points, special_provider, special_points)
    if bill.is_stay:
        money = pay_stay(terms, pooled, is_childbirth=_is_childbirth(bill))
        is_unreferred = points == 20
    else:
        money = pay_visit(terms, pooled)
        is_unreferred = any((special_points if line.pool == "special" else points) == 20 for line in pooled.lines)
    return result(bill.claim, bill.total, bill.heading, money, ["no_filing"] if is_unreferred else [])


# ---- 3.2 stage 1


def _denials(person: Person, bill: Bill) -> list[str]:
    claim, provider = bill.claim, bill.provider
    reasons = exclusion_reasons(bill)
    if claim["care_type"] == "ltc" or claim["benefit"] == "ltc":
        reasons.append("benefit_not_in_policy")
    reasons += coverage_reasons(CITY, person, bill)
    kinds = STAY_KINDS if bill.is_stay else VISIT_KINDS
    if claim["care_type"] != "ltc" and provider["kind"] not in kinds:
        reasons.append("provider_kind_not_covered")
    if not provider["is_designated"] and not (is_in_city(CITY, provider) and is_emergency(claim)):
        reasons.append("provider_not_designated")
    if _is_childbirth(bill) or _is_prenatal(bill):
        if not _is_enrolled_for_a_year(person, bill):
            reasons.append("maternity_under_one_year")
        if claim["family_planning_compliant"] is False:
            reasons.append("not_family_planning_compliant")
    return reasons


def _is_childbirth(bill: Bill) -> bool:
    case, benefit = bill.claim["maternity_case"], bill.claim["benefit"]
    return bill.is_stay and (case == "delivery" or (case is None and benefit == "maternity"))


def _is_prenatal(bill: Bill) -> bool:
    is_visit = bill.claim["care_type"] in ("outpatient", "emergency") and bill.provider["kind"] != "pharmacy"
    return is_visit and (bill.claim["benefit"] == "prenatal" or bill.claim["maternity_case"] == "prenatal")


def _is_enrolled_for_a_year(person: Person, bill: Bill) -> bool:
    """CZ-MT-01: since the first day of the coverage in force, of enrolments that adjoin it without a gap, or since the
    year in which unbroken enrolment began."""
    started_on = bill.claim["started_on"]
    chain: list[Row] = []
    since: date | None = None
    while True:
        first = started_on if since is None else since - timedelta(days=1)  # the day that must be covered too
        longer = [row for row in _rows_holding(person, first) if all(row is not known for known in chain)]
        if not longer:
            break
        chain += longer
        since = min(start for start in (period(CITY, person, row)[0] for row in chain) if start)
    if since is None:
        return False
    years = [row["consecutive_from"] for row in chain if row["consecutive_from"] is not None]
    if years and min(years) < since.year:
        since = date(min(years), 1, 1)
    return add_months(since, 12) <= started_on


def _rows_holding(person: Person, day: date) -> list[Row]:
    rows = []
    for row in person.enrolments:
        if row["scheme"] == "resident" and row["area_code"][:4] == CITY.digits:
            start, end = period(CITY, person, row)
            if start is not None and start <= day <= end:
                rows.append(row)
    return rows


# ---- 3.2 stage 2


def _missing_facts(bill: Bill, pooled: Pooled, providers: dict[str, Row], is_minor_group: bool | None) -> list[str]:
    claim, provider = bill.claim, bill.provider
    special = [line for line in pooled.lines if line.pool == "special"]
    reasons = []
    if claim["injury_cause"] == "unknown" and claim["third_party_share"] is None:
        reasons.append("third_party_unknown")
    if not provider["is_designated"]:
        reasons.append("emergency_non_designated")
    if (_is_childbirth(bill) or _is_prenatal(bill)) and claim["family_planning_compliant"] is None:
        reasons.append("missing_family_planning")
    needs_level_of = provider if bill.is_stay else prescriber_of(bill, providers) or provider
    if (bill.is_stay or special) and level_of(needs_level_of) is None:
        reasons.append("missing_level")
    needs_person = bill.is_stay or any(line.disease in SPLIT_DISEASES for line in special)
    if needs_person and is_minor_group is None:
        reasons.append("missing_person_type")
    if any(line.rate is None for line in pooled.lines):
        reasons.append("missing_self_pay_rate")
    if pooled.is_approval_missing:
        reasons.append("missing_approval")
    return reasons


def _is_minor_group(person: Person, bill: Bill) -> bool | None:
    """By status on the benefit date, else by age on 1 January; None when neither is known."""
    statuses = person.statuses_on(bill.day)
    if statuses & MINOR_GROUP:
        return True
    return False if statuses & ADULT else _is_under_18(person, bill)


def _is_young(person: Person, bill: Bill) -> bool:
    """The minor of the phenylketonuria rule: a university student is none."""
    statuses = person.statuses_on(bill.day)
    if statuses & {"minor", "child", "student"}:
        return True
    return False if statuses & (MINOR_GROUP | ADULT) else bool(_is_under_18(person, bill))


def _is_under_18(person: Person, bill: Bill) -> bool | None:
    birth = person.member["birth_date"]
    if birth is None:
        return None
    return add_months(birth, 12 * 18) > date(bill.day.year, 1, 1)
