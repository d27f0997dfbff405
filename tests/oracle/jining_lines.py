"""§5, §6 and §9: which portion takes a line; stays, days of care and chronic visits; visits before admission."""

from __future__ import annotations

from datetime import date, timedelta

from .ground import Row
from .jining_checks import Case, Outcome
from .jining_cover import refused_by_cover
from .jining_lists import (
    CARE_ORDER,
    DRUGS,
    HIGHEST_CARE,
    PROCEDURE_LIMITS,
    SURGERY_LIMITS,
    day_of,
    disease_of,
    in_jining,
    is_institution,
    is_primary,
    level,
)

Taken = tuple[str, str]


# ---- §9 lines to portions


def assign(case: Case, line: Row, claim: Row | None = None) -> Outcome:
    """Where a line of the case goes. `claim` is the visit it was delivered with, if that joined the stay."""
    claim = claim or case.claim
    day = day_of(claim, line)
    reason = refused_by_cover(case.person, case.scheme, day)
    if reason is None and line["exclusion_code"]:
        reason = f"excluded_{line['exclusion_code']}"
    found = reason or _portion(case, line, day, disease_of(claim, line))
    return Outcome(line, reason=found) if isinstance(found, str) else Outcome(line, portion=found)


def _portion(case: Case, line: Row, day: date, disease: str | None) -> Taken | str:
    if case.kind == "care":
        return _care(case, day)
    own_benefit = _drug(case, line, day, disease)
    if isinstance(own_benefit, tuple):
        return own_benefit
    if case.kind in ("special_drug", "rare_disease"):
        return own_benefit or "benefit_not_covered"
    if case.kind in ("stay", "delivery", "childbirth", "accident"):
        return (case.kind, "")
    if case.kind == "chronic":
        return _chronic(case, day, disease)
    if case.kind == "two_disease":
        return _two_disease(case, line, day, disease)
    if case.kind == "ordinary":
        return _ordinary(case, line)
    return _procedure(case, line)


def _drug(case: Case, line: Row, day: date, disease: str | None) -> Taken | str | None:
    """The portion of a special or rare-disease drug, what it fails by, or None for any other line."""
    channel = line["drug_channel"]
    if channel not in ("special_drug", "rare_disease"):
        return None
    if channel not in case.provider["capabilities"]:
        return "provider_not_eligible"
    special = channel == "special_drug"
    item = line["item_code"]
    registered = case.person.special_drug(day, item) if special else case.person.rare_disease(day, disease)
    return (channel, "") if registered else "not_registered"


def _chronic(case: Case, day: date, disease: str | None) -> Taken | str:
    registration = case.person.chronic(day, disease)
    return ("chronic", registration["code"]) if registration else "not_registered"


def _two_disease(case: Case, line: Row, day: date, disease: str | None) -> Taken | str:
    if case.person.chronic(day, disease):
        return _chronic(case, day, disease)
    drug_of_family = line["item_kind"] in DRUGS and case.person.two_disease(day, disease)
    if not in_jining(case.provider) or not drug_of_family:
        return _ordinary(case, line)
    if case.provider["kind"] == "pharmacy" or level(case.provider) == 3:
        return "provider_not_eligible"
    return ("two_disease", "")


def _ordinary(case: Case, line: Row) -> Taken | str:
    if case.scheme == "resident":
        return ("ordinary", "") if resident_ordinary_at(case.provider) else "provider_not_eligible"
    if case.provider["kind"] == "pharmacy" and line["item_kind"] not in DRUGS:
        return "not_a_drug"
    return ("ordinary", "")


def resident_ordinary_at(provider: Row) -> bool:
    """基层 in Jining, any medical institution outside."""
    return is_primary(provider) if in_jining(provider) else is_institution(provider)


def _procedure(case: Case, line: Row) -> Taken | str:
    code = line["procedure_code"]
    if case.kind == "abortion":
        return ("procedures", code if code in SURGERY_LIMITS else "abortion")
    if code in PROCEDURE_LIMITS:
        return ("procedures", code)
    is_abortion = case.claim["maternity_case"] == "abortion"
    return ("procedures", "outpatient_abortion") if is_abortion else "benefit_not_covered"


def _join_abortion_and_iud(case: Case) -> None:
    """Abortion and IUD on one claim of procedures are one item."""
    codes = {outcome.portion[1] for outcome in case.taken if outcome.portion[0] == "procedures"}
    is_abortion = case.claim["maternity_case"] == "abortion" or "outpatient_abortion" in codes
    if case.kind != "procedures" or not is_abortion or not codes & {"iud_insertion", "iud_removal"}:
        return
    for outcome in case.taken:
        if outcome.portion[1] in ("outpatient_abortion", "iud_insertion", "iud_removal"):
            outcome.portion = ("procedures", "outpatient_abortion_iud")


