"""Section 1 of the page: what residents of Xianning and Changzhou share, from coverage and enrolment to lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from .ground import cents, group_by, in_force, in_settlement_order, refused_result, reversals, typed

__all__ = [
    "PRIMARY_KINDS", "Bill", "City", "Line", "Person", "Row", "Tables", "coverage_reasons", "exclusion_reasons",
    "has_filing", "is_covered", "is_emergency", "is_in_city", "is_registered", "level_of", "period", "price_lines",
    "settle_city",
]  # fmt: skip

Row = dict[str, Any]
Tables = dict[str, list[Row]]

PRIMARY_KINDS = ("township_centre", "community_centre", "community_station", "village_clinic", "clinic")
_SUSPENDING = ("employee_cover", "in_service", "imprisoned", "other_scheme")
_THIRD_PARTY_CAUSES = ("traffic", "fight", "other_third_party")
_OUTSIDE_THE_MAINLAND = ("71", "81", "82", "90")


@dataclass
class Person:
    """A member with everything known of them."""

    member: Row
    enrolments: list[Row]
    statuses: list[Row]
    registrations: list[Row]
    filings: list[Row]
    claims: list[Row]

    def statuses_on(self, day: date) -> set[str]:
        return {row["status"] for row in self.statuses if in_force(row, day)}


@dataclass(frozen=True)
class City:
    """A city with its one policy, and its rule for the first benefit day of an enrolment (2.1, 3.1)."""

    digits: str
    policy_id: str
    valid_from: date
    valid_to: date
    first_benefit_day: Callable[[Person, Row], date | None]


@dataclass
class Line:
    """A fee line after 1.6: what is left of it, what of that is allowed, what is over the price limit."""

    row: Row
    day: date
    is_covered: bool
    is_excluded: bool = False
    left: Fraction = Fraction(0)
    allowed: Fraction = Fraction(0)
    over: Fraction = Fraction(0)

    @property
    def is_class_c(self) -> bool:
        return bool(self.row["catalogue_class"] == "C")


@dataclass
class Bill:
    """A claim on its way through the policy."""

    claim: Row
    provider: Row
    day: date  # the benefit date
    enrolment: Row | None
    heading: Row
    lines: list[Line] = field(default_factory=list)

    @property
    def is_stay(self) -> bool:
        return bool(self.claim["care_type"] == "inpatient")

    @property
    def total(self) -> Fraction:
        return sum((line.row["amount"] for line in self.lines), Fraction(0))


def settle_city(
    city: City, tables: Tables, settle_person: Callable[[Person, list[Bill], Tables], dict[str, Row]]
) -> dict[str, Row]:
    """1.2 to 1.4: reversed pairs and claims without a policy leave first, the rest is settled member by member in the
    order of settlement."""
    tables = typed(tables)
    providers = {row["provider_id"]: row for row in tables["providers"]}
    lines = group_by(tables["fee_lines"], "claim_id")
    gone = reversals(tables["claims"])
    results: dict[str, Row] = {}
    for person in _people(tables):
        bills = []
        for claim in in_settlement_order(person.claims):
            bill = _bill(city, person, claim, providers[claim["provider_id"]], lines[claim["claim_id"]])
            if claim["claim_id"] in gone:
                reasons = gone[claim["claim_id"]]
                results[claim["claim_id"]] = refused_result(claim, bill.total, bill.heading, "denied", reasons)
            elif bill.heading["policy_id"] is None:
                reasons = ["no_policy_in_force"]
                results[claim["claim_id"]] = refused_result(claim, bill.total, bill.heading, "pended", reasons)
            else:
                bills.append(bill)
        results |= settle_person(person, bills, tables)
    return results


def _people(tables: Tables) -> list[Person]:
    members = {row["member_id"]: row for row in tables["members"]}
    unknown = {"birth_date": None, "death_date": None}
    names = ("enrolments", "statuses", "registrations", "filings", "claims")
    known = [group_by(tables[name], "member_id") for name in names]
    return [
        Person(members.get(member, unknown), *(rows.get(member, []) for rows in known)) for member in sorted(known[-1])
    ]


def _bill(city: City, person: Person, claim: Row, provider: Row, rows: list[Row]) -> Bill:
    day = claim["started_on"]
    if claim["care_type"] == "inpatient" and claim["ended_on"]:
        day = claim["ended_on"]
    enrolment = _enrolment_of(city, person, claim, day)
    heading = {
        "policy_id": city.policy_id if _has_policy(city, enrolment, day) else None,
        "benefit_year": day.year,
        "scheme": enrolment["scheme"] if enrolment else claim["scheme"],
    }
    bill = Bill(claim, provider, day, enrolment, heading)
    for row in sorted(rows, key=lambda row: row["line_no"]):
        line_day = row["service_date"] or claim["started_on"]
        bill.lines.append(
            Line(row, line_day, is_covered(city, person, line_day), is_excluded=row["exclusion_code"] is not None)
        )
    return bill


# ---- 1.2 which policy


def _has_policy(city: City, enrolment: Row | None, day: date) -> bool:
    return (
        enrolment is not None
        and enrolment["scheme"] == "resident"
        and enrolment["area_code"][:4] == city.digits
        and city.valid_from <= day <= city.valid_to
    )


def _enrolment_of(city: City, person: Person, claim: Row, day: date) -> Row | None:
    """First one that covers the benefit date (employee first), then one of that year (resident first), then the
    nearest year (the earlier first); further ties: the later start, then the smaller area code."""

    def rank(enrolment: Row) -> tuple[int, int, int, int, str]:
        start, end = period(city, person, enrolment)
        later_start_first = -(start or date.min).toordinal()
        year = enrolment["benefit_year"]
        if start is not None and start <= day <= end:
            step = (0, int(enrolment["scheme"] != "employee"), 0)
        elif year == day.year:
            step = (1, int(enrolment["scheme"] != "resident"), 0)
        else:
            step = (2, abs(year - day.year), year)
        return (*step, later_start_first, enrolment["area_code"])

    rows = [row for row in person.enrolments if claim["scheme"] in (None, row["scheme"])]
    return min(rows, key=rank, default=None)


# ---- 1.5 coverage


def period(city: City, person: Person, enrolment: Row) -> tuple[date | None, date]:
    """First and last benefit day of an enrolment; no first day, or a last before the first: no day at all. A given
    bound stands, a null one is computed; an employee enrolment counts with given dates only."""
    start, end = enrolment["coverage_from"], enrolment["coverage_to"]
    if enrolment["scheme"] == "employee" and (start is None or end is None):
        return None, date.max
    if start is None and enrolment["area_code"][:4] == city.digits:
        start = city.first_benefit_day(person, enrolment)
    return start, end or date(enrolment["benefit_year"], 12, 31)


def _holds(city: City, person: Person, enrolment: Row, day: date) -> bool:
    start, end = period(city, person, enrolment)
    return start is not None and start <= day <= end


def _resident_rows(city: City, person: Person) -> list[Row]:
    return [row for row in person.enrolments if row["scheme"] == "resident" and row["area_code"][:4] == city.digits]


def _is_dead(person: Person, day: date) -> bool:
    died_on = person.member["death_date"]
    return died_on is not None and day > died_on


def _is_enrolled(city: City, person: Person, day: date) -> bool:
    return any(_holds(city, person, row, day) for row in _resident_rows(city, person))


def _is_suspended(city: City, person: Person, day: date) -> bool:
    if person.statuses_on(day) & set(_SUSPENDING):
        return True
    return any(row["scheme"] == "employee" and _holds(city, person, row, day) for row in person.enrolments)


def _is_waiting(city: City, person: Person, day: date) -> bool:
    for row in _resident_rows(city, person):
        start, _ = period(city, person, row)
        paid_on = row["paid_on"]
        if paid_on and start and paid_on <= day < start and day.year == row["benefit_year"]:
            return True
    return False


def is_covered(city: City, person: Person, day: date) -> bool:
    """A benefit day: enrolled, alive and not suspended."""
    enrolled = _is_enrolled(city, person, day)
    return enrolled and not _is_dead(person, day) and not _is_suspended(city, person, day)


def _why_uncovered(city: City, person: Person, day: date) -> str:
    if _is_dead(person, day):
        return "after_death"
    if _is_enrolled(city, person, day):
        return "suspended"
    return "waiting_period" if _is_waiting(city, person, day) else "not_enrolled"


def coverage_reasons(city: City, person: Person, bill: Bill) -> list[str]:
    """Nothing when some line is covered; else the reasons of the days, earliest first (no lines: the first day)."""
    days = sorted({line.day for line in bill.lines}) or [bill.claim["started_on"]]
    if any(is_covered(city, person, day) for day in days):
        return []
    return list(dict.fromkeys(_why_uncovered(city, person, day) for day in days))


# ---- 1.6 lines


def _third_party_share(claim: Row) -> Fraction:
    if claim["third_party_share"] is not None:
        return Fraction(claim["third_party_share"])
    return Fraction(1 if claim["injury_cause"] in _THIRD_PARTY_CAUSES else 0)


def price_lines(bill: Bill) -> None:
    """Take off the third party's share, then what is above the price limit."""
    share = _third_party_share(bill.claim)
    for line in bill.lines:
        amount = line.row["amount"]
        line.left = amount - cents(amount * share)
        limit = _price_limit(line.row)
        line.allowed = line.left if limit is None else min(line.left, limit)
        line.over = line.left - line.allowed


