"""Random deliveries of Xianning residents that go for every row and every boundary of the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from .ground import add_months
from .random_xianning_changzhou import EXCLUSIONS, Draft

__all__ = ["deliveries"]

COUNTIES = ("421202", "421221", "421222", "421223", "421224", "421281")
WAIVERS = (
    "employee_2y", "transfer_in", *("employee_to_resident",) * 4, "unemployed", "veteran_or_released", "veteran",
    "released_prisoner", "newborn", "medical_aid", "other",
)  # fmt: skip
SUSPENDING = ("employee_cover", "in_service", "imprisoned", "other_scheme")
DRUGS = ("western_drug", "patent_tcm", "tcm_piece", "tcm_granule", "tcm_preparation")
OTHER_ITEMS = (
    "blood", "blood_product", "service", "tcm_service", "bed", "material_general", "material_domestic",
    "material_imported", "material_special", "special_food", "other",
)  # fmt: skip
DELEGATED = ("chronic", "special", "special_drug", "rare_disease", "negotiated_drug")

# id: kind, level, admin_tier, area_code, is_designated, zero_markup_drugs
PROVIDERS: dict[str, tuple[str, int | None, str | None, str, bool | None, bool | None]] = {
    "H1": ("hospital", 1, "county", "421222", True, None),
    "H2": ("hospital", 2, "county", "421222", None, None),
    "H3": ("hospital", 3, "county", "421281", True, True),
    "HM1": ("hospital", 1, "municipal", "421202", True, None),
    "HM2": ("hospital", 2, "municipal", "421202", True, None),
    "HM3": ("hospital", 3, "municipal", "421202", None, None),
    "HO": ("hospital", 2, "other", "421223", True, False),
    "HT": ("hospital", 3, None, "421202", True, None),
    "HN": ("hospital", None, "county", "421221", True, None),
    "T1": ("township_centre", 1, "county", "421222", True, True),
    "T0": ("township_centre", None, None, "421223", None, True),
    "T2": ("township_centre", 2, "municipal", "421224", True, True),
    "TX": ("township_centre", 1, "county", "421222", True, False),
    "TN": ("township_centre", 1, None, "421222", True, None),
    "C1": ("community_centre", 1, "municipal", "421202", True, True),
    "C2": ("community_centre", 2, None, "421202", True, None),
    "S1": ("community_station", None, None, "421202", True, True),
    "SX": ("community_station", 1, None, "421202", None, False),
    "V1": ("village_clinic", None, None, "421222", True, True),
    "VN": ("village_clinic", 1, None, "421281", True, None),
    "K1": ("clinic", None, None, "421222", True, True),
    "ND": ("hospital", 2, "county", "421222", False, None),
    "NDT": ("township_centre", 1, "county", "421222", False, True),
    "NDN": ("hospital", None, None, "421222", False, None),
    "W1": ("hospital", 1, None, "420106", True, None),
    "W2": ("hospital", 2, "municipal", "420106", None, None),
    "W3": ("hospital", 3, None, "420111", True, None),
    "B3": ("hospital", 3, None, "110105", True, None),
    "Y3": ("hospital", 3, "municipal", "430104", True, None),
    "YC": ("community_centre", None, None, "430104", True, True),
    "XN": ("hospital", 2, None, "420106", False, None),
    "XN3": ("hospital", 3, None, "430104", False, None),
    "HK": ("hospital", 3, None, "810000", True, None),
    "OS": ("hospital", 3, None, "900000", False, None),
    "PH": ("pharmacy", None, None, "421222", True, None),
    "NH": ("nursing_home", None, None, "421202", True, None),
}
VISITED = {"H2": 6, "T1": 7, "T0": 4, "C1": 4, "S1": 5, "SX": 1, "V1": 5, "K1": 3, "H1": 3, "HM3": 2, "H3": 2, "TX": 1,
           "T2": 1, "TN": 0.6, "VN": 0.5, "HN": 0.3, "W3": 1, "YC": 1, "ND": 0.4, "NDT": 0.3, "XN": 0.3, "HK": 0.1,
           "PH": 0.2, "NH": 0.1, "C2": 0.3}  # fmt: skip
ADMITTED = {"H1": 4, "H2": 5, "H3": 5, "HM1": 2, "HM2": 4, "HM3": 5, "HO": 1, "HT": 0.4, "HN": 0.3, "T1": 3, "T0": 1,
            "T2": 1, "C1": 1, "C2": 0.4, "S1": 1, "V1": 0.1, "K1": 0.1, "ND": 0.5, "NDN": 0.1, "W1": 1, "W2": 2,
            "W3": 3, "B3": 2, "Y3": 2, "XN": 1.5, "XN3": 1, "HK": 0.1, "OS": 0.1, "NH": 0.1}  # fmt: skip


def deliveries(seed: int, members: int) -> dict[str, list[dict[str, Any]]]:
    """Text rows by table: `members` people with 1 to 12 claims each, most of which are paid."""
    draft = Draft(Random(f"xianning {seed}"), f"XN{seed}")
    for name, (kind, level, tier, area, designated, zero_markup) in PROVIDERS.items():
        draft.add(
            "providers", provider_id=f"{draft.mark}-{name}", name=name, kind=kind, level=level, admin_tier=tier,
            area_code=area, is_designated=designated, zero_markup_drugs=zero_markup,
        )  # fmt: skip
    for number in range(members):
        _member(draft, f"{draft.mark}-M{number}")
    draft.reverse_some()
    return draft.delivered()


@dataclass
class Cover:
    """Days that are surely or probably covered, and a day near which coverage begins or ends."""

    first: date
    last: date
    edge: date | None = None


@dataclass
class Life:
    """A member of the draft: the earliest day of a claim, what most claims are, the stays a visit may belong to."""

    member: str
    birth: date | None
    earliest: date
    theme: str
    usual: str | None = None
    stays: list[dict[str, Any]] = field(default_factory=list)


def _member(draft: Draft, member: str) -> None:
    year = draft.weighted({2024: 6, 2025: 3, 2026: 1})
    birth = _birth(draft, year)
    died_on = draft.rarely(draft.day(date(year, 6, 1), date(year, 12, 31)), 0.03)
    draft.add("members", member_id=member, sex=draft.one("MF"), birth_date=birth, death_date=died_on)
    cover = _enrol(draft, member, year, birth)
    _suspend(draft, member, year)
    _register(draft, member, year)
    _file(draft, member, year)
    theme = draft.weighted({"visits": 5, "stays": 4, "mixed": 4, "days": 2, "steady": 1.5})
    life = Life(member, birth, max(birth or date.min, date(2024, 1, 1)), theme)
    if theme == "steady":
        life.usual = draft.one(["H2", "HM3", "T1"])
    crowded = draft.day(cover.first, cover.last)
    for number in range(12 if life.usual else draft.rng.randint(1, 12)):
        first, last = _span(draft, cover, crowded if theme == "days" else None)
        first = max(first, life.earliest)
        _claim(draft, life, f"{member}-{number}", (first, max(first, last)))


def _birth(draft: Draft, year: int) -> date | None:
    if draft.chance(0.03):
        return None
    if draft.chance(0.07):
        return draft.day(date(year, 1, 1), date(year, 10, 31))
    return draft.day(date(1940, 1, 1), date(year - 2, 12, 31))


def _span(draft: Draft, cover: Cover, crowded: date | None) -> tuple[date, date]:
    """The days a claim may begin on: at the edge of coverage, on one crowded day, mostly a covered day."""
    if cover.edge and draft.chance(0.35):
        day = draft.near(cover.edge)
        return day, day
    if crowded and draft.chance(0.8):
        return crowded, crowded
    if draft.chance(0.04):
        return cover.first - timedelta(days=100), cover.last + timedelta(days=60)
    return cover.first, cover.last


# ---- what is known of a member


def _enrol(draft: Draft, member: str, year: int, birth: date | None) -> Cover:
    """One of the ways into coverage."""
    area = draft.weighted({**dict.fromkeys(COUNTIES, 3), "421200": 1})
    base = {"member_id": member, "scheme": "resident", "benefit_year": year, "area_code": area}
    whole = Cover(date(year, 1, 1), date(year, 12, 31))
    if birth and birth.year == year:
        registered_on = draft.one([None, draft.day(birth, date(year, 12, 31)), date(year + 1, 1, 15)])
        paid_on = draft.rarely(draft.day(birth, date(year, 12, 31)), 0.5)
        draft.add("enrolments", **base, waiver_reason="newborn", registered_on=registered_on, paid_on=paid_on)
        return Cover(birth, whole.last, birth)
    way = draft.weighted({"on_time": 8, "given": 5, "part": 2, "late": 2, "waiver": 6, "student": 2, "unpaid": 0.2})
    if way == "on_time":
        draft.add("enrolments", **base, paid_on=draft.one([date(year - 1, 12, 31), date(year - 1, 10, 7)]))
    elif way == "given":
        draft.add("enrolments", **base, coverage_from=whole.first, coverage_to=whole.last)
    elif way == "unpaid":
        draft.add("enrolments", **base)
    else:
        ways = {"part": _enrol_in_part, "late": _pay_late, "waiver": _waive, "student": _enrol_student}
        whole = ways[way](draft, base, year)
    _enrol_beside(draft, base, year)
    return whole


def _enrol_in_part(draft: Draft, base: dict[str, Any], year: int) -> Cover:
    edge = draft.day(date(year, 2, 1), date(year, 10, 31))
    if draft.chance(0.5):
        draft.add("enrolments", **base, coverage_from=edge)
        return Cover(edge, date(year, 12, 31), edge)
    draft.add("enrolments", **base, coverage_to=edge, paid_on=date(year - 1, 11, 1))
    return Cover(date(year, 1, 1), edge, edge)


def _pay_late(draft: Draft, base: dict[str, Any], year: int) -> Cover:
    paid_on = draft.one([date(year, 1, 1), date(year, 10, 2), date(year, 10, 3), draft.near(date(year, 4, 1))])
    draft.add("enrolments", **base, paid_on=paid_on, waiver_reason=draft.rarely("other"))
    first = paid_on + timedelta(days=90)
    return Cover(first, max(first, date(year, 12, 31)), draft.one([paid_on, first]))


def _waive(draft: Draft, base: dict[str, Any], year: int) -> Cover:
    waiver_from = draft.one([date(year, 1, 31), draft.day(date(year - 1, 11, 1), date(year, 7, 31))])
    in_time = add_months(waiver_from, 3)
    paid_on = max(draft.one([in_time, in_time + timedelta(days=1), draft.day(waiver_from, in_time)]), date(year, 1, 1))
    draft.add(
        "enrolments", **base, paid_on=paid_on, waiver_reason=draft.one(WAIVERS),
        waiver_from=None if draft.chance(0.08) else waiver_from, waiver_months=draft.one([None, 23, 24, 60]),
        has_arrears=draft.one([None, None, None, False, True]),
    )  # fmt: skip
    waited = paid_on + timedelta(days=90)
    return Cover(draft.one([paid_on, waited]), date(year, 12, 31), draft.one([paid_on, paid_on, waited]))


def _enrol_student(draft: Draft, base: dict[str, Any], year: int) -> Cover:
    before = max(2024, year - 1)
    base = base | {"benefit_year": before + 1}
    edges = [date(before, 8, 31), date(before, 9, 1), date(before, 11, 30), date(before, 12, 1)]
    draft.add("enrolments", **base, paid_on=draft.one([*edges, date(before, 10, 1), date(before, 10, 1)]))
    draft.add("statuses", member_id=base["member_id"], status="university_student", valid_from=date(before, 9, 1))
    edge = draft.one([date(before, 9, 1), date(before + 1, 1, 1)])
    return Cover(date(before, 10, 1), date(before + 1, 12, 31), edge)


def _enrol_beside(draft: Draft, base: dict[str, Any], year: int) -> None:
    """The next or last year's row, or an employee row with its dates."""
    if draft.chance(0.25):
        draft.add("enrolments", **base | {"benefit_year": year + 1}, paid_on=date(year, 11, 11))
    if draft.chance(0.1):
        before = {"coverage_from": date(year - 1, 1, 1), "coverage_to": date(year - 1, 12, draft.one([30, 31]))}
        draft.add("enrolments", **base | {"benefit_year": year - 1}, **before)
    if draft.chance(0.05):
        first = draft.day(date(year, 2, 1), date(year, 9, 1))
        last = first + timedelta(days=draft.rng.randint(1, 120))
        row = base | {"scheme": "employee", "area_code": "421200"}
        draft.add("enrolments", **row, coverage_from=first, coverage_to=last)


