"""Random deliveries of Changzhou residents that go for every row and every boundary of the page."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from .ground import add_months
from .random_changzhou_claims import Life, add_claim
from .random_changzhou_places import PROVIDERS, RECOGNISERS, special_places
from .random_xianning_changzhou import Draft

__all__ = ["deliveries"]

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
DISTRICTS = ("320402", "320404", "320411", "320412", "320413", "320481", "320471", "320400")
WAIVERS = (
    "hukou_move_first", "medical_aid", "veteran", "veteran_spouse", "veteran_or_released", "graduate_unemployed",
    "released_prisoner", *("employee_break_3m",) * 4, "employee_2y", "transfer_in", "newborn", "other",
)  # fmt: skip
MINORS, ADULTS = ("minor", "child", "student"), ("elderly", "nonworking", "retired", "flexible", "active")
SUSPENDING = ("employee_cover", "in_service", "imprisoned", "other_scheme")
AIDED = (
    *("extreme_poverty", "orphan", "de_facto_orphan") * 2, "minimum_living", "temporary_aid_major_illness",
    "retrenched_1960s", "entitled_group", "child_in_difficulty", "hard_up_worker_family", "severely_disabled",
    "low_income_edge", "expenditure_hardship", "other_special", "low_income_family",
)  # fmt: skip
SPECIAL = (
    *("malignant_tumour", "haemophilia", "transplant") * 2, "chronic_renal_failure", "severe_mental_disorder",
    "aplastic_anaemia", "sle", "tuberculosis",
)  # fmt: skip
SPECIAL_OF_CHILDREN = ("t1dm_child", "autism_child", *("gh_deficiency_child",) * 3, "malignant_tumour", "haemophilia")
CHRONIC = (
    *("hypertension", "diabetes", "malignant_tumour") * 3, "stroke_with_dysfunction", "coronary", "rheumatic_heart",
    "pulmonary_heart", "rheumatoid_arthritis", "sjogren", "crohn", "chronic_hepatitis", "chronic_nephritis",
    "parkinson",
)  # fmt: skip


def deliveries(seed: int, members: int) -> dict[str, list[dict[str, Any]]]:
    """Text rows by table: `members` people with 1 to 12 claims each, most of which are paid."""
    draft = Draft(Random(f"changzhou {seed}"), f"CZ{seed}")
    for name, columns in PROVIDERS.items():
        draft.add("providers", provider_id=f"{draft.mark}-{name}", **{"name": name, **columns})
    for number in range(members):
        _member(draft, f"{draft.mark}-M{number}")
    draft.reverse_some()
    return draft.delivered()


def _member(draft: Draft, member: str) -> None:
    themes = {"stays": 4, "special": 8, "dual": 4, "pku": 2, "chronic": 3, "ordinary": 3, "birth": 1.5}
    theme = draft.weighted(themes)
    birth = _birth(draft, theme)
    died_on = draft.rarely(draft.day(date(2024, 6, 1), LAST), 0.02)
    sex = "F" if theme == "birth" else draft.one("MF")
    draft.add("members", member_id=member, sex=sex, birth_date=birth, death_date=died_on)
    life = Life(member, birth, theme)
    _enrol(draft, life)
    _belong(draft, life)
    for _ in range(draft.weighted({0: 4, 1: 5, 2: 3} if theme != "special" else {1: 3, 2: 4, 3: 2})):
        _recognise(draft, life)
    for _ in range(draft.weighted({0: 5, 1: 3, 2: 2, 3: 1} if theme != "chronic" else {1: 4, 2: 4, 3: 2})):
        _register_chronic(draft, life)
    _register_drugs_and_blood(draft, life)
    _file(draft, life)
    for number in range(draft.rng.randint(1, 12)):
        add_claim(draft, life, f"{member}-{number}")


def _birth(draft: Draft, theme: str) -> date | None:
    if theme == "birth":
        return draft.day(date(1980, 1, 1), date(2003, 12, 31))
    if theme == "pku" or draft.chance(0.25):
        year = draft.one([2005, 2006, 2009, 2010, 2010, 2011, 2016, 2017, 2018, 2023, 2024])
        return date(year, 1, 1) if draft.chance(0.1) and year < 2024 else draft.day(date(year, 1, 2), date(year, 9, 30))
    return None if draft.chance(0.08) else draft.day(date(1940, 1, 1), date(2004, 12, 31))


# ---- coverage


def _enrol(draft: Draft, life: Life) -> None:
    area = draft.one(DISTRICTS)
    base = {"member_id": life.member, "scheme": "resident", "benefit_year": 2024, "area_code": area}
    if life.birth and life.birth >= date(2023, 10, 1):
        _pay_for_newborn(draft, life, base)
    else:
        weights = {"on_time": 6, "given": 6, "part": 1, "late": 1.5, "waiver": 2.5, "unpaid": 0.1}
        way = draft.weighted(weights if life.theme != "birth" else {"on_time": 2, "given": 6, "part": 1})
        ways = {"part": _enrol_in_part, "late": _pay_late, "waiver": _waive}
        if way == "on_time":
            paid_on = draft.one([date(2023, 12, 31), date(2023, 10, 1)])
            draft.add("enrolments", **base, paid_on=paid_on, consecutive_from=_since(draft, life))
        elif way == "given":
            draft.add("enrolments", **base, coverage_from=FIRST, coverage_to=LAST, consecutive_from=_since(draft, life))
        elif way == "unpaid":
            draft.add("enrolments", **base)
        else:
            ways[way](draft, life, base)
    _enrol_beside(draft, base)


def _since(draft: Draft, life: Life) -> int | None:
    return draft.weighted({None: 3, 2020: 12 if life.theme == "birth" else 1, 2023: 1, 2024: 1})


def _pay_for_newborn(draft: Draft, life: Life, base: dict[str, Any]) -> None:
    """Paid within three months of birth, within a year, on the edges, or later."""
    birth = life.birth
    assert birth is not None
    edges = [add_months(birth, 3), add_months(birth, 3) + timedelta(days=1), birth, draft.near(add_months(birth, 2))]
    paid_on = max(draft.one([*edges, add_months(birth, 12), add_months(birth, 5)]), birth)
    draft.add("enrolments", **base, paid_on=paid_on, waiver_reason=draft.one(["newborn", None]))
    in_time = paid_on <= add_months(birth, 3)
    life.cover_from(birth if in_time else paid_on, draft.one([birth, paid_on, _month_after(paid_on, 1)]))


def _enrol_in_part(draft: Draft, life: Life, base: dict[str, Any]) -> None:
    edge = draft.day(date(2024, 2, 1), date(2024, 10, 31))
    if draft.chance(0.5):
        draft.add("enrolments", **base, coverage_from=edge, paid_on=draft.rarely(edge - timedelta(days=40)))
        life.cover_from(edge, edge)
    else:
        draft.add("enrolments", **base, coverage_to=edge, paid_on=date(2023, 11, 1))
        life.last, life.edge = edge, edge


def _pay_late(draft: Draft, life: Life, base: dict[str, Any]) -> None:
    paid_on = draft.one([FIRST, date(2024, 10, 31), date(2024, 11, 1), draft.near(date(2024, 3, 1))])
    draft.add("enrolments", **base, paid_on=paid_on, waiver_reason=draft.rarely("other"))
    first = _month_after(paid_on, 2)
    life.cover_from(first, draft.one([paid_on, first]))


def _waive(draft: Draft, life: Life, base: dict[str, Any]) -> None:
    waiver_from = draft.one([date(2024, 1, 31), date(2023, 11, 30), draft.day(date(2023, 11, 1), date(2024, 7, 31))])
    in_time = add_months(waiver_from, 3)
    paid_on = max(draft.one([in_time, in_time + timedelta(days=1), draft.day(waiver_from, in_time)]), FIRST)
    reason = draft.one(WAIVERS)
    given = None if draft.chance(0.1) else waiver_from
    draft.add("enrolments", **base, paid_on=paid_on, waiver_reason=reason, waiver_from=given)
    life.cover_from(draft.one([paid_on, _month_after(paid_on, 2)]), draft.one([paid_on, _month_after(paid_on, 2)]))


def _month_after(day: date, months: int) -> date:
    return add_months(day.replace(day=1), months)


def _enrol_beside(draft: Draft, base: dict[str, Any]) -> None:
    """The year before (whole, with a gap of a day, since a day in it) or an employee row with its dates."""
    if draft.chance(0.3):
        first = draft.one([date(2023, 1, 1), date(2023, 3, 1), draft.day(date(2023, 1, 1), date(2023, 11, 1))])
        last = date(2023, 12, draft.one([30, 31, 31, 31]))
        draft.add("enrolments", **base | {"benefit_year": 2023}, coverage_from=first, coverage_to=last)
    if draft.chance(0.04):
        first = draft.day(date(2024, 2, 1), date(2024, 9, 1))
        last = first + timedelta(days=draft.rng.randint(1, 90))
        row = base | {"scheme": "employee", "area_code": "320400"}
        draft.add("enrolments", **row, coverage_from=first, coverage_to=last)


# ---- who a member is


def _belong(draft: Draft, life: Life) -> None:
    """The person group, known or not; assistance that may begin, change or end in mid-year; suspension."""
    is_minor = life.birth is not None and life.birth.year >= 2005
    group = draft.weighted(
        {draft.one(MINORS): 10 if is_minor else 0.5, draft.one(ADULTS): 1 if is_minor else 10, None: 4}
        | {"university_student": 1}
    )
    since = life.birth if life.birth and life.birth.year > 2022 else date(2022, 9, 1)
    if group:
        draft.add("statuses", member_id=life.member, status=group, valid_from=since)
    if draft.chance(0.45):
        middle = max(draft.day(date(2024, 2, 1), date(2024, 10, 31)), since)
        first, last = draft.one([(since, None), (since, None), (since, middle), (middle, None), (middle, LAST)])
        draft.add("statuses", member_id=life.member, status=draft.one(AIDED), valid_from=first, valid_to=last)
        if draft.chance(0.3):
            draft.add("statuses", member_id=life.member, status=draft.one(AIDED), valid_from=middle, valid_to=None)
    if draft.chance(0.05):
        first = draft.day(FIRST, date(2024, 11, 1))
        last = draft.one([None, first + timedelta(days=draft.rng.randint(0, 60))])
        draft.add("statuses", member_id=life.member, status=draft.one(SUSPENDING), valid_from=first, valid_to=last)


# ---- registrations and filings


def _registered(draft: Draft) -> dict[str, Any]:
    """Mostly valid all year; it may begin, end or be stopped in 2024."""
    middle = draft.day(date(2024, 2, 1), date(2024, 11, 30))
    valid = {
        "whole": {"valid_from": FIRST},
        "begins": {"valid_from": middle},
        "ends": {"valid_from": FIRST, "valid_to": middle},
        "stops": {"valid_from": FIRST, "stopped_on": middle},
    }
    return valid[draft.weighted({"whole": 8, "begins": 2, "ends": 1, "stops": 1})]


def _recognise(draft: Draft, life: Life) -> None:
    is_child = life.birth is not None and life.birth.year >= 2006
    code = draft.one(SPECIAL_OF_CHILDREN if is_child else SPECIAL)
    valid = _registered(draft)
    if draft.chance(0.2):  # runs out in 2024, unless it has no term
        valid = {"valid_from": draft.day(date(2023, 3, 1), date(2023, 12, 31))}
    able = RECOGNISERS[code]
    recogniser = draft.one([None, None, None, draft.one(able), draft.one(able), draft.one(list(PROVIDERS))])
    if recogniser and recogniser not in able and draft.chance(0.6):
        recogniser = None
    places = special_places(draft) if draft.chance(0.95) else []
    if life.special and draft.chance(0.6):
        places = life.special[0][1]
    draft.add(
        "registrations", member_id=life.member, programme="special", code=code, **valid,
        provider_ids=[f"{draft.mark}-{place}" for place in places],
        recognised_by=f"{draft.mark}-{recogniser}" if recogniser else None,
        surgery_date=draft.one([None, date(2023, 7, 1), date(2022, 5, 1), date(2023, 12, 20)]),
        topup_from=draft.rarely(draft.day(date(2024, 3, 1), date(2024, 10, 1)), 0.5),
    )  # fmt: skip
    life.special.append((code, places))


def _register_chronic(draft: Draft, life: Life) -> None:
    code = draft.one(CHRONIC)
    level = draft.weighted({None: 3, 3: 5, 2: 1})
    valid = _registered(draft)
    draft.add("registrations", member_id=life.member, programme="chronic", code=code, evidence_level=level, **valid)
    life.chronic.append(code)


def _register_drugs_and_blood(draft: Draft, life: Life) -> None:
    for programme, code in (("negotiated_drug", "D1"), ("negotiated_drug", "D2"), ("rare_disease", "D3")):
        if draft.chance(0.8 if life.theme == "dual" else 0.25):
            places = life.dual_places if life.dual_places and draft.chance(0.7) else special_places(draft)
            life.dual_places = life.dual_places or places
            valid = _registered(draft)
            draft.add(
                "registrations",
                member_id=life.member,
                programme=programme,
                code=code,
                **valid,
                provider_ids=[f"{draft.mark}-{place}" for place in places],
            )
    if draft.chance(0.9 if life.theme == "pku" else 0.03):
        draft.add("registrations", member_id=life.member, programme="pku", code="pku", **_registered(draft))
    if draft.chance(0.3):
        code = draft.one(["haematologic_malignancy", "haemophilia", "aplastic_anaemia"])
        recogniser = draft.one([None, *(f"{draft.mark}-{name}" for name in ("L1", "L2", "L3", "K1"))])
        valid = _registered(draft)
        draft.add(
            "registrations", member_id=life.member, programme="blood", code=code, recognised_by=recogniser, **valid
        )


def _file(draft: Draft, life: Life) -> None:
    for _ in range(draft.weighted({0: 4, 1: 4, 2: 3})):
        first, last = draft.period(2024, whole=0.8)
        kind = draft.weighted({"long_term": 3, "referral": 5, "temporary": 1})
        place = draft.one(["320100", "320106", "320000", "320200", "310000", "310104"])
        draft.add("filings", member_id=life.member, kind=kind, area_code=place, valid_from=first, valid_to=last)
