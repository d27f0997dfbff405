"""Codes in formulas: what a column or fact is compared with must be one of its values."""

from __future__ import annotations

from collections.abc import Iterator

from policies.compiler import PoolCompiler
from policies.forms import forms_of
from policies.lint_domains import Domain, Domains
from policies.loading import Policy
from policies.text import Fault
from policies.validation import did_you_mean
from transforms.formula import Apply, Column, Const, Tree

__all__ = ["code_faults", "not_a_value", "programme_faults"]


def code_faults(compiler: PoolCompiler, policy: Policy, domains: Domains) -> Iterator[Fault]:
    """Comparisons that can never hold."""
    told = _in_tables(policy)
    for owner, place, tree in compiler.formulas:
        if owner is policy:
            for value, domain, codes in domains.comparisons(policy, tree):
                name = value.name if isinstance(value, Column) and not value.name.startswith("@") else ""
                yield from (
                    place.fault(not_a_value(code, f"`{name}`" if name else "what it is compared with", domain))
                    for code in codes
                    if code not in domain and (name, code) not in told
                )


def _in_tables(policy: Policy) -> set[tuple[str, str]]:
    """Facts and values of the rows of tables: a fault of theirs is told at the row."""
    rows = [row for p in policy.parameters.values() for _, form in forms_of(p) for row in form.table or []]
    return {
        (fact, str(value))
        for row in rows
        for fact, given in row.items()
        for value in (given if isinstance(given, list) else [given])
    }


def not_a_value(code: object, name: str, domain: Domain) -> str:
    """The sentence on a code that a column or fact never is."""
    values = sorted(str(value).lower() if isinstance(value, bool) else value for value in domain)
    shown = ", ".join(values[:12]) + (", .." if len(values) > 12 else "")
    return (
        f"`{code}` is not a value of {name}{did_you_mean(str(code), values, f'; there are {shown}' if shown else '')}"
    )


def programme_faults(compiler: PoolCompiler, policy: Policy, domains: Domains) -> Iterator[Fault]:
    """Programmes that charges are sent to and that do not exist, and programmes that no charge is sent to."""
    tree = compiler.trees.get((policy.policy, "programme"))
    if tree is None or "*" in policy.lost:
        return
    takers = {name for name, programme in policy.programmes.items() if not programme.closing}
    for name in sorted(_named(tree) - takers - policy.lost):
        sentence = f"`programme` can be `{name}`, which is no programme{did_you_mean(name, takers)}"
        yield policy.place("charge", "programme").fault(sentence)
    reached = domains.of_fact(policy, "programme")
    for name in sorted(takers - reached) if reached is not None else []:
        if policy.programmes[name].always is None:
            yield policy.place("programmes", name).fault(
                f"the programme `{name}` is never used: no charge is sent to it."
            )


def _named(tree: Tree) -> set[str]:
    """Codes that a fact names itself, not through other facts."""
    if isinstance(tree, Const):
        return {tree.value} if isinstance(tree.value, str) else set()
    if isinstance(tree, Apply) and tree.operation in ("if", "coalesce"):
        return set().union(*(_named(arg) for arg in (tree.args[1:] if tree.operation == "if" else tree.args)))
    return set()
