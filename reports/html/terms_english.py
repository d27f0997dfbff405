"""English terms for columns and codes, whose Chinese terms stand in the schema."""

from __future__ import annotations

__all__ = ["CODES", "COLUMNS", "NAMES"]

COLUMNS = {
    "total_amount": "Total bill",
    "out_of_scope_amount": "Outside the catalogue",
    "over_limit_amount": "Above the price ceiling",
    "prepay_amount": "Own share paid first",
    "in_scope_amount": "Within the policy's scope",
    "deductible_amount": "Deductible borne",
    "basic_pay": "Basic pooled fund",
    "supplement_pay": "Supplement for large expenses",
    "critical_illness_pay": "Critical illness insurance",
    "medical_aid_pay": "Medical aid",
    "maternity_pay": "Maternity insurance",
    "ltc_pay": "Long-term care insurance",
    "other_pay": "Other funds",
    "personal_pay": "Left to the person",
    "critical_illness_base": "Counted for critical illness",
    "allowance_pay": "Allowance on top",
}

CODES: dict[str, dict[str, str]] = {
    "sex": {"M": "male", "F": "female"},
    "scheme": {"employee": "employee scheme", "resident": "resident scheme"},
    "status": {"paid": "settled", "denied": "denied", "pended": "pended"},
    "benefit": {
        "two_disease": "hypertension and diabetes",
        "chronic": "chronic disease",
        "special": "special disease",
        "ltc": "long-term care",
        "pku": "phenylketonuria",
    },
    "care_type": {"pharmacy": "pharmacy purchase", "inpatient": "hospital stay", "ltc": "long-term care"},
    "kind": {"hospital": "hospital"},
}

NAMES = {
    "basic": "basic fund pays",
    "burden": "burden counted",
    "burden_of_claim": "burden of the claim",
    "burden_total": "burden counted for critical illness",
    "critical_illness": "critical illness insurance pays",
    "due": "deductible due",
    "group_stay": "stays of the group",
    "maternity": "maternity pays",
    "payment": "fund pays",
    "stay_number": "number of the stay",
    "supplement": "supplement pays",
    "tcm_part": "part of Chinese medicine",
}
