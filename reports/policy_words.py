"""Figures, codes and names of a policy as a person writes them, in English or Chinese."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any, Literal

from schemas import TABLES

__all__ = ["Language", "code_in_words", "codes_in_words", "figure_in_words", "name_in_words", "unit_in_words", "word"]

Language = Literal["en", "zh"]

_UNITS: dict[str, tuple[str, str]] = {
    "yuan": ("yuan", "元"), "days": ("days", "天"), "months": ("months", "个月"), "years": ("", ""), "count": ("", ""),
    "points": ("points", "个百分点"), "percent": ("", ""), "factor": ("times", "倍"),
}  # fmt: skip

_WORDS: dict[str, str] = {
    "what": "项目", "value": "标准", "rule": "规则", "note": "注", "yes": "是", "no": "否", "any other": "其他", "unknown": "未知",
    "none": "无", "above": "超过", "to": "至", "paid": "支付比例", "any amount": "不封顶", "check": "审核", "reason": "原因代码",
    "outcome": "结果", "when": "条件", "denied": "不予支付", "pended": "待核实", "step": "步骤", "amount": "金额", "into": "计入",
    "Checks in order": "审核（按顺序）", "Programmes": "待遇及计算步骤", "Notes on paid claims": "提示", "Quotes": "原文依据",
    "Counters": "累计器", "in force from": "施行于", "was": "原为", "will be": "将为", "known from": "公布于", "on": "截至",
    "source": "来源", "pool": "统筹区", "scheme": "险种", "from": "自", "Other figures": "其他", "codes": "代码", "Lists": "目录",
    "at most what is left of": "以剩余额度为限：", "where": "其中", "or": "或", "by": "按",
    "steps": "步骤", "then the steps": "接着按步骤",
    "governed by another document": "由其他文件规定", "parameter": "参数", "old": "原", "new": "新", "kind": "类别",
    "changed": "修改", "added": "新增", "removed": "删除", "What differs": "政策差异", "Nothing.": "无差异。",
    "benefit dates": "待遇日期", "quotes": "原文", "quote": "原文", "adds to": "并累计到", "opened when": "条件：", "benefit": "待遇",
    "once a claim, after its portions": "每次结算一次，在各待遇之后", "each of": "逐项：", "of each": "逐行：", "stage": "阶段",
}  # fmt: skip

_LEVELS = {"1": "一级", "2": "二级", "3": "三级"}


def word(text: str, language: Language) -> str:
    """A word of the page itself."""
    return _WORDS.get(text, text) if language == "zh" else text


def name_in_words(name: str) -> str:
    """`ordinary_deductible` as `ordinary deductible`."""
    return name.replace("_", " ")


def figure_in_words(value: Any, unit: str, language: Language, with_unit: bool = True) -> str:
    """A figure as written in a policy: thousands separated, with its unit."""
    if value is None:
        return word("none", language)
    text = str(value)
    if unit in ("code", "area"):
        return code_in_words(text, language)
    if unit in ("percent", "date", "month_day", "years"):
        return text
    if unit == "points":
        text = text.rstrip("%")
    if unit in ("yuan", "days", "months", "count"):
        text = f"{Decimal(text):,}"
    shown = unit_in_words(unit, language)
    if text == "1" and language == "en":
        shown = shown.removesuffix("s")
    return f"{text}{shown}" if with_unit else text


def unit_in_words(unit: str, language: Language) -> str:
    """The unit as it stands behind a figure, with a blank before it in English."""
    english, chinese = _UNITS.get(unit, ("", ""))
    return chinese if language == "zh" else f" {english}" if english else ""


def codes_in_words(codes: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(code_in_words(code, language) for code in codes)


def code_in_words(code: Any, language: Language, fact: str = "") -> str:
    """A code, flag or unknown; in Chinese the term of the contract, where it has one."""
    if code is None:
        return word("unknown", language)
    if isinstance(code, bool):
        return word("yes" if code else "no", language)
    text = str(code)
    if language == "zh" and "level" in fact:
        return _LEVELS.get(text, text)
    return _terms().get(text, text) if language == "zh" else text


@cache
def _terms() -> dict[str, str]:
    codes = [code for table in TABLES.values() for column in table.columns for code in column.codes]
    return {code.value: code.chinese for code in reversed(codes) if len(code.value) > 1}
