"""The sentences and labels of the pages, Chinese and English; terms of the field are in `terms`."""

from __future__ import annotations

from reports.html.words_impact import IMPACT
from reports.html.words_night import NIGHT
from reports.html.words_statement import STATEMENT
from reports.policy_words import Language

__all__ = ["WORDS", "say"]

_SHARED: dict[str, tuple[str, str]] = {
    "claims": ("结算单", "Claims"),
    "members": ("参保人", "Members"),
    "rows": ("行数", "Rows"),
    "amount": ("金额（元）", "Yuan"),
    "fund": ("基金", "Fund"),
    "all_funds": ("基金合计", "All funds"),
    "sum": ("合计", "Total"),
    "reason": ("原因", "Reason"),
    "rule": ("规则", "Rule"),
    "policy": ("政策", "Policy"),
    "version": ("版本", "Version"),
    "in_force": ("施行日期", "In force"),
    "fingerprint": ("文本指纹", "Fingerprint"),
    "source": ("来源", "Source"),
    "cause": ("调整原因", "Cause"),
    "run": ("批次", "Run"),
    "time": ("时间", "Time"),
    "program": ("程序版本", "Program"),
    "none": ("无。", "None."),
    "open_end": ("长期", "open"),
    "colon": ("：", ": "),
    "yuan": ("元", "yuan"),
    "quote_open": ("「", "「"),
    "quote_close": ("」", "」"),
}

WORDS: dict[str, tuple[str, str]] = _SHARED | NIGHT | STATEMENT | IMPACT
"""Each text by name: Chinese, English; figures come in at the names in braces."""


def say(language: Language, name: str, **figures: object) -> str:
    """A text of the page with its figures filled in."""
    chinese, english = WORDS[name]
    return (chinese if language == "zh" else english).format(**figures)
