"""Says in a sentence what is wrong with a row and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from schemas import Column, Table

__all__ = ["sentence"]

_ROW_RULES = {
    "row_has_all_fields": "The row has {value}: write one field a column, in quotation marks if it holds a comma.",
    "key_is_unique": "Several different rows have the key {key}: deliver only the one that holds.",
    "claim_id_is_unique": "The claim {key} stands several times in the delivery: deliver it once.",
    "line_number_unique_in_claim": "The line {key} stands several times: number the lines of a claim 1, 2, 3 ...",
    "claim_of_line_exists": "The line belongs to claim {value}, which is not in this delivery: "
    "deliver the claim together with all its lines.",
    "provider_exists": "There is no accepted provider {value}: deliver its row in providers, then this claim again.",
    "member_exists": "Nothing is known of the member {value}: deliver the row in members or enrolments, "
    "then this claim again.",
    "discharge_not_before_admission": "The discharge {value} is before the admission: correct started_on or ended_on.",
    "discharge_is_given": "A stay needs its day of discharge: fill ended_on, or settle the stay when it has ended.",
    "claim_is_whole": "Kept back because another row of claim {value} failed: a bill is never settled in part. "
    "Correct that row and deliver the whole claim again.",
    "period_not_reversed": "The last day {value} is before the first: correct valid_from or valid_to.",
    "death_not_before_birth": "The death {value} is before the birth: correct birth_date or death_date.",
    "claim_reverses_another": "The claim reverses itself: give the number of the claim that it reverses.",
    "med_type_is_known": "med_type is {quoted}, which is no national medical type (医疗类别): "
    "give care_type and benefit, or a code such as 11, 14, 21, 41, 52.",
}


def _wanted(column: Column) -> str:
    if not column.codes:
        return f"give {column.meaning}"
    values = ", ".join(column.values[:12])
    return f"give {'one of ' if len(column.codes) <= 12 else 'a value of the data dictionary such as '}{values}"


def _not_negative(column: Column) -> str:
    if column.name == "amount":
        return "{name} is {value}: a refund is no line; reverse the claim (reverses_claim_id) and bill it again."
    return "{name} is {value}: it cannot be negative."


def _range(column: Column) -> str:
    lower = "" if column.minimum is None else f"from {_plain(column, column.minimum)} "
    return f"{lower}to {_plain(column, column.maximum)}" if column.maximum is not None else f"{lower}and not so long"


def _plain(column: Column, limit: int) -> str:
    return str(limit) if column.unit == "year" else f"{limit:,}"


_COLUMN_RULES: dict[str, Callable[[Column], str]] = {
    "is_given": lambda column: f"{{name}} is empty: {_wanted(column)}.",
    "is_known": lambda column: f"{{name}} is {{quoted}}, which is not one of its values: {_wanted(column)}.",
    "is_well_formed": lambda column: f"{{name}} is {{quoted}}: give {column.pattern_hint}.",
    "is_a_number": lambda _: (
        "{name} is {quoted}, which is not a number: write it like 1234.50, without units or commas."
    ),
    "has_two_decimals": lambda _: (
        "{name} is {value}: an amount has at most two decimals; round it where it was billed."
    ),
    "has_four_decimals": lambda _: "{name} is {value}: at most four decimals are kept; round it where it was billed.",
    "is_whole": lambda _: "{name} is {value}: give a whole number.",
    "not_negative": _not_negative,
    "within_limit": lambda column: f"{{name}} is {{value}}: give a number {_range(column)}.",
    "is_a_date": lambda _: "{name} is {quoted}, which is not a date: write it like 2025-01-31.",
    "is_a_timestamp": lambda _: "{name} is {quoted}, which is not a time: write it like 2025-01-31T10:00:00.",
    "is_a_flag": lambda _: "{name} is {quoted}: write true or false, or leave it empty if it is not known.",
}


def sentence(table: Table, key: str | None, column: str | None, rule: str, value: str | None) -> str:
    """What is wrong with the row and what to do."""
    if rule in _ROW_RULES:
        pattern = _ROW_RULES[rule]
    else:
        definition = table[str(column)]
        pattern = _COLUMN_RULES[rule.removeprefix(f"{definition.name}_")](definition)
    named = f"{column} ({table[column].chinese})" if column in table.by_name else column
    return pattern.format(name=named, value=value, quoted=f"“{value}”", key=key)
