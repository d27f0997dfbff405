"""Random people of Jining: who they are, their cover, recognised diseases and filings, and the providers they visit."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from .ground import add_months
from .jining_lists import LISTED_CLASS, NO_WAIT

Text = dict[str, str | None]

COUNTIES = ("370811", "370812", "370828", "370881", "370800")


class Draw(random.Random):
    """Dice in the words of the generator."""

    def chance(self, percent: float) -> bool:
        return self.random() * 100 < percent

    def weighted(self, weights: dict):
        """A key, as often as its weight says."""
        return self.choices(list(weights), list(weights.values()))[0]

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.randint(0, max(0, (last - first).days)))


def row(**values) -> Text:
    """A row of text as delivered."""
    return {name: text(value) for name, value in values.items()}


def text(value) -> str | None:
    """One value as delivered: true/false, lists with semicolons, dates in ISO form."""
    if value is None or value == []:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ";".join(value)
    return str(value)


@dataclass
class Life:
    """A member's rows and what a claim needs to know to be plausible."""

    member_id: str
    profile: str
    theme: str
    sex: str | None
    birth: date | None
    rows: dict[str, list[Text]] = field(default_factory=dict)
    chronic: list[str] = field(default_factory=list)
    two_disease: list[str] = field(default_factory=list)
    special: list[str] = field(default_factory=list)
    rare: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)
    anchors: list[date] = field(default_factory=list)
    care: str | None = None

    def add(self, table: str, **values) -> None:
        """One more row of the member."""
        self.rows.setdefault(table, []).append(row(member_id=self.member_id, **values))

    @property
    def is_employee(self) -> bool:
        """Whether most claims fall under the employees' scheme."""
        return self.profile in EMPLOYEE_PROFILES


EMPLOYEE_PROFILES = {"active", "retired", "turning_retired", "flexible", "unknown_cover"}
PROFILES = {
    "active": 24,
    "retired": 12,
    "turning_retired": 5,
    "flexible": 9,
    "unknown_cover": 0.6,
    "adult": 20,
    "child": 9,
    "student": 5,
    "newborn": 5,
    "switcher": 8,
    "both": 2.5,
}
THEMES = {
    "stays": 16,
    "pools": 14,
    "outpatient": 16,
    "chronic": 20,
    "two_disease": 9,
    "drugs": 8,
    "care": 18,
    "maternity": 30,
    "injury": 6,
    "mixed": 16,
}


def providers(draw: Draw, name: str) -> list[Text]:
    """The providers of a delivery: every kind and level, home and away, with and without what they need to offer.
    Their ids begin with `name`."""
    everything = ["special_drug", "rare_disease", "maternity", "ltc_home", "ltc_institution", "ltc_medical"]
    home: list[tuple] = [("hospital", level, tcm) for level in ("1", "2", "3") for tcm in (None, False, True)]
    home += [("hospital", None, True), ("township_centre", None, None), ("community_centre", "2", True)]
    home += [("community_station", None, None), ("village_clinic", None, None), ("clinic", None, None)]
    home += [("pharmacy", None, None), ("pharmacy", "3", False), ("nursing_home", None, None), ("home_care", "2", None)]
    rows = []
    for number, (kind, level, tcm) in enumerate(home):
        area, able = draw.choice(COUNTIES), everything[: draw.choice([0, 1, 3, 3])]
        able = everything if number % 3 == 0 or kind in ("nursing_home", "home_care") else able
        rows.append(_provider(f"{name}-{number:02d}", kind, level, area, is_tcm=tcm, capabilities=able))
    for area in ("370100", "370211", "110105", "310101", "330106"):
        for level in ("1", "2", "3"):
            tcm = draw.choice([None, True])
            known_as = f"{name}-{area}-{level}"
            rows.append(_provider(known_as, "hospital", level, area, is_tcm=tcm, capabilities=everything))
        rows.append(_provider(f"{name}-{area}-P", "pharmacy", None, area, capabilities=["special_drug"]))
    rows.append(_provider(f"{name}-HK", "hospital", "3", "810000", capabilities=everything))
    rows.append(_provider(f"{name}-OUT", "hospital", "3", "900000"))
    rows.append(_provider(f"{name}-NO", "hospital", "2", "370811", capabilities=everything, is_designated=False))
    rows.append(_provider(f"{name}-NO-BJ", "clinic", None, "110105", is_designated=False))
    return rows


