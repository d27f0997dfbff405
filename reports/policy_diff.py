"""What two versions of the law differ in: figures with the days they differ on, then formulas, checks and steps. Data first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from policies.document import Change, Parameter
from policies.loading import Policy, load_policies, load_policy
from policies.tables import figures
from reports.policy_texts import ORDER, texts_of

__all__ = ["ParameterChange", "TextChange", "between", "diff", "policies_at", "text_diff"]

Kind = Literal["changed", "added", "removed"]


@dataclass(frozen=True)
class ParameterChange:
    """A figure that differs on the benefit dates from `valid_from` to `valid_to` (null: without end).

    `key` is the parameter, with the facts of the row for a table (`stay_rate[near_home: true; level: 2]`). Values are as written
    in the files; null: no such figure. `known_from`: the day from which the new figure was known (null: from the beginning).
    """

    policy: str
    key: str
    kind: Kind
    unit: str
    old: str | None
    new: str | None
    valid_from: date
    valid_to: date | None
    known_from: date | None
    rule: str
    old_quote: str | None
    new_quote: str | None

    @property
    def parameter(self) -> str:
        """The parameter without the row."""
        return self.key.partition("[")[0]


@dataclass(frozen=True)
class TextChange:
    """A formula, check, step or other text that differs; it is not dated and holds for the whole term of the policy."""

    policy: str
    section: str
    name: str
    kind: Kind
    old: str | None
    new: str | None


@dataclass(frozen=True)
class _Figure:
    value: str
    unit: str
    rule: str
    quote: str
    known_from: date | None


Pair = tuple[_Figure | None, _Figure | None]
Texts = Mapping[tuple[str, str], str]


def policies_at(path: Path) -> list[Policy]:
    """The policies of a folder, or the one of a file; raises PolicyError."""
    return [load_policy(path)] if path.is_file() else load_policies(path)


def diff(old: Sequence[Policy], new: Sequence[Policy]) -> list[ParameterChange]:
    """Figures that differ between two states of the law, by policy, in the order of the new files."""
    before, after = ({policy.policy: policy for policy in law} for law in (old, new))
    return [
        change
        for name in dict.fromkeys([*after, *before])
        if name in before and name in after
        for change in _changes(before[name], after[name])
    ]


def between(policies: Sequence[Policy], first: date, last: date) -> list[ParameterChange]:
    """Figures that differ between two days of one law; `valid_from` is the day from which the later one holds."""
    found = []
    for policy in policies:
        if policy.valid_from <= min(first, last) and (policy.valid_to or date.max) >= max(first, last):
            for name, parameter in policy.parameters.items():
                one, other = (_on(policy, name, day) for day in (first, last))
                since = max((day for day, _ in _forms(policy, parameter) if day <= last), default=last)
                pairs = {key: (one.get(key), other.get(key)) for key in dict.fromkeys([*other, *one])}
                found += [
                    _change(policy.policy, key, pair, since, None) for key, pair in pairs.items() if _differ(pair)
                ]
    return found


def text_diff(old: Sequence[Policy], new: Sequence[Policy]) -> list[TextChange]:
    """Formulas, checks, steps, counters, notes, rules and headings that differ, and policies that came or went."""
    before, after = ({policy.policy: policy for policy in law} for law in (old, new))
    gone = [name for name in before if name not in after]
    found = [TextChange(name, "policy", name, "removed", before[name].source.title, None) for name in gone]
    for name, policy in after.items():
        if name in before:
            found += _texts(name, texts_of(before[name]), texts_of(policy))
        else:
            found.append(TextChange(name, "policy", name, "added", None, policy.source.title))
    return found


def _texts(policy: str, old: Texts, new: Texts) -> Iterator[TextChange]:
    for key in dict.fromkeys([*new, *old]):
        one, other = old.get(key), new.get(key)
        if one != other and not (key[1] == ORDER and _same_order(one or "", other or "")):
            yield TextChange(policy, *key, _kind(one, other), one, other)


def _same_order(one: str, other: str) -> bool:
    """Whether what both have comes in one order; what came or went is told by itself."""
    old, new = one.split(", "), other.split(", ")
    return [name for name in old if name in new] == [name for name in new if name in old]


def _kind(old: object, new: object) -> Kind:
    return "added" if old is None else "removed" if new is None else "changed"


def _changes(old: Policy, new: Policy) -> Iterator[ParameterChange]:
    for name in dict.fromkeys([*new.parameters, *old.parameters]):
        if old.parameters.get(name) != new.parameters.get(name) or old.valid_from != new.valid_from:
            yield from _of_parameter(old, new, name)


def _of_parameter(old: Policy, new: Policy, name: str) -> Iterator[ParameterChange]:
    """One entry for each span of days on which a figure differs in one way."""
    sides = [(policy, policy.parameters[name]) for policy in (old, new) if name in policy.parameters]
    days = sorted({day for policy, parameter in sides for day, _ in _forms(policy, parameter)})
    states = [(_on(old, name, day), _on(new, name, day)) for day in days]
    for key in dict.fromkeys(key for one, other in states for key in (*other, *one)):
        pairs = [(one.get(key), other.get(key)) for one, other in states]
        starts = [n for n, pair in enumerate(pairs) if n == 0 or _values(pair) != _values(pairs[n - 1])]
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            if _differ(pairs[start]):
                last = new.valid_to if end is None else days[end] - timedelta(days=1)
                yield _change(new.policy, key, pairs[start], days[start], last)


def _values(pair: Pair) -> list[tuple[str, str] | None]:
    return [None if figure is None else (figure.value, figure.unit) for figure in pair]


def _differ(pair: Pair) -> bool:
    old, new = _values(pair)
    return old != new


def _change(policy: str, key: str, pair: Pair, first: date, last: date | None) -> ParameterChange:
    old, new = pair
    shown = new or old
    assert shown is not None
    return ParameterChange(
        policy, key, _kind(old, new), shown.unit, old.value if old else None, new.value if new else None, first, last,
        new.known_from if new else None, shown.rule, old.quote if old else None, new.quote if new else None,
    )  # fmt: skip


def _forms(policy: Policy, parameter: Parameter) -> list[tuple[date, Parameter | Change]]:
    forms: list[tuple[date, Parameter | Change]] = [(policy.valid_from, parameter)]
    return forms + sorted(((change.from_, change) for change in parameter.changes), key=lambda form: form[0])


def _on(policy: Policy, name: str, day: date) -> dict[str, _Figure]:
    """Figures of a parameter on a day, by key; nothing before the policy begins."""
    parameter = policy.parameters.get(name)
    forms = [] if parameter is None else [form for start, form in _forms(policy, parameter) if start <= day]
    if parameter is None or not forms:
        return {}
    form = forms[-1]
    return {
        key: _Figure(
            value,
            parameter.unit,
            row.get("rule") or form.rule or parameter.rule,
            row.get("quote") or form.quote,
            form.known_from,
        )
        for key, value, row in figures(name, form)
    }
