"""What every city's plain settler stands on: typed rows, calendar, rounding, reversals and the shape of a result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

__all__ = [
    "COLUMNS",
    "MONEY_COLUMNS",
    "add_months",
    "age_on",
    "cents",
    "group_by",
    "in_force",
    "in_settlement_order",
    "other_money",
    "refused_result",
    "result",
    "reversals",
    "typed",
]

Row = dict[str, Any]
Tables = dict[str, list[Row]]

# Every column of the contract by table and kind:
# t text, d date, s timestamp, m yuan, r number (rate, quantity), i whole number, b flag, l list.
_KINDS: dict[str, dict[str, str]] = {
    "members": {"t": "member_id sex", "d": "birth_date death_date"},
    "enrolments": {
        "t": "member_id scheme area_code waiver_reason",
        "d": "coverage_from coverage_to paid_on registered_on waiver_from repair_paid_on unpaid_from",
        "i": "benefit_year repair_years consecutive_from waiver_months",
        "b": "has_arrears has_supplement has_maternity ltc_paid",
    },
    "statuses": {"t": "member_id status", "d": "valid_from valid_to"},
    "providers": {
        "t": "provider_id name kind admin_tier area_code",
        "i": "level",
        "b": "is_public is_tcm is_designated zero_markup_drugs",
        "l": "capabilities",
    },
    "registrations": {
        "t": "member_id programme code disease_class recognised_by",
        "d": "valid_from valid_to surgery_date stopped_on topup_from applied_on disabled_on notice_to",
        "i": "evidence_level",
        "l": "provider_ids",
    },
    "filings": {"t": "member_id kind area_code", "d": "valid_from valid_to applied_on"},
    "claims": {
        "t": "claim_id member_id scheme provider_id prescribing_provider_id care_type benefit settlement_mode"
        " diagnosis_code disease_code inpatient_claim_id injury_cause own_liability exclusion_code delivery_mode"
        " maternity_case ltc_service reverses_claim_id",
        "d": "started_on ended_on injured_on",
        "s": "settled_at",
        "m": "employer_average_wage civil_servant_pay enterprise_pay other_pay basic_pay_given",
        "r": "third_party_share",
        "i": "babies birth_order gestational_days",
        "b": "is_emergency is_pure_tcm is_difficult_labour family_planning_compliant has_concurrent_disease"
        " spouse_allowance_received",
    },
    "fee_lines": {
        "t": "claim_id item_code item_name item_kind catalogue_class drug_channel disease_code procedure_code benefit"
        " catalogue_area exclusion_code",
        "d": "service_date",
        "m": "amount unit_price limit_price over_limit_amount",
        "r": "quantity self_pay_rate",
        "i": "line_no",
        "b": "is_oncology was_regular_class_b is_approved",
    },
}
COLUMNS: dict[str, dict[str, str]] = {
    table: {column: kind for kind, names in kinds.items() for column in names.split()}
    for table, kinds in _KINDS.items()
}
_DEFAULTS: dict[tuple[str, str], Any] = {
    ("providers", "is_designated"): True,
    ("claims", "is_emergency"): False,
    ("enrolments", "has_supplement"): True,
    ("enrolments", "has_maternity"): True,
    ("claims", "civil_servant_pay"): Fraction(0),
    ("claims", "enterprise_pay"): Fraction(0),
    ("claims", "other_pay"): Fraction(0),
}
MONEY_COLUMNS = (
    "total_amount", "out_of_scope_amount", "over_limit_amount", "prepay_amount", "in_scope_amount", "deductible_amount",
    "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay", "other_pay",
    "personal_pay", "critical_illness_base", "allowance_pay",
)  # fmt: skip
_OWN_PAYMENTS = ("basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay")


def typed(tables_of_text: dict[str, list[dict[str, Any]]]) -> Tables:
    """The delivered text as values: every column of the contract is present, null is None, money and rates are
    Fraction, lists are lists ([] when not delivered), the contract's defaults are applied."""
    return {table: [_row(table, row) for row in tables_of_text.get(table) or []] for table in COLUMNS}


def _row(table: str, row: dict[str, Any]) -> Row:
    values = {column: _value(kind, row.get(column)) for column, kind in COLUMNS[table].items()}
    for (of_table, column), default in _DEFAULTS.items():
        if of_table == table and values[column] is None:
            values[column] = default
    return values


