"""The field's terms on a page: columns, codes, reasons, steps, counters; Chinese from the schema wherever it has the term."""

from __future__ import annotations

from functools import cache

from reports.explain_reasons import note_in_words, reason_in_words
from reports.html.terms_english import CODES, COLUMNS
from reports.html.terms_english import NAMES as ENGLISH_NAMES
from reports.html.terms_of_law import CAUSES, NAMES, NOTES, REASONS
from reports.html.terms_of_rules import RULES, SUFFIXES
from reports.policy_words import Language
from schemas import TABLES

__all__ = [
    "benefit_term",
    "cause_term",
    "code_term",
    "column_term",
    "law_term",
    "note_term",
    "reason_term",
    "rule_term",
    "table_term",
]


_KEPT = {"paid": "payments", "borne": "deductibles borne", "deductibles": "deductibles borne", "cost": "costs"}
"""What the last word of a counter's name says that it keeps."""


def column_term(name: str, language: Language) -> str:
    """A money column of the settlement."""
    return TABLES["settlement"][name].chinese if language == "zh" else COLUMNS[name]


def table_term(name: str, language: Language) -> str:
    """A delivered table."""
    return f"{TABLES[name].chinese} {name}" if language == "zh" and name in TABLES else name.replace("_", " ")


def code_term(vocabulary: str, value: object, language: Language) -> str:
    """A value of `table.column`, in English its words; empty for null."""
    if value is None:
        return ""
    table, _, column = vocabulary.partition(".")
    known = _chinese(table, column) if language == "zh" else CODES.get(column, {})
    return known.get(str(value), str(value).replace("_", " "))


@cache
def _chinese(table: str, column: str) -> dict[str, str]:
    return {code.value: code.chinese for code in TABLES[table][column].codes}


def benefit_term(benefit: str | None, language: Language) -> str:
    """A benefit of the contract, or one that a policy names itself."""
    if benefit in _chinese("claims", "benefit"):
        return code_term("claims.benefit", benefit, language)
    return law_term(benefit, language) if benefit else ""


def reason_term(code: str, language: Language) -> str:
    """Why a claim was not paid, in words."""
    if language == "en":
        return reason_in_words(code)
    if code.startswith("excluded_"):
        kind = code.removeprefix("excluded_")
        return f"依法不予支付：{_chinese('claims', 'exclusion_code').get(kind, kind)}"
    if code.startswith("missing_") and code not in REASONS:
        return f"缺少必要信息：{_column_anywhere(code.removeprefix('missing_'))}"
    return REASONS.get(code, code)


def _column_anywhere(name: str) -> str:
    return next((table[name].chinese for table in TABLES.values() if name in table.by_name), name.replace("_", " "))


def note_term(code: str, language: Language) -> str:
    """A remark that moves no money, in words."""
    return NOTES.get(code, code) if language == "zh" else note_in_words(code)


def rule_term(rule: str, column: str | None, language: Language) -> str:
    """What was wrong with a row that was not accepted."""
    if language == "en":
        return rule.replace("_", " ")
    if rule in RULES:
        return RULES[rule]
    fact = next((text for suffix, text in SUFFIXES.items() if rule.endswith(suffix)), "")
    return f"{_column_anywhere(column)}{fact}" if column and fact else rule


def cause_term(cause: str, language: Language) -> str:
    """Why a settlement has a new version."""
    chinese, english = CAUSES.get(cause, (cause, cause.replace("_", " ")))
    return chinese if language == "zh" else english


def law_term(name: str, language: Language) -> str:
    """A step, counter or programme of a policy; one that is not listed keeps its name in the policy file."""
    words = name.replace("_", " ")
    if language == "zh":
        return NAMES.get(name, words)
    if name in ENGLISH_NAMES:
        return ENGLISH_NAMES[name]
    of, _, kind = words.rpartition(" ")
    return f"{of} {_KEPT[kind]}" if of and kind in _KEPT else words
