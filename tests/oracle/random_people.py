"""Dice and the members of random deliveries: who they are, how they are insured, what is known of them and when."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from .ground import add_months

__all__ = ["Dice", "RandomMember", "Rows", "baoding_member", "hubei_member"]

Text = dict[str, Any]
Rows = dict[str, list[Text]]

RESIDENT_AREAS = ("130602", "130606", "130629", "130684")
CHRONIC = (
    "MB01",
    "MB04",
    "MB12",
    "MB15",
    "MB16",
    "MB19",
    "MB20",
    "MB21",
    "MB28",
    "MB29",
    "MB34",
    "MB51",
    "MB52",
    "MB_CP",
)
SPECIAL = ("MT01", "MT02", "MT03", "MT05", "MT_C1", "MT_C2", "MT_C3", "MT_C4", "MT_C5", "MT_C6", "MT_C8")
SPECIAL_OF_ADULTS = ("MT01", "MT02", "MT03", "MT05", "MT_C3")
LOW_INCOME = (
    "extreme_poverty", "minimum_living", "low_income_edge", "monitored_unstable", "monitored_edge",
    "monitored_sudden", "returned_poor", "expenditure_hardship",
)  # fmt: skip
OTHER_AID = (
    "orphan", "de_facto_orphan", "registered_poor", "lifted_poverty", "low_income_family", "severely_disabled",
    "disabled_no_capacity", "entitled_group", "child_in_difficulty", "hard_up_worker_family", "retrenched_1960s",
    "temporary_aid_major_illness", "severe_mental_disorder", "family_planning_special", "county_approved_hardship",
    "other_special",
)  # fmt: skip
WAIVERS = ("newborn", "employee_2y", "transfer_in", "graduate_unemployed", "medical_aid", "other")


class Dice:
    """Random choices that the deliveries need."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, values: Sequence[Any]) -> Any:
        return self.random.choice(values)

    def weighted(self, weights: Mapping[Any, float]) -> Any:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.number(0, max(0, (last - first).days)))

    def near(self, day: date) -> date:
        """The day itself or one beside it."""
        return day + timedelta(days=self.number(-1, 1))


class RandomMember:
    """The text rows of one member, and the days on which something changes: claims like to fall there."""

    def __init__(self, dice: Dice, member_id: str, years: list[int]) -> None:
        self.dice, self.id, self.years = dice, member_id, years
        self.rows: Rows = {"enrolments": [], "statuses": [], "registrations": [], "filings": []}
        self.edges: list[date] = []
        self.birth: date | None = None
        self.death: date | None = None
        self.is_female = dice.chance(0.55)

    @property
    def first(self) -> date:
        return date(self.years[0], 1, 1)

    @property
    def last(self) -> date:
        return date(self.years[-1], 12, 31)

    def shuffled_rows(self) -> Rows:
        """The order of delivery means nothing."""
        for rows in self.rows.values():
            self.dice.random.shuffle(rows)
        return self.rows

    def member_row(self) -> Text:
        known = None if self.dice.chance(0.04) else self.birth
        sex = "F" if self.is_female else "M"
        return {"member_id": self.id, "sex": sex, "birth_date": iso(known), "death_date": iso(self.death)}

    def add(self, table: str, **values: Any) -> None:
        """A row; its dates become edges."""
        self.rows[table].append({"member_id": self.id, **{k: text(v) for k, v in values.items()}})
        self.edges += [value for value in values.values() if isinstance(value, date)]

    def period(self, table: str, first: date, last: date | None, **values: Any) -> None:
        self.add(table, valid_from=first, valid_to=last, **values)

    def some_period(self, table: str, **values: Any) -> None:
        """Open, long or short; often beginning or ending inside the years looked at."""
        first = self.dice.day(add_months(self.first, -8), self.last)
        days = self.dice.weighted({None: 4, 20: 1, 120: 2, 400: 2})
        last = None if days is None else self.dice.day(first, first + timedelta(days=days))
        self.period(table, first, last, **values)

    def claim_day(self) -> date:
        """Mostly a day that may be covered; the days beside an edge come whatever they are."""
        day = self.any_day()
        for _ in range(6):
            if self.may_be_covered(day) or self.dice.chance(0.03):
                break
            day = self.any_day()
        return max(day, self.birth) if self.birth else day

    def any_day(self) -> date:
        """Any day of the years, or one beside an edge."""
        if self.edges and self.dice.chance(0.3):
            day = self.dice.near(self.dice.pick(self.edges))
            if self.first <= day <= self.last:
                return day
        return self.dice.day(self.first, self.last)

    def may_be_covered(self, day: date) -> bool:
        """Near enough for random bills: a paid row of the year, after its begin and half a year of waiting at most."""
        if self.death and day > self.death + timedelta(days=1):
            return False
        for row in self.rows["enrolments"]:
            if row["benefit_year"] == str(day.year) and row["scheme"] == "resident":
                begin = row.get("coverage_from") or row.get("paid_on")
                return begin is not None and begin <= day.isoformat() <= (row.get("coverage_to") or "9999")
        return False


def iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def baoding_member(dice: Dice, member_id: str) -> RandomMember:
    """Insured in Baoding, mostly 2024 to 2027; some far enough ahead to know rewards and long gaps."""
    first = dice.weighted({2023: 0.4, 2024: 5, 2025: 6, 2026: 3, 2028: 1, 2031: 1, 2060: 0.3})
    member = RandomMember(dice, member_id, list(range(first, first + dice.number(1, 4))))
    if dice.chance(0.08):
        newborn(member)
    else:
        born(member)
        for year in enrolment_years(member):
            enrol(member, year)
    if first == 2060:
        long_history(member)
    if dice.chance(0.05):
        member.death = dice.day(max(member.first, member.birth or member.first), member.last)
        member.edges += [member.death] * 3
    elsewhere(member)
    baoding_statuses(member)
    baoding_registrations(member)
    filings(member, ("310104", "310000", "440106", "440000", "440300", "110101"))
    return member


def born(member: RandomMember) -> None:
    """Adults, children, and some who come of age on the way."""
    dice = member.dice
    year = dice.weighted({"adult": 6, "child": 2, "coming": 1})
    if year == "adult":
        member.birth = dice.day(date(1940, 1, 1), date(2002, 12, 31))
    elif year == "child":
        member.birth = dice.day(date(2012, 1, 1), date(2020, 12, 31))
    else:
        coming_of_age = dice.day(member.first, member.last)
        member.birth = date(coming_of_age.year - 18, coming_of_age.month, min(28, coming_of_age.day))
        member.edges += [date(coming_of_age.year, member.birth.month, member.birth.day)] * 3


def enrolment_years(member: RandomMember) -> list[int]:
    """Most years; gaps of one to six years before and among them."""
    dice = member.dice
    earlier = [member.years[0] - back for back in range(1, dice.number(1, 8)) if dice.chance(0.6)]
    if dice.chance(0.1):
        earlier = [member.years[0] - dice.number(2, 8)]
    years = sorted({*earlier, *(year for year in member.years if dice.chance(0.93))})
    return [year for year in years if year >= 2019]


def long_history(member: RandomMember) -> None:
    """Rewards and reductions at their bounds: enrolled for decades, or missing for decades."""
    if member.dice.chance(0.5):
        for row in member.rows["enrolments"]:
            row["consecutive_from"] = "2025"
    else:
        member.add("enrolments", scheme="resident", benefit_year=2025, area_code="130602", paid_on=date(2024, 10, 1))


