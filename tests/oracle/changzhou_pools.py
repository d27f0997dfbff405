"""Changzhou residents, 3.3 to 3.5 of the page: points off, the pool of each line, its self-pay and its gross."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .ground import add_months, age_on, cents
from .xianning_changzhou import (
    Bill,
    City,
    Line,
    Person,
    Row,
    has_filing,
    is_emergency,
    is_in_city,
    is_registered,
    level_of,
)

__all__ = ["SPLIT_DISEASES", "Pooled", "PooledLine", "chronic_codes", "points_off", "pool_lines", "prescriber_of"]

CHRONIC = (
    "hypertension", "diabetes", "stroke_with_dysfunction", "coronary", "rheumatic_heart", "pulmonary_heart",
    "rheumatoid_arthritis", "sjogren", "crohn", "chronic_hepatitis", "chronic_nephritis", "parkinson",
    "malignant_tumour",
)  # fmt: skip
SPLIT_DISEASES = ("malignant_tumour", "chronic_renal_failure", "severe_mental_disorder", "haemophilia")
BLOOD_CODES = ("haematologic_malignancy", "haemophilia", "aplastic_anaemia")
DUAL_CHANNELS = ("dual_channel", "separate_payment", "local_special", "rare_disease")
DRUG_BENEFITS = ("dual_channel", "special_drug", "rare_disease")

# CZ-SP-14: who may recognise a special disease, by level and capability or by name.
RECOGNISED_BY_LEVEL = {
    "malignant_tumour": (2, "oncology"),
    "chronic_renal_failure": (2, "nephrology_dialysis"),
    "haemophilia": (3, "haematology"),
    "aplastic_anaemia": (3, "haematology"),
    "transplant": (3, "transplant"),
}
_FOR_CHILDREN = (
    "常州一院", "常州二院", "常州市儿童医院", "武进人民医院", "溧阳市人民医院", "金坛一院", "常州市妇幼保健院",
)  # fmt: skip
RECOGNISED_BY_NAME = {
    "severe_mental_disorder": ("德安医院", "第904医院(常州院区)", "溧阳市南渡镇中心卫生院", "金坛二院", "武进三院"),
    "sle": (
        "常州一院", "常州二院", "常州中医院", "武进人民医院", "溧阳市人民医院", "金坛一院", "溧阳市中医院",
    ),
    "tuberculosis": ("常州三院", "溧阳人民医院", "金坛一院", "武进中医院"),
    "t1dm_child": _FOR_CHILDREN,
    "gh_deficiency_child": _FOR_CHILDREN,
    "autism_child": ("常州一院", "常州市儿童医院", "常州市德安医院", "第904医院(常州院区)"),
}  # fmt: skip
SPECIAL = (*RECOGNISED_BY_LEVEL, *RECOGNISED_BY_NAME)


@dataclass
class PooledLine:
    """A payable line: its pool, disease and registration of a special one, e (`eligible`), S1 (`self_pay`) and g
    (`gross`). `rate` is None when the self-pay rate of a class B line is missing."""

    line: Line
    pool: str
    disease: str | None = None
    registration: Row | None = None
    rate: Fraction | None = None
    gross: Fraction = Fraction(0)

    @property
    def self_pay(self) -> Fraction:
        return cents(self.line.allowed * (self.rate or 0))

    @property
    def eligible(self) -> Fraction:
        return self.line.allowed - self.self_pay


@dataclass
class Pooled:
    """The payable lines of a claim, and why others were refused, by line number."""

    lines: list[PooledLine] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    is_approval_missing: bool = False


@dataclass
class _Refused:
    reason: str


# ---- 3.3 points off


def points_off(city: City, person: Person, bill: Bill, provider: Row) -> int:
    day = bill.claim["started_on"]
    if is_in_city(city, provider):
        return 0
    if has_filing(person, "long_term", day, provider) or is_emergency(bill.claim):
        return 0
    return 5 if has_filing(person, "referral", day, provider) else 20


# ---- 3.4 the pool of a line


def pool_lines(city: City, person: Person, bill: Bill, providers: dict[str, Row], *, is_young: bool) -> Pooled:
    """All payable lines with their pools. Lines without coverage, excluded and class C lines stay out before the
    question of refusal; registered blood and the special food of phenylketonuria are in scope whatever their class."""
    pooled = Pooled()
    is_refused_place = points_off(city, person, bill, bill.provider) == 20
    for line in bill.lines:
        if not line.is_covered or line.is_excluded:
            continue
        is_blood = line.row["item_kind"] == "blood"
        if is_blood and (not _has_blood_registration(person, line, providers) or line.row["is_approved"] is False):
            continue
        target = PooledLine(line, "inpatient") if bill.is_stay else _pool(person, bill, line, providers, is_young)
        is_food = isinstance(target, PooledLine) and target.pool == "pku" and line.row["item_kind"] == "special_food"
        if line.is_class_c and not is_blood and not is_food:
            continue
        if isinstance(target, PooledLine) and target.pool in ("ordinary", "chronic", "pku") and is_refused_place:
            target = _Refused("unfiled_out_of_area")
        if isinstance(target, _Refused):
            pooled.refusals.append(target.reason)
            continue
        pooled.is_approval_missing |= is_blood and line.row["is_approved"] is None
        _weigh(target)
        pooled.lines.append(target)
    return pooled


def _pool(person: Person, bill: Bill, line: Line, providers: dict[str, Row], is_young: bool) -> PooledLine | _Refused:
    benefit = line.row["benefit"] or bill.claim["benefit"]
    disease = line.row["disease_code"] or bill.claim["disease_code"] or ("pku" if benefit == "pku" else None)
    if line.row["drug_channel"] in DUAL_CHANNELS:
        return _dual(person, bill, line)
    if disease in SPECIAL and benefit in (None, "special", *DRUG_BENEFITS):
        special = _special(person, bill, line, disease, providers)
        if special is not None:
            return special
    if _is_purchase(bill):
        return _Refused("pharmacy_not_covered")
    if disease == "pku" and benefit in (None, "pku", *DRUG_BENEFITS) and is_young and _is_pku_care(person, bill):
        return PooledLine(line, "pku")
    if benefit in (None, "chronic", *DRUG_BENEFITS) and disease in chronic_codes(person, bill.claim["started_on"]):
        return PooledLine(line, "chronic")
    return PooledLine(line, "ordinary")


def _is_purchase(bill: Bill) -> bool:
    return bool(bill.claim["care_type"] == "pharmacy" or bill.provider["kind"] == "pharmacy")


def prescriber_of(bill: Bill, providers: dict[str, Row]) -> Row | None:
    """The prescriber of a purchase; a visit has none."""
    return providers.get(bill.claim["prescribing_provider_id"]) if _is_purchase(bill) else None


def _dual(person: Person, bill: Bill, line: Line) -> PooledLine | _Refused:
    is_rare = line.row["drug_channel"] == "rare_disease"
    programme = "rare_disease" if is_rare else "negotiated_drug"
    registrations = [
        row
        for row in person.registrations
        if row["programme"] == programme
        and row["code"] == line.row["item_code"]
        and is_registered(row, bill.claim["started_on"])
    ]
    if not registrations:
        return _Refused("not_registered")
    if not any(bill.provider["provider_id"] in row["provider_ids"] for row in registrations):
        return _Refused("provider_not_selected")
    return PooledLine(line, "rare" if is_rare else "dual")


def _special(
    person: Person, bill: Bill, line: Line, disease: str, providers: dict[str, Row]
) -> PooledLine | _Refused | None:
    """The special pool, the first reason that refuses a purchase, or None: a visit goes on."""
    registrations = [
        row
        for row in person.registrations
        if row["programme"] == "special"
        and row["code"] == disease
        and _is_special_in_force(row, bill.claim["started_on"])
        and _may_recognise(row, providers)
    ]
    prescriber = prescriber_of(bill, providers)
    chosen = prescriber if _is_purchase(bill) else bill.provider
    holding = [row for row in registrations if chosen and chosen["provider_id"] in row["provider_ids"]]
    if _is_purchase(bill):
        if not registrations:
            return _Refused("not_registered")
        if prescriber is None:
            return _Refused("no_prescription")
        if not holding:
            return _Refused("provider_not_selected")
        if "designated_pharmacy" not in bill.provider["capabilities"]:
            return _Refused("pharmacy_not_appointed")
        if not prescriber["is_designated"]:
            return _Refused("provider_not_designated")
    if not holding:
        return None
    return PooledLine(line, "special", disease, max(holding, key=lambda row: row["valid_from"]))


def _is_special_in_force(row: Row, day: date) -> bool:
    is_unlimited = row["code"] == "t1dm_child"
    return is_registered(row, day) and (is_unlimited or day < add_months(row["valid_from"], 12))


def _may_recognise(row: Row, providers: dict[str, Row]) -> bool:
    """CZ-SP-14; what is not known counts as certified."""
    recogniser = providers.get(row["recognised_by"])
    if recogniser is None:
        return True
    if row["code"] in RECOGNISED_BY_NAME:
        return recogniser["name"] is None or recogniser["name"] in RECOGNISED_BY_NAME[row["code"]]
    least, capability = RECOGNISED_BY_LEVEL[row["code"]]
    level = level_of(recogniser)
    return (level is None or level >= least) and capability in recogniser["capabilities"]


def _is_pku_care(person: Person, bill: Bill) -> bool:
    day, birth = bill.claim["started_on"], person.member["birth_date"]
    return (
        "pku" in bill.provider["capabilities"]
        and (bill.claim["diagnosis_code"] or "").startswith(("E70.0", "E70.1"))
        and birth is not None
        and age_on(birth, day) <= 18
        and any(
            row["programme"] == "pku" and row["code"] == "pku" and is_registered(row, day)
            for row in person.registrations
        )
    )


def chronic_codes(person: Person, day: date) -> set[str]:
    """The chronic diseases with a valid registration; all but two need records of a level-3 institution (CZ-CH-04)."""
    return {
        row["code"]
        for row in person.registrations
        if row["programme"] == "chronic"
        and row["code"] in CHRONIC
        and is_registered(row, day)
        and (row["code"] in ("hypertension", "diabetes") or row["evidence_level"] in (None, 3))
    }


def _has_blood_registration(person: Person, line: Line, providers: dict[str, Row]) -> bool:
    """CZ-BL-02: confirmed by an institution of level 2 or 3, valid on the line's date."""
    for row in person.registrations:
        if row["programme"] == "blood" and row["code"] in BLOOD_CODES and is_registered(row, line.day):
            recogniser = providers.get(row["recognised_by"])
            level = level_of(recogniser) if recogniser else None
            if level is None or level >= 2:
                return True
    return False


# ---- 3.5 line amounts


def _weigh(target: PooledLine) -> None:
    """The self-pay rate (none: missing) and the critical-illness gross."""
    row, line = target.line.row, target.line
    target.gross = line.left
    if target.pool in ("dual", "rare"):
        target.rate, target.gross = Fraction(0), line.allowed
    elif row["item_kind"] == "blood":
        target.rate = Fraction(40, 100)
    elif row["self_pay_rate"] is not None:
        target.rate = row["self_pay_rate"]
    elif row["catalogue_class"] == "A" or (target.pool == "pku" and row["item_kind"] == "special_food"):
        target.rate = Fraction(0)
    if row["item_kind"] == "material_special":
        target.gross = min(line.left, 40_000 * (Fraction(1) if row["quantity"] is None else row["quantity"]))
    elif row["item_kind"] == "bed":
        target.gross = line.allowed
