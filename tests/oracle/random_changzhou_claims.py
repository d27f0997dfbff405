"""Claims and lines of the random deliveries of Changzhou: stays, visits and purchases in every pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from .random_changzhou_places import ADMITTING, PHARMACIES, VISITED, special_places
from .random_xianning_changzhou import EXCLUSIONS, Draft

__all__ = ["Life", "add_claim"]

DRUG_BENEFITS = ("dual_channel", "special_drug", "rare_disease")
ITEMS = (
    *("western_drug",) * 8, "patent_tcm", "tcm_piece", "service", "service", "tcm_service", "consult_fee", "bed",
    "material_general", "material_domestic", "material_imported", "blood_product", "health_product", "other",
)  # fmt: skip


@dataclass
class Life:
    """A member of the draft: what most claims are about, the covered days as far as known, the registered diseases."""

    member: str
    birth: date | None
    theme: str
    first: date = date(2024, 1, 1)
    last: date = date(2024, 12, 31)
    edge: date | None = None
    special: list[tuple[str, list[str]]] = field(default_factory=list)
    chronic: list[str] = field(default_factory=list)
    dual_places: list[str] = field(default_factory=list)

    def cover_from(self, first: date, edge: date) -> None:
        self.first, self.edge = max(self.first, min(first, self.last)), edge


@dataclass
class Care:
    """A claim of the draft with its kind (stay, visit, purchase) and what it is mainly about."""

    claim: dict[str, Any]
    kind: str
    disease: str | None


def add_claim(draft: Draft, life: Life, claim_id: str) -> None:
    stays = {"stays": 0.7, "special": 0.12, "birth": 0.5}.get(life.theme, 0.12)
    disease, places = _disease(draft, life)
    purchases = 0.3 if life.theme == "dual" or any(code == disease for code, _ in life.special) else 0.04
    care = "stay" if draft.chance(stays) else "purchase" if draft.chance(purchases) else "visit"
    started_on, ended_on, settled_at = draft.claim_moments(*_span(draft, life), is_stay=care == "stay")
    claim: dict[str, Any] = {
        "claim_id": claim_id, "member_id": life.member, "started_on": started_on, "ended_on": ended_on,
        "settled_at": settled_at, "scheme": draft.rarely("resident", 0.3),
        "is_emergency": draft.rarely(draft.chance(0.6), 0.2), "settlement_mode": draft.one([None, "direct", "manual"]),
        "exclusion_code": draft.rarely(draft.one(EXCLUSIONS), 0.012),
        "inpatient_claim_id": draft.rarely(claim_id, 0.01) if care == "visit" else None,
    }  # fmt: skip
    claim |= draft.accident(started_on, life.birth, 0.05) | draft.payments_of_others(0.12)
    claim |= _care(draft, care, disease, places) | _childbearing(draft, life, care)
    if disease == "pku":
        diagnoses = {"E70.0": 4, "E70.1": 3, "E70.100": 1, "E70.2": 0.5, "J06.9": 0.3, None: 0.2}
        claim["diagnosis_code"] = draft.weighted(diagnoses)
    if draft.chance(0.9 if care == "purchase" else 0.3):
        claim["disease_code"] = disease
    draft.add("claims", **claim)
    for number in range(1, draft.weighted({0: 0.2, 1: 4, 2: 4, 3: 3, 6: 1}) + 1):
        _line(draft, life, Care(claim, care, disease), number)


def _span(draft: Draft, life: Life) -> tuple[date, date]:
    """At the edge of coverage, on a birthday, outside the policy's year now and then, else on a covered day."""
    earliest = life.birth or date.min
    if life.edge and draft.chance(0.25):
        day = max(draft.near(life.edge), earliest, date(2024, 1, 1) if draft.chance(0.9) else earliest)
        return day, day
    if life.theme == "pku" and life.birth and life.birth.year < 2024 and draft.chance(0.2):
        day = date(2024, life.birth.month, min(life.birth.day, 28)) - timedelta(days=draft.rng.randint(0, 1))
        return max(day, life.birth), max(day, life.birth)
    if draft.chance(0.02):
        return max(date(2023, 12, 20), earliest), max(date(2025, 1, 10), earliest)
    return max(life.first, earliest), max(life.last, earliest)


