"""§11: what the employees' funds pay for a portion, and their critical illness once a claim."""

from __future__ import annotations

from fractions import Fraction

from .ground import Row, cents
from .jining_amounts import ZERO, Counters, Portion, designated_is_tcm
from .jining_checks import Case
from .jining_cover import benefit_date
from .jining_lists import EXEMPT, class_of, day_of, disease_of, level, percent

STAY_DEDUCTIBLE = {1: 300, 2: 500, 3: 600}
STAY_RATE = {False: {1: 90, 2: 85, 3: 85}, True: {1: 95, 2: 90, 3: 90}}  # retired?
BASIC_CAP = 200_000
SUPPLEMENT_CAP = 500_000
SUPPLEMENT_RATE = percent(90)
CRITICAL_FROM, CRITICAL_RATE, CRITICAL_CAP = 20_000, percent(80), 400_000
OUTPATIENT_DEDUCTIBLE = {1: 100, 2: 200, 3: 300}
OUTPATIENT_RATE = {False: {1: 80, 2: 70, 3: 60}, True: {1: 85, 2: 75, 3: 65}}
OUTPATIENT_CAP = {False: 3500, True: 4500}
OUTPATIENT_TOP_UP_CAP = 1000
CHRONIC_DEDUCTIBLE, CHRONIC_DEDUCTIBLE_TCM = 1000, 900
CHRONIC_RATE = {"A": percent(85), "B": percent(75)}


def pay_employee(case: Case, portion: Portion, year: Counters, providers: dict[str, Row]) -> None:
    """Stay, chronic and ordinary portions."""
    if portion.kind == "stay":
        _stay(case, portion, year)
    elif portion.kind == "chronic":
        _chronic(case, portion, year, providers)
    elif portion.kind == "ordinary":
        _ordinary(case, portion, year)


def _is_retired(case: Case) -> bool:
    return case.person.is_retired(benefit_date(case.claim))


# ---- stay


def _stay(case: Case, portion: Portion, year: Counters) -> None:
    if portion.s > 0:
        year["stays"] += 1
    portion.d = min(portion.s, _stay_standard(case, year))
    year["stay_deductible"] += portion.d
    _layers(portion, _stay_payment(case, portion), year)


def _stay_standard(case: Case, year: Counters) -> Fraction:
    claim = case.claim
    standard = Fraction(STAY_DEDUCTIBLE[level(case.provider)])
    standard -= 100 if case.provider["is_tcm"] else 0
    standard -= 100 if claim["is_pure_tcm"] else 0
    standard = max(ZERO, standard)
    diagnosis = claim["diagnosis_code"] or ""
    if diagnosis.startswith("F"):
        return ZERO
    if diagnosis.startswith("C") and year["stay_deductible"] > 0:
        return ZERO
    if year["stays"] == 2:
        return standard / 2
    return ZERO if year["stays"] >= 3 else standard


def _stay_payment(case: Case, portion: Portion) -> Fraction:
    """P*, exact."""
    retired, at_level = _is_retired(case), level(case.provider)
    if case.claim["is_pure_tcm"]:
        return portion.e * (percent(95) if retired and at_level == 1 else percent(90))
    rate = percent(STAY_RATE[retired][at_level])
    tcm = cents(portion.e * portion.t0 / portion.s0_before_share) if portion.s0_before_share else ZERO
    return (portion.e - tcm) * rate + tcm * min(rate + percent(10), Fraction(1))


def _layers(portion: Portion, exact: Fraction, year: Counters) -> None:
    """Basic up to 200,000 a year, above it the supplement up to 500,000."""
    room = BASIC_CAP - year["basic"]
    payment = cents(exact)
    if payment <= room:
        portion.paid["basic_pay"] = payment
    else:
        portion.paid["basic_pay"] = room
        above = portion.e - cents(portion.e * room / exact)
        left = SUPPLEMENT_CAP - year["supplement"]
        portion.paid["supplement_pay"] = min(cents(above * SUPPLEMENT_RATE), left)
    year["basic"] += portion.paid["basic_pay"]
    year["supplement"] += portion.paid["supplement_pay"]


# ---- outpatient


def _ordinary(case: Case, portion: Portion, year: Counters) -> None:
    retired, at_level = _is_retired(case), level(case.provider)
    standard = OUTPATIENT_DEDUCTIBLE[at_level]
    portion.d = min(portion.s, max(ZERO, standard - year["outpatient_deductible"]))
    year["outpatient_deductible"] += portion.d
    payment = cents(portion.e * percent(OUTPATIENT_RATE[retired][at_level]))
    basic = min(payment, max(ZERO, OUTPATIENT_CAP[retired] - year["outpatient_basic"]))
    top_up = min(payment - basic, OUTPATIENT_TOP_UP_CAP - year["outpatient_top_up"])
    portion.paid["basic_pay"], portion.paid["supplement_pay"] = basic, top_up
    year["outpatient_basic"] += basic
    year["outpatient_top_up"] += top_up


# ---- chronic


def _chronic(case: Case, portion: Portion, year: Counters, providers: dict[str, Row]) -> None:
    if portion.key not in EXEMPT:
        tcm = designated_is_tcm(case, portion, providers)
        standard = CHRONIC_DEDUCTIBLE_TCM if tcm else CHRONIC_DEDUCTIBLE
        portion.d = min(portion.s, max(ZERO, standard - year["chronic_deductible"]))
        year["chronic_deductible"] += portion.d
    line, claim = portion.first_line, case.claim
    registration = case.person.chronic(day_of(claim, line), disease_of(claim, line))
    _layers(portion, portion.e * CHRONIC_RATE[class_of(registration)], year)


# ---- critical illness


def employee_critical_illness(
    case: Case, parts: list[Portion], other_funds: Fraction, left: Fraction, year: Counters
) -> tuple[Fraction, Fraction]:
    """B of the claim and the payment. `other_funds`: civil servants' and enterprise money; `left`: still unpaid."""
    burdens = [
        part.s - part.paid["basic_pay"] - part.paid["supplement_pay"]
        for part in parts
        if part.kind in ("stay", "chronic")
    ]
    if not burdens:
        return ZERO, ZERO
    external = min(other_funds, left)
    base = max(ZERO, sum(burdens) - external)
    year["burden"] += base
    due = min(Fraction(CRITICAL_CAP), max(ZERO, year["burden"] - CRITICAL_FROM) * CRITICAL_RATE)
    payment = cents(due) - year["critical"]
    year["critical"] += payment
    return base, payment
