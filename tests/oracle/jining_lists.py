"""The lists and limits of the Jining pages: who, what and where, and the amounts that both schemes share."""

from __future__ import annotations

from fractions import Fraction

CITY = "3708"
PROVINCE = "37"
ABROAD = ("71", "81", "82", "90")

DRUGS = {"western_drug", "patent_tcm", "tcm_piece", "tcm_granule", "tcm_preparation"}
TCM_LINES = {"tcm_piece", "tcm_service", "tcm_preparation"}
MEDICAL_INSTITUTIONS = {
    "hospital",
    "township_centre",
    "community_centre",
    "community_station",
    "village_clinic",
    "clinic",
}
NO_WAIT = {
    "extreme_poverty",
    "minimum_living",
    "low_income_edge",
    "monitored_unstable",
    "monitored_edge",
    "monitored_sudden",
    "returned_poor",
}

# Chronic diseases: 甲/乙 of the list, used when the registration carries no class.
LISTED_CLASS = {
    "uraemia": "A",
    "haemophilia": "A",
    "severe_mental_disorder": "A",
    "malignant_tumour": "A",
    "transplant": "A",
    "hypertension": "B",
    "diabetes": "B",
    "pulmonary_tb": "B",
    "extrapulmonary_tb": "B",
    "hepatitis_b": "B",
    "hepatitis_c": "B",
    "cirrhosis": "B",
    "mdr_tb": "B",
    "xdr_tb": "B",
}
EXEMPT = {"uraemia", "haemophilia", "severe_mental_disorder"}
SEVEN = {"pulmonary_tb", "extrapulmonary_tb", "hepatitis_b", "hepatitis_c", "cirrhosis", "mdr_tb", "xdr_tb"}
RESISTANT_TB = {"mdr_tb", "xdr_tb"}
RARE_DISEASES = {"gaucher", "pompe", "fabry"}

HYPERTENSION_FAMILY = {"hypertension"}
DIABETES_FAMILY = {"diabetes", "diabetes_insulin"}

SURGERY_LIMITS = {
    "outpatient_abortion": 550,
    "outpatient_abortion_iud": 600,
    "iud_insertion": 150,
    "iud_removal": 150,
    "implant_insertion_or_removal": 150,
    "hysteroscopic_iud_removal": 600,
    "laparotomy_iud_removal": 2000,
    "tubal_ligation": 1200,
    "vasectomy": 600,
}
ABORTION_LIMITS = {
    "inpatient_abortion_lt8w": 800,
    "inpatient_abortion_8_12w": 1000,
    "inpatient_abortion_12_16w": 1200,
    "inpatient_abortion_16_37w": 1300,
    "inpatient_induction_gt37w": 2500,
}
PROCEDURE_LIMITS = SURGERY_LIMITS | ABORTION_LIMITS
FROM_16_WEEKS = {"inpatient_abortion_16_37w", "inpatient_induction_gt37w"}

CARE_ORDER = ("home", "institution", "medical")
HIGHEST_CARE = {"2": "home", "3": "institution", "4": "medical", "5": "medical"}


def percent(points: int) -> Fraction:
    """A rate of so many percent."""
    return Fraction(points, 100)


def level(provider: dict) -> int:
    """收费等级: a hospital's own (null = 1); 1 for every other kind, whatever its level says."""
    return provider["level"] or 1 if provider["kind"] == "hospital" else 1


def in_jining(provider: dict) -> bool:
    """Whether the provider stands in the city."""
    return provider["area_code"][:4] == CITY


def is_abroad(provider: dict) -> bool:
    """境外: Hong Kong, Macau, Taiwan and overseas."""
    return provider["area_code"].startswith(ABROAD)


def is_institution(provider: dict) -> bool:
    """A medical institution in the words of §1."""
    return provider["kind"] in MEDICAL_INSTITUTIONS


def is_primary(provider: dict) -> bool:
    """基层: a medical institution of level 1."""
    return is_institution(provider) and level(provider) == 1


def disease_of(claim: dict, line: dict) -> str | None:
    """What a line treats: its own disease, else the claim's."""
    return line["disease_code"] or claim["disease_code"]


def day_of(claim: dict, line: dict):
    """The day of a line: its service date, else the claim's first day."""
    return line["service_date"] or claim["started_on"]


def class_of(registration: dict) -> str | None:
    """甲 or 乙 of a chronic registration: its own, else the list's, else unknown."""
    return registration["disease_class"] or LISTED_CLASS.get(registration["code"])
