"""hubei-resident settled claim by claim: page section 3, critical illness on top of a basic payment that is given."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from .baoding_hubei import (
    ABROAD,
    AID_STATUSES,
    Bill,
    Person,
    bills_by_member,
    exclusion_reasons,
    is_stay,
    over_limit,
    policy_row,
    third_party_share,
    total,
)
from .ground import Row, Tables, cents, in_force, in_settlement_order, refused_result, result

__all__ = ["settle"]

NOTHING = Fraction(0)
CAP = 300_000
GENERAL = ((12_000, 30_000, 60), (30_000, 100_000, 65), (100_000, None, 75))
POOR = ((5_000, 30_000, 65), (30_000, 100_000, 70), (100_000, None, 80))
# Beijing, Tianjin, Shanghai, Chongqing, Hainan, Tibet: a filing for any part of the province serves all of it.
FILED_BY_PROVINCE = ("11", "12", "31", "50", "46", "54")
INJURIES = (("S00", "T98"), ("V01", "Y98"))


@dataclass
class Year:
    """The accumulators of a member's benefit year."""

    burden: Fraction = NOTHING
    paid: Fraction = NOTHING


def settle(tables: Tables) -> dict[str, Row]:
    """Every claim's settlement by claim id."""
    settled: dict[str, Row] = {}
    for person in bills_by_member(tables):
        years: dict[int, Year] = defaultdict(Year)
        bills = {bill.claim["claim_id"]: bill for bill in person.bills}
        for claim in in_settlement_order(bill.claim for bill in person.bills):
            bill = bills[claim["claim_id"]]
            settled[claim["claim_id"]] = settle_bill(person, bill, years[bill.benefit_date.year])
    return settled


def settle_bill(person: Person, bill: Bill, year: Year) -> Row:
    heading = policy_heading(person, bill)
    if bill.reversal_reasons:
        return refused_result(bill.claim, total(bill), heading, "denied", bill.reversal_reasons)
    if heading["policy_id"] is None:
        return refused_result(bill.claim, total(bill), heading, "pended", ["no_policy_in_force"])
    denied, pended = denials(person, bill), pendings(person, bill)
    if denied or pended:
        return refused_result(bill.claim, total(bill), heading, "denied" if denied else "pended", denied + pended)
    return result(bill.claim, total(bill), heading, pay(person, bill, year), notes(person, bill))


def policy_heading(person: Person, bill: Bill) -> Row:
    """H-15: 2019 and 2020, residents of the province."""
    row = policy_row(person, bill.claim, bill.benefit_date.year)
    scheme = bill.claim["scheme"] or (row["scheme"] if row else None)
    insured_here = row is not None and row["area_code"].startswith("42") and scheme == "resident"
    in_time = date(2019, 1, 1) <= bill.benefit_date <= date(2020, 12, 31)
    policy_id = "hubei-resident" if insured_here and in_time else None
    return {"policy_id": policy_id, "benefit_year": bill.benefit_date.year, "scheme": scheme}


def cover_reasons(person: Person, day: date, *, death_aside: bool = False) -> list[str]:
    """HB-EL-01: the paid resident row of the day's year."""
    row = next(
        (
            row
            for row in person.enrolments
            if row["scheme"] == "resident"
            and row["benefit_year"] == day.year
            and (row["paid_on"] is not None or row["coverage_from"] is not None)
        ),
        None,
    )
    reasons = []
    if row is None or day < (row["coverage_from"] or max(date(day.year, 1, 1), row["paid_on"])):
        reasons.append("not_enrolled")
    over = row is not None and day > (row["coverage_to"] or date(day.year, 12, 31))
    if over or (person.dead_before(day) and not death_aside):
        reasons.append("terminated")
    return reasons


def denials(person: Person, bill: Bill) -> list[str]:
    reasons = cover_reasons(person, bill.day)
    leaves = bill.benefit_date
    if leaves.year != bill.day.year and cover_reasons(person, leaves, death_aside=True):
        reasons = ["not_enrolled", *(reason for reason in reasons if reason != "not_enrolled")]
    if bill.provider["is_designated"] is False and not bill.claim["is_emergency"]:
        reasons.append("provider_not_designated")
    return reasons + exclusion_reasons(bill, share_of(bill))