def _suspend(draft: Draft, member: str, year: int) -> None:
    if draft.chance(0.08):
        first = draft.day(date(year, 1, 1), date(year, 11, 1))
        last = draft.one([None, first + timedelta(days=draft.rng.randint(0, 60))])
        draft.add("statuses", member_id=member, status=draft.one(SUSPENDING), valid_from=first, valid_to=last)


def _register(draft: Draft, member: str, year: int) -> None:
    for code in ("hypertension", "diabetes"):
        if draft.chance(0.35):
            first, last = draft.period(year)
            stopped_on = draft.rarely(draft.day(first, date(year, 12, 31)))
            draft.add(
                "registrations", member_id=member, programme="two_disease", code=code, valid_from=first, valid_to=last,
                stopped_on=stopped_on,
            )  # fmt: skip
    if draft.chance(0.12):
        programme = draft.one(DELEGATED)
        code = draft.one(["D1", "chronic_renal_failure", "hypertension"])
        first, last = draft.period(year)
        draft.add("registrations", member_id=member, programme=programme, code=code, valid_from=first, valid_to=last)


def _file(draft: Draft, member: str, year: int) -> None:
    for _ in range(draft.weighted({0: 5, 1: 4, 2: 2})):
        first, last = draft.period(year, whole=0.8)
        kind = draft.weighted({"long_term": 3, "referral": 4, "temporary": 1})
        place = draft.one(["420100", "420106", "420000", "430100", "430104", "110000"])
        draft.add("filings", member_id=member, kind=kind, area_code=place, valid_from=first, valid_to=last)


