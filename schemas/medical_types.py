"""NHSA medical types (医疗类别, `med_type`): one code says the care type and, where it is settled, the benefit.

Codes that only some provinces use are left out: the same number means different things in different places.
"""

from __future__ import annotations

from schemas.table import Compound

__all__ = ["MEDICAL_TYPE"]

_TYPES: tuple[tuple[str, str, str, str | None], ...] = (
    ("11", "普通门诊", "outpatient", None),
    ("12", "门诊挂号", "outpatient", None),
    ("13", "急诊", "emergency", None),
    ("14", "门诊慢特病", "outpatient", "chronic"),
    ("15", "特药", "outpatient", "special_drug"),
    ("21", "普通住院", "inpatient", None),
    ("22", "外伤住院", "inpatient", None),
    ("23", "转外诊治住院", "inpatient", None),
    ("24", "急诊转住院", "inpatient", None),
    ("25", "异地住院", "inpatient", None),
    ("26", "单病种住院", "inpatient", None),
    ("28", "日间手术", "inpatient", None),
    ("41", "定点药店购药", "pharmacy", None),
    ("51", "生育门诊", "outpatient", "prenatal"),
    ("52", "生育住院", "inpatient", "maternity"),
    ("53", "计划生育手术费", "outpatient", "family_planning"),
    ("61", "照护保险", "ltc", "ltc"),
    ("81", "意外伤害门诊", "outpatient", "accident"),
    ("91", "其他门诊", "outpatient", None),
    ("92", "其他住院", "inpatient", None),
    ("93", "其他购药", "pharmacy", None),
)

MEDICAL_TYPE = Compound(
    name="med_type",
    chinese="医疗类别",
    values={code: {"care_type": care, "benefit": benefit} for code, _, care, benefit in _TYPES},
    names={code: chinese for code, chinese, _, _ in _TYPES},
    fills=("care_type", "benefit"),
)
"""`benefit` is null where the policy decides from lines and registrations (two diseases, special drugs)."""
