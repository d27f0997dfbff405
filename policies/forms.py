"""What a parameter may look like: figures as their unit asks, brackets without a gap, dated changes in order and of one form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from policies.document import Bracket, Change, Parameter, Unit
from policies.loading import LEVELS, Policy
from policies.parameters import FigureError, figure
from policies.scopes import BUILTINS
from policies.text import Key
from policies.validation import did_you_mean

__all__ = ["ROW_KEYS", "form_of", "forms_of", "parameter_faults"]

Found = Iterator[tuple[tuple[Key, ...], str]]

#: Keys of a row of a table that are no facts.
ROW_KEYS = ("value", "rule", "quote")

_FORMS = ("value", "codes", "table", "brackets")

#: Smallest and greatest value of a unit, in memory (basis points, fen, whole numbers).
_LIMITS: dict[Unit, tuple[int, int | None]] = {
    "percent": (0, 10_000), "points": (-10_000, 10_000), "factor": (0, None), "yuan": (0, None), "days": (0, None),
    "months": (0, None), "years": (0, None), "count": (0, None),
}  # fmt: skip


def form_of(entry: Parameter | Change) -> str | None:
    """Which of value, codes, table and brackets is given; nothing unless it is exactly one."""
    given = [name for name in _FORMS if getattr(entry, name) is not None]
    return given[0] if len(given) == 1 else None


def forms_of(parameter: Parameter) -> list[tuple[tuple[Key, ...], Parameter | Change]]:
    """The parameter as it was first and after each of its changes, with the path to it inside the parameter."""
    return [((), parameter), *((("changes", n), change) for n, change in enumerate(parameter.changes))]


def parameter_faults(policy: Policy, name: str) -> Found:
    """What is wrong with a parameter by itself: path and sentence."""
    parameter = policy.parameters[name]
    for inner, form in forms_of(parameter):
        path = ("parameters", name, *inner)
        if form_of(form) != form_of(parameter):
            yield path, f"a change of `{name}` gives `{form_of(parameter)}` as the parameter does, and nothing else."
        else:
            yield from _form_faults(policy, parameter, form, path)
    yield from _order_faults(policy, name, parameter)


def _form_faults(policy: Policy, parameter: Parameter, form: Parameter | Change, path: tuple[Key, ...]) -> Found:
    unit, name = parameter.unit, form_of(form)
    needed = {"codes": "codes", "brackets": "brackets"}.get(unit, "value or table")
    if name is None or name not in needed:
        yield path, f"a parameter in {unit} is given as {needed}, not as {name}."
    elif name == "value":
        yield from _figure_fault(form.value, unit, (*path, "value"))
    elif name == "codes":
        yield from _code_faults(form.codes or [], (*path, "codes"))
    elif name == "brackets":
        yield from _bracket_faults(form.brackets or [], (*path, "brackets"))
    else:
        yield from _table_faults(policy, parameter, form, (*path, "table"))


def _figure_fault(value: object, unit: Unit, path: tuple[Key, ...]) -> Found:
    try:
        number = figure(value, unit)
    except FigureError as error:
        yield path, str(error)
        return
    low, high = _LIMITS.get(unit, (0, None))
    if isinstance(number, int) and (number < low or (high is not None and number > high)):
        between = "may not be negative" if high is None else f"lies outside {low // 100}% to {high // 100}%"
        yield path, f"`{value}` {between}."


def _code_faults(codes: list[str], path: tuple[Key, ...]) -> Found:
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield (*path, number), f"`{code}` stands in the list twice."


def _bracket_faults(brackets: list[Bracket], path: tuple[Key, ...]) -> Found:
    before: Bracket | None = None
    for number, bracket in enumerate(brackets):
        here = (*path, number)
        faults = [
            *_figure_fault(bracket.above, "yuan", here), *_figure_fault(bracket.to, "yuan", here),
            *_figure_fault(bracket.pay, "percent", here),
        ]  # fmt: skip
        yield from faults
        if faults:
            return
        if before is not None:
            yield from _joint_fault(before, bracket, here)
        if bracket.to is not None and _fen(bracket.to) <= _fen(bracket.above):
            yield here, f"the bracket above {bracket.above} ends at {bracket.to}, not above its beginning."
        before = bracket
    if before is None:
        yield path, "there is no bracket."
    elif before.to is not None:
        yield (
            (*path, len(brackets) - 1),
            f"the last bracket ends at {before.to}; what is above has no rate (leave out `to`).",
        )


def _joint_fault(before: Bracket, bracket: Bracket, path: tuple[Key, ...]) -> Found:
    if _fen(bracket.above) < _fen(before.above):
        yield path, f"the bracket above {bracket.above} stands after the one above {before.above}; order them upwards."
    elif before.to is None or _fen(bracket.above) < _fen(before.to):
        yield (
            path,
            f"the bracket above {bracket.above} overlaps the one before, which ends at {before.to or 'no amount'}.",
        )
    elif _fen(bracket.above) > _fen(before.to):
        yield path, f"between {before.to} and {bracket.above} there is no bracket."


def _fen(text: str) -> int:
    number = figure(text, "yuan")
    assert isinstance(number, int)
    return number


def _table_faults(policy: Policy, parameter: Parameter, form: Parameter | Change, path: tuple[Key, ...]) -> Found:
    known = _facts(policy) | policy.lost
    by = parameter.by or []
    for number, name in enumerate(by if isinstance(form, Parameter) else []):
        if name not in known and "*" not in policy.lost:
            yield (*path[:-1], "by", number), f"`{name}` is not a fact of {policy.policy}{did_you_mean(name, known)}"
        if name in by[:number]:
            yield (*path[:-1], "by", number), f"`{name}` stands in `by` twice."
    for number, row in enumerate(form.table or []):
        here = (*path, number)
        if "value" not in row:
            yield here, "the row gives no `value`."
        else:
            yield from _figure_fault(row["value"], parameter.unit, here)
        for fact in row:
            if fact not in by and fact not in ROW_KEYS and known.issuperset(by):
                yield here, f"`{fact}` is not among the facts in `by`{did_you_mean(fact, [*by, *ROW_KEYS])}"


def _facts(policy: Policy) -> set[str]:
    """What a table may stand by: facts, columns of the engine and arguments of functions."""
    arguments = {name for function in policy.functions.values() for name in function.arguments}
    return {name for level in LEVELS for name in policy.facts[level]} | set(BUILTINS) | arguments


def _order_faults(policy: Policy, name: str, parameter: Parameter) -> Found:
    before = (policy.valid_from, date.min)
    for number, change in enumerate(parameter.changes):
        path = ("parameters", name, "changes", number)
        here = (change.from_, change.known_from or change.from_)
        if change.from_ < policy.valid_from or (policy.valid_to is not None and change.from_ > policy.valid_to):
            term = f"{policy.valid_from} to {policy.valid_to}" if policy.valid_to else f"from {policy.valid_from}"
            yield path, f"the change from {change.from_} lies outside the term of the policy ({term})."
        elif number and here <= before:
            yield (
                path,
                f"the change from {change.from_} does not come after the one from {before[0]}; order them by date.",
            )
        before = here