def _provider(provider_id: str, kind: str, level: str | None, area: str, **more) -> Text:
    return row(provider_id=provider_id, kind=kind, level=level, area_code=area, **more)


def life(draw: Draw, member_id: str, provider_ids: list[str]) -> Life:
    """One member with everything but claims."""
    profile, theme = draw.weighted(PROFILES), draw.weighted(THEMES)
    if theme == "maternity" and profile not in ("active", "switcher", "adult") and draw.chance(85):
        theme = "stays"
    if profile in ("child", "student") and draw.chance(30):
        theme = "injury"
    sex = "F" if theme == "maternity" and draw.chance(75) else draw.choice(["M", "F", "F", None])
    one = Life(member_id, profile, theme, sex, _birth(draw, profile))
    death = draw.day(date(2025, 6, 1), date(2026, 3, 1)) if draw.chance(2) and profile != "newborn" else None
    one.add("members", sex=sex, birth_date=one.birth, death_date=death)
    one.anchors = [draw.day(date(2025, 1, 5), date(2025, 12, 20)) for _ in range(2)]
    if draw.chance(12):
        one.anchors.append(draw.choice([date(2025, 12, 30), date(2026, 2, 10), date(2026, 1, 2)]))
    if profile == "newborn":
        one.anchors = [one.birth + timedelta(days=days) for days in (draw.randint(-2, 40), draw.randint(0, 300))]
    _enrol(draw, one)
    _statuses(draw, one)
    _registrations(draw, one, provider_ids)
    _filings(draw, one)
    return one


def _birth(draw: Draw, profile: str) -> date | None:
    if profile == "newborn":
        return draw.choice([draw.day(date(2025, 1, 1), date(2025, 11, 30)), date(2025, 8, 31), date(2024, 2, 29)])
    if profile == "child":
        turns_18 = draw.choice([date(2007, 3, 1), draw.day(date(2007, 1, 1), date(2007, 12, 31)), date(2008, 2, 29)])
        return draw.choice([None, turns_18, draw.day(date(2009, 1, 1), date(2022, 12, 31))])
    if profile == "student":
        return draw.day(date(2001, 1, 1), date(2008, 12, 31))
    return None if draw.chance(5) else draw.day(date(1945, 1, 1), date(2002, 12, 31))


# ---- cover


def _enrol(draw: Draw, one: Life) -> None:
    area = draw.choice(COUNTIES)
    if one.profile == "switcher":
        moved = draw.choice([date(2025, 7, 1), draw.day(date(2025, 2, 1), date(2025, 11, 30))])
        before, after = ("resident", "employee") if draw.chance(60) else ("employee", "resident")
        _row(one, before, 2025, area, coverage_from=date(2025, 1, 1), coverage_to=moved - timedelta(days=1))
        _row(one, after, 2025, area, coverage_from=moved)
        _row(one, after, 2026, area, coverage_from=date(2026, 1, 1))
        return
    if one.profile == "both":
        _row(one, "employee", 2025, area, coverage_from=date(2025, 1, 1), coverage_to=date(2025, 12, 31))
        _row(one, "resident", 2025, area, coverage_from=draw.choice([date(2025, 1, 1), date(2025, 5, 1)]))
        _row(one, "employee", 2026, area, coverage_from=date(2026, 1, 1))
        if draw.chance(60):
            one.add("statuses", status="employee_cover", valid_from=date(2025, 1, 1), valid_to=None)
        return
    if draw.chance(25) and one.profile not in ("newborn", "flexible"):
        _row(one, "employee" if one.is_employee else "resident", 2024, area, coverage_from=date(2024, 1, 1))
    for year in (2025, 2026) if draw.chance(85) else (2025,):
        _enrol_year(draw, one, year, area)