def share_of(bill: Bill) -> Fraction:
    """HB-EX-05: a fight is the third party's, whatever is recorded."""
    return Fraction(1) if bill.claim["injury_cause"] == "fight" else third_party_share(bill.claim)


def pendings(person: Person, bill: Bill) -> list[str]:
    reasons = []
    if bill.provider["is_designated"] is False and bill.claim["is_emergency"]:
        reasons.append("provider_not_designated")
    if lacks_injury_cause(bill):
        reasons.append("missing_injury_cause")
    if person.member["sex"] == "M" and "O00" <= category(bill) <= "O99":
        reasons.append("diagnosis_sex_conflict")
    if lacks_filing(person, bill):
        reasons.append("not_filed")
    if bill.claim["basic_pay_given"] is None:
        reasons.append("missing_basic_pay_given")
    if any(line["catalogue_class"] == "B" and line["self_pay_rate"] is None for line in payable_lines(person, bill)):
        reasons.append("missing_self_pay_rate")
    return reasons


def category(bill: Bill) -> str:
    return (bill.claim["diagnosis_code"] or "")[:3]


def lacks_injury_cause(bill: Bill) -> bool:
    """HB-FR-32."""
    cause = bill.claim["injury_cause"]
    is_injury = any(first <= category(bill) <= last for first, last in INJURIES)
    return cause == "unknown" or (cause is None and share_of(bill) == 0 and is_injury)


def lacks_filing(person: Person, bill: Bill) -> bool:
    """HB-OA-01, 02: a stay outside the province and not abroad."""
    area = bill.provider["area_code"]
    if not is_stay(bill.claim) or area.startswith(("42", *ABROAD)):
        return False
    if bill.claim["is_emergency"] or bill.claim["settlement_mode"] == "manual":
        return False
    digits = 2 if area[:2] in FILED_BY_PROVINCE else 4
    return not any(row["area_code"][:digits] == area[:digits] and in_force(row, bill.day) for row in person.filings)


def payable_lines(person: Person, bill: Bill) -> list[Row]:
    return [
        line
        for line in bill.lines
        if line["exclusion_code"] is None
        and line["catalogue_class"] != "C"
        and not person.dead_before(bill.line_date(line))
    ]


def is_poor(person: Person, bill: Bill) -> bool:
    """H-03: 建档立卡 only."""
    return person.has(bill.day, "registered_poor")


def pay(person: Person, bill: Bill, year: Year) -> dict[str, Fraction]:
    """HB-CI-01 … 07 (H-06): the step of the day's schedule over what was borne before."""
    money: dict[str, Fraction] = defaultdict(Fraction)
    for line in payable_lines(person, bill):
        above = over_limit(line)
        prepay = cents((line["amount"] - above) * (line["self_pay_rate"] or 0))
        money["over_limit_amount"] += above
        money["prepay_amount"] += prepay
        money["in_scope_amount"] += line["amount"] - above - prepay
    share = share_of(bill)
    if share > 0:
        money["in_scope_amount"] = cents(money["in_scope_amount"] * (1 - share))
    money["basic_pay"] = bill.claim["basic_pay_given"]
    money["critical_illness_base"] = max(NOTHING, money["in_scope_amount"] - money["basic_pay"])
    money["critical_illness_pay"] = critical_illness(person, bill, year, money["critical_illness_base"])
    return dict(money)


def critical_illness(person: Person, bill: Bill, year: Year, base: Fraction) -> Fraction:
    brackets = POOR if is_poor(person, bill) else GENERAL
    before, after = year.burden, year.burden + base
    payment = cents(ci_of(brackets, after)) - cents(ci_of(brackets, before))
    if brackets is GENERAL:
        payment = min(payment, max(NOTHING, CAP - year.paid))
    year.burden = after
    year.paid += payment
    return payment


def ci_of(brackets: tuple[tuple[int, int | None, int], ...], burden: Fraction) -> Fraction:
    return sum(
        (
            max(NOTHING, (burden if upper is None else min(burden, Fraction(upper))) - lower) * Fraction(rate, 100)
            for lower, upper, rate in brackets
        ),
        NOTHING,
    )


def notes(person: Person, bill: Bill) -> list[str]:
    found = [] if is_poor(person, bill) else ["ci_cap_default"]
    return [*found, "aid_eligible"] if person.has(bill.day, *AID_STATUSES) else found
