"""The undated texts of a policy by section and name: facts, functions, checks, steps, counters, notes, rules, headings, orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies.document import CheckEntry, FactEntry, StepEntry
from policies.loading import LEVELS, Policy

__all__ = ["ORDER", "texts_of"]

ORDER = "order"
"""Names the order in which the entries of a list stand."""

Text = tuple[str, str, str]


def texts_of(policy: Policy) -> dict[tuple[str, str], str]:
    """(section, name) to the text in one line, in the order of the policy."""
    return {(section, name): text for section, name, text in _texts(policy)}


def _texts(policy: Policy) -> Iterator[Text]:
    yield "heading", "source", f"{policy.source.title} ({policy.source.file})"
    yield "heading", "term", f"{policy.valid_from} to {policy.valid_to or 'further notice'}"
    for level in LEVELS:
        yield from ((f"{level} facts", name, _fact(entry)) for name, entry in policy.facts[level].items())
    for name, function in policy.functions.items():
        yield "functions", f"{name}({', '.join(function.arguments)})", _plain(function.formula)
    if policy.chooses_enrolment_among:
        yield "enrolment of a claim", "among", _plain(policy.chooses_enrolment_among)
    if policy.chooses_enrolment_by:
        yield "enrolment of a claim", "by", "; ".join(map(_plain, policy.chooses_enrolment_by))
    yield from _listed("checks", ((_reason(check), _check(check)) for check in policy.checks))
    for name, counter in policy.counters.items():
        given = counter.model_dump(exclude_defaults=True, exclude={"about"})
        yield "counters", name, ", ".join(f"{key} {value}" for key, value in given.items()) or "a yearly sum"
    for name, steps in policy.steps.items():
        yield from _listed(f"steps {name}", map(_step, steps))
    for name, programme in policy.programmes.items():
        given = programme.model_dump(exclude_defaults=True, exclude={"about", "steps"})
        yield "programmes", name, "; ".join(f"{key} {_plain(str(value))}" for key, value in given.items()) or "plain"
        yield from _listed(f"programme {name}", map(_step, programme.steps))
    yield "programmes", ORDER, ", ".join(policy.programmes)
    yield from _listed("notes", ((note.note, _joined(_plain(note.when), note.rule)) for note in policy.notes))
    yield from (("rules", rule, quote) for rule, quote in policy.rules.items())


def _listed(section: str, entries: Iterable[tuple[str, str]]) -> Iterator[Text]:
    """Entries of a list by their names (the second of a name is `NAME 2`), and their order."""
    seen: dict[str, int] = {}
    order = []
    for name, text in entries:
        seen[name] = seen.get(name, 0) + 1
        shown = name if seen[name] == 1 else f"{name} {seen[name]}"
        order.append(shown)
        yield section, shown, text
    if order:
        yield section, ORDER, ", ".join(order)


def _fact(entry: FactEntry) -> str:
    if entry.formula is not None:
        return _plain(entry.formula)
    cases = []
    for case in entry.first or []:
        value = case.then or case.otherwise
        shown = _plain(value) if value is not None else "unknown" if case.is_ is None else repr(case.is_)
        cases.append(f"{shown} when {_plain(case.when)}" if case.when else shown)
    return "; ".join(cases)


def _reason(check: CheckEntry) -> str:
    return check.reason or f"of each {check.reasons_of}"


def _check(check: CheckEntry) -> str:
    parts = [check.outcome, f"when {_plain(check.when)}"]
    parts += [f"{name} {_plain(str(value))}" for name in ("value", "by", "each") if (value := getattr(check, name))]
    parts += [f"stage {check.stage}"] if check.stage > 1 else []
    parts += ["later"] if check.later else []
    return _joined(", ".join(parts), check.rule)


def _step(step: StepEntry) -> tuple[str, str]:
    if step.use is not None:
        return f"use {step.use}", f"the steps {step.use}"
    parts = [_plain(step.amount)]
    parts += [f"within {_plain(limit)} ({counter})" for counter, limit in step.within.items()]
    parts += [f"counts {', '.join(step.counts)}"] if step.counts else []
    parts += [f"{name} {_plain(value)}" for name in ("when", "into") if (value := getattr(step, name))]
    parts += [] if step.unit == "yuan" else [f"unit {step.unit}"]
    return step.step or "", _joined(", ".join(parts), step.rule)


def _joined(text: str, rule: str | None) -> str:
    return f"{text} [{rule}]" if rule else text


def _plain(formula: str | None) -> str:
    return " ".join((formula or "").split())
