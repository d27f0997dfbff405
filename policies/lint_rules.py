"""Rules and codes: every rule that is cited is quoted, every step cites one, and codes are written alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.loading import LEVELS, Policy
from policies.tables import quotes
from policies.text import Fault, Key

__all__ = ["citation_faults", "rule_faults"]

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

#: Facts without which nothing can be settled, with their level.
NEEDED = {
    "programme": "charge",
    "over_limit_amount": "portion",
    "prepay_amount": "portion",
    "in_scope_amount": "portion",
}

Path = tuple[Key, ...]


def citation_faults(policy: Policy) -> Iterator[Fault]:
    """Rules that are cited and have no quote."""
    quoted = {*quotes(policy), *policy.mentioned}
    for path, rule in _cited(policy):
        if rule not in quoted and not policy.lost & {"*", rule}:
            yield policy.place(*path).fault(
                f"rule {rule} is cited and nowhere quoted; give its sentence under `rules`."
            )


def rule_faults(policy: Policy) -> Iterator[Fault]:
    """Steps without a rule, codes not in snake_case, facts that settling needs and nobody defines."""
    for path, step, cited in _steps(policy):
        if not cited:
            yield policy.place(*path).fault(f"the step `{step}` cites no rule.")
    yield from _code_faults(policy)
    for name, level in NEEDED.items():
        if name not in policy.facts[level] and not policy.lost & {"*", name}:
            yield policy.place(level).fault(f"the fact `{name}` of each {level} is missing; settling needs it.")


def _cited(policy: Policy) -> Iterator[tuple[Path, str]]:
    for section in ("checks", "notes"):
        for number, entry in enumerate(getattr(policy, section)):
            if entry.rule:
                yield (section, number), entry.rule
    for level in LEVELS:
        for name, fact in policy.facts[level].items():
            if fact.rule:
                yield (level, name, "rule"), fact.rule
            for number, case in enumerate(fact.first or []):
                if case.rule:
                    yield (level, name, "first", number), case.rule
    for path, _, rule in _steps(policy):
        if rule:
            yield path, rule


def _steps(policy: Policy) -> Iterator[tuple[Path, str, str | None]]:
    for name, programme in policy.programmes.items():
        for number, step in enumerate(programme.steps):
            if step.step:
                yield ("programmes", name, "steps", number), step.step, step.rule
    for name, steps in policy.steps.items():
        for number, step in enumerate(steps):
            if step.step:
                yield ("steps", name, number), step.step, step.rule


def _code_faults(policy: Policy) -> Iterator[Fault]:
    for number, check in enumerate(policy.checks):
        if check.reason is not None:
            place = policy.place("checks", number)
            if not _SNAKE_CASE.fullmatch(check.reason.replace("{}", "x")):
                yield place.fault(f"the reason `{check.reason}` is not a code in snake_case, such as `waiting_period`.")
            if ("{}" in check.reason) != (check.each is not None):
                yield place.fault(
                    "`{}` in a reason stands for the code that `each` takes from a list; give both or none."
                )
    for number, note in enumerate(policy.notes):
        if not _SNAKE_CASE.fullmatch(note.note):
            place = policy.place("notes", number)
            yield place.fault(f"the note `{note.note}` is not a code in snake_case, such as `no_filing`.")
