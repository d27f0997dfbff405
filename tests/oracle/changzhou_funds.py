"""Changzhou residents, 3.6 to 3.8 of the page: what the basic fund, critical illness insurance and medical aid pay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .changzhou_pools import SPLIT_DISEASES, Pooled, PooledLine, chronic_codes
from .ground import add_months, age_on, cents
from .xianning_changzhou import Bill, Person, Row, level_of

__all__ = ["Counters", "Terms", "pay_stay", "pay_visit"]

ZERO = Fraction(0)
COST_A_YEAR = Fraction(350_000)
DEDUCTIBLE = {False: {1: 400, 2: 600, 3: 1000}, True: {1: 200, 2: 400, 3: 600}}
STAY_RATE = {False: {1: 90, 2: 80, 3: 70}, True: {1: 95, 2: 90, 3: 85}}
SPECIAL_RATE = {False: {1: 95, 2: 80, 3: 70}, True: {1: 95, 2: 90, 3: 85}}
SPECIAL_LIMIT = {
    "haemophilia": 60_000,
    "aplastic_anaemia": 15_000,
    "sle": 25_000,
    "tuberculosis": 15_000,
    "t1dm_child": 10_000,
    "autism_child": 10_000,
}
COMMUNITY_KINDS = ("community_centre", "community_station", "township_centre", "village_clinic")
FULLY_AIDED = {"extreme_poverty", "orphan", "de_facto_orphan"}
AIDED = FULLY_AIDED | {
    "minimum_living", "temporary_aid_major_illness", "retrenched_1960s", "entitled_group", "child_in_difficulty",
    "hard_up_worker_family", "severely_disabled", "low_income_edge", "expenditure_hardship", "other_special",
}  # fmt: skip


@dataclass
class Counters:
    """What a member has used of one benefit year; costs but for the two of aid, which are payments."""

    cost: Fraction = ZERO
    special: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    pku: Fraction = ZERO
    chronic: Fraction = ZERO
    outpatient: Fraction = ZERO
    burden: Fraction = ZERO
    aid_main: Fraction = ZERO
    aid_outpatient: Fraction = ZERO


@dataclass
class Tally:
    """One claim: what was paid, and the bases of aid (main, rare, outpatient) that its pools leave."""

    basic: Fraction = ZERO
    critical_illness: Fraction = ZERO
    burden: Fraction = ZERO
    main: Fraction = ZERO
    rare: Fraction = ZERO
    outpatient: Fraction = ZERO
    deductible: Fraction = ZERO


@dataclass
class Terms:
    """Who is paid for what: the claim, its person group, the points off at its place; a special disease goes by the
    level and the points of its own provider, which for a purchase is the prescriber."""

    person: Person
    bill: Bill
    counters: Counters
    is_minor_group: bool
    points: int
    special_provider: Row
    special_points: int
    tally: Tally = field(default_factory=Tally)


def _eligible(lines: Iterable[PooledLine]) -> Fraction:
    return sum((line.eligible for line in lines), ZERO)


def _gross(lines: Iterable[PooledLine]) -> Fraction:
    return sum((line.gross for line in lines), ZERO)


def _percent(rate: int, points: int = 0) -> Fraction:
    return Fraction(rate - points, 100)


def _money(terms: Terms, pooled: Pooled) -> dict[str, Fraction]:
    tally = terms.tally
    return {
        "over_limit_amount": sum((line.line.over for line in pooled.lines), ZERO),
        "prepay_amount": sum((line.self_pay for line in pooled.lines), ZERO),
        "in_scope_amount": _eligible(pooled.lines),
        "deductible_amount": tally.deductible,
        "basic_pay": tally.basic,
        "critical_illness_pay": tally.critical_illness,
        "medical_aid_pay": _medical_aid(terms),
        "critical_illness_base": tally.burden,
    }


# ---- 3.6 a stay


def pay_stay(terms: Terms, pooled: Pooled, *, is_childbirth: bool) -> dict[str, Fraction]:
    tally, counters, is_minor_group = terms.tally, terms.counters, terms.is_minor_group
    level = level_of(terms.bill.provider)
    assert level is not None
    cost = min(_eligible(pooled.lines), COST_A_YEAR - counters.cost)
    counters.cost += cost
    tally.deductible = min(Fraction(DEDUCTIBLE[is_minor_group][level]), cost)
    payment = cents((cost - tally.deductible) * _percent(STAY_RATE[is_minor_group][level], terms.points))
    if is_childbirth:
        payment = max(payment, cents(cost * _percent(70)))
    tally.basic = payment
    _burden(terms, _gross(pooled.lines) - payment)
    return _money(terms, pooled)


# ---- 3.7 a visit or purchase, pool by pool


def pay_visit(terms: Terms, pooled: Pooled) -> dict[str, Fraction]:
    pools: dict[str, list[PooledLine]] = defaultdict(list)
    for line in pooled.lines:
        pools[line.pool].append(line)
    _pay_dual(terms, pools["dual"], pools["rare"])
    for disease in sorted({line.disease for line in pools["special"] if line.disease}):
        _pay_special(terms, disease, [line for line in pools["special"] if line.disease == disease])
    _pay_pku(terms, pools["pku"])
    overflow = _pay_chronic(terms, pools["chronic"])
    _pay_ordinary(terms, pools["ordinary"], overflow)
    return _money(terms, pooled)


def _pay_dual(terms: Terms, dual: list[PooledLine], rare: list[PooledLine]) -> None:
    tally, points = terms.tally, terms.points
    payment = cents(_eligible(dual) * _percent(60, points))
    tally.basic += payment
    tally.main += _eligible(dual) - payment
    payment = cents(_eligible(rare) * _percent(80, points))
    tally.basic += payment
    tally.rare += _eligible(rare) - payment


def _special_rate(terms: Terms, disease: str) -> Fraction:
    level = level_of(terms.special_provider)
    assert level is not None
    rates = SPECIAL_RATE[terms.is_minor_group or disease not in SPLIT_DISEASES]
    return _percent(rates[level], terms.special_points)


def _special_limit(disease: str, registration: Row, day: date) -> Fraction | None:
    if disease == "transplant":
        surgery = registration["surgery_date"]
        return Fraction(100_000 if surgery and day < add_months(surgery, 12) else 70_000)
    if disease == "gh_deficiency_child":
        topup_from = registration["topup_from"]
        return Fraction(25_000 if topup_from and topup_from <= day else 20_000)
    limit = SPECIAL_LIMIT.get(disease)
    return None if limit is None else Fraction(limit)


def _pay_special(terms: Terms, disease: str, lines: list[PooledLine]) -> None:
    tally, counters = terms.tally, terms.counters
    registration = lines[0].registration
    assert registration is not None
    limit = _special_limit(disease, registration, terms.bill.claim["started_on"])
    cost = min(_eligible(lines), COST_A_YEAR - counters.cost)
    if limit is not None:
        cost = min(cost, limit - counters.special[disease])
    cost = max(ZERO, cost)
    counters.special[disease] += cost
    counters.cost += cost
    payment = cents(cost * _special_rate(terms, disease))
    tally.basic += payment
    _burden(terms, _gross(lines) - payment)


def _pay_pku(terms: Terms, lines: list[PooledLine]) -> None:
    if not lines:
        return
    tally, counters = terms.tally, terms.counters
    age = age_on(terms.person.member["birth_date"], terms.bill.claim["started_on"])
    limit = 15_000 if age <= 6 else 20_000 if age <= 13 else 25_000
    cost = max(ZERO, min(_eligible(lines), limit - counters.pku))
    counters.pku += cost
    payment = cents(cost * _percent(75))
    tally.basic += payment
    tally.outpatient += _gross(lines) - payment


def _pay_chronic(terms: Terms, lines: list[PooledLine]) -> Fraction:
    """What the limit leaves over becomes ordinary cost."""
    if not lines:
        return ZERO
    tally, counters = terms.tally, terms.counters
    limit = 1200 if len(chronic_codes(terms.person, terms.bill.claim["started_on"])) >= 2 else 800
    cost = max(ZERO, min(_eligible(lines), limit - counters.chronic))
    counters.chronic += cost
    overflow = _eligible(lines) - cost
    payment = cents(cost * _percent(_community_rate(terms.bill), terms.points))
    tally.basic += payment
    tally.main += _gross(lines) - overflow - payment
    return overflow


def _community_rate(bill: Bill) -> int:
    return 50 if bill.provider["kind"] in COMMUNITY_KINDS else 40


def _pay_ordinary(terms: Terms, lines: list[PooledLine], overflow: Fraction) -> None:
    tally, counters = terms.tally, terms.counters
    before = counters.outpatient
    counters.outpatient += _eligible(lines) + overflow
    lower = _inside(before, counters.outpatient, 200, 1500) * _percent(_community_rate(terms.bill), terms.points)
    upper = _inside(before, counters.outpatient, 6000, 100_000) * _percent(40, terms.points)
    payment = cents(lower + upper)
    tally.basic += payment
    tally.outpatient += _gross(lines) + overflow - payment


def _inside(before: Fraction, after: Fraction, lower: int, upper: int) -> Fraction:
    """The part of (before, after] inside (lower, upper]."""
    return max(ZERO, min(after, Fraction(upper)) - max(before, Fraction(lower)))


# ---- 3.8 critical illness and medical aid


def _is_aided(terms: Terms) -> bool:
    return bool(terms.person.statuses_on(terms.bill.day) & AIDED)


def _burden(terms: Terms, left_of_gross: Fraction) -> None:
    """b of 3.6 and 3.7: critical illness pays on the bands of the year's burden, what it leaves goes to aid."""
    tally, counters = terms.tally, terms.counters
    burden = max(ZERO, left_of_gross)
    before, after = counters.burden, counters.burden + burden
    aided = _is_aided(terms)
    payment = cents(_bands(after, aided) - _bands(before, aided))
    counters.burden = after
    tally.burden += burden
    tally.critical_illness += payment
    tally.main += burden - payment