def _row(one: Life, scheme: str, year: int, area: str, **values) -> None:
    one.add("enrolments", scheme=scheme, benefit_year=year, area_code=area, **values)


def _enrol_year(draw: Draw, one: Life, year: int, area: str) -> None:
    if one.profile == "flexible":
        _flexible(draw, one, year, area)
    elif one.profile == "newborn":
        _newborn(draw, one, year, area)
    elif one.profile == "unknown_cover":
        _row(one, "employee", year, area, paid_on=draw.choice([None, date(year, 1, 5)]))
    elif one.is_employee or draw.chance(55):
        last = draw.choice([None] * 4 + [date(year, 12, 31)] * 4 + [date(year, 9, 15)])
        first = draw.choice([date(year, 1, 1)] * 9 + [date(year, 4, 1)])
        _row(one, "employee" if one.is_employee else "resident", year, area, coverage_from=first, coverage_to=last)
    else:
        paid = draw.choice(
            [date(year - 1, 9, 1), date(year - 1, 12, 31), draw.day(date(year - 1, 10, 1), date(year - 1, 12, 31))] * 4
            + [date(year, 1, 1), date(year, 2, 10), date(year, 11, 30), draw.day(date(year, 1, 1), date(year, 6, 30))]
        )
        paid = None if draw.chance(3) else paid
        if paid and draw.chance(25):
            one.add("statuses", status=draw.choice(sorted(NO_WAIT)), valid_from=date(2024, 1, 1), valid_to=None)
        _row(one, "resident", year, area, paid_on=paid)


def _flexible(draw: Draw, one: Life, year: int, area: str) -> None:
    if year > 2025:
        _row(one, "employee", year, area, paid_on=draw.choice([date(2025, 12, 20), date(2026, 1, 9), date(2026, 3, 9)]))
        return
    last = draw.choice(
        [None, date(2024, 12, 31), date(2024, 11, 30), date(2024, 10, 31), date(2024, 9, 30), date(2025, 1, 10)]
    )
    if last:
        _row(one, "employee", 2024, area, coverage_from=date(2024, 1, 1), coverage_to=last)
    paid = draw.choice([date(2025, 1, 15), date(2025, 2, 5), date(2025, 3, 10), date(2025, 1, 31), date(2024, 12, 3)])
    _row(one, "employee", 2025, area, paid_on=paid, coverage_to=draw.choice([None, None, date(2025, 10, 31)]))


def _newborn(draw: Draw, one: Life, year: int, area: str) -> None:
    birth = one.birth
    if year < birth.year:
        return
    edge = add_months(birth, draw.choice([0, 1, 6, 12]))
    paid = draw.choice([edge, edge + timedelta(days=1), birth + timedelta(days=draw.randint(0, 200))])
    _row(one, "resident", year, area, paid_on=paid)


# ---- who they are


def _statuses(draw: Draw, one: Life) -> None:
    def status(name: str, first: date = date(2024, 1, 1), last: date | None = None) -> None:
        one.add("statuses", status=name, valid_from=first, valid_to=last)

    if one.profile in ("active", "retired", "flexible"):
        status(one.profile, date(2024, 1, 1) if draw.chance(94) else date(2025, 2, 1))
    if one.profile == "turning_retired":
        turn = draw.day(date(2025, 3, 1), date(2025, 11, 30))
        status("active", date(2024, 1, 1), turn - timedelta(days=1))
        status("retired", turn)
    if one.profile == "student" or (one.profile == "child" and draw.chance(40)):
        status(draw.choice(["student", "university_student", "minor", "child"]))
    if draw.chance(50):
        status("family_doctor_signed", draw.choice([date(2024, 1, 1), date(2025, 5, 1)]))
    if draw.chance(2):
        status(draw.choice(["in_service", "imprisoned"]), date(2025, 5, 1), date(2025, 8, 31))
    if draw.chance(1) and not one.is_employee and one.profile != "both":
        status("employee_cover", date(2025, 6, 1), date(2025, 8, 31))


