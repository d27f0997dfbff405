"""What a name means where a formula stands: facts, parameters, delivered columns, related rows, counters and earlier steps."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Protocol

from policies.grammar import FormulaError, Related, Scope, Spoiled, conjunction, parse
from policies.loading import Policy
from policies.parameters import Band, FigureError, bands, parameter_tree
from policies.text import Key
from policies.validation import did_you_mean
from schemas import TABLES
from schemas import Kind as ColumnKind
from transforms.formula import (
    DATE,
    FLAG,
    MONEY,
    NUMBER,
    RATE,
    TEXT,
    TEXTS,
    Apply,
    Column,
    Const,
    Kind,
    Tree,
    columns_of,
)
from transforms.frames import TABLES_OF_LEVELS
from transforms.plan import PARENTS, Fact, Lookup, Summary

__all__ = ["BUILTINS", "Facts", "LevelScope", "ancestors", "column_kind", "columns_at", "table_of"]

TIMESTAMP = Kind("timestamp")

_KINDS = {
    ColumnKind.TEXT: TEXT, ColumnKind.CODE: TEXT, ColumnKind.MONEY: MONEY, ColumnKind.RATE: RATE, ColumnKind.QUANTITY: RATE,
    ColumnKind.WHOLE: NUMBER, ColumnKind.DATE: DATE, ColumnKind.TIMESTAMP: TIMESTAMP, ColumnKind.FLAG: FLAG, ColumnKind.LIST: TEXTS,
}  # fmt: skip

#: Columns of every claim that no policy defines.
BUILTINS: dict[str, Kind] = {
    "benefit_date": DATE, "benefit_year": NUMBER, "policy": TEXT, "settled_scheme": TEXT, "claim_number": NUMBER, "status": TEXT,
}  # fmt: skip

_TABLE_OF_PREFIX = {
    "member": "members", "provider": "providers", "prescriber": "providers", "recogniser": "providers", "enrolment": "enrolments",
    "registration": "registrations", "filing": "filings", "claim": "claims", "visit": "claims", "line": "fee_lines",
}  # fmt: skip

_YEAR_COLUMNS = {"number": NUMBER, "basic_pay": MONEY, "critical_illness_pay": MONEY}
_PORTION_COLUMNS = {"key": TEXT}
RESULT_LEVEL = "claim"


def ancestors(level: str) -> list[str]:
    """Levels that a row of `level` belongs to, the nearest first."""
    found: list[str] = []
    for parent in PARENTS.get(level, ()):
        found += [parent, *ancestors(parent)]
    return list(dict.fromkeys(found))


def column_kind(prefix: str, attribute: str) -> Kind | None:
    """The kind of a delivered column, null when there is none of that name."""
    if prefix == "year":
        return _YEAR_COLUMNS.get(attribute)
    if prefix == "portion":
        return _PORTION_COLUMNS.get(attribute)
    if prefix == "result":
        column = TABLES["settlement_version"].by_name.get(attribute)
        return MONEY if column is not None and column.kind is ColumnKind.MONEY else None
    table = _TABLE_OF_PREFIX.get(prefix)
    column = TABLES[table].by_name.get(attribute) if table else None
    return _KINDS.get(column.kind) if column is not None else None


def table_of(prefix: str) -> str | None:
    """The delivered table whose columns stand behind a prefix."""
    return _TABLE_OF_PREFIX.get(prefix)


def columns_at(prefix: str) -> list[str]:
    """Names of the delivered columns that stand behind a prefix."""
    given = {"year": _YEAR_COLUMNS, "portion": _PORTION_COLUMNS}.get(prefix)
    table = "settlement_version" if prefix == "result" else _TABLE_OF_PREFIX.get(prefix)
    return [*(given or {}), *(TABLES[table].by_name if table else ())]


class Facts(Protocol):
    """The compiler, as scopes see it."""

    def fact(self, policy: Policy, name: str) -> Column: ...
    def level_of(self, policy: Policy, name: str) -> str | None: ...
    def keep(self, node: Fact | Lookup | Summary) -> None: ...
    def home(self, column: str, level: str) -> str: ...
    def blame(self, policy: Policy, path: tuple[Key, ...], sentence: str) -> None: ...
    def parsed(self, policy: Policy, path: tuple[Key, ...], formula: str, scope: Scope, blank: Kind) -> Tree: ...
    def flag(self, policy: Policy, level: str, name: str, path: tuple[Key, ...], formula: str) -> str: ...


class LevelScope:
    """Names as seen from the rows of a level; `extra` are counters and earlier steps of a waterfall."""

    def __init__(self, facts: Facts, policy: Policy, level: str, extra: Mapping[str, Tree] | None = None) -> None:
        self.facts = facts
        self.policy = policy
        self.level = level
        self.extra = extra or {}
        self.calling: tuple[str, ...] = ()

    def name(self, name: str) -> Tree:
        if name in self.extra:
            return self.extra[name]
        if name in self.policy.lost:
            raise Spoiled(name)
        if name in self.policy.parameters:
            parameter = self.policy.parameters[name]
            if parameter.unit == "brackets":
                raise FormulaError(f"`{name}` holds brackets; use bracket_pay({name}, amount).")
            try:
                return parameter_tree(parameter, self.name)
            except FigureError as error:
                self.facts.blame(self.policy, ("parameters", name, *error.path), str(error))
                self.policy.lost.add(name)
                raise Spoiled(name) from None
        level = self.facts.level_of(self.policy, name)
        if level is not None:
            self._visible(name, level)
            return self.facts.fact(self.policy, name)
        if name in BUILTINS and (self.level == "claim" or "claim" in ancestors(self.level)):
            return Column(name, BUILTINS[name])
        if "*" in self.policy.lost:
            raise Spoiled(name)
        ending = did_you_mean(name, self._names())
        raise FormulaError(f"`{name}` is neither a fact nor a parameter of {self.policy.policy}{ending}")

    def _names(self) -> set[str]:
        facts = {name for level in self.policy.facts.values() for name in level}
        return {*self.extra, *self.policy.parameters, *BUILTINS, *facts}

    def dotted(self, prefix: str, attribute: str) -> Tree:
        if prefix == "row":
            raise FormulaError(f"`row.{attribute}` stands outside a look-up.")
        kind = column_kind(prefix, attribute)
        if kind is None:
            raise FormulaError(f"`{prefix}.{attribute}` is not a column{did_you_mean(attribute, columns_at(prefix))}")
        self._visible(f"{prefix}.{attribute}", "claim" if prefix == "result" else prefix)
        return Column(f"{prefix}.{attribute}", kind)

    def brackets(self, name: str) -> list[tuple[Tree | None, list[Band]]]:
        parameter = self.policy.parameters.get(name)
        if name in self.policy.lost:
            raise Spoiled(name)
        if parameter is None or parameter.brackets is None:
            raise FormulaError(f"`{name}` is not a parameter with brackets.")
        forms: list[tuple[Tree | None, list[Band]]] = [(None, bands(parameter.brackets))]
        for change in sorted(parameter.changes, key=lambda change: change.from_):
            if change.brackets is None:
                raise FormulaError(f"The change of `{name}` from {change.from_} has no brackets.")
            after = Apply("ge", (Column("ruling_date", DATE), Const(change.from_, DATE)), FLAG)
            forms.append((after, bands(change.brackets)))
        return forms

    def row_scope(self, source: str) -> LevelScope:
        if source not in TABLES_OF_LEVELS and source not in (
            "statuses",
            "providers",
            "all_claims",
        ):
            raise FormulaError(f"`{source}` is not a table that can be looked into.")
        return RowScope(self, source)

    def lines_scope(self, level: str) -> LevelScope:
        return LevelScope(self.facts, self.policy, level)

    def related(self, asked: Related) -> Tree:
        return _summary(self, asked) if asked.source in ("line", "charge") else _lookup(self, asked)

    def function(self, name: str, arguments: Sequence[Tree]) -> Tree | None:
        """A function of the policy with its arguments put in place, null when there is none of that name."""
        function = self.policy.functions.get(name)
        if function is None:
            return None
        if len(arguments) != len(function.arguments):
            raise FormulaError(f"`{name}` takes ({', '.join(function.arguments)}).")
        if name in self.calling:
            raise FormulaError(f"The function `{name}` uses itself.")
        inner = copy(self)
        inner.extra = {**self.extra, **dict(zip(function.arguments, arguments, strict=True))}
        inner.calling = (*self.calling, name)
        try:
            return parse(function.formula, inner)
        except Spoiled:
            raise
        except FormulaError as error:
            self.facts.blame(self.policy, ("functions", name), str(error))
            raise Spoiled(name) from None

    def is_external(self, steps: str) -> bool:
        """Whether named steps are governed by another document."""
        if steps not in self.policy.steps:
            raise FormulaError(f"there are no steps named `{steps}`.")
        return not self.policy.steps[steps]

    def _visible(self, name: str, level: str) -> None:
        if level != self.level and level not in ancestors(self.level):
            raise FormulaError(f"`{name}` is a matter of each {level}; it has no one value for a {self.level}.")


class RowScope(LevelScope):
    """Inside a look-up: `row.*` is a column or fact of the looked-up row, everything else as outside."""

    def __init__(self, outer: LevelScope, source: str) -> None:
        super().__init__(outer.facts, outer.policy, outer.level, outer.extra)
        self.source = source

    def dotted(self, prefix: str, attribute: str) -> Tree:
        if prefix != "row":
            return super().dotted(prefix, attribute)
        return Column(f"row.{attribute}", self._row_kind(attribute))

    def _row_kind(self, attribute: str) -> Kind:
        level = TABLES_OF_LEVELS.get(self.source)
        if level is None:
            table = "claims" if self.source == "all_claims" else self.source
            column = TABLES[table].by_name.get(attribute)
            kind = _KINDS.get(column.kind) if column is not None else None
        else:
            kind = self._level_kind(level, attribute)
        if kind is None:
            if attribute in self.policy.lost:
                raise Spoiled(attribute)
            ending = did_you_mean(attribute, self._columns())
            raise FormulaError(f"`row.{attribute}` is not a column of {self.source}{ending}")
        return kind

    def _columns(self) -> set[str]:
        level = TABLES_OF_LEVELS.get(self.source)
        if level is None:
            return set(TABLES["claims" if self.source == "all_claims" else self.source].by_name)
        return {*columns_at(level), *self.policy.facts.get(level, {})}

    def _level_kind(self, level: str, attribute: str) -> Kind | None:
        home = self.facts.level_of(self.policy, attribute)
        if home is not None and (home == level or home in ancestors(level)):
            return self.facts.fact(self.policy, attribute).kind
        prefixes = {"charge": ("line", "claim"), "line": ("line", "claim")}.get(level, (level,))
        found = [kind for prefix in prefixes if (kind := column_kind(prefix, attribute)) is not None]
        return found[0] if found else BUILTINS.get(attribute)


def _digest(*parts: object) -> str:
    return "@" + hashlib.sha1(repr(parts).encode()).hexdigest()[:12]


def _summary(scope: LevelScope, asked: Related) -> Tree:
    assert asked.value is not None
    level = "portion" if scope.level == "portion" and asked.source == "charge" else "claim"
    if level != scope.level and level not in ancestors(scope.level):
        raise FormulaError(f"Lines are summed up for a claim or a portion, not for a {scope.level}.")
    kind = {"any": FLAG, "all": FLAG, "count": NUMBER}.get(asked.aggregate, asked.value.kind)
    name = _digest("summary", level, asked)
    scope.facts.keep(Summary(level, name, kind, asked.source, asked.aggregate, asked.value))
    return Column(name, kind)


def _lookup(scope: LevelScope, asked: Related) -> Tree:
    assert asked.where is not None
    keys: list[tuple[str, Tree]] = []
    rows: list[Tree] = []
    own: list[Tree] = []
    pairs: list[Tree] = []
    for condition in conjunction(asked.where):
        names = columns_of(condition)
        key = _key(condition)
        if names and all(name.startswith("row.") for name in names):
            rows.append(condition)
        elif not any(name.startswith("row.") for name in names):
            own.append(condition)
        elif key is not None:
            keys.append(key)
        else:
            pairs.append(condition)
    needed = {
        name
        for part in (asked.where, asked.value, asked.by)
        for name in columns_of(part)
        if not name.startswith("row.")
    }
    level = _level(scope, needed)
    kind = {"exists": FLAG, "count": NUMBER}.get(asked.aggregate) or (asked.value.kind if asked.value else FLAG)
    name = _digest("lookup", level, asked)
    scope.facts.keep(
        Lookup(
            level,
            name,
            kind,
            asked.source,
            asked.aggregate,
            tuple(keys),
            _all(rows),
            _all(own),
            _all(pairs),
            asked.value,
            asked.by,
        )
    )
    return Column(name, kind)


def _key(condition: Tree) -> tuple[str, Tree] | None:
    if not (isinstance(condition, Apply) and condition.operation == "eq"):
        return None
    for one, other in (condition.args, condition.args[::-1]):
        is_row = isinstance(one, Column) and one.name.startswith("row.") and one.kind.name in ("text", "number")
        if is_row and not any(name.startswith("row.") for name in columns_of(other)):
            assert isinstance(one, Column)
            return one.name, other
    return None


def _level(scope: LevelScope, needed: set[str]) -> str:
    """The outermost level that sees every column the look-up needs, so that it runs once a claim rather than once a line."""
    if scope.level not in ("line", "charge", "portion"):
        return scope.level
    homes = {scope.facts.home(name, scope.level) for name in needed}
    return "claim" if homes <= {"claim", *ancestors("claim")} else scope.level


def _all(conditions: list[Tree]) -> Tree | None:
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else Apply("and", tuple(conditions), FLAG)
