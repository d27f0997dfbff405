"""§4, §7 and §8: the checks of the whole claim, the place it was treated at and the benefit it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from .ground import Row, add_months
from .jining_cover import benefit_date, both_in_force, cover_is_unknown
from .jining_lists import (
    ABORTION_LIMITS,
    PROVINCE,
    SURGERY_LIMITS,
    class_of,
    day_of,
    disease_of,
    in_jining,
    is_abroad,
)
from .jining_person import Person

MATERNITY_KINDS = {"delivery", "abortion", "procedures"}


@dataclass
class Outcome:
    """A line and where it goes: a portion (kind and key), or the reason why it is refused."""

    line: Row
    portion: tuple[str, str] | None = None
    reason: str | None = None


@dataclass
class Case:
    """A claim on its way: what is known of it and what has been decided so far."""

    claim: Row
    lines: list[Row]
    provider: Row
    person: Person
    scheme: str | None = None
    kind: str | None = None
    terms: str = "local"
    status: str | None = None
    reasons: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    merged_visits: list[Case] = field(default_factory=list)

    @property
    def year(self) -> int:
        """The benefit year."""
        return benefit_date(self.claim).year

    @property
    def is_stay(self) -> bool:
        """Whether the claim is inpatient, whatever its benefit."""
        return self.claim["care_type"] == "inpatient"

    @property
    def passes(self) -> bool:
        """Neither denied, pended nor merged so far."""
        return self.status is None

    @property
    def taken(self) -> list[Outcome]:
        """The lines that a portion takes."""
        return [outcome for outcome in self.outcomes if outcome.portion is not None]


def check(case: Case) -> None:
    """Decides place and benefit and lists every reason against the claim, denials before what is held."""
    case.terms = place(case.person, case.claim, case.provider)
    case.kind = benefit(case)
    denied, held = _denials(case), _held(case)
    case.reasons = denied + held
    case.status = "denied" if denied else "pended" if held else None


def _denials(case: Case) -> list[str]:
    claim, provider, reasons = case.claim, case.provider, []
    day = benefit_date(claim)
    if case.scheme == "resident" and case.person.has(day, "employee_cover"):
        reasons.append("double_cover")
    reasons += _exclusions(claim, provider)
    if provider["is_designated"] is False:
        reasons.append("provider_not_designated")
    if case.terms == "unfiled" and case.kind != "care" and not is_abroad(provider):
        reasons.append("unfiled_out_of_area")
    if case.kind is None:
        reasons.append("benefit_not_covered")
    service = claim["ltc_service"]
    if case.kind == "care" and service and f"ltc_{service}" not in provider["capabilities"]:
        reasons.append("provider_not_eligible")
    return reasons


def _exclusions(claim: Row, provider: Row) -> list[str]:
    codes = [claim["exclusion_code"]] if claim["exclusion_code"] else []
    if claim["injury_cause"] == "work":
        codes.append("work_injury")
    if claim["third_party_share"] == 1:
        codes.append("third_party")
    if is_abroad(provider):
        codes.append("abroad")
    return [f"excluded_{code}" for code in dict.fromkeys(codes)]


def _held(case: Case) -> list[str]:
    claim, person, kind, reasons = case.claim, case.person, case.kind, []
    day = benefit_date(claim)
    if both_in_force(person, day) and not person.has(day, "employee_cover"):
        reasons.append("double_cover")
    if claim["injury_cause"] not in (None, "work", "accident") and claim["third_party_share"] is None:
        reasons.append("third_party_unknown")
    days = [day_of(claim, line) for line in case.lines] or [claim["started_on"]]
    if case.scheme == "employee" and cover_is_unknown(person, "employee", days):
        reasons.append("missing_coverage_from")
    if kind == "missing_maternity_case":
        reasons.append("missing_maternity_case")
    if kind == "care" and claim["ltc_service"] is None:
        reasons.append("missing_ltc_service")
    reasons += _held_maternity(case)
    if kind == "childbirth" and claim["birth_order"] not in (1, 2, 3):
        reasons.append("birth_order_not_covered")
    if kind in ("chronic", "two_disease") and any(_class_is_missing(case, line) for line in case.lines):
        reasons.append("missing_disease_class")
    return reasons


def _held_maternity(case: Case) -> list[str]:
    claim, person, reasons = case.claim, case.person, []
    if case.kind not in MATERNITY_KINDS:
        return []
    if person.member["sex"] == "M" and claim["maternity_case"] in ("delivery", "abortion"):
        reasons.append("unemployed_spouse")
    if person.has(benefit_date(claim), "flexible", "retired"):
        reasons.append("maternity_cover_unknown")
    if case.kind == "delivery" and "maternity" not in case.provider["capabilities"]:
        reasons.append("provider_not_maternity_contract")
    coded = any(line["procedure_code"] in ABORTION_LIMITS for line in case.lines)
    if case.kind == "abortion" and claim["gestational_days"] is None and not coded:
        reasons.append("missing_gestational_days")
    return reasons


def _class_is_missing(case: Case, line: Row) -> bool:
    registration = case.person.chronic(day_of(case.claim, line), disease_of(case.claim, line))
    return registration is not None and class_of(registration) is None


# ---- §7 place


def place(person: Person, claim: Row, provider: Row) -> str:
    """`local`, `temporary` or `unfiled`, asked on the first day of the claim."""
    day = claim["started_on"]
    active = [filing for filing in person.filings if _is_active(filing, day)]
    if in_jining(provider):
        return _place_at_home(person, active, provider, day)
    covering = [filing for filing in active if _covers(filing, provider)]
    if any(filing["kind"] == "long_term" for filing in covering):
        return "local"
    if claim["is_emergency"] or claim["care_type"] == "emergency":
        return "temporary"
    if provider["area_code"][:2] == PROVINCE or covering:
        return "temporary"
    return "unfiled"


def _place_at_home(person: Person, active: list[Row], provider: Row, day: date) -> str:
    elsewhere = [filing for filing in active if filing["kind"] == "long_term" and not _covers(filing, provider)]
    if not elsewhere or person.has(day, "residence_proof"):
        return "local"
    began = max(_begins(filing) for filing in elsewhere)
    return "temporary" if day < add_months(began, 6) else "local"


def _begins(filing: Row) -> date:
    if filing["kind"] == "long_term" and filing["applied_on"] is not None:
        return max(filing["valid_from"], filing["applied_on"] - timedelta(days=5))
    return filing["valid_from"]


def _is_active(filing: Row, day: date) -> bool:
    return _begins(filing) <= day and (filing["valid_to"] is None or day <= filing["valid_to"])


def _covers(filing: Row, provider: Row) -> bool:
    digits = 2 if filing["area_code"].endswith("0000") else 4
    return filing["area_code"][:digits] == provider["area_code"][:digits]


# ---- §8 benefit


def benefit(case: Case) -> str | None:
    """The kind of the claim: first that holds; None = the policy has no such benefit."""
    claim, employee = case.claim, case.scheme == "employee"
    given, maternity_case = claim["benefit"], claim["maternity_case"]
    if claim["care_type"] == "ltc":
        return "care"
    if given in ("special_drug", "rare_disease") and not case.is_stay:
        return given
    if given in ("dual_channel", "pku", "prenatal", "ltc") or maternity_case == "prenatal":
        return None
    if maternity_case == "delivery":
        return _delivery(case, employee)
    if maternity_case == "abortion":
        return None if not employee else "abortion" if case.is_stay else "procedures"
    if maternity_case == "family_planning" or (maternity_case is None and given == "family_planning"):
        return "procedures" if employee else None
    if maternity_case is None and given == "maternity":
        return "missing_maternity_case"
    if case.is_stay:
        return "stay"
    return _outpatient_benefit(case, employee)


def _delivery(case: Case, employee: bool) -> str | None:
    if not case.is_stay:
        return None
    if employee:
        return "delivery"
    return "stay" if case.claim["has_concurrent_disease"] else "childbirth"


def _outpatient_benefit(case: Case, employee: bool) -> str | None:
    given, minor = case.claim["benefit"], case.person.is_minor_or_student(case.claim["started_on"])
    if given in ("chronic", "special"):
        return "chronic"
    if given == "two_disease":
        return None if employee else "two_disease"
    if given == "accident":
        return "ordinary" if employee else "accident" if minor else None
    if given == "ordinary":
        return "ordinary"
    if employee:
        if any(line["procedure_code"] in SURGERY_LIMITS for line in case.lines):
            return "procedures"
        return "chronic" if any(_is_chronic(case, line) for line in case.lines) else "ordinary"
    if case.claim["injury_cause"] is not None and minor:
        return "accident"
    if any(_is_chronic(case, line) for line in case.lines):
        return "chronic"
    return "two_disease" if any(_is_two_disease(case, line) for line in case.lines) else "ordinary"


def _is_chronic(case: Case, line: Row) -> bool:
    return case.person.chronic(day_of(case.claim, line), disease_of(case.claim, line)) is not None


def _is_two_disease(case: Case, line: Row) -> bool:
    return case.person.two_disease(day_of(case.claim, line), disease_of(case.claim, line)) is not None
