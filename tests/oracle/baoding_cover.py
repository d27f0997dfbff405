"""Page section 2.1, baoding-resident: who is covered on a day, waiting periods, stays over the year's end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .baoding_hubei import Bill, Person, is_stay
from .ground import Row, add_months

__all__ = ["cover_reasons", "enrolled_years", "neutral_years", "paid_row", "settlement_year"]

OTHER_COVER = ("employee_cover", "other_scheme")


@dataclass(frozen=True)
class FirstDay:
    """F(Y) and whether the time before it is a waiting period."""

    day: date
    is_waiting: bool


def is_paid(row: Row) -> bool:
    return row["paid_on"] is not None or row["coverage_from"] is not None


def paid_rows(person: Person) -> list[Row]:
    return [row for row in person.enrolments if row["scheme"] == "resident" and is_paid(row)]


def paid_row(person: Person, year: int) -> Row | None:
    return next((row for row in paid_rows(person) if row["benefit_year"] == year), None)


def enrolled_years(person: Person) -> set[int]:
    years: set[int] = set()
    for row in paid_rows(person):
        first = row["consecutive_from"] or row["benefit_year"]
        years |= {row["benefit_year"], *range(first, row["benefit_year"] + 1)}
    return years


def neutral_years(person: Person) -> set[int]:
    """A-55: years known to another scheme and not enrolled here."""
    years = {row["benefit_year"] for row in person.enrolments if row["scheme"] == "employee" and is_paid(row)}
    for status in person.statuses:
        if status["status"] in OTHER_COVER:
            last = status["valid_to"].year if status["valid_to"] else 2100
            years |= set(range(status["valid_from"].year, last + 1))
    return years - enrolled_years(person)


def first_day(person: Person, row: Row) -> FirstDay:
    """F(Y): the steps of the page, the first that applies."""
    year, paid_on = row["benefit_year"], row["paid_on"]
    new_year = date(year, 1, 1)
    if row["coverage_from"] is not None:
        return FirstDay(row["coverage_from"], is_waiting=False)
    if is_newborn_in_window(person, row):
        return FirstDay(max(person.member["birth_date"], new_year), is_waiting=False)
    if row["waiver_reason"] is not None or year < 2025:
        return FirstDay(max(new_year, paid_on), is_waiting=False)
    missed = missed_years(person, year)
    if missed == 0 and is_in_season(row):
        own = FirstDay(new_year, is_waiting=False)
    else:
        own = FirstDay(max(new_year, waiting_end(row, missed)), is_waiting=True)
    return earlier_waiting(person, row, own)


def is_newborn_in_window(person: Person, row: Row) -> bool:
    """BD-EN-04 … 07; the birth day is not counted."""
    birth = person.member["birth_date"]
    if birth is None:
        return False
    last = birth + timedelta(days=180 if birth <= date(2024, 12, 31) else 90)
    return row["paid_on"] <= last and (row["registered_on"] or row["paid_on"]) <= last


def is_in_season(row: Row) -> bool:
    """BD-EN-02: paid by 25 December of the year before."""
    return row["paid_on"] <= date(row["benefit_year"] - 1, 12, 25)


def missed_years(person: Person, year: int) -> int:
    """g: years since 2025 without cover of any kind after the last enrolled year."""
    enrolled = enrolled_years(person)
    earlier = [y for y in enrolled if y < year]
    if not earlier:
        return 0
    known = enrolled | neutral_years(person)
    return sum(1 for y in range(max(2025, max(earlier) + 1), year) if y not in known)


def waiting_end(row: Row, missed: int) -> date:
    """BD-WT-01 … 04, 06: the earlier of the end without and with repair."""
    unrepaired = add_months(row["paid_on"], waiting_months(missed, 0))
    repaired_years = min(row["repair_years"] or 0, missed)
    if repaired_years <= 0:
        return unrepaired
    repaired = add_months(row["paid_on"], waiting_months(missed, repaired_years))
    if row["repair_paid_on"] is not None and row["repair_paid_on"] > row["paid_on"]:
        repaired = max(repaired, row["repair_paid_on"])
    return min(unrepaired, repaired)


def waiting_months(missed: int, repaired_years: int) -> int:
    months = 3 + max(0, missed - repaired_years)
    return max(6, months) if missed >= 4 else months


def earlier_waiting(person: Person, row: Row, own: FirstDay) -> FirstDay:
    """Step 5: a waiting of the latest earlier paid row runs on."""
    earlier = [other for other in paid_rows(person) if other["benefit_year"] < row["benefit_year"]]
    if not earlier:
        return own
    before = first_day(person, max(earlier, key=lambda other: other["benefit_year"]))
    return before if before.is_waiting and before.day > own.day else own


def cover_reasons(person: Person, day: date, *, death_aside: bool = False) -> list[str]:
    """Why there is no cover on the day, in the page's order; empty: covered."""
    row = paid_row(person, day.year)
    first = first_day(person, row) if row else None
    waits = bool(row and first and first.is_waiting and row["paid_on"] <= day < first.day)
    reasons = []
    if first is None or (day < first.day and not waits):
        reasons.append("not_enrolled")
    if is_terminated(person, row, day, death_aside=death_aside):
        reasons.append("terminated")
    if has_other_cover(person, day):
        reasons.append("double_cover")
    if waits:
        reasons.append("waiting_period")
    return reasons


def is_terminated(person: Person, row: Row | None, day: date, *, death_aside: bool) -> bool:
    """BD-EN-09 … 12."""
    if row and row["coverage_to"] is not None and day > row["coverage_to"]:
        return True
    if person.dead_before(day) and not death_aside:
        return True
    in_prison = person.has(day, "imprisoned") and not person.has(day, "community_corrections")
    return in_prison or person.has(day, "in_service", "medical_parole")


def has_other_cover(person: Person, day: date) -> bool:
    """BD-EN-13: a status says so, or an employee row of the day's year in force."""
    if person.has(day, *OTHER_COVER):
        return True
    for row in person.enrolments:
        if row["scheme"] == "employee" and row["benefit_year"] == day.year:
            first = row["coverage_from"] or row["paid_on"]
            if first is not None and first <= day <= (row["coverage_to"] or date(day.year, 12, 31)):
                return True
    return False


def settlement_year(person: Person, bill: Bill) -> int:
    """The benefit year: that of the benefit date, or of admission for a stay whose cover ended on the way (A-29)."""
    leaves = bill.benefit_date
    if (
        is_stay(bill.claim)
        and leaves.year != bill.day.year
        and not cover_reasons(person, bill.day)
        and cover_reasons(person, leaves, death_aside=True)
    ):
        return bill.day.year
    return leaves.year
