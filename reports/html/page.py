"""Fills a template into one self-contained HTML file: styles within, no address, every text escaped."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.html import charts, figures, terms
from reports.html.words import say
from reports.policy_words import Language, figure_in_words

__all__ = ["render"]

_FOLDER = Path(__file__).parent
_IN_WORDS = (
    "benefit_term", "cause_term", "code_term", "column_term", "law_term", "note_term", "reason_term", "rule_term", "table_term",
)  # fmt: skip


def render(template: str, language: Language, **values: Any) -> str:
    """The page of a template in a language; the templates call terms by name, figures and charts as functions."""
    words = {name: partial(_term, getattr(terms, name), language) for name in _IN_WORDS}
    shown = {"language": language, "say": partial(say, language), "style": _style(), **words, **values}
    return _templates().get_template(template).render(shown) + "\n"


def _term(find: Any, language: Language, *names: Any) -> str:
    return str(find(*names, language))


@cache
def _style() -> Markup:
    return Markup((_FOLDER / "page.css").read_text(encoding="utf-8"))


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {name: getattr(figures, name) for name in figures.__all__}
    made.globals |= {name: getattr(charts, name) for name in charts.__all__}
    made.globals["figure_in_words"] = figure_in_words
    return made