def _disease(draft: Draft, life: Life) -> tuple[str | None, list[str]]:
    """What the claim is mainly about, and the institutions chosen for it."""
    kinds = {"special": 1.0, "chronic": 1.0, "none": 2.0, "other": 0.3}
    if life.theme in kinds:
        kinds[life.theme] = 20.0
    kind = draft.weighted(kinds)
    if life.theme == "pku" and draft.chance(0.8):
        return "pku", ["MCH", "MCH", "MCH", "PKS", "L3X"]
    if kind == "special" and life.special:
        return draft.one(life.special)
    if kind == "chronic" and life.chronic:
        return draft.one(life.chronic), []
    if kind == "other":
        return draft.one(["hypertension", "sle", "malignant_tumour", "haemophilia", "influenza"]), []
    return None, life.dual_places if life.theme == "dual" else []


def _care(draft: Draft, care: str, disease: str | None, places: list[str]) -> dict[str, Any]:
    """Where it happens: mostly at a chosen institution; a purchase has mostly a prescriber."""
    chosen = draft.one(places) if places and draft.chance(0.85) else None
    if care == "stay":
        return {"care_type": "inpatient", "provider_id": f"{draft.mark}-{draft.weighted(ADMITTING)}"}
    if care == "visit":
        place = chosen if chosen and chosen != "PH" else draft.weighted(VISITED)
        care_type = draft.weighted({"outpatient": 12, "emergency": 2, "ltc": 0.05})
        benefits = {None: 30, "special": 2, "chronic": 2, "dual_channel": 1, "ordinary": 1, "accident": 0.5, "ltc": 0.1}
        if disease == "pku":
            benefits["pku"] = 20
        return {"care_type": care_type, "provider_id": f"{draft.mark}-{place}", "benefit": draft.weighted(benefits)}
    prescriber = None if draft.chance(0.08) else chosen or draft.one(special_places(draft))
    return {
        "care_type": draft.weighted({"pharmacy": 12, "outpatient": 1}),
        "provider_id": f"{draft.mark}-{draft.weighted(PHARMACIES)}",
        "prescribing_provider_id": f"{draft.mark}-{prescriber}" if prescriber else None,
        "benefit": draft.weighted({None: 20, "special": 2, "chronic": 0.5, "special_drug": 1}),
    }


def _childbearing(draft: Draft, life: Life, care: str) -> dict[str, Any]:
    if life.theme != "birth" or care == "purchase" or draft.chance(0.3):
        return {}
    compliant = draft.weighted({True: 10, False: 1, None: 1})
    if care == "visit":
        by_benefit = draft.chance(0.5)
        columns = {"benefit": "prenatal"} if by_benefit else {"maternity_case": "prenatal", "benefit": None}
        return {**columns, "family_planning_compliant": compliant}
    cases = [("delivery", "maternity"), ("delivery", None), (None, "maternity"), ("abortion", "maternity")]
    case, benefit = draft.one([*cases, *cases, ("complication", None)])
    return {
        "maternity_case": case, "benefit": benefit, "family_planning_compliant": compliant,
        "babies": draft.one([None, 1, 2]),
        "delivery_mode": draft.one([None, "vaginal", "caesarean_medical"]) if case == "delivery" else None,
    }  # fmt: skip


# ---- lines


