"""What is known of one member: statuses, age, registrations, filings, asked for a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from .ground import Row, add_months, age_on, in_force
from .jining_lists import DIABETES_FAMILY, HYPERTENSION_FAMILY, RARE_DISEASES, class_of


@dataclass
class Person:
    """One member with the rows that bear the member's id."""

    member: Row
    enrolments: list[Row] = field(default_factory=list)
    statuses: list[Row] = field(default_factory=list)
    registrations: list[Row] = field(default_factory=list)
    filings: list[Row] = field(default_factory=list)

    def has(self, day: date, *statuses: str) -> bool:
        """Whether one of these statuses stands on the day."""
        return any(row["status"] in statuses and in_force(row, day) for row in self.statuses)

    def is_under_18(self, day: date) -> bool:
        """By birth date; without one by the statuses minor and child."""
        birth = self.member["birth_date"]
        return self.has(day, "minor", "child") if birth is None else age_on(birth, day) < 18

    def is_minor_or_student(self, day: date) -> bool:
        """学生及其他未成年人."""
        return self.is_under_18(day) or self.has(day, "student", "university_student")

    def is_retired(self, day: date) -> bool:
        """退休, else 在职 (also flexible workers)."""
        return self.has(day, "retired")

    def registration(self, day: date, programmes: tuple[str, ...], codes: set[str]) -> Row | None:
        """The valid registration of one of the codes; of two the one that began later."""
        valid = [
            row
            for row in self.registrations
            if row["programme"] in programmes and row["code"] in codes and is_valid(row, day)
        ]
        return max(valid, key=lambda row: row["valid_from"], default=None)

    def chronic(self, day: date, disease: str | None) -> Row | None:
        """The chronic registration of a disease; `diabetes` also takes what treats with insulin."""
        codes = {disease, "diabetes"} if disease == "diabetes_insulin" else {disease}
        return self.registration(day, ("chronic", "special"), codes) if disease else None

    def two_disease(self, day: date, disease: str | None) -> Row | None:
        """The two-disease registration of the family a disease belongs to."""
        for family in (HYPERTENSION_FAMILY, DIABETES_FAMILY):
            if disease in family:
                return self.registration(day, ("two_disease",), family)
        return None

    def two_disease_codes(self, day: date) -> set[str]:
        """Codes registered as two diseases and not as chronic."""
        codes = HYPERTENSION_FAMILY | DIABETES_FAMILY
        return {
            code for code in codes if self.registration(day, ("two_disease",), {code}) and not self.chronic(day, code)
        }

    def has_class_a(self, day: date) -> bool:
        """A chronic registration of 甲 is valid on the day."""
        return any(
            row["programme"] in ("chronic", "special") and is_valid(row, day) and class_of(row) == "A"
            for row in self.registrations
        )

    def special_drug(self, day: date, item: str | None) -> Row | None:
        """The 特药 registration of an item."""
        return self.registration(day, ("special_drug",), {item}) if item else None

    def rare_disease(self, day: date, disease: str | None) -> Row | None:
        """The registration of one of the three rare diseases."""
        return self.registration(day, ("rare_disease",), {disease}) if disease in RARE_DISEASES else None

    def care_level(self, day: date) -> str | None:
        """失能等级 0..5 on the day, if assessed."""
        row = self.registration(day, ("ltc",), {"0", "1", "2", "3", "4", "5"})
        return row["code"] if row else None


def is_valid(registration: Row, day: date) -> bool:
    """Valid on the day, both ends included; 特药 to the end of the year, long-term care for two years at most."""
    if not in_force(registration, day):
        return False
    begin = registration["valid_from"]
    if registration["programme"] == "special_drug":
        return day <= date(begin.year, 12, 31)
    if registration["programme"] == "ltc":
        return day <= add_months(begin, 24) - timedelta(days=1)
    return True
