"""§3: the scheme and the policy of a claim, the span of an enrolment row, and why a day is not covered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .ground import Row, add_months
from .jining_lists import CITY, NO_WAIT
from .jining_person import Person

POLICY_BEGINS = date(2025, 1, 1)
AFTER_INTERRUPTION = {"JN-EMP-ELG-06", "JN-EMP-ELG-07"}
NEWBORN_FROM_BIRTH = {"JN-RES-NB-01", "JN-RES-NB-03"}


@dataclass(frozen=True)
class Span:
    """Cover of one enrolment row. `rule` is "given", "never", "unknown" or the rule that computed the start."""

    row: Row
    start: date | None
    end: date
    rule: str

    def covers(self, day: date) -> bool:
        """Whether the day is covered by this row."""
        return self.start is not None and self.start <= day <= self.end


def spans(person: Person, scheme: str) -> list[Span]:
    """The spans of the member's rows of one scheme."""
    return [_span(person, row) for row in person.enrolments if row["scheme"] == scheme]


def jining_spans(person: Person, scheme: str) -> list[Span]:
    """Those of Jining."""
    return [span for span in spans(person, scheme) if span.row["area_code"][:4] == CITY]


def _end(row: Row) -> date:
    return row["coverage_to"] or date(row["benefit_year"], 12, 31)


def _span(person: Person, row: Row) -> Span:
    if row["coverage_from"] is not None:
        return Span(row, row["coverage_from"], _end(row), "given")
    compute = _employee_start if row["scheme"] == "employee" else _resident_start
    start, rule = compute(person, row)
    if start is not None and rule != "JN-RES-NB-01":
        start = max(start, date(row["benefit_year"], 1, 1))
    return Span(row, start, _end(row), rule)


def _first_of_month(day: date, months_later: int) -> date:
    return add_months(day.replace(day=1), months_later)


def _employee_start(person: Person, row: Row) -> tuple[date | None, str]:
    paid = row["paid_on"]
    if paid is None or not person.has(paid, "flexible"):
        return None, "unknown"
    ended = _flexible_cover_ended(person, row, paid)
    if ended is None:
        return _first_of_month(paid, 1), "JN-EMP-ELG-04"
    gap = _months(paid) - _first_unpaid_month(ended)
    if gap <= 0:
        return date(row["benefit_year"], 1, 1), "JN-EMP-ELG-05"
    if gap <= 3:
        return _first_of_month(paid, 1), "JN-EMP-ELG-06"
    return _first_of_month(paid, 3), "JN-EMP-ELG-07"


def _flexible_cover_ended(person: Person, row: Row, paid: date) -> date | None:
    """The last day of the earlier employee row that ended before the payment, flexible then."""
    ends = [_end(other) for other in person.enrolments if other is not row and other["scheme"] == "employee"]
    return max((end for end in ends if end < paid and person.has(end, "flexible")), default=None)


def _months(day: date) -> int:
    return day.year * 12 + day.month


def _first_unpaid_month(ended: date) -> int:
    """The month the row ends in; after 31 December the next January."""
    return _months(ended) + (1 if (ended.month, ended.day) == (12, 31) else 0)


def _resident_start(person: Person, row: Row) -> tuple[date | None, str]:
    paid, year = row["paid_on"], row["benefit_year"]
    if paid is None:
        return None, "never"
    newborn = _newborn_start(person.member["birth_date"], paid, year)
    if newborn is not None:
        return newborn
    if paid < date(year, 1, 1):
        return date(year, 1, 1), "JN-RES-ELG-02"
    if person.has(paid, *NO_WAIT):
        return paid, "JN-RES-ELG-04"
    return add_months(paid, 3), "JN-RES-ELG-03"


def _newborn_start(birth: date | None, paid: date, year: int) -> tuple[date, str] | None:
    if birth is None:
        return None
    if paid <= add_months(birth, 6) and year == birth.year:
        return birth, "JN-RES-NB-01"
    if paid <= add_months(birth, 6) and year == birth.year + 1:
        return date(year, 1, 1), "JN-RES-NB-03"
    if add_months(birth, 6) < paid <= add_months(birth, 12) and paid.year == birth.year == year:
        return _first_of_month(paid, 1), "JN-RES-NB-04"
    return None


def benefit_date(claim: Row) -> date:
    """Discharge of a stay, else the first day."""
    return (claim["ended_on"] if claim["care_type"] == "inpatient" else None) or claim["started_on"]


def both_in_force(person: Person, day: date) -> bool:
    """Whether a row of each scheme covers the day."""
    return all(any(span.covers(day) for span in spans(person, scheme)) for scheme in ("employee", "resident"))


def scheme_of(person: Person, claim: Row) -> str | None:
    """The claim's scheme, else the one in force (employee of two), else that of the row with the nearest year."""
    day = benefit_date(claim)
    if claim["scheme"]:
        return claim["scheme"]
    for scheme in ("employee", "resident"):
        if any(span.covers(day) for span in spans(person, scheme)):
            return scheme
    nearest = min(
        person.enrolments,
        key=lambda row: (abs(row["benefit_year"] - day.year), row["scheme"] != "employee"),
        default=None,
    )
    return nearest["scheme"] if nearest else None


def has_policy(person: Person, claim: Row, scheme: str | None) -> bool:
    """Whether a policy of this page is in force: the row is of Jining and the benefit date not before 2025."""
    if scheme is None or not person.enrolments:
        return False
    day = benefit_date(claim)
    covering = [span.row for span in spans(person, scheme) if span.covers(day)]
    own = [row for row in person.enrolments if row["scheme"] == scheme]
    row = min(
        covering or own or person.enrolments,
        key=lambda row: (abs(row["benefit_year"] - day.year), -row["benefit_year"]),
    )
    return row["area_code"][:4] == CITY and day >= POLICY_BEGINS


def refused_by_cover(person: Person, scheme: str, day: date) -> str | None:
    """Why a line of the day is not covered, or None."""
    barred = _barred_by_status(person, day)
    own = jining_spans(person, scheme)
    if barred or any(span.covers(day) for span in own):
        return barred
    for span in own:
        computed = span.start is not None and span.rule != "given"
        if computed and span.row["benefit_year"] == day.year and span.start > day:
            return _before_cover(span.rule)
    return "not_enrolled"


def _barred_by_status(person: Person, day: date) -> str | None:
    death = person.member["death_date"]
    if death is not None and day > death:
        return "terminated"
    return "suspended" if person.has(day, "in_service", "imprisoned") else None


def _before_cover(rule: str) -> str:
    if rule in AFTER_INTERRUPTION:
        return "suspended"
    return "not_enrolled" if rule in NEWBORN_FROM_BIRTH else "waiting_period"


def cover_is_unknown(person: Person, scheme: str, days: list[date]) -> bool:
    """An employee row without a start decides on one of the days: no row covers it and no status bars it."""
    own = jining_spans(person, scheme)
    unknown = [span for span in own if span.rule == "unknown"]
    return any(
        date(span.row["benefit_year"], 1, 1) <= day <= span.end
        and not _barred_by_status(person, day)
        and not any(other.covers(day) for other in own)
        for span in unknown
        for day in days
    )