def enrol(member: RandomMember, year: int) -> None:
    dice = member.dice
    row: Text = {"scheme": "resident", "benefit_year": year}
    row["area_code"] = "130102" if dice.chance(0.012) else dice.pick(RESIDENT_AREAS)
    before = member.rows["enrolments"][-1]["benefit_year"] if member.rows["enrolments"] else str(year - 1)
    returns = int(before) < year - 1
    given = 2 if returns else 10
    style = dice.weighted({"given": given, "part": 0.8, "season": 8, "late": 3, "unpaid": 0.4})
    if style == "given":
        row |= {"coverage_from": date(year, 1, 1), "coverage_to": date(year, 12, 31) if dice.chance(0.7) else None}
    elif style == "part":
        first = dice.day(date(year, 1, 1), date(year, 6, 30))
        row |= {"coverage_from": first, "coverage_to": dice.day(first, date(year, 12, 31))}
    elif style == "season":
        edge = date(year - 1, 12, dice.pick((24, 25, 25, 26)))
        row["paid_on"] = edge if dice.chance(0.3) else dice.day(date(year - 1, 9, 1), date(year - 1, 12, 25))
    elif style == "late":
        row["paid_on"] = dice.pick((date(year, 8, 31), dice.day(date(year - 1, 12, 26), date(year, 11, 30))))
    if row.get("paid_on"):
        waiting_facts(member, row, returns=returns)
    if dice.chance(0.08):
        row["consecutive_from"] = year - dice.number(0, 9)
    member.add("enrolments", **row)


def waiting_facts(member: RandomMember, row: Text, *, returns: bool) -> None:
    """Waivers, repairs, and days around the possible ends of a waiting period."""
    dice, paid_on = member.dice, row["paid_on"]
    if dice.chance(0.08):
        row |= {"waiver_reason": dice.pick(WAIVERS), "waiver_from": dice.day(date(2023, 1, 1), paid_on)}
    if dice.chance(0.5 if returns else 0.1):
        row["repair_years"] = dice.number(0, 5)
        if dice.chance(0.6):
            row["repair_paid_on"] = dice.day(paid_on - timedelta(days=10), paid_on + timedelta(days=150))
    if dice.chance(0.06):
        first = max(paid_on, date(row["benefit_year"], 1, 1))
        row["coverage_to"] = dice.day(first, date(row["benefit_year"], 12, 31))
    member.edges += [add_months(paid_on, months) for months in dice.random.sample(range(3, 9), 2)]
    member.edges += [add_months(paid_on, 3)]


def newborn(member: RandomMember) -> None:
    """Born on the way; paid and registered around the end of the window, for one year or two."""
    dice = member.dice
    last_day = date(member.years[0], 12, 28)
    birth = dice.pick((date(2024, 12, 31), date(2025, 1, 1), dice.day(date(member.years[0], 1, 2), last_day)))
    member.birth = birth
    member.years = list(range(birth.year, birth.year + 2))
    window = 180 if birth <= date(2024, 12, 31) else 90
    member.edges += [birth, date(birth.year + 1, 1, 1)]
    for year in member.years if dice.chance(0.6) else member.years[:1]:
        paid_on = birth + timedelta(days=dice.pick((5, 30, 60, window - 1, window, window + 1, window + 40)))
        row = {"scheme": "resident", "benefit_year": year, "area_code": "130602", "paid_on": paid_on}
        if dice.chance(0.4):
            row["registered_on"] = birth + timedelta(days=dice.pick((3, window, window + 1)))
        member.add("enrolments", **row)


def elsewhere(member: RandomMember) -> None:
    """Employee rows and other cover on the side."""
    dice = member.dice
    if dice.chance(0.06):
        for year in dice.random.sample(range(member.years[0] - 5, member.years[-1] + 1), dice.number(1, 2)):
            row: Text = {"scheme": "employee", "benefit_year": year, "area_code": dice.pick(("130602", "130102"))}
            first = dice.day(date(year, 1, 1), date(year, 12, 1))
            row |= dice.pick(({"coverage_from": first}, {"paid_on": first}, {}))
            if row.get("coverage_from") and dice.chance(0.5):
                row["coverage_to"] = dice.day(first, date(year, 12, 31))
            member.add("enrolments", **row)
    if dice.chance(0.05):
        first = dice.day(add_months(member.first, -14), member.last)
        last = None if dice.chance(0.2) else dice.day(first, first + timedelta(days=200))
        member.period("statuses", first, last, status=dice.pick(("employee_cover", "other_scheme")))


