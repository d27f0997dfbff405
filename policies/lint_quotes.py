"""Quotes: no rule and no figure without its sentence, and every sentence stands in the document that the policy names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from policies.forms import forms_of
from policies.loading import Policy
from policies.text import Fault, Key

__all__ = ["quote_faults"]

#: What is no quote but our reading where the document is silent.
READING = "reading:"

_BETWEEN = re.compile(r"[\s｜|⇥]+")
_BREAKS = re.compile(r"(?<=[。；;！？!?])|…+|\s+")
_EDGES = "。；;！？!?，,、：:…."


def quote_faults(policy: Policy, sources: Path | None) -> Iterator[Fault]:
    """Empty quotes and, with a folder of sources, quotes that their document does not contain (white space aside)."""
    for path, quote in _quotes(policy):
        place = policy.place(*path)
        name = path[1]
        if path in policy.blank:
            continue
        if not quote.strip():
            yield place.fault(f"the quote of `{name}` is empty; give the sentence of the document.")
            continue
        source = policy.sources.get(place.file, policy.source)
        text = _document(sources / source.file) if sources is not None and source.file else None
        piece = None if text is None or quote.startswith(READING) else _strange(quote, text)
        if piece is not None:
            yield place.fault(f"the quote of `{name}` does not stand in {source.file}: {piece}")


def _quotes(policy: Policy) -> Iterator[tuple[tuple[Key, ...], str]]:
    for rule, quote in policy.rules.items():
        yield ("rules", rule), quote
    for name, parameter in policy.parameters.items():
        for inner, form in forms_of(parameter):
            yield ("parameters", name, *inner, "quote"), form.quote
            for number, row in enumerate(form.table or []):
                if "quote" in row:
                    yield ("parameters", name, *inner, "table", number, "quote"), str(row["quote"] or "")


@cache
def _document(file: Path) -> str | None:
    return _joined(file.read_text(encoding="utf-8-sig")) if file.is_file() else None


def _joined(text: str) -> str:
    """The text without white space and without the bars between the cells of a quoted table."""
    return _BETWEEN.sub("", text)


def _strange(quote: str, text: str) -> str | None:
    """The first sentence of the quote that the document does not contain."""
    if _joined(quote) in text:
        return None
    pieces = (_joined(piece).strip(_EDGES) for piece in _BREAKS.split(quote))
    return next((piece for piece in pieces if piece not in text), None)