def _price_limit(row: Row) -> Fraction | None:
    if row["over_limit_amount"] is not None:
        return Fraction(row["amount"] - row["over_limit_amount"])
    if row["limit_price"] is not None:
        return cents(row["limit_price"] * (1 if row["quantity"] is None else row["quantity"]))
    return None


# ---- 1.7 claim-level exclusions, places, levels, registrations


def exclusion_reasons(bill: Bill) -> list[str]:
    reasons = []
    if bill.claim["exclusion_code"]:
        reasons.append("excluded_" + bill.claim["exclusion_code"])
    if bill.claim["injury_cause"] in ("work", "commuting"):
        reasons.append("excluded_work_injury")
    if bill.provider["area_code"][:2] in _OUTSIDE_THE_MAINLAND:
        reasons.append("excluded_abroad")
    return list(dict.fromkeys(reasons))


def is_emergency(claim: Row) -> bool:
    return bool(claim["is_emergency"] or claim["care_type"] == "emergency")


def is_in_city(city: City, provider: Row) -> bool:
    return bool(provider["area_code"][:4] == city.digits)


def level_of(provider: Row) -> int | None:
    """The charging level; primary institutions without one are level 1."""
    level: int | None = provider["level"]
    return 1 if level is None and provider["kind"] in PRIMARY_KINDS else level


def has_filing(person: Person, kind: str, day: date, provider: Row | None = None) -> bool:
    """A filing of that kind is in force; the place (its code without trailing zero pairs) holds a provider if given."""
    return any(
        row["kind"] == kind
        and in_force(row, day)
        and (provider is None or provider["area_code"].startswith(_place(row["area_code"])))
        for row in person.filings
    )


def _place(area_code: str) -> str:
    while area_code.endswith("00"):
        area_code = area_code[:-2]
    return area_code


def is_registered(row: Row, day: date) -> bool:
    """valid_from <= day <= valid_to, day < stopped_on."""
    return in_force(row, day) and (row["stopped_on"] is None or day < row["stopped_on"])