# ---- claims


def _claim(draft: Draft, life: Life, claim_id: str, span: tuple[date, date]) -> None:
    stays = {"visits": 0.1, "days": 0.05, "steady": 0.03, "mixed": 0.5, "stays": 0.85}[life.theme]
    is_stay = draft.chance(stays)
    provider = draft.weighted(ADMITTED if is_stay else VISITED)
    if life.usual and not is_stay:
        provider = life.usual
    started_on, ended_on, settled_at = draft.claim_moments(*span, is_stay=is_stay)
    care_type = (
        "inpatient" if is_stay else draft.weighted({"outpatient": 9, "emergency": 1.5, "pharmacy": 0.1, "ltc": 0.05})
    )
    claim: dict[str, Any] = {
        "claim_id": claim_id, "member_id": life.member, "care_type": care_type,
        "provider_id": f"{draft.mark}-{provider}",
        "started_on": started_on, "ended_on": ended_on, "settled_at": settled_at,
        "scheme": draft.rarely("resident", 0.3),
        "disease_code": draft.rarely(draft.one(["hypertension", "diabetes"]), 0.15),
        "benefit": _benefit(draft, is_stay), "is_emergency": draft.rarely(draft.chance(0.7), 0.2),
        "settlement_mode": draft.one([None, "direct", "manual"]),
        "exclusion_code": draft.rarely(draft.one(EXCLUSIONS), 0.015),
    }  # fmt: skip
    claim |= draft.accident(started_on, life.birth) | draft.payments_of_others()
    _link(draft, claim, life)
    draft.add("claims", **claim)
    scale = draft.weighted({"visit": 8, "dear": 2})
    if is_stay:
        scale = draft.weighted({"stay": 8, "dear": 2, "huge": 2, "vast": 0.1})
    elif life.usual:
        scale = "dear"
    for number in range(1, draft.weighted({0: 0.3, 1: 4, 2: 4, 3: 3, 6: 1}) + 1):
        _line(draft, claim, number, scale)


