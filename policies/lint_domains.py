"""Domains: the values that a column or fact can take, as far as the contract and the cases of facts tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies.compiler import PoolCompiler
from policies.loading import Policy
from policies.scopes import BUILTINS, ancestors, table_of
from schemas import TABLES
from transforms.formula import FLAG, TEXTS, Apply, Column, Const, Tree, walk
from transforms.frames import TABLES_OF_LEVELS
from transforms.plan import Lookup, Summary

__all__ = ["Domain", "Domains"]

Domain = frozenset[str | bool]

_SAME = ("text", "first_of", "rescale")


class Domains:
    """Values of the trees of a pool's policies; null: anything. An unknown value is in no domain."""

    def __init__(self, compiler: PoolCompiler) -> None:
        self.compiler = compiler
        self.found: dict[tuple[str, str], Domain | None] = {}

    def of_fact(self, policy: Policy, name: str) -> Domain | None:
        """Values of a fact of a policy, or of a column that the engine gives."""
        key = (policy.policy, name)
        if key not in self.found:
            self.found[key] = None  # a fact that reads itself through others may be anything
            tree = self.compiler.trees.get(key)
            given = frozenset((policy.scheme,)) if name == "settled_scheme" else None
            self.found[key] = given if tree is None else self.of(policy, tree)
        return self.found[key]

    def of(self, policy: Policy, tree: Tree, source: str | None = None) -> Domain | None:
        """Values of a tree; `source` is the table whose rows stand behind `row.`."""
        if tree.kind == FLAG:
            return frozenset((True, False))
        if isinstance(tree, Const):
            return _of_constant(tree)
        if isinstance(tree, Column):
            return self._of_column(policy, tree.name, source)
        if tree.operation in _SAME:
            return self.of(policy, tree.args[0], source)
        if tree.operation in ("if", "coalesce"):
            chosen = tree.args[1:] if tree.operation == "if" else tree.args
            return _union(self.of(policy, arg, source) for arg in chosen)
        return None

    def comparisons(
        self, policy: Policy, tree: Tree, source: str | None = None
    ) -> Iterator[tuple[Tree, Domain, list[str]]]:
        """Every place where a value with a domain is compared with codes: the value, its domain, the codes."""
        for node in walk(tree):
            if isinstance(node, Apply) and node.operation in ("eq", "ne", "in"):
                for value, other in (node.args, node.args[::-1]):
                    codes = list(_codes(other)) if other.kind != TEXTS or node.operation == "in" else []
                    domain = self.of(policy, value, source) if codes and not isinstance(value, Const) else None
                    if domain is not None:
                        yield value, domain, codes
            elif isinstance(node, Column) and node.name.startswith("@"):
                yield from self._behind(policy, self.compiler.kept.get(node.name))

    def _behind(self, policy: Policy, node: object) -> Iterator[tuple[Tree, Domain, list[str]]]:
        if isinstance(node, Lookup):
            rows = [Apply("eq", (Column(row, own.kind), own), FLAG) for row, own in node.keys]
            for tree in (*rows, node.row_filter, node.own_filter, node.pair_filter, node.value, node.by):
                if tree is not None:
                    yield from self.comparisons(policy, tree, node.source)
        elif isinstance(node, Summary):
            yield from self.comparisons(policy, node.value)

    def _of_column(self, policy: Policy, name: str, source: str | None) -> Domain | None:
        prefix, dot, attribute = name.partition(".")
        if name.startswith("@"):
            node = self.compiler.kept.get(name)
            if isinstance(node, Lookup | Summary) and node.value is not None:
                return self.of(policy, node.value, node.source if isinstance(node, Lookup) else None)
            return None
        if not dot:
            return self.of_fact(policy, name)
        return (
            self._of_row(source, attribute)
            if prefix == "row" and source
            else _of_delivered(table_of(prefix), attribute)
        )

    def _of_row(self, source: str, attribute: str) -> Domain | None:
        """A column or fact of a looked-up row; rows of a level may stand under any policy of the pool."""
        level = TABLES_OF_LEVELS.get(source)
        if level is None:
            return _of_delivered("claims" if source == "all_claims" else source, attribute)
        homes = {level, *ancestors(level)}
        owners = [policy for policy in self.compiler.policies if self.compiler.level_of(policy, attribute) in homes]
        if owners or attribute in BUILTINS:
            return _union(self.of_fact(policy, attribute) for policy in owners or self.compiler.policies)
        prefixes = ("line", "claim") if level in ("line", "charge") else (level,)
        tables = [table_of(prefix) for prefix in prefixes]
        return next((_of_delivered(t, attribute) for t in tables if t and attribute in TABLES[t].by_name), None)


def _union(parts: Iterable[Domain | None]) -> Domain | None:
    found: Domain = frozenset()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found


def _of_delivered(table: str | None, attribute: str) -> Domain | None:
    column = TABLES[table].by_name.get(attribute) if table else None
    return frozenset(column.values) if column is not None and column.values else None


def _of_constant(tree: Const) -> Domain:
    if tree.value is None:
        return frozenset()
    return frozenset(tree.value) if isinstance(tree.value, tuple) else frozenset((str(tree.value),))


def _codes(tree: Tree) -> Iterator[str]:
    """Codes that a tree may be, when it is made of nothing else."""
    if isinstance(tree, Const) and isinstance(tree.value, str):
        yield tree.value
    elif isinstance(tree, Const) and isinstance(tree.value, tuple):
        yield from tree.value
    elif isinstance(tree, Apply) and tree.operation == "if":
        parts = [list(_codes(arg)) for arg in tree.args[1:]]
        if all(parts):
            yield from (code for part in parts for code in part)
