"""Tables: every row can apply, every value is one that its fact takes, and no combination of known values is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod
from typing import Any

from policies.document import Parameter
from policies.forms import forms_of
from policies.lint_codes import not_a_value
from policies.lint_domains import Domain, Domains
from policies.loading import Policy
from policies.text import Fault, Key
from policies.validation import did_you_mean

__all__ = ["gap_faults", "row_faults"]

#: A table with more combinations than this is not looked at.
MOST = 100_000

#: Stands for every value that a table does not name.
OTHER = "(any other)"

Row = dict[str, Any]
Value = str | bool | None


def row_faults(policy: Policy, domains: Domains) -> Iterator[Fault]:
    """Values that a row names and its fact never takes; rows that earlier rows leave nothing to."""
    for name, parameter in _tables(policy):
        for fact in parameter.domain or {}:
            if fact not in (parameter.by or []):
                ending = did_you_mean(fact, parameter.by or [])
                yield policy.place("parameters", name, "domain", fact).fault(
                    f"`{fact}` is not among the facts in `by`{ending}"
                )
        for path, table, known in _forms(policy, name, parameter, domains):
            strange = list(_strange(policy, path, table, known))
            yield from strange
            if not strange:
                yield from (
                    policy.place(*path, number).fault("this row never applies: the rows before it take every case.")
                    for number in _left(table, known)[1]
                )


def gap_faults(policy: Policy, domains: Domains) -> Iterator[Fault]:
    """Combinations of known values without a row; of facts that may be anything, only the values that the table names."""
    for name, parameter in _tables(policy):
        for path, table, known in _forms(policy, name, parameter, domains):
            left = _left(table, known)[0]
            missing = sorted((c for c in left if None not in c and OTHER not in c), key=str)
            if missing and any(domain is not None for domain in known.values()):
                advice = "where the law gives none, say so with a row `value: null`"
                yield policy.place(*path[:-1]).fault(
                    f"the table has no row for {_written(missing, list(known))}; {advice}."
                )


def _tables(policy: Policy) -> Iterator[tuple[str, Parameter]]:
    for name, parameter in policy.parameters.items():
        if parameter.by is not None and name not in policy.lost:
            yield name, parameter


def _forms(
    policy: Policy, name: str, parameter: Parameter, domains: Domains
) -> Iterator[tuple[tuple[Key, ...], list[Row], dict[str, Domain | None]]]:
    known = {fact: _declared(parameter, fact) or domains.of_fact(policy, fact) for fact in parameter.by or []}
    for inner, form in forms_of(parameter):
        yield ("parameters", name, *inner, "table"), form.table or [], known


def _declared(parameter: Parameter, fact: str) -> Domain | None:
    values = (parameter.domain or {}).get(fact)
    return None if values is None else frozenset(_plain(value) for value in values if value is not None)


def _plain(value: Any) -> str | bool:
    return value if isinstance(value, bool) else str(value)


def _strange(
    policy: Policy, path: tuple[Key, ...], table: list[Row], known: dict[str, Domain | None]
) -> Iterator[Fault]:
    for number, row in enumerate(table):
        for fact, domain in known.items():
            for value in _values(row, fact):
                if domain is not None and value is not None and value not in domain:
                    yield policy.place(*path, number).fault(not_a_value(value, f"`{fact}`", domain))


def _left(table: list[Row], known: dict[str, Domain | None]) -> tuple[set[tuple[Value, ...]], list[int]]:
    """Combinations that no row takes, and the rows that take none."""
    universe = {fact: _universe(table, fact, domain) for fact, domain in known.items()}
    if prod(len(values) for values in universe.values()) > MOST:
        return set(), []
    left = set(product(*universe.values()))
    idle = []
    for number, row in enumerate(table):
        mine = {combination for combination in left if _applies(row, known, combination)}
        idle += [] if mine else [number]
        left -= mine
    return left, idle


def _values(row: Row, fact: str) -> list[Value]:
    if fact not in row:
        return []
    given = row[fact] if isinstance(row[fact], list) else [row[fact]]
    return [None if value is None else _plain(value) for value in given]


def _universe(table: list[Row], fact: str, domain: Domain | None) -> list[Value]:
    named = {value for row in table for value in _values(row, fact)}
    if domain is None:
        return [*sorted(named - {None}, key=str), OTHER, None]
    return [*sorted(domain, key=str), *([] if domain <= {True, False} else [None])]


def _applies(row: Row, by: Iterable[str], combination: tuple[Value, ...]) -> bool:
    return all(fact not in row or value in _values(row, fact) for fact, value in zip(by, combination, strict=True))


def _written(missing: list[tuple[Value, ...]], by: list[str]) -> str:
    shown = [
        ", ".join(f"{fact}: {_shown(value)}" for fact, value in zip(by, combination, strict=True))
        for combination in missing[:3]
    ]
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return f"({'; '.join(shown)}){more}"


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