def _benefit(draft: Draft, is_stay: bool) -> str | None:
    if is_stay:
        return draft.weighted({None: 20, "ordinary": 2, "maternity": 2, "accident": 1, "ltc": 0.2})
    weights = {
        None: 30,
        "ordinary": 3,
        "two_disease": 4,
        "prenatal": 2,
        "chronic": 1,
        "special": 1,
        "dual_channel": 0.5,
    }
    return draft.weighted(weights | {"ltc": 0.1})


def _link(draft: Draft, claim: dict[str, Any], life: Life) -> None:
    """A stay takes in visits drafted after it; they move to the day of admission or before, mostly to its provider."""
    if claim["care_type"] == "inpatient":
        life.stays.append(claim)
    elif life.stays and claim["care_type"] in ("outpatient", "emergency") and draft.chance(0.35):
        stay = draft.one(life.stays)
        day = max(stay["started_on"] - timedelta(days=draft.rng.randint(0, 1)), life.earliest)
        settled_at = datetime.combine(day, time(draft.rng.randint(8, 17)))
        claim |= {"inpatient_claim_id": stay["claim_id"], "started_on": day, "settled_at": settled_at}
        if draft.chance(0.85):
            claim["provider_id"] = stay["provider_id"]


def _line(draft: Draft, claim: dict[str, Any], number: int, scale: str) -> None:
    is_stay = claim["ended_on"] is not None
    kind = draft.weighted({draft.one(DRUGS): 6, draft.one(OTHER_ITEMS): 4, "consult_fee": 1 if is_stay else 4})
    amount = draft.one(["13.00", "8.00", "6.50", "26.00"]) if kind == "consult_fee" else draft.amount(scale)
    service_date = None
    if is_stay and draft.chance(0.6):
        service_date = draft.day(claim["started_on"], claim["ended_on"])
    line: dict[str, Any] = {
        "claim_id": claim["claim_id"], "line_no": number, "service_date": service_date, "item_kind": kind,
        "catalogue_class": draft.weighted({"A": 6, "B": 5, "C": 1}), "amount": amount, **draft.price_limit(amount),
        "item_code": draft.one([None, None, "D1", "D2"]),
        "self_pay_rate": draft.rarely(draft.one(["0", "0.05", "0.2", "1"])),
        "disease_code": draft.weighted({None: 8, "hypertension": 4, "diabetes": 3, "chronic_renal_failure": 1}),
        "benefit": draft.weighted({None: 20, "ordinary": 1, "two_disease": 1, "chronic": 0.5, "rare_disease": 0.3}),
        "exclusion_code": draft.rarely(draft.one(EXCLUSIONS), 0.02),
    }  # fmt: skip
    draft.add("fee_lines", **line)
