"""Xianning residents, 2.3 to 2.5 of the page: item self-pay, what the fund pays for a stay and for a visit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .ground import cents
from .xianning_changzhou import (
    PRIMARY_KINDS,
    Bill,
    Line,
    Person,
    Row,
    has_filing,
    is_emergency,
    is_registered,
    level_of,
)

__all__ = ["CONSULT_FEE", "DIGITS", "Counters", "is_consult_fee", "payable", "settle_stay", "settle_visit"]

ZERO = Fraction(0)
DIGITS = "4212"
COUNTIES = ("421202", "421221", "421222", "421223", "421224", "421281")
DRUGS = ("western_drug", "patent_tcm", "tcm_piece", "tcm_granule", "tcm_preparation")
DELEGATED = ("chronic", "special", "special_drug", "rare_disease")

YEARLY_FUND = Fraction(200_000)
DEDUCTIBLE = {1: Fraction(200), 2: Fraction(600), 3: Fraction(1000)}
STAY_RATE = {1: Fraction(85, 100), 2: Fraction(70, 100), 3: Fraction(60, 100)}
VISIT_RATE = Fraction(50, 100)
ORDINARY_A_YEAR, COMBINED_A_YEAR = Fraction(350), Fraction(550)
A_DAY = {"level2+": Fraction(50), "township": Fraction(25), "station": Fraction(15)}
CONSULT_FEE = {
    "township_centre": Fraction(9),
    "community_centre": Fraction(9),
    "community_station": Fraction(9),
    "village_clinic": Fraction(7),
}


@dataclass
class Counters:
    """What a member has used of one benefit year."""

    fund: Fraction = ZERO
    ordinary: Fraction = ZERO
    two_disease: Fraction = ZERO
    day: dict[tuple[date, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))


def payable(bill: Bill) -> list[Line]:
    return [line for line in bill.lines if line.is_covered and not line.is_excluded and not line.is_class_c]


def is_consult_fee(line: Line) -> bool:
    return bool(line.row["item_kind"] == "consult_fee")


# ---- 2.3 item self-pay rates


def _self_pay_rate(row: Row) -> Fraction:
    if row["self_pay_rate"] is not None:
        return Fraction(row["self_pay_rate"])
    kind = row["item_kind"]
    if kind == "blood_product":
        return Fraction(30, 100)
    if kind == "material_general":
        return Fraction(10, 100)
    if kind == "material_domestic":
        return Fraction(15, 100)
    if kind in ("material_imported", "material_special"):
        return Fraction(30, 100)
    return Fraction(10, 100) if row["catalogue_class"] == "B" else ZERO


def _self_pay(line: Line) -> Fraction:
    return cents(line.allowed * _self_pay_rate(line.row))


def _eligible(line: Line) -> Fraction:
    """e of 1.6: what is allowed less its self-pay."""
    return line.allowed - _self_pay(line)


def _sum(amounts: list[Fraction]) -> Fraction:
    return sum(amounts, ZERO)


# ---- 2.4 a stay


def settle_stay(person: Person, bill: Bill, counters: Counters) -> tuple[dict[str, Fraction], list[str]]:
    lines = payable(bill)
    level = level_of(bill.provider)
    assert level is not None
    share, unreferred = _place_prepay(person, bill, level)
    before_place = _sum([_eligible(line) for line in lines])
    place_prepay = cents(before_place * share)
    in_scope = before_place - place_prepay
    deductible = min(DEDUCTIBLE[level], in_scope)
    payment = min(cents((in_scope - deductible) * STAY_RATE[level]), YEARLY_FUND - counters.fund)
    counters.fund += payment
    burden = before_place - payment - (place_prepay if unreferred else 0)
    money = {
        "over_limit_amount": _sum([line.over for line in lines]),
        "prepay_amount": _sum([_self_pay(line) for line in lines]) + place_prepay,
        "in_scope_amount": in_scope,
        "deductible_amount": deductible,
        "basic_pay": payment,
        "critical_illness_base": burden,
    }
    notes = ["no_filing"] if unreferred else []
    return money, notes + (["external_rule_missing"] if burden > 0 else [])


def _place_prepay(person: Person, bill: Bill, level: int) -> tuple[Fraction, bool]:
    """The share q of the place, and whether the stay is unreferred; filings as of the admission."""
    provider, day = bill.provider, bill.claim["started_on"]
    assert bill.enrolment is not None
    if provider["area_code"].startswith(DIGITS):
        from_county = bill.enrolment["area_code"] in COUNTIES
        return Fraction(5 if provider["admin_tier"] == "municipal" and level >= 2 and from_county else 0, 100), False
    if not provider["is_designated"]:  # an emergency, else denied
        return Fraction(0 if has_filing(person, "long_term", day) else 20, 100), False
    if has_filing(person, "long_term", day, provider):
        return ZERO, False
    if has_filing(person, "referral", day, provider) or is_emergency(bill.claim):
        return Fraction(10, 100), False
    return Fraction(20, 100), True


# ---- 2.5 a visit


def _group(provider: Row) -> str:
    if provider["kind"] in ("village_clinic", "community_station", "clinic"):
        return "station"
    level = level_of(provider)
    is_primary = provider["kind"] in PRIMARY_KINDS
    return "level2+" if not is_primary and level is not None and level >= 2 else "township"


def settle_visit(person: Person, bill: Bill, counters: Counters) -> tuple[dict[str, Fraction], list[str]]:
    lines = payable(bill)
    fee = CONSULT_FEE.get(bill.provider["kind"]) if bill.provider["zero_markup_drugs"] is True else None
    fee_lines = [line for line in lines if fee is not None and is_consult_fee(line)]
    other_lines = [line for line in lines if not any(line is taken for taken in fee_lines)]
    drug_lines = [line for line in other_lines if _is_two_disease(person, bill, line)]
    ordinary_lines = [line for line in other_lines if not any(line is taken for taken in drug_lines)]

    fee_scope = _sum([line.allowed for line in fee_lines])
    payment = _pay_consult_fee(min(fee or ZERO, fee_scope), counters)
    payment += _pay_two_disease(_sum([_eligible(line) for line in drug_lines]), counters)
    payment += _pay_ordinary(_sum([_eligible(line) for line in ordinary_lines]), bill, counters)
    money = {
        "over_limit_amount": _sum([line.over for line in lines]),
        "prepay_amount": _sum([_self_pay(line) for line in other_lines]),
        "in_scope_amount": fee_scope + _sum([_eligible(line) for line in other_lines]),
        "basic_pay": payment,
    }
    return money, ["external_rule_missing"] if any(_is_delegated(person, bill, line) for line in lines) else []


def _pay_consult_fee(fee: Fraction, counters: Counters) -> Fraction:
    payment = min(fee, YEARLY_FUND - counters.fund)
    counters.fund += payment
    return payment


def _pay_two_disease(cost: Fraction, counters: Counters) -> Fraction:
    combined_left = COMBINED_A_YEAR - counters.ordinary - counters.two_disease
    payment = min(cents(cost * VISIT_RATE), combined_left, YEARLY_FUND - counters.fund)
    counters.two_disease += payment
    counters.fund += payment
    return payment


def _pay_ordinary(cost: Fraction, bill: Bill, counters: Counters) -> Fraction:
    key = (bill.claim["started_on"], _group(bill.provider))
    payment = min(
        cents(cost * VISIT_RATE),
        A_DAY[key[1]] - counters.day[key],
        ORDINARY_A_YEAR - counters.ordinary,
        COMBINED_A_YEAR - counters.ordinary - counters.two_disease,
        YEARLY_FUND - counters.fund,
    )
    counters.day[key] += payment
    counters.ordinary += payment
    counters.fund += payment
    return payment


def _is_two_disease(person: Person, bill: Bill, line: Line) -> bool:
    benefit = line.row["benefit"] or bill.claim["benefit"]
    disease = line.row["disease_code"] or bill.claim["disease_code"]
    if benefit not in (None, "two_disease") or line.row["item_kind"] not in DRUGS:
        return False
    return disease in ("hypertension", "diabetes") and _has_registration(person, bill, ("two_disease",), (disease,))


def _is_delegated(person: Person, bill: Bill, line: Line) -> bool:
    benefit = line.row["benefit"] or bill.claim["benefit"]
    codes = (line.row["disease_code"] or bill.claim["disease_code"], line.row["item_code"])
    is_named = benefit in (*DELEGATED, "dual_channel")
    return is_named or _has_registration(person, bill, (*DELEGATED, "negotiated_drug"), codes)


def _has_registration(person: Person, bill: Bill, programmes: tuple[str, ...], codes: tuple[str | None, ...]) -> bool:
    day = bill.claim["started_on"]
    return any(
        row["programme"] in programmes and row["code"] in codes and is_registered(row, day)
        for row in person.registrations
    )