def _registrations(draw: Draw, one: Life, provider_ids: list[str]) -> None:
    def register(programme: str, code: str, **values) -> None:
        since = draw.choice([date(2024, 6, 1), date(2025, 1, 1), date(2025, 1, 1), date(2025, 3, 15)])
        until = draw.choice([None, None, None, None, date(2025, 12, 31), date(2026, 6, 30)])
        usual = {"programme": programme, "code": code, "valid_from": since, "valid_to": until}
        one.add("registrations", **(usual | values))

    if one.theme == "chronic" or draw.chance(20):
        known = [*LISTED_CLASS, "hypertension", "diabetes", "mdr_tb", "uraemia"]
        one.chronic = sorted({draw.choice(known) for _ in range(draw.choice([1, 1, 2, 3]))})
        for code in one.chronic:
            bound = _designation(draw, provider_ids)
            register(draw.choice(["chronic", "special"]), code, **bound, disease_class=_class(draw, code))
        if draw.chance(8):
            one.chronic.append("gout")
            register("chronic", "gout", disease_class=draw.choice([None, "A", "B", "B"]))
    if one.theme == "two_disease" or draw.chance(10):
        codes = ("hypertension", "diabetes", "diabetes_insulin")
        one.two_disease = sorted({draw.choice(codes) for _ in range(draw.choice([1, 1, 2]))})
        for code in one.two_disease:
            register("two_disease", code)
            if code not in one.chronic and draw.chance(20):
                register("chronic", code, disease_class=draw.choice(["A", "B", "B"]))
    if one.theme == "drugs" or draw.chance(6):
        one.special = ["TY001"] if draw.chance(60) else ["TY001", "TY002"]
        one.rare = [draw.choice(["gaucher", "pompe", "fabry"])] if draw.chance(50) else []
        for code in one.special:
            since = draw.choice([date(2025, 1, 1), date(2025, 1, 1), date(2025, 3, 15), date(2024, 7, 1)])
            register("special_drug", code, valid_from=since)
        for code in one.rare:
            register("rare_disease", code)
    if one.theme == "care" or draw.chance(4):
        one.care = draw.choice(["0", "1", "2", "2", "3", "3", *"444555"])
        begin = draw.choice([date(2025, 1, 1), date(2023, 6, 15), date(2024, 8, 1)])
        register("ltc", one.care, valid_from=begin, valid_to=None)
        if draw.chance(30):
            register("ltc", draw.choice(["2", "3", "4", "5"]), valid_from=one.anchors[0], valid_to=None)


def _class(draw: Draw, code: str) -> str | None:
    return draw.choice([None, None, LISTED_CLASS[code], "A" if draw.chance(30) else LISTED_CLASS[code]])


def _designation(draw: Draw, provider_ids: list[str]) -> dict:
    return {} if draw.chance(35) else {"provider_ids": draw.sample(provider_ids[:20], draw.choice([1, 2, 3]))}


def _filings(draw: Draw, one: Life) -> None:
    if not draw.chance(30):
        return
    kind = draw.choice(["long_term", "long_term", "temporary", "referral"])
    begin = draw.choice([date(2024, 9, 1), date(2025, 1, 1), date(2025, 6, 1), one.anchors[0]])
    area = draw.choice(["110000", "110000", "310100", "330100", "370100", "370000"])
    applied = draw.choice([None, begin, begin + timedelta(days=4), begin + timedelta(days=19)])
    until = None if draw.chance(70) else begin + timedelta(days=draw.choice([30, 120]))
    one.add("filings", kind=kind, area_code=area, valid_from=begin, valid_to=until, applied_on=applied)
    one.away = [{"1100": "110105", "3101": "310101", "3301": "330106"}.get(area[:4], "370100")]
    if kind == "long_term" and draw.chance(15):
        one.add("statuses", status="residence_proof", valid_from=date(2025, 4, 1), valid_to=None)