def baoding_statuses(member: RandomMember) -> None:
    dice = member.dice
    if dice.chance(0.35):
        kinds = ("student", "university_student", "minor", "child", "elderly", "nonworking", "retired", "active")
        member.some_period("statuses", status=dice.pick(kinds))
    if dice.chance(0.12):
        member.period("statuses", add_months(member.first, -6), None, status="university_student")
    if dice.chance(0.2):
        member.some_period("statuses", status=dice.pick(LOW_INCOME))
    if dice.chance(0.06):
        member.some_period("statuses", status=dice.pick(OTHER_AID))
    if dice.chance(0.05):
        member.some_period("statuses", status=dice.pick(("in_service", "medical_parole", "imprisoned")))
        if dice.chance(0.4):
            member.some_period("statuses", status="imprisoned")
            member.some_period("statuses", status="community_corrections")
    if dice.chance(0.05):
        member.some_period("statuses", status=dice.pick(("resident_cover", "blacklisted", "family_doctor_signed")))


def baoding_registrations(member: RandomMember) -> None:
    dice = member.dice
    is_young = member.birth is not None and member.birth.year > member.years[-1] - 20
    special = SPECIAL if is_young or dice.chance(0.15) else SPECIAL_OF_ADULTS
    for programme, codes, most in (("chronic", CHRONIC, 3), ("special", special, 2), ("two_disease", ("HTN", "DM"), 2)):
        chosen = dice.random.sample(codes, dice.number(0, most))
        if programme == "chronic" and dice.chance(0.05):
            chosen = ["MB51", "MB52"]
        for code in chosen:
            first = add_months(member.first, -dice.number(1, 24))
            if dice.chance(0.1):
                first = dice.day(member.first, member.last)
            row: Text = {"programme": programme, "code": code}
            last = dice.day(max(first, member.first), member.last) if dice.chance(0.12) else None
            if dice.chance(0.08):
                row["stopped_on"] = dice.day(max(first, member.first), member.last)
            member.period("registrations", first, last, **row)


def filings(member: RandomMember, areas: Sequence[str]) -> None:
    dice = member.dice
    for _ in range(dice.weighted({0: 3, 1: 2, 2: 1})):
        first = dice.day(add_months(member.first, -14), member.last)
        last = dice.day(first, first + timedelta(days=300)) if dice.chance(0.3) else None
        kind = dice.pick(("long_term", "referral", "temporary"))
        member.period("filings", first, last, kind=kind, area_code=dice.pick(areas))
        if last is None:
            member.edges.append(add_months(first, 12))


def hubei_member(dice: Dice, member_id: str) -> RandomMember:
    """Insured in Hubei around 2019 and 2020."""
    member = RandomMember(
        dice,
        member_id,
        dice.pick(([2019], [2019, 2020], [2019, 2020], [2019, 2020], [2020], [2018, 2019], [2020, 2021])),
    )
    member.birth = dice.day(date(1940, 1, 1), date(2010, 12, 31))
    area = dice.pick(("420102", "420106", "420500", "421002"))
    for year in member.years:
        if dice.chance(0.93):
            row: Text = {"scheme": "resident", "benefit_year": year, "area_code": area}
            first = dice.day(date(year - 1, 10, 1), date(year, 3, 31))
            if dice.chance(0.6):
                row |= {"coverage_from": date(year, 1, 1) if dice.chance(0.8) else date(year, 2, 15)}
            elif dice.chance(0.9):
                row["paid_on"] = first
            if dice.chance(0.15):
                row["coverage_to"] = dice.day(date(year, 4, 1), date(year, 12, 31))
            member.add("enrolments", **row)
    if dice.chance(0.05):
        member.add("enrolments", scheme="employee", benefit_year=2019, area_code=area, coverage_from=date(2019, 7, 1))
    if dice.chance(0.05):
        member.death = dice.day(member.first, member.last)
        member.edges += [member.death] * 3
    if dice.chance(0.35):
        member.some_period("statuses", status="registered_poor")
    if dice.chance(0.15):
        member.some_period(
            "statuses", status=dice.pick(("minimum_living", "lifted_poverty", "orphan", "employee_cover"))
        )
    filings(member, ("310104", "110000", "460100", "440000", "440300", "120101"))
    return member