def _bands(burden: Fraction, is_aided: bool) -> Fraction:
    """Phi: what critical illness pays on a burden since 1 January, unrounded."""
    first, second, third = (60, 70, 80) if is_aided else (0, 60, 70)
    return (
        _inside(ZERO, burden, 0, 20_000) * _percent(first)
        + _inside(ZERO, burden, 20_000, 100_000) * _percent(second)
        + max(ZERO, burden - 100_000) * _percent(third)
    )


def _medical_aid(terms: Terms) -> Fraction:
    """What other funds have paid is taken off rare, then main, then outpatient, before the rates."""
    if not _is_aided(terms):
        return ZERO
    tally, counters, claim = terms.tally, terms.counters, terms.bill.claim
    given = claim["civil_servant_pay"] + claim["enterprise_pay"] + claim["other_pay"]
    bases = []
    for base in (tally.rare, tally.main, tally.outpatient):
        taken = min(given, max(ZERO, base))
        given -= taken
        bases.append(max(ZERO, base) - taken)
    rare, main, outpatient = bases
    rate = _percent(100 if terms.person.statuses_on(terms.bill.day) & FULLY_AIDED else 80)
    aid_main = min(cents(main * rate) + cents(rare * _percent(50)), Fraction(200_000) - counters.aid_main)
    aid_outpatient = min(cents(outpatient * rate), Fraction(10_000) - counters.aid_outpatient)
    counters.aid_main += aid_main
    counters.aid_outpatient += aid_outpatient
    return aid_main + aid_outpatient
