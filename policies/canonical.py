"""The formulas of a plan in a form in which two plans can be compared, for one stretch of time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache

from transforms.formula import Apply, Column, Const, Tree, walk
from transforms.plan import Fact, Iteration, Lookup, Node, Plan, Step, Summary

__all__ = ["Canonical", "Single", "all_times", "change_days", "nodes_of", "strings_in"]

Single = Fact | Lookup | Summary
Moment = date | None
"""The first day of a stretch of time in which no figure changes; None: the formula as a whole, at all times."""

_HIDDEN = re.compile(r"@[0-9a-f]{12}")
all_times: Moment = None


def nodes_of(plan: Plan) -> dict[str, Single]:
    """Every fact, look-up and summary of a plan by name."""
    return {node.name: node for value in _values(plan) for node in _singles(value)}


def change_days(plan: Plan) -> set[date]:
    """The days on which a figure of the plan changes."""
    trees = (tree for value in _values(plan) for tree in _trees(value))
    return {day for tree in trees for part in walk(tree) if (day := _since(part)) is not None}


def strings_in(thing: object) -> Iterator[str]:
    """Every text in a part of a plan, names of columns included."""
    if isinstance(thing, str):
        yield thing
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from strings_in(getattr(thing, field.name))
    elif isinstance(thing, tuple):
        for part in thing:
            yield from strings_in(part)


class Canonical:
    """Canonical texts of the parts of one plan.

    In place of a column that is named by a digest of its formula stands the formula, or its canonical digest; of a figure
    with dated changes only the one in force remains.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.nodes = nodes_of(plan)
        self._digest = cache(self._digest_of)

    def text(self, thing: object, moment: Moment) -> str:
        """Equal for parts of two plans that compute the same from the same columns."""
        if isinstance(thing, Const | Column | Apply):
            return repr(self._tree(thing, moment))
        if isinstance(thing, str):
            return self._name(thing, moment)
        if isinstance(thing, tuple):
            return f"({', '.join(self.text(part, moment) for part in thing)})"
        if is_dataclass(thing):
            parts = (f"{field.name}={self.text(getattr(thing, field.name), moment)}" for field in fields(thing))
            return f"{type(thing).__name__}({', '.join(parts)})"
        return repr(thing)

    def fact(self, name: str, policy: str | None, moment: Moment) -> str:
        """The formula of a fact under one policy; empty when there is none."""
        node = self.nodes.get(name)
        if not isinstance(node, Fact):
            return "" if node is None else self.text(node, moment)
        cases = [tree for owner, tree in node.cases if owner in (None, policy) or policy is None]
        return "|".join([node.level, repr(node.kind), *(self.text(tree, moment) for tree in cases)]) if cases else ""

    def step(self, step: Step, moment: Moment) -> str:
        """A step without the conditions on its terms that only repeat when it applies."""
        guard = None if step.when is None else self._tree(step.when, moment)
        terms = (step.amount, step.base, step.parameter, *(limit for _, limit in step.within))
        trees = [None if term is None else _unguarded(self._tree(term, moment), guard) for term in terms]
        return repr((step.name, guard, trees, [name for name, _ in step.within], step.counts, step.column))

    def _tree(self, tree: Tree, moment: Moment) -> Tree:
        if isinstance(tree, Column):
            node = self.nodes.get(tree.name) if _HIDDEN.fullmatch(tree.name) else None
            if isinstance(node, Fact) and node.cases[0][0] is None:
                return self._tree(node.cases[0][1], moment)
            return Column(self._name(tree.name, moment), tree.kind)
        if isinstance(tree, Const):
            return tree
        since = _since(tree.args[0]) if moment is not None and tree.operation == "if" else None
        if since is not None and moment is not None:
            return self._tree(tree.args[1] if moment >= since else tree.args[2], moment)
        return Apply(tree.operation, tuple(self._tree(arg, moment) for arg in tree.args), tree.kind)

    def _name(self, name: str, moment: Moment) -> str:
        return self._digest(name, moment) if _HIDDEN.fullmatch(name) and name in self.nodes else name

    def _digest_of(self, name: str, moment: Moment) -> str:
        node = self.nodes[name]
        own = ", ".join(self.text(getattr(node, field.name), moment) for field in fields(node) if field.name != "name")
        return "@" + hashlib.sha256(own.encode()).hexdigest()[:16]


def _unguarded(tree: Tree, guard: Tree | None) -> Tree:
    match tree:
        case Apply("if", (condition, then, Const(0))) if condition == guard:
            return _unguarded(then, guard)
        case Apply(operation, args, kind):
            return Apply(operation, tuple(_unguarded(arg, guard) for arg in args), kind)
    return tree


def _since(tree: Tree) -> date | None:
    """The day D of a condition `ruling_date >= D`."""
    match tree:
        case Apply("ge", (Column("ruling_date"), Const(date() as day))):
            return day
    return None


def _values(plan: Plan) -> list[object]:
    return [getattr(plan, field.name) for field in fields(plan)]


def _singles(value: object) -> Iterator[Single]:
    parts: Iterable[Node] = value if isinstance(value, tuple) else ()
    for part in parts:
        if isinstance(part, Iteration):
            yield from part.nodes
        elif isinstance(part, Fact | Lookup | Summary):
            yield part


def _trees(thing: object) -> Iterator[Tree]:
    if isinstance(thing, Const | Column | Apply):
        yield thing
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from _trees(getattr(thing, field.name))
    elif isinstance(thing, tuple):
        for part in thing:
            yield from _trees(part)
