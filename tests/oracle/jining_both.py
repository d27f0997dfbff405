"""§13: special and rare-disease drugs, maternity and long-term care, for whoever is insured."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from .ground import cents
from .jining_amounts import ZERO, Counters, Portion, bracketed, line_amounts
from .jining_checks import Case
from .jining_lists import ABORTION_LIMITS, FROM_16_WEEKS, PROCEDURE_LIMITS, day_of, level, percent

DRUG_FROM = 20_000
DRUG_BRACKETS = {
    "special_drug": [(20_000, None, 80)],
    "rare_disease": [(20_000, 400_000, 80), (400_000, None, 85)],
}
DRUG_CAP = {"special_drug": 400_000, "rare_disease": 900_000}
GESTATION_LIMITS = [(56, 800), (84, 1000), (112, 1200), (260, 1300)]
GESTATION_LIMIT_LATER = 2500
SIXTEEN_WEEKS = 112
PRENATAL_LUMP_SUM = Fraction(1600)
CARE_RATE = {
    "employee": {"medical": {1: 90, 2: 85, 3: 80}, "institution": 85, "home": 90},
    "resident": {"medical": {1: 75, 2: 70, 3: 65}, "institution": 70},
}
RESIDENT_HOME_A_DAY = Fraction(30)


def pay_drug(portion: Portion, year: Counters) -> None:
    """The year's cumulative amount over 20,000; `year` counts both schemes."""
    kind, start = portion.kind, Fraction(DRUG_FROM)
    before = year[f"{kind}_amount"]
    amount = before + portion.s
    portion.d = min(amount, start) - min(before, start)
    due = min(Fraction(DRUG_CAP[kind]), bracketed(amount, DRUG_BRACKETS[kind]))
    payment = cents(due) - year[f"{kind}_paid"]
    portion.paid["critical_illness_pay"] = payment
    year[f"{kind}_amount"] = amount
    year[f"{kind}_paid"] += payment


# ---- maternity


def pay_maternity(case: Case, portion: Portion) -> None:
    """A delivery in full, a procedure up to its limit."""
    if portion.kind == "delivery":
        portion.paid["maternity_pay"] = portion.s
        return
    limit = _abortion_limit(case) if portion.key == "abortion" else PROCEDURE_LIMITS[portion.key]
    portion.paid["maternity_pay"] = min(portion.s, Fraction(limit))


def _abortion_code(case: Case) -> str | None:
    """The first abortion code on the lines of the claim."""
    codes = [line["procedure_code"] for line in case.lines]
    return next((code for code in codes if code in ABORTION_LIMITS), None)


def _abortion_limit(case: Case) -> int:
    days = case.claim["gestational_days"]
    if days is None:
        return ABORTION_LIMITS[_abortion_code(case)]
    return next((limit for under, limit in GESTATION_LIMITS if days < under), GESTATION_LIMIT_LATER)


def allowance(case: Case) -> Fraction:
    """生育津贴 and the prenatal lump sum of a paid delivery or abortion claim."""
    maternity_case = case.claim["maternity_case"]
    if case.person.member["sex"] == "M":
        return ZERO
    if case.kind == "delivery":
        return _wage_for(case, _delivery_days(case)) + PRENATAL_LUMP_SUM
    if case.kind == "abortion":
        late = _is_from_16_weeks(case)
        return _wage_for(case, 42 if late else 15) + (PRENATAL_LUMP_SUM if late else ZERO)
    if case.kind == "procedures" and maternity_case == "abortion":
        return _wage_for(case, 42 if (case.claim["gestational_days"] or 0) >= SIXTEEN_WEEKS else 15)
    return ZERO


def _wage_for(case: Case, days: int) -> Fraction:
    return cents((case.claim["employer_average_wage"] or ZERO) * days / 30)


def _delivery_days(case: Case) -> int:
    claim = case.claim
    caesarean = claim["delivery_mode"] in ("caesarean_medical", "caesarean_elective")
    harder = 15 if caesarean or claim["is_difficult_labour"] else 0
    return 98 + harder + 15 * max(0, (claim["babies"] or 1) - 1)


def _is_from_16_weeks(case: Case) -> bool:
    days = case.claim["gestational_days"]
    return _abortion_code(case) in FROM_16_WEEKS if days is None else days >= SIXTEEN_WEEKS


# ---- long-term care


def pay_care(case: Case, portion: Portion) -> None:
    """Each line at the rate of its settled type, a resident's home care by the day; rounded once a claim."""
    total, home_days = ZERO, defaultdict(Fraction)
    for outcome in portion.outcomes:
        service = outcome.portion[1]
        amount = line_amounts(outcome.line, "care")[2] * portion.kept
        if case.scheme == "resident" and service == "home":
            home_days[day_of(case.claim, outcome.line)] += amount
        else:
            total += amount * _care_rate(case, service)
    total += sum((_day_of_home_care(fee) for fee in home_days.values()), ZERO)
    portion.paid["ltc_pay"] = cents(total)


def _day_of_home_care(fee: Fraction) -> Fraction:
    return min(RESIDENT_HOME_A_DAY, fee)


def _care_rate(case: Case, service: str) -> Fraction:
    rate = CARE_RATE[case.scheme][service]
    return percent(rate[level(case.provider)] if isinstance(rate, dict) else rate)