def _line(draft: Draft, life: Life, of: Care, number: int) -> None:
    claim, care, disease = of.claim, of.kind, of.disease
    kind, catalogue_class = draft.one(ITEMS), draft.weighted({"A": 7, "B": 4, "C": 0.7})
    if care == "purchase":
        kind = "western_drug"
    channel = None
    if kind == "western_drug" and claim.get("benefit") in (None, *DRUG_BENEFITS):
        share = 0.85 if life.theme == "dual" else 0.08
        channel = draft.rarely(draft.one(["dual_channel", "separate_payment", "local_special", "rare_disease"]), share)
        channel = channel or draft.rarely(draft.one(["negotiated", "special_drug"]), 0.03)
    if care == "stay" and draft.chance(0.14):
        kind = draft.one(["blood", "material_special"])
    elif care == "visit" and draft.chance(0.04):
        kind, channel = draft.one(["blood", "material_special"]), None
    elif disease == "pku" and care == "visit" and draft.chance(0.4):
        kind, channel = "special_food", None
        catalogue_class = draft.weighted({"A": 2, "B": 1, "C": 5})
    amount = _amount(draft, life, kind, of)
    line: dict[str, Any] = {
        "claim_id": claim["claim_id"], "line_no": number, "item_kind": kind, "catalogue_class": catalogue_class,
        "amount": amount, "drug_channel": channel,
        "item_code": _item(draft, channel), "exclusion_code": draft.rarely(draft.one(EXCLUSIONS), 0.015),
        "self_pay_rate": _rate(draft, catalogue_class), "is_approved": _approved(draft, kind, care),
        "disease_code": _line_disease(draft, life, disease), "benefit": _line_benefit(draft, channel),
        **draft.price_limit(amount),
    }  # fmt: skip
    if care == "stay" and draft.chance(0.6):
        line["service_date"] = draft.day(claim["started_on"], claim["ended_on"])
    draft.add("fee_lines", **line)


def _amount(draft: Draft, life: Life, kind: str, of: Care) -> str:
    """Visits use up 200, 1500, 6000 and 100,000, diseases their limits, stays 350,000; dear material is for stays."""
    if kind == "material_special":
        return draft.yuan(1000, 130_000 if of.kind == "stay" else 3000)
    if of.kind == "stay":
        return draft.amount(draft.weighted({"stay": 8, "dear": 2, "huge": 2, "vast": 0.3}))
    if of.disease == "pku" or life.theme in ("special", "dual"):
        return draft.amount(draft.weighted({"dear": 5, "stay": 5, "huge": 1.5}))
    if life.theme == "ordinary":
        return draft.amount(draft.weighted({"visit": 5, "dear": 6, "stay": 2, "huge": 0.3}))
    return draft.amount(draft.weighted({"visit": 6, "dear": 4, "stay": 0.5}))


def _item(draft: Draft, channel: str | None) -> str | None:
    if channel is None:
        return draft.one([None, None, "D1", "D9"])
    return draft.weighted({"D3": 9, "D1": 1} if channel == "rare_disease" else {"D1": 5, "D2": 4, "D9": 0.5})


def _rate(draft: Draft, catalogue_class: str) -> str | None:
    if catalogue_class != "B":
        return draft.rarely(draft.one(["0", "0.05"]), 0.05)
    return None if draft.chance(0.03) else draft.one(["0.1", "0.1", "0.05", "0.2", "0.3", "0", "0.125"])


def _approved(draft: Draft, kind: str, care: str) -> bool | None:
    if kind != "blood":
        return None
    return draft.weighted({True: 7, False: 2, None: 4 if care == "stay" else 0})


def _line_disease(draft: Draft, life: Life, disease: str | None) -> str | None:
    """The claim's disease, another of the member's (several pools in one claim), or none."""
    if life.theme == "special" and disease and draft.chance(0.4):
        return draft.one(life.special)[0] if life.special else disease
    if draft.chance(0.2):
        return draft.one([None, *[code for code, _ in life.special], *life.chronic])
    return draft.rarely(disease, 0.93)


def _line_benefit(draft: Draft, channel: str | None) -> str | None:
    if channel in ("dual_channel", "separate_payment", "local_special", "rare_disease"):
        return draft.rarely("dual_channel", 0.1)
    return draft.weighted(
        {None: 30, "special": 1, "chronic": 1, "ordinary": 1, "dual_channel": 0.5, "rare_disease": 0.5, "pku": 0.5}
    )
