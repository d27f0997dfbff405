"""Who reads a fact: the programmes whose steps it ends in, or the decision on the claim as a whole."""

from __future__ import annotations

from collections import defaultdict

from policies.canonical import nodes_of, strings_in
from transforms.plan import Lookup, Plan

__all__ = ["Readers"]

Programme = tuple[str, str]
"""Policy and name."""

_DECIDING = (
    "programme", "portion_key", "portion_order", "merged_into", "settlement_year", "over_limit_amount", "prepay_amount",
    "in_scope_amount", "passes_checks",
)  # fmt: skip
"""Facts that the engine asks for."""


class Readers:
    """The programmes in whose steps a fact ends; None when it reaches further, so that every claim may depend on it."""

    def __init__(self, plan: Plan) -> None:
        self._nodes = nodes_of(plan)
        self._reads: dict[str, set[str]] = defaultdict(set)
        self._programmes: dict[str, set[Programme]] = defaultdict(set)
        for node in self._nodes.values():
            for name in self._named(node) - {node.name}:
                self._reads[name].add(node.name)
        deciding = (plan.checks, plan.notes, plan.choices, plan.among, plan.counters)
        self._far = set(_DECIDING).union(*(self._named(part) for part in deciding))
        self._far |= {name for node in self._nodes.values() if isinstance(node, Lookup) for name in self._of_rows(node)}
        for programme in plan.programmes:
            if programme.closing:
                self._far |= self._named(programme)
            for name in self._named(programme.steps):
                self._programmes[name].add((programme.policy, programme.name))
            self._far |= self._named((programme.always, programme.when))

    def programmes(self, name: str) -> set[Programme] | None:
        """Of a fact, look-up or summary; an empty set when nothing reads it."""
        found: set[Programme] = set()
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one in self._far:
                return None
            found |= self._programmes[one]
            seen.add(one)
            waiting += self._reads[one] - seen
        return found

    def _named(self, part: object) -> set[str]:
        """Facts that a part of the plan mentions, also as columns of looked-up rows."""
        return {name for text in strings_in(part) if (name := text.removeprefix("row.")) in self._nodes}

    def _of_rows(self, node: Lookup) -> set[str]:
        """Facts that are read on other rows than the reader's own: who reads them cannot be told by claim."""
        rows = {text.removeprefix("row.") for text in strings_in(node) if text.startswith("row.")}
        return rows & set(self._nodes)