def _care(case: Case, day: date) -> Taken | str:
    disability = case.person.care_level(day)
    if disability is None:
        return "not_registered"
    if disability not in HIGHEST_CARE:
        return "ltc_level_too_low"
    asked, highest = CARE_ORDER.index(case.claim["ltc_service"]), CARE_ORDER.index(HIGHEST_CARE[disability])
    return ("care", CARE_ORDER[min(asked, highest)])


# ---- §5 stays, care days, chronic visits; §6 three days before admission


def assign_all(cases: list[Case]) -> None:
    """Assigns the lines of a member's claims, given in settlement order, and lets them look at each other."""
    for case in cases:
        if case.passes:
            case.outcomes = [assign(case, line) for line in case.lines]
            _join_abortion_and_iud(case)
    stays, medical_days = _stays_against_care(cases)
    _refuse_chronic_during(stays, cases)
    _merge_visits(stays, cases)
    _refuse_ordinary_during(medical_days, cases)


def _stays_against_care(cases: list[Case]) -> tuple[list[Case], set[date]]:
    """In settlement order the first stands. Returns the paid stays and the days of medical care."""
    stays: list[Case] = []
    care_days: set[date] = set()
    medical_days: set[date] = set()
    for case in cases:
        if not case.passes:
            continue
        if case.is_stay and case.taken:
            if any(_is_day_of(case, day) for day in care_days):
                case.status, case.reasons = "denied", ["ltc_overlap"]
            else:
                stays.append(case)
        if case.kind == "care":
            paid = _care_days(case, stays)
            care_days |= paid.keys()
            medical_days |= {day for day, service in paid.items() if service == "medical"}
    return stays, medical_days


def _is_day_of(stay: Case, day: date) -> bool:
    end = stay.claim["ended_on"] or stay.claim["started_on"]
    return stay.claim["started_on"] <= day < end


def _care_days(case: Case, stays: list[Case]) -> dict[date, str]:
    """Refuses lines on days of a paid stay; the days of the other class A and B lines by settled type."""
    days: dict[date, str] = {}
    for outcome in case.taken:
        day = day_of(case.claim, outcome.line)
        if any(_is_day_of(stay, day) for stay in stays):
            outcome.portion, outcome.reason = None, "during_stay"
        elif outcome.line["catalogue_class"] in ("A", "B"):
            days[day] = outcome.portion[1]
    return days


def _refuse_chronic_during(stays: list[Case], cases: list[Case]) -> None:
    for case in cases:
        for outcome in case.taken if case.passes else []:
            day = day_of(case.claim, outcome.line)
            if outcome.portion[0] == "chronic" and any(_is_day_of(stay, day) for stay in stays):
                outcome.portion, outcome.reason = None, "during_stay"


def _merge_visits(stays: list[Case], cases: list[Case]) -> None:
    for visit in cases:
        stay = _stay_to_join(visit, stays)
        if stay is not None:
            visit.status, visit.reasons = "paid", ["merged_into_stay"]
            stay.merged_visits.append(visit)
            stay.outcomes += [assign(stay, line, visit.claim) for line in visit.lines]


def _stay_to_join(visit: Case, stays: list[Case]) -> Case | None:
    claim = visit.claim
    is_visit = visit.kind == "ordinary" and claim["care_type"] in ("outpatient", "emergency")
    if not visit.passes or not is_visit or visit.scheme != "employee" or claim["third_party_share"]:
        return None
    fitting = [stay for stay in stays if _takes(stay, claim)]
    return min(fitting, key=lambda stay: stay.claim["started_on"], default=None)


def _takes(stay: Case, visit: Row) -> bool:
    admission, linked = stay.claim["started_on"], visit["inpatient_claim_id"]
    return (
        stay.kind == "stay"
        and stay.scheme == "employee"
        and stay.claim["provider_id"] == visit["provider_id"]
        and admission - timedelta(days=3) <= visit["started_on"] <= admission
        and linked in (None, stay.claim["claim_id"])
    )


def _refuse_ordinary_during(medical_days: set[date], cases: list[Case]) -> None:
    for case in cases:
        for outcome in case.taken if case.passes and case.scheme == "employee" else []:
            if outcome.portion[0] == "ordinary" and day_of(case.claim, outcome.line) in medical_days:
                outcome.portion, outcome.reason = None, "ltc_medical_care"
