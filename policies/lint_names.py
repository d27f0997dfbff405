"""Names of a policy: none stands for two things, and everything that is given a name is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from policies.document import FactEntry, StepEntry
from policies.loading import LEVELS, Place, Policy
from policies.scopes import BUILTINS
from policies.text import Fault
from policies.waterfalls import spliced

__all__ = ["duplicate_faults", "unused_faults"]

#: Facts that the engine reads by their names.
ASKED_FOR = (
    "settlement_year", "merged_into", "programme", "portion_key", "portion_order", "over_limit_amount", "prepay_amount",
    "in_scope_amount",
)  # fmt: skip

_WORDS = re.compile(r"[A-Za-z_]\w*")


def duplicate_faults(policies: list[Policy]) -> Iterator[Fault]:
    """Names that stand for two things in one policy, or for facts of different levels in the policies of a pool."""
    levels: dict[str, tuple[str, Policy]] = {}
    for policy in policies:
        seen: dict[str, tuple[str, Place]] = {}
        for what, name, place in _named(policy):
            if name in BUILTINS:
                yield place.fault(f"`{name}` is a column that the engine gives; choose another name.")
            elif name in seen:
                yield place.fault(
                    f"`{name}` is a {seen[name][0]} already ({seen[name][1].short()}); choose another name."
                )
            seen.setdefault(name, (what, place))
            home, other = levels.setdefault(name, (what, policy))
            if home != what and other is not policy:
                yield place.fault(f"`{name}` is a {what} here and a {home} in {other.policy}; choose another name.")
        yield from _steps(policy, {name: (what, place) for name, (what, place) in seen.items() if what != "counter"})


def _named(policy: Policy) -> Iterator[tuple[str, str, Place]]:
    for section, what in (("parameters", "parameter"), ("functions", "function"), ("counters", "counter")):
        for name in getattr(policy, section):
            yield what, name, policy.place(section, name)
    for level in LEVELS:
        for name in policy.facts[level]:
            yield f"fact of each {level}", name, policy.place(level, name)


def _steps(policy: Policy, named: Mapping[str, tuple[str, Place]]) -> Iterator[Fault]:
    for programme in policy.programmes:
        before: dict[str, Place] = {}
        for entry, path in spliced(policy, programme):
            name, place = entry.step or "", policy.place(*path)
            if name in before:
                yield place.fault(
                    f"`{name}` is a step of programme {programme} already ({before[name].short()}); choose another name."
                )
            elif name in named or name in policy.counters:
                what, home = named.get(name, ("counter", policy.place("counters", name)))
                yield place.fault(
                    f"the step `{name}` hides the {what} of that name ({home.short()}); choose another name."
                )
            before[name] = place


def unused_faults(policy: Policy) -> Iterator[Fault]:
    """Parameters, facts, functions, counters and lists of steps that nothing reads."""
    if "*" not in policy.lost:
        yield from (fault for fault, is_unused in _uses(policy) if is_unused)


def _uses(policy: Policy) -> Iterator[tuple[Fault, bool]]:
    reached = _reached(policy)
    for what, name, place in _named(policy):
        if what == "counter":
            continue
        yield (
            place.fault(f"the {what.partition(' ')[0]} `{name}` is never used."),
            name not in reached and name not in ASKED_FOR,
        )
    moved = {
        counter
        for programme in policy.programmes
        for entry, _ in spliced(policy, programme)
        for counter in [*entry.within, *entry.counts]
    }
    moved |= _meant(moved, policy.counters) | policy.mentioned
    for name in policy.counters:
        sentence = "is read but never moved by a step" if name in reached else "is never used"
        yield policy.place("counters", name).fault(f"the counter `{name}` {sentence}."), name not in moved
    used = {entry.use for programme in policy.programmes.values() for entry in programme.steps if entry.use}
    used |= _meant(used, policy.steps) | policy.mentioned
    for name in policy.steps:
        asked = any(f"is_external({name})" in formula.replace(" ", "") for formula in _all_formulas(policy))
        yield policy.place("steps", name).fault(f"the steps `{name}` are never used."), name not in used and not asked


def _reached(policy: Policy) -> set[str]:
    """Names that lead to a result: read by checks, notes, steps and the engine, or by what those read."""
    reads = _reads(policy)
    found: set[str] = set()
    known = {name for _, name, _ in _named(policy)}
    waiting = [*_roots(policy), *ASKED_FOR, *policy.mentioned]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += reads.get(name, set()) | _meant({name}, known)
    return found


def _meant(names: set[str], known: Iterable[str]) -> set[str]:
    """What unknown names stand for: a name that is only misspelt elsewhere is not unused."""
    strange = [name for name in names if name not in known]
    return {near for name in strange for near in get_close_matches(name, list(known), n=1)}


def _reads(policy: Policy) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for level in LEVELS:
        for name, entry in policy.facts[level].items():
            found[name] = _names(_formulas(entry))
    for name, function in policy.functions.items():
        found[name] = _names([function.formula])
    for name, parameter in policy.parameters.items():
        found[name] = set(parameter.by or [])
    return found


def _roots(policy: Policy) -> set[str]:
    codes = {check.each for check in policy.checks if check.each}
    keys = {name for counter in policy.counters.values() for name in counter.by}
    return codes | keys | _names(_root_formulas(policy))


def _root_formulas(policy: Policy) -> Iterator[str]:
    for check in policy.checks:
        yield from (text for text in (check.when, check.value, check.by) if text)
    yield from (note.when for note in policy.notes)
    yield from policy.chooses_enrolment_by
    yield policy.chooses_enrolment_among or "0"
    for programme in policy.programmes.values():
        yield from (text for text in (programme.always, programme.when) if text)
        yield programme.when or "0"
        for step in programme.steps:
            yield from _of_step(step)
    for steps in policy.steps.values():
        for step in steps:
            yield from _of_step(step)


def _of_step(step: StepEntry) -> Iterator[str]:
    yield from (text for text in (step.amount, step.when, step.base, step.parameter, *step.within.values()) if text)


def _formulas(entry: FactEntry) -> Iterator[str]:
    yield entry.formula or "0"
    for case in entry.first or []:
        yield from (text for text in (case.when, case.then, case.otherwise) if text)


def _all_formulas(policy: Policy) -> Iterator[str]:
    yield from _root_formulas(policy)
    for level in LEVELS:
        for entry in policy.facts[level].values():
            yield from _formulas(entry)
    yield from (function.formula for function in policy.functions.values())


def _names(formulas: Iterable[str]) -> set[str]:
    """Names in formulas, those of looked-up rows too; every word of one that cannot be read."""
    found: set[str] = set()
    for formula in formulas:
        try:
            nodes = list(ast.walk(ast.parse(" ".join(formula.split()), mode="eval")))
        except SyntaxError:
            found |= set(_WORDS.findall(formula))
            continue
        found |= {node.id for node in nodes if isinstance(node, ast.Name)}
        found |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return found
