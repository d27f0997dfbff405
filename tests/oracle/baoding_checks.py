"""Page sections 2.2 and 2.3, baoding-resident: the programme of a claim, and every reason to deny or to pend it."""

from __future__ import annotations

from datetime import date

from .baoding_cover import cover_reasons
from .baoding_hubei import Bill, Person, exclusion_reasons, third_party_share
from .ground import Row, age_on

__all__ = [
    "DRUG_KINDS",
    "chronic_codes",
    "is_child",
    "is_visit",
    "level",
    "line_disease",
    "pay_point",
    "programme_of",
    "reasons",
    "usable_diseases",
]

INSTITUTIONS = (
    "hospital", "township_centre", "community_centre", "community_station", "village_clinic", "clinic",
)  # fmt: skip
TOWNSHIP_KINDS = ("township_centre", "community_centre", "community_station", "village_clinic")
DRUG_KINDS = ("western_drug", "patent_tcm", "tcm_piece", "tcm_granule", "tcm_preparation")
# a disease of both lists is special for a child and chronic for an adult.
SPECIAL_OF_CHRONIC = {"MB51": "MT_C2", "MB16": "MT_C3", "MB19": "MT_C4"}
CHRONIC_OF_SPECIAL = {special: chronic for chronic, special in SPECIAL_OF_CHRONIC.items()}
BOTH_LISTS = {*SPECIAL_OF_CHRONIC, *CHRONIC_OF_SPECIAL}
BLOCKED_BY = {"HTN": "MB15", "DM": "MB12"}
Disease = tuple[str, str]  # programme and code


def is_visit(claim: Row) -> bool:
    return claim["care_type"] in ("outpatient", "emergency", "pharmacy")


def is_child(person: Person, day: date) -> bool | None:
    """A-40; None: the birth date is unknown."""
    birth = person.member["birth_date"]
    return None if birth is None else age_on(birth, day) < 18


def by_age(programme: str, code: str, child: bool | None) -> Disease:
    """A-50; as delivered when the age is unknown."""
    if code not in BOTH_LISTS or child is None:
        return programme, code
    if child:
        return "special", SPECIAL_OF_CHRONIC.get(code, code)
    return "chronic", CHRONIC_OF_SPECIAL.get(code, code)


def registered_diseases(person: Person, day: date) -> set[Disease]:
    child = is_child(person, day)
    return {by_age(programme, code, child) for programme, code in person.registered(day, "chronic", "special")}


def chronic_codes(person: Person, day: date) -> set[str]:
    """Chronic registrations in force on the day, after A-50."""
    return {code for programme, code in registered_diseases(person, day) if programme == "chronic"}


def programme_of(person: Person, bill: Bill) -> str | None:
    """ordinary, two_disease, chronic, special, inpatient or maternity; None: the policy has no such benefit."""
    claim, benefit = bill.claim, bill.claim["benefit"]
    if claim["care_type"] == "inpatient":
        if benefit == "maternity" or (benefit is None and claim["delivery_mode"] is not None):
            return "maternity"
        return "inpatient" if benefit in (None, "ordinary", "accident") else None
    if not is_visit(claim):
        return None
    if benefit is None:
        return programme_by_disease(person, bill)
    if benefit == "accident":
        return "special"
    return benefit if benefit in ("ordinary", "two_disease", "chronic", "special") else None


def programme_by_disease(person: Person, bill: Bill) -> str:
    """The claim's disease, else that of the first line that has one, decides."""
    code = bill.claim["disease_code"] or next((x["disease_code"] for x in bill.lines if x["disease_code"]), None)
    if code is None:
        return "ordinary"
    registered = registered_diseases(person, bill.day)
    of_either_list = {code, SPECIAL_OF_CHRONIC.get(code, code), CHRONIC_OF_SPECIAL.get(code, code)}
    for programme in ("special", "chronic"):
        if any((programme, same) in registered for same in of_either_list):
            return programme
    return "two_disease" if code in usable_diseases(person, bill.day) else "ordinary"


def line_disease(person: Person, bill: Bill, line: Row, programme: str) -> Disease | None:
    """What a line of a chronic or special claim treats, and under which programme."""
    if bill.claim["benefit"] == "accident":
        return "special", "MT_C5"
    code = line["disease_code"] or bill.claim["disease_code"]
    return by_age(programme, code, is_child(person, bill.day)) if code else None


def usable_diseases(person: Person, day: date) -> set[str]:
    """两病 registered on the day and not blocked by a chronic registration of the same disease."""
    registered = {code for _, code in person.registered(day, "two_disease")}
    return {code for code in BLOCKED_BY if code in registered and not is_blocked(person, code, day)}


def is_blocked(person: Person, code: str, day: date) -> bool:
    return ("chronic", BLOCKED_BY.get(code, "")) in person.registered(day, "chronic")


def pay_point(bill: Bill) -> Row | None:
    """Who gives level and place: the provider, in a pharmacy the prescribing one (A-39)."""
    return bill.prescriber if bill.provider["kind"] == "pharmacy" else bill.provider


