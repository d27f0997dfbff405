"""Says in words why a claim was refused and what its notes mean."""

from __future__ import annotations

from schemas import TABLES

__all__ = ["note_in_words", "reason_in_words"]

_REASONS = {
    "reversal": "the claim takes back another one; both leave the settlement",
    "reversed": "another claim takes this one back; both leave the settlement",
    "merged_into_stay": "the visit is settled with the hospital stay it belongs to",
    "no_policy_in_force": "no policy is in force for the person's area and scheme on the day",
    "not_enrolled": "the person is not enrolled on the day, or the cover has not begun",
    "terminated": "the cover had ended (death, service, prison or end of enrolment)",
    "after_death": "the day is after the person's death",
    "suspended": "the cover is suspended (service, prison or unpaid contributions)",
    "double_cover": "another basic scheme covers the person",
    "waiting_period": "the day lies in the waiting period after a late payment",
    "provider_not_designated": "the provider is not designated",
    "provider_kind_not_covered": "this kind of provider gives no such service under the policy",
    "provider_not_eligible": "kind, level or capability of the provider does not fit the benefit",
    "provider_not_selected": "the registration does not name this provider",
    "provider_not_maternity_contract": "the provider has no contract for maternity care",
    "not_chronic_provider": "the provider is not designated for chronic and special diseases",
    "outpatient_during_stay": "the visit falls within a hospital stay",
    "during_stay": "the day lies within a paid hospital stay",
    "benefit_not_covered": "the policy has no such benefit",
    "benefit_not_in_policy": "the policy has no such benefit",
    "covered_by_chronic_registration": "the disease is already recognised as a chronic one",
    "not_registered": "no registration in force recognises the disease or drug",
    "child_only": "the benefit is for children only",
    "not_family_planning_compliant": "the delivery does not comply with family planning",
    "spouse_allowance_received": "the spouse has received the allowance",
    "birth_order_not_covered": "the order of birth is unknown or above what is covered",
    "maternity_under_one_year": "maternity cover has lasted less than a year",
    "maternity_cover_unknown": "it is not known who pays the maternity contribution",
    "unemployed_spouse": "a claim of a spouse on the member's cover is decided by hand",
    "unfiled_out_of_area": "care outside the area was neither filed nor an emergency",
    "not_filed": "the stay in another province was not filed",
    "emergency_non_designated": "an emergency at a provider that is not designated is decided by hand",
    "admitted_before_payment": "admission was before the contribution was paid",
    "injured_before_coverage": "the injury happened before the cover began",
    "third_party_unknown": "it is not known whether a third party is liable, and for which share",
    "diagnosis_sex_conflict": "the diagnosis does not fit the person's sex",
    "ltc_overlap": "the stay contains days of care that were paid already",
    "ltc_medical_care": "an ordinary visit during medical long-term care",
    "ltc_level_too_low": "the recognised disability level is too low",
    "not_a_drug": "only drugs are paid at a pharmacy",
    "pharmacy_not_covered": "this cost is not paid at a pharmacy",
    "pharmacy_not_appointed": "the pharmacy is not appointed for this drug",
    "no_prescription": "no prescribing provider is known",
}
_NOTES = {
    "no_filing": "care outside the area without a filing: the lower rate or the higher share applies",
    "ci_threshold_carried_forward": "the last published threshold of critical illness insurance is carried forward",
    "ci_cap_default": "the general cap of critical illness insurance stands for the local one",
    "edge_day": "the visit is on the day of admission or discharge of a stay",
    "class_b_rate_missing": "a class B item came without its self-pay rate: 0 % was taken",
    "aid_eligible": "the person has an assistance status; the texts hold no terms for it",
    "external_rule_missing": "a rule that the text leaves to another document would apply",
    "visit_inside_stay": "the visit falls within a stay",
}


def reason_in_words(code: str) -> str:
    """A reason of refusal as half a sentence."""
    if code.startswith("excluded_"):
        return f"the law excludes this cost: {_exclusion(code.removeprefix('excluded_'))}"
    if code.startswith("missing_") and code not in _REASONS:
        return f"a fact is needed and not known: {_column(code.removeprefix('missing_'))}"
    return _REASONS.get(code, code.replace("_", " "))


def note_in_words(code: str) -> str:
    """A note as half a sentence."""
    return _NOTES.get(code, code.replace("_", " "))


def _exclusion(code: str) -> str:
    chinese = {known.value: known.chinese for known in TABLES["claims"]["exclusion_code"].codes}
    words = code.replace("_", " ")
    return f"{words} {chinese[code]}" if code in chinese else words


def _column(name: str) -> str:
    for table in TABLES.values():
        if name in table.by_name:
            return f"{name} ({table[name].chinese}), {table[name].meaning}"
    return name.replace("_", " ")