def _value(kind: str, text: Any) -> Any:
    if kind == "l":
        parts = text if isinstance(text, list) else str(text or "").split(";")
        return [str(part).strip() for part in parts if str(part).strip()]
    if text is None or str(text).strip() in ("", "null"):
        return None
    text = str(text).strip()
    if kind == "d":
        return date.fromisoformat(text if len(text) > 7 else text + "-01")
    if kind == "s":
        return datetime.fromisoformat(text)
    if kind in ("m", "r"):
        return Fraction(text)
    if kind == "i":
        return int(Fraction(text))
    if kind == "b":
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    return text


def add_months(day: date, months: int) -> date:
    """The same day number `months` later (or earlier), cut to the end of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def age_on(birth: date, day: date) -> int:
    """Completed years; who was born on 29 February completes a year on 28 February of a common year."""
    years = day.year - birth.year
    return years if add_months(birth, 12 * years) <= day else years - 1


def cents(amount: Fraction) -> Fraction:
    """Yuan rounded half up to the fen (amounts below 0: half away from zero)."""
    fen = abs(amount) * 100 + Fraction(1, 2)
    return Fraction(fen.numerator // fen.denominator, 100) * (-1 if amount < 0 else 1)


def in_force(row: Row, day: date) -> bool:
    """Both ends of a period count; an open end never ends."""
    return row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"])


def group_by(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    """Rows under the value of one column, in their given order; unknown values have no rows."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def in_settlement_order(claims: Iterable[Row]) -> list[Row]:
    """By time of settlement, then claim id as a string by code point."""
    return sorted(claims, key=lambda claim: (claim["settled_at"], claim["claim_id"]))


def reversals(claims: Iterable[Row]) -> dict[str, list[str]]:
    """Claims that leave the settlement together, with their reasons: `reversed` for the named claim, `reversal` for
    the naming one."""
    reasons: dict[str, list[str]] = defaultdict(list)
    naming = [claim for claim in claims if claim["reverses_claim_id"]]
    for claim in naming:
        if "reversed" not in reasons[claim["reverses_claim_id"]]:
            reasons[claim["reverses_claim_id"]].insert(0, "reversed")
    for claim in naming:
        reasons[claim["claim_id"]].append("reversal")
    return dict(reasons)


def other_money(claim: Row, left: Fraction) -> Fraction:
    """What other funds paid, at most what is left after our own payments."""
    return max(Fraction(0), min(claim["civil_servant_pay"] + claim["enterprise_pay"] + claim["other_pay"], left))


def result(
    claim: Row,
    total: Fraction,
    heading: Row,
    money: dict[str, Fraction],
    notes: Iterable[str] = (),
    *,
    reasons: Iterable[str] = (),
) -> Row:
    """A paid claim. `heading` holds policy_id, benefit_year and scheme; `money` our payments, the parts (over limit,
    prepaid, in scope) and what stands beside them; out of scope, other and personal pay follow by the contract."""
    amounts = dict.fromkeys(MONEY_COLUMNS, Fraction(0)) | money | {"total_amount": total}
    parts = amounts["over_limit_amount"] + amounts["prepay_amount"] + amounts["in_scope_amount"]
    amounts["out_of_scope_amount"] = total - parts
    left = total - sum((amounts[column] for column in _OWN_PAYMENTS), Fraction(0))
    amounts["other_pay"] = other_money(claim, left)
    amounts["personal_pay"] = left - amounts["other_pay"]
    return _shape("paid", reasons, notes, heading, amounts)


def refused_result(claim: Row, total: Fraction, heading: Row, status: str, reasons: Iterable[str]) -> Row:
    """A denied or pended claim: all out of scope, nothing paid by us; a reversal pair shows no other pay either."""
    reasons = list(reasons)
    amounts = dict.fromkeys(MONEY_COLUMNS, Fraction(0)) | {"total_amount": total, "out_of_scope_amount": total}
    if not {"reversal", "reversed"} & set(reasons):
        amounts["other_pay"] = other_money(claim, total)
    amounts["personal_pay"] = total - amounts["other_pay"]
    return _shape(status, reasons, (), heading, amounts)


def _shape(
    status: str, reasons: Iterable[str], notes: Iterable[str], heading: Row, amounts: dict[str, Fraction]
) -> Row:
    row: Row = {"status": status, "reasons": list(reasons), "notes": list(notes)}
    row |= {column: heading.get(column) for column in ("policy_id", "benefit_year", "scheme")}
    return row | {column: _decimal(amounts[column]) for column in MONEY_COLUMNS}


def _decimal(amount: Fraction) -> Decimal:
    fen = amount * 100
    if fen.denominator != 1:
        raise ValueError(f"{amount} yuan is not a whole number of fen.")
    return Decimal(fen.numerator).scaleb(-2)
