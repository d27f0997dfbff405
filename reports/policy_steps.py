"""The working of a policy in lines: programmes with their steps and the figures they use, checks in order, notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from policies.document import CheckEntry, StepEntry
from policies.loading import Policy
from policies.tables import quotes
from reports.policy_grids import Footnotes, form_on, value_in_words
from reports.policy_page import Block, Grid, Heading, Lines
from reports.policy_words import Language, name_in_words, word

__all__ = ["checks_of", "programmes_of"]


def programmes_of(policy: Policy, on: date, notes: Footnotes, language: Language) -> Iterator[Block]:
    """Every programme with its steps in order and the figures that they use; lists that several share stand at the end."""
    yield Heading(word("Programmes", language))
    for name, entry in policy.programmes.items():
        extra = [f"{word('benefit', language)} {entry.benefit}"] if entry.benefit else []
        extra += [f"{word('opened when', language)} {_plain(entry.always)}"] if entry.always else []
        extra += [word("once a claim, after its portions", language)] if entry.closing else []
        extra += [f"{word('when', language)} {_plain(entry.when)}"] if entry.when else []
        yield Heading(name_in_words(name) + (f" ({'; '.join(extra)})" if extra else ""), 3)
        yield from _steps(policy, entry.steps, on, notes, language)
    for name, steps in policy.steps.items():
        yield Heading(f"{word('steps', language)}: {name_in_words(name)}", 3)
        if not steps:
            yield Lines((word("governed by another document", language),))
        yield from _steps(policy, steps, on, notes, language)


def _steps(policy: Policy, steps: list[StepEntry], on: date, notes: Footnotes, language: Language) -> Iterator[Block]:
    if steps:
        yield Lines(tuple(_step(policy, step, notes, language) for step in steps), numbered=True)
    used = _figures(policy, steps, on, language)
    if used:
        yield Lines((f"{word('where', language)} {'; '.join(used)}",))


def _step(policy: Policy, step: StepEntry, notes: Footnotes, language: Language) -> str:
    if step.use:
        return f"{word('then the steps', language)}: {name_in_words(step.use)}"
    text = f"{step.step} = {_plain(step.amount)}"
    if step.within:
        limits = ", ".join(f"{_plain(limit)} ({counter})" for counter, limit in step.within.items())
        text += f", {word('at most what is left of', language)} {limits}"
    if step.when:
        text += f", {word('when', language)} {_plain(step.when)}"
    if step.counts:
        text += f"; {word('adds to', language)} {', '.join(step.counts)}"
    if step.into:
        text += f" → {step.into}"
    return f"{text}  {_cited(policy, step.rule, notes)}".rstrip()


def _cited(policy: Policy, rule: str | None, notes: Footnotes) -> str:
    quote = quotes(policy).get(rule or "")
    return f"{rule} {notes.mark(rule, quote)}" if rule and quote else rule or ""


def _figures(policy: Policy, steps: list[StepEntry], on: date, language: Language) -> list[str]:
    """`annual_limit = 200,000 yuan` for every parameter of one value that the steps name."""
    texts = [t for s in steps for t in (s.amount, s.when, *s.within.values()) if t]
    names = dict.fromkeys(name for text in texts for name in re.findall(r"[A-Za-z_]\w*", text))
    found = []
    for name in names:
        parameter = policy.parameters.get(name)
        form = form_on(parameter, on) if parameter else None
        if parameter is not None and form is not None and form.value is not None:
            found.append(f"{name} = {value_in_words(form, parameter.unit, language)}")
    return found


def checks_of(policy: Policy, notes: Footnotes, language: Language) -> Iterator[Block]:
    """Checks in the order of the law, and the codes that are noted on paid claims."""
    header = tuple(word(text, language) for text in ("reason", "outcome", "when", "rule"))
    if policy.checks:
        yield Heading(word("Checks in order", language))
        rows = tuple(
            (
                str(n),
                _reason(check),
                word(check.outcome, language),
                _condition(check),
                _cited(policy, check.rule, notes),
            )
            for n, check in enumerate(policy.checks, 1)
        )
        yield Grid("", ("", *header), rows, frozenset((0,)))
    if policy.notes:
        yield Heading(word("Notes on paid claims", language))
        entries = tuple((note.note, _plain(note.when), _cited(policy, note.rule, notes)) for note in policy.notes)
        yield Grid("", (word("note", language), header[2], header[3]), entries)


def _reason(check: CheckEntry) -> str:
    if check.reasons_of:
        return f"of each {check.reasons_of}: {_plain(check.value)}"
    return (check.reason or "").replace("{}", "…")


def _condition(check: CheckEntry) -> str:
    text = _plain(check.when)
    if check.each:
        text += f" (each of {name_in_words(check.each)})"
    return text + (f" (stage {check.stage})" if check.stage > 1 else "")


def _plain(formula: str | None) -> str:
    return " ".join((formula or "").split())
