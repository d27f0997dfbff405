"""§12: what the residents' funds pay for a portion, and their critical illness once a claim."""

from __future__ import annotations

from fractions import Fraction

from .ground import Row, cents
from .jining_amounts import ZERO, Counters, Portion, bracketed, designated_is_tcm
from .jining_checks import Case
from .jining_lines import resident_ordinary_at
from .jining_lists import EXEMPT, RESISTANT_TB, SEVEN, day_of, level, percent

STAY_DEDUCTIBLE = {1: 100, 2: 400, 3: 800}
STAY_RATE = {False: {1: 85, 2: 75, 3: 60}, True: {1: 90, 2: 80, 3: 65}}  # under 18?
BASIC_CAP = 150_000
ACCIDENT_STAY_FACTOR, ACCIDENT_STAY_CAP = percent(60), 30_000
ACCIDENT_VISIT_RATE, ACCIDENT_VISIT_CAP = percent(80), 1500
CRITICAL_BRACKETS = [(12_000, 100_000, 60), (100_000, 200_000, 65), (200_000, 300_000, 70), (300_000, None, 75)]
CRITICAL_CAP = 400_000
ORDINARY_RATE = {True: percent(60), False: percent(50)}  # signed?
ORDINARY_CAP = 300
TWO_DISEASE_RATE = percent(70)
TWO_DISEASE_CAP, TWO_DISEASE_CAP_BOTH = 300, 600
CHILDBIRTH_QUOTA = {1: 1800, 2: 2000, 3: 3000}
CHRONIC_DEDUCTIBLE, CHRONIC_DEDUCTIBLE_TCM = 500, 400
CHRONIC_RATE_A = percent(70)
CHRONIC_RATE_B = {1: percent(65), 2: percent(55), 3: percent(45)}
CHRONIC_RATE_SEVEN = {1: percent(65), 2: percent(60), 3: percent(60)}
CHRONIC_CAP = {True: 150_000, False: 6_000}  # 甲 registered?
AWAY = percent(10)


def pay_resident(case: Case, portion: Portion, year: Counters, providers: dict[str, Row]) -> None:
    """Stay, chronic, two-disease, ordinary, accident and childbirth portions."""
    if portion.kind == "stay":
        _stay(case, portion, year)
    elif portion.kind == "chronic":
        _chronic(case, portion, year, providers)
    elif portion.kind == "two_disease":
        _two_disease(case, portion, year)
    elif portion.kind == "ordinary":
        portion.paid["basic_pay"] = _ordinary(case, portion.s, year)
    elif portion.kind == "accident":
        _accident_visit(portion, year)
    elif portion.kind == "childbirth":
        _childbirth(case, portion, year)


def _left(cap: int, used: Fraction) -> Fraction:
    return max(ZERO, cap - used)


def _stay(case: Case, portion: Portion, year: Counters) -> None:
    at_level, claim = level(case.provider), case.claim
    portion.d = min(portion.s, Fraction(STAY_DEDUCTIBLE[at_level]))
    rate = percent(STAY_RATE[case.person.is_under_18(claim["started_on"])][at_level])
    rate -= AWAY if case.terms == "temporary" else 0
    accident = claim["injury_cause"] is not None or claim["benefit"] == "accident"
    rate *= ACCIDENT_STAY_FACTOR if accident else 1
    basic = min(cents(portion.e * rate), _left(BASIC_CAP, year["basic"]))
    if accident:
        basic = min(basic, _left(ACCIDENT_STAY_CAP, year["accident_stays"]))
        year["accident_stays"] += basic
    portion.paid["basic_pay"] = basic
    year["basic"] += basic


def _accident_visit(portion: Portion, year: Counters) -> None:
    left = _left(ACCIDENT_VISIT_CAP, year["accident_visits"])
    portion.paid["basic_pay"] = min(cents(portion.s * ACCIDENT_VISIT_RATE), left)
    year["accident_visits"] += portion.paid["basic_pay"]


def _ordinary(case: Case, in_scope: Fraction, year: Counters) -> Fraction:
    signed = case.person.has(case.claim["started_on"], "family_doctor_signed")
    payment = min(cents(in_scope * ORDINARY_RATE[signed]), _left(ORDINARY_CAP, year["ordinary"]))
    year["ordinary"] += payment
    return payment


def _two_disease(case: Case, portion: Portion, year: Counters) -> None:
    codes = case.person.two_disease_codes(day_of(case.claim, portion.first_line))
    both = "diabetes_insulin" in codes or {"hypertension", "diabetes"} <= codes
    room = _left(TWO_DISEASE_CAP_BOTH if both else TWO_DISEASE_CAP, year["two_disease"])
    payment = cents(portion.s * TWO_DISEASE_RATE)
    basic = min(payment, room)
    year["two_disease"] += basic
    if payment > room and resident_ordinary_at(case.provider):
        basic += _ordinary(case, portion.s - cents(room / TWO_DISEASE_RATE), year)
    portion.paid["basic_pay"] = basic


def _childbirth(case: Case, portion: Portion, year: Counters) -> None:
    quota = Fraction(CHILDBIRTH_QUOTA[case.claim["birth_order"]])
    portion.paid["basic_pay"] = min(portion.s, quota, _left(BASIC_CAP, year["basic"]))
    year["basic"] += portion.paid["basic_pay"]


def _chronic(case: Case, portion: Portion, year: Counters, providers: dict[str, Row]) -> None:
    if portion.key not in EXEMPT:
        tcm = designated_is_tcm(case, portion, providers)
        standard = CHRONIC_DEDUCTIBLE_TCM if tcm else CHRONIC_DEDUCTIBLE
        portion.d = min(portion.s, _left(standard, year["chronic_deductible"]))
        year["chronic_deductible"] += portion.d
    class_a = case.person.has_class_a(day_of(case.claim, portion.first_line))
    payment = cents(portion.e * _chronic_rate(case, portion, class_a))
    counter, cap = ("basic", BASIC_CAP) if portion.key in RESISTANT_TB else ("chronic", CHRONIC_CAP[class_a])
    portion.paid["basic_pay"] = min(payment, _left(cap, year[counter]))
    year[counter] += portion.paid["basic_pay"]


def _chronic_rate(case: Case, portion: Portion, class_a: bool) -> Fraction:
    table = CHRONIC_RATE_SEVEN if portion.key in SEVEN else CHRONIC_RATE_B
    rate = CHRONIC_RATE_A if class_a else table[level(case.provider)]
    return rate - (AWAY if case.terms == "temporary" else 0)


def resident_critical_illness(parts: list[Portion], year: Counters) -> tuple[Fraction, Fraction]:
    """B of the claim and the payment."""
    base = sum((part.s - part.paid["basic_pay"] for part in parts if part.kind in ("stay", "chronic")), ZERO)
    year["burden"] += base
    due = min(Fraction(CRITICAL_CAP), bracketed(year["burden"], CRITICAL_BRACKETS))
    payment = cents(due) - year["critical"]
    year["critical"] += payment
    return base, payment