def level(provider: Row) -> str | None:
    if provider["kind"] in TOWNSHIP_KINDS:
        return "T"
    return None if provider["level"] is None else str(provider["level"])


def reasons(person: Person, bill: Bill) -> tuple[list[str], list[str]]:
    """All denials, then all pendings, each in the page's order."""
    programme = programme_of(person, bill)
    denials = cover_reasons(person, bill.day)
    if bill.provider["is_designated"] is False:
        denials.append("provider_not_designated")
    share = third_party_share(bill.claim)
    denials += exclusion_reasons(bill, share, during_stay=is_during_stay(person, bill))
    denials_of_programme, missing = programme_reasons(person, bill, programme)
    pendings = ["missing_injury_cause"] if bill.claim["injury_cause"] == "unknown" else []
    return denials + denials_of_programme, pendings + missing


def is_during_stay(person: Person, bill: Bill) -> bool:
    """BD-EX-10, A-31: strictly between admission and discharge."""
    return is_visit(bill.claim) and any(stay["started_on"] < bill.day < stay["ended_on"] for stay in person.stays)


def programme_reasons(person: Person, bill: Bill, programme: str | None) -> tuple[list[str], list[str]]:
    if programme is None:
        return ["benefit_not_covered"], []
    if programme == "maternity":
        return maternity_reasons(bill)
    denials = kind_reasons(bill, programme)
    if programme in ("chronic", "special"):
        more, missing = disease_reasons(person, bill, programme)
    elif programme == "two_disease":
        more, missing = two_disease_reasons(person, bill)
    else:
        more, missing = [], []
    if needs_level(person, bill, programme):
        missing = missing + level_missing(bill)
    return denials + more, missing


def kind_reasons(bill: Bill, programme: str) -> list[str]:
    kind, capabilities = bill.provider["kind"], bill.provider["capabilities"]
    if programme in ("chronic", "special"):
        return [] if "chronic" in capabilities else ["not_chronic_provider"]
    listed_pharmacy = kind == "pharmacy" and "designated_pharmacy" in capabilities and programme == "two_disease"
    return [] if kind in INSTITUTIONS or listed_pharmacy else ["provider_kind_not_covered"]


def disease_reasons(person: Person, bill: Bill, programme: str) -> tuple[list[str], list[str]]:
    """Chronic and special: every line needs a disease, registered on the day; children's diseases need a child."""
    diseases = [line_disease(person, bill, line, programme) for line in bill.lines]
    named = {disease for disease in diseases if disease}
    missing = ["missing_disease_code"] if None in diseases else []
    child = is_child(person, bill.day)
    for_children = any(code.startswith("MT_C") for _, code in named)
    if child is None and (for_children or any(code in BOTH_LISTS for _, code in named)):
        return [], [*missing, "missing_birth_date"]
    denials = []
    if named - registered_diseases(person, bill.day):
        denials.append("not_registered")
    if for_children and not child:
        denials.append("child_only")
    return denials, missing


def two_disease_reasons(person: Person, bill: Bill) -> tuple[list[str], list[str]]:
    """BD-2D-01, 05 and A-27: judged by the diseases that the lines name."""
    codes = {line["disease_code"] or bill.claim["disease_code"] for line in bill.lines} - {None}
    if not codes:
        return [], ["missing_disease_code"]
    if codes & usable_diseases(person, bill.day):
        return [], []
    blocked = {code for code in codes if is_blocked(person, code, bill.day)}
    denials = ["covered_by_chronic_registration"] if blocked else []
    return denials + (["not_registered"] if codes - blocked else []), []


def maternity_reasons(bill: Bill) -> tuple[list[str], list[str]]:
    """BD-MA-05, 06: three facts that deny when they speak against, and pend when unknown."""
    claim = bill.claim
    if claim["maternity_case"] not in (None, "delivery", "complication"):
        return ["benefit_not_covered"], []
    denials = kind_reasons(bill, "maternity")
    if claim["family_planning_compliant"] is False:
        denials.append("not_family_planning_compliant")
    if claim["spouse_allowance_received"] is True:
        denials.append("spouse_allowance_received")
    facts = ("delivery_mode", "family_planning_compliant", "spouse_allowance_received")
    return denials, [f"missing_{fact}" for fact in facts if claim[fact] is None]


def needs_level(person: Person, bill: Bill, programme: str) -> bool:
    """Stays and special portions are paid by level."""
    if programme not in ("chronic", "special"):
        return programme == "inpatient"
    diseases = [line_disease(person, bill, line, programme) for line in bill.lines]
    unknown_age = is_child(person, bill.day) is None
    return any(
        (programme if disease is None else disease[0]) == "special"
        for disease in diseases
        if not (disease and unknown_age and disease[1] in BOTH_LISTS)
    )


def level_missing(bill: Bill) -> list[str]:
    provider = pay_point(bill)
    if provider is None:
        return ["missing_prescribing_provider_id"]
    return [] if level(provider) else ["missing_level"]
