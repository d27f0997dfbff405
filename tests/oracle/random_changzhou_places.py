"""Institutions of the random deliveries of Changzhou, and who of them may recognise a special disease."""

from __future__ import annotations

from typing import Any

from .random_xianning_changzhou import Draft

__all__ = ["ADMITTING", "PHARMACIES", "PROVIDERS", "RECOGNISERS", "VISITED", "special_places"]


def _hospital(level: int | None, area: str = "320402", **columns: Any) -> dict[str, Any]:
    return {"kind": "hospital", "level": level, "area_code": area, **columns}


def _named(name: str, level: int = 3) -> dict[str, Any]:
    return _hospital(level, name=name, capabilities=["maternity"])


def _primary(kind: str, level: int | None, area: str = "320402", **columns: Any) -> dict[str, Any]:
    return {"kind": kind, "level": level, "area_code": area, "capabilities": ["chronic"], **columns}


PROVIDERS: dict[str, dict[str, Any]] = {
    "L1": _hospital(1, capabilities=["chronic"]),
    "L2": _hospital(2, "320404", is_designated=True, capabilities=["oncology", "nephrology_dialysis"]),
    "L3": _hospital(3, capabilities=["oncology", "haematology", "transplant", "nephrology_dialysis"]),
    "L3P": _hospital(3, "320411", capabilities=["chronic"]),
    "LN": _hospital(None, "320412", capabilities=["oncology"]),
    "MCH": _hospital(3, capabilities=["pku", "maternity"]),
    "K0": _primary("community_centre", None),
    "K1": _primary("community_centre", 1),
    "K2": _primary("community_station", None),
    "K3": _primary("township_centre", 2, "320412"),
    "K4": _primary("village_clinic", None, "320481"),
    "KC": _primary("clinic", None),
    "ND": _hospital(2, is_designated=False, capabilities=["oncology"]),
    "NDK": _primary("community_centre", 1, is_designated=False),
    "PH": {"kind": "pharmacy", "area_code": "320402", "capabilities": ["designated_pharmacy", "negotiated_drug"]},
    "PH2": {"kind": "pharmacy", "area_code": "320404", "capabilities": ["negotiated_drug"]},
    "PHN": {"kind": "pharmacy", "area_code": "320402", "is_designated": False, "capabilities": ["designated_pharmacy"]},
    "PHX": {"kind": "pharmacy", "area_code": "320106", "capabilities": ["designated_pharmacy"]},
    "L1X": _hospital(1, "320206", capabilities=["chronic"]),
    "L2X": _hospital(2, "320106", capabilities=["oncology"]),
    "L3X": _hospital(3, "320106", capabilities=["oncology", "haematology", "transplant", "pku"]),
    "LNX": _hospital(None, "320106", capabilities=["chronic"]),
    "KX": _primary("community_centre", None, "320106"),
    "PKS": _hospital(3, "310104", capabilities=["pku"]),
    "NDX": _hospital(3, "320106", is_designated=False, capabilities=["oncology"]),
    "HK": _hospital(3, "810000", capabilities=["oncology"]),
    "NH": {"kind": "nursing_home", "area_code": "320402", "capabilities": ["ltc_institution"]},
    "N1": _named("常州一院"),
    "N2": _named("常州二院"),
    "N3": _named("常州三院"),
    "N4": _named("德安医院", 2),
    "N5": _named("常州市德安医院", 2),
    "N6": _named("溧阳人民医院"),
    "N7": _named("溧阳市人民医院"),
    "N8": _named("第904医院(常州院区)"),
    "N9": _named("常州市儿童医院"),
}
VISITED = {"L1": 4, "L2": 5, "L3": 6, "L3P": 2, "LN": 0.3, "MCH": 2, "K0": 3, "K1": 5, "K2": 2, "K3": 2, "K4": 2,
           "KC": 1, "ND": 0.2, "NDK": 0.2, "PH": 0.2, "L1X": 0.6, "L2X": 1, "L3X": 2, "KX": 1, "PKS": 0.3, "NDX": 0.2,
           "HK": 0.05, "NH": 0.05}  # fmt: skip
ADMITTING = {"L1": 4, "L2": 5, "L3": 8, "L3P": 2, "LN": 0.2, "K1": 1, "K0": 1, "K2": 0.5, "K3": 1, "K4": 0.1, "ND": 0.3,
             "L1X": 1, "L2X": 1, "L3X": 3, "LNX": 0.1, "KX": 0.5, "NDX": 0.2, "HK": 0.05, "NH": 0.05}  # fmt: skip
PHARMACIES = {"PH": 8, "PH2": 1, "PHN": 0.3, "PHX": 1, "L2": 0.5, "L3": 0.3, "K1": 0.3}
RECOGNISERS = {
    "malignant_tumour": ("L2", "L3", "L1"),
    "chronic_renal_failure": ("L2", "L3", "L1"),
    "haemophilia": ("L3", "L3", "L2"),
    "aplastic_anaemia": ("L3", "L3", "L3P"),
    "transplant": ("L3", "L3", "L3P"),
    "severe_mental_disorder": ("N4", "N8", "N5"),
    "sle": ("N1", "N2", "N7", "N6"),
    "tuberculosis": ("N3", "N6", "N1", "N7"),
    "t1dm_child": ("N1", "N9", "N5"),
    "autism_child": ("N1", "N9", "N5", "N4", "N2"),
    "gh_deficiency_child": ("N1", "N9", "N7", "N3"),
}


def special_places(draft: Draft) -> list[str]:
    """What a member may have chosen: one to four institutions, pharmacies among them."""
    unlikely = draft.one(["LN", "LNX", "ND"])
    places = ["L1", "L2", "L2", "L3", "L3", "L3P", "K1", "L3X", "L3X", "L2X", "PH", "PH", "PH", "MCH", unlikely]
    return sorted({draft.one(places) for _ in range(draft.rng.randint(1, 4))})
