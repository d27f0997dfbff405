"""Random deliveries of Jining in which any column may hold any value: whatever the law does not foresee, both settlers agree."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from .jining_lists import LISTED_CLASS, PROCEDURE_LIMITS
from .random_jining import deliveries

__all__ = ["disturbed"]

Dice = random.Random
Value = Callable[[Dice], str | None]
Text = dict[str, str | None]

AREAS = ("370811", "370828", "370100", "370211", "110105", "110000", "310101", "330106", "810000", "900000", "370000")
DISEASES = (*LISTED_CLASS, "diabetes_insulin", "gout", "gaucher", "pompe", "fabry")
CAPABILITIES = ("special_drug", "rare_disease", "maternity", "ltc_home", "ltc_institution", "ltc_medical")
KEYS = {
    "enrolments": ("member_id", "scheme", "benefit_year", "area_code"),
    "statuses": ("member_id", "status", "valid_from"),
    "filings": ("member_id", "kind", "area_code", "valid_from"),
}


def words(text: str) -> Value:
    """One of the words; `-` is unknown."""
    return lambda dice: {"-": None}.get(chosen := dice.choice(text.split()), chosen)


def code(values: tuple[str, ...]) -> Value:
    """One of the codes, or unknown."""
    return lambda dice: dice.choice([None, *values])


def days(first: date = date(2024, 1, 1), last: date = date(2026, 6, 30)) -> Value:
    """A day, both ends included."""
    return lambda dice: (first + timedelta(days=dice.randint(0, (last - first).days))).isoformat()


def perhaps(value: Value) -> Value:
    """Unknown half of the time."""
    return lambda dice: dice.choice([None, value(dice)])


def amount(dice: Dice) -> str:
    """Yuan of every size."""
    return f"{dice.randint(0, dice.choice([3000, 300_000, 30_000_000])) / 100:.2f}"


FLAG = words("- true false")
PERIOD: dict[str, Value] = {"valid_from": days(), "valid_to": perhaps(days())}
COLUMNS: dict[str, dict[str, Value]] = {
    "members": {"sex": words("M F -"), "birth_date": perhaps(days(date(2006, 1, 1))), "death_date": perhaps(days())},
    "enrolments": {name: perhaps(days()) for name in ("coverage_from", "coverage_to", "paid_on")},
    "statuses": {
        "status": words(
            "retired flexible employee_cover in_service student minor family_doctor_signed residence_proof"
        ),
        **PERIOD,
    },
    "providers": {
        "kind": words("hospital township_centre clinic pharmacy nursing_home"),
        "level": words("- 1 2 3"),
        "area_code": lambda dice: dice.choice(AREAS),
        "is_tcm": FLAG,
        "is_designated": words("- true true false"),
        "capabilities": lambda dice: ";".join(dice.sample(CAPABILITIES, dice.randint(0, len(CAPABILITIES)))),
    },
    "registrations": {
        "programme": words("chronic special two_disease special_drug rare_disease ltc"),
        "code": code((*DISEASES, "TY001", "TY002", *"0123456")),
        "disease_class": words("- A B"),
        **PERIOD,
    },
    "filings": {
        "kind": words("long_term referral temporary"),
        "area_code": lambda dice: dice.choice(AREAS),
        "applied_on": perhaps(days()),
        **PERIOD,
    },
    "claims": {
        "scheme": words("- employee resident"),
        "care_type": words("outpatient emergency inpatient pharmacy ltc"),
        "benefit": words("- ordinary two_disease chronic special accident special_drug rare_disease pku maternity ltc"),
        "started_on": days(),
        "diagnosis_code": words("- C1 F20 A01"),
        "disease_code": code(DISEASES),
        "is_emergency": FLAG,
        "injury_cause": words("- - work commuting traffic accident unknown"),
        "third_party_share": words("- - 0 0.1 0.3333 0.5 0.9999 1"),
        "exclusion_code": words("- - - work_injury third_party vip_ward"),
        "is_pure_tcm": FLAG,
        "delivery_mode": words("- vaginal caesarean_medical caesarean_elective"),
        "is_difficult_labour": FLAG,
        "babies": words("- 0 1 2 3"),
        "birth_order": words("- 0 1 2 3 4"),
        "gestational_days": words("- 55 56 83 84 111 112 259 260"),
        "has_concurrent_disease": FLAG,
        "maternity_case": words("- - delivery complication abortion family_planning prenatal"),
        "ltc_service": words("- home institution medical"),
        "civil_servant_pay": words("- 10.55 9000"),
        "other_pay": words("- 1.01 500"),
    },
    "fee_lines": {
        "service_date": perhaps(days()),
        "item_code": words("- TY001 TY002"),
        "item_kind": words("western_drug patent_tcm tcm_piece tcm_preparation service tcm_service ltc_service other"),
        "catalogue_class": words("A B C"),
        "amount": amount,
        "quantity": words("- 1 2.5 0.3333"),
        "limit_price": words("- 0.01 33.33 500"),
        "over_limit_amount": words("- - 0 5.55 100000"),
        "self_pay_rate": words("- 0 0.1 0.1234 1"),
        "drug_channel": words("- - - special_drug rare_disease negotiated"),
        "disease_code": code(DISEASES),
        "procedure_code": code(tuple(PROCEDURE_LIMITS)),
        "is_approved": FLAG,
        "exclusion_code": words("- - - checkup vip_ward"),
    },
}


def disturbed(seed: int, members: int, share: float) -> dict[str, list[Text]]:
    """A random delivery in which a share of the rows holds other values in up to four columns."""
    dice = Dice(seed)
    delivery = deliveries(seed, members)
    for table, columns in COLUMNS.items():
        for row in delivery[table]:
            if dice.random() < share:
                for column in dice.sample(sorted(columns), min(len(columns), dice.choice([1, 1, 2, 4]))):
                    row[column] = columns[column](dice)
    for claim in delivery["claims"]:
        claim["ended_on"] = _end(dice, claim)
    for table, key in KEYS.items():
        delivery[table] = list({tuple(row[name] for name in key): row for row in delivery[table]}.values())
    delivery["registrations"] = [*{_moment(row): row for row in delivery["registrations"]}.values()]
    return delivery


def _end(dice: Dice, claim: Text) -> str | None:
    """A discharge that fits the claim."""
    begin = claim["started_on"] or ""
    if claim["care_type"] not in ("inpatient", "ltc"):
        return None
    fits = begin <= (claim["ended_on"] or "") and dice.random() < 0.5
    return claim["ended_on"] if fits else (date.fromisoformat(begin) + timedelta(days=dice.randint(0, 20))).isoformat()


def _moment(registration: Text) -> tuple[str | None, ...]:
    """The law does not say which of two registrations of one day comes first: only one of them is delivered."""
    programme = "chronic" if registration["programme"] == "special" else registration["programme"]
    return registration["member_id"], programme, registration["valid_from"]
