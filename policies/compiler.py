"""The compiler: the policies of a pool become one plan, their facts in the order in which they can be computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from policies.document import CheckEntry, FactEntry
from policies.grammar import FormulaError, parse, same_kind
from policies.loading import LEVELS, Policy
from policies.ordering import Ordering
from policies.parameters import FigureError
from policies.scopes import BUILTINS, LevelScope
from policies.text import PolicyError
from policies.waterfalls import counters_of, programmes_of
from transforms.formula import DATE, FLAG, MONEY, NUMBER, TEXT, Apply, Column, Const, Kind, Tree, columns_of
from transforms.plan import Check, Choice, Fact, Lookup, Note, Plan, PolicyTerm, Summary

__all__ = ["PoolCompiler", "compile_pool"]

KINDS = {"flag": FLAG, "text": TEXT, "date": DATE, "money": MONEY, "number": NUMBER}
DEFAULTS: dict[str, tuple[str, Tree]] = {
    "settlement_year": ("claim", Column("benefit_year", NUMBER)),
    "portion_key": ("charge", Const(None, TEXT)),
    "portion_order": ("charge", Const(None, NUMBER)),
}


def compile_pool(policies: Sequence[Policy]) -> Plan:
    """The plan of one pool; raises PolicyError with file, line and a sentence for the first formula that cannot be used."""
    return PoolCompiler(policies).plan()


class PoolCompiler:
    """Reads the formulas of a pool's policies on demand, each after those it mentions."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.policies = policies
        self.trees: dict[tuple[str, str], Tree] = {}
        self.reading: list[tuple[str, str]] = []
        self.kept: dict[str, Fact | Lookup | Summary] = {}
        self.levels: dict[str, str] = {}

    def level_of(self, policy: Policy, name: str) -> str | None:
        if name == "passes_checks":
            return "claim"
        if name in DEFAULTS and not any(name in policy.facts[level] for level in LEVELS):
            return DEFAULTS[name][0]
        return next((level for level in LEVELS if name in policy.facts[level]), None)

    def fact(self, policy: Policy, name: str) -> Column:
        level = self.level_of(policy, name)
        assert level is not None
        self.levels[name] = level
        key = (policy.policy, name)
        if key in self.reading:
            return self._in_progress(policy, level, name)
        if key not in self.trees:
            self.reading.append(key)
            self.trees[key] = self._tree(policy, level, name)
            self.reading.pop()
        return Column(name, self.trees[key].kind)

    def keep(self, node: Fact | Lookup | Summary) -> None:
        self.kept.setdefault(node.name, node)
        self.levels[node.name] = node.level

    def home(self, column: str, level: str) -> str:
        if column in self.levels:
            return self.levels[column]
        if column in BUILTINS or column == "ruling_date":
            return "claim" if level in ("line", "charge", "portion") else level
        return column.partition(".")[0]

    def at(self, policy: Policy, path: tuple[str | int, ...], read: Callable[[], Tree]) -> Tree:
        """Read a formula; a fault becomes a PolicyError with the place of the entry."""
        try:
            return read()
        except (FormulaError, FigureError) as error:
            raise PolicyError(f"{policy.place(*path)}: {error}") from None

    def plan(self) -> Plan:
        """Compile everything and put it in order."""
        facts = self._facts()
        checks = [check for policy in self.policies for check in self._checks(policy)]
        passes = Fact("claim", "passes_checks", FLAG, tuple((p.policy, self._passes(p)) for p in self.policies))
        choices = tuple(
            Choice(self._choice(text, "chooses_enrolment_by", n))
            for n, text in enumerate(self.policies[0].chooses_enrolment_by)
        )
        among = self._among()
        programmes = tuple(made for policy in self.policies for made in programmes_of(self, policy))
        counters = tuple({c.name: c for policy in self.policies for c in counters_of(policy)}.values())
        notes = tuple(note for policy in self.policies for note in self._notes(policy))
        self.levels["passes_checks"] = "claim"
        placing = set().union(*(columns_of(tree) for tree in (among, *(choice.tree for choice in choices))))
        ordering = Ordering([*facts, passes, *self.kept.values()], self.levels, self._iterations(), placing)
        return Plan(
            pool=self.policies[0].pool, terms=tuple(_term(policy) for policy in self.policies), choices=choices,
            among=among, levels=dict(self.levels), cover=ordering.cover, placing=ordering.placing,
            facts=ordering.delivered, charge_facts=ordering.charged, checks=tuple(checks),
            terms_of_portions=ordering.portions, late=ordering.late, programmes=programmes, counters=counters,
            notes=notes, note_facts=ordering.notes,
        )  # fmt: skip

    def _in_progress(self, policy: Policy, level: str, name: str) -> Column:
        entry = policy.facts[level][name]
        if entry.kind is None or not any(name in group for group in policy.iterate):
            chain = " -> ".join(part for _, part in [*self.reading, (policy.policy, name)])
            raise FormulaError(f"{chain}: facts that need each other stand in `iterate` and say their `kind`.")
        return Column(name, KINDS[entry.kind])

    def _tree(self, policy: Policy, level: str, name: str) -> Tree:
        if name == "passes_checks":
            return Const(True, FLAG)
        if name not in policy.facts[level]:
            return DEFAULTS[name][1]
        entry = policy.facts[level][name]
        scope = LevelScope(self, policy, level)
        return self.at(policy, (level, name), lambda: fact_tree(entry, scope))

    def _facts(self) -> list[Fact]:
        names = [
            (level, name)
            for policy in self.policies
            for level in LEVELS
            for name in [*policy.facts[level], *(n for n, (home, _) in DEFAULTS.items() if home == level)]
        ]
        return [self._merged(level, name) for level, name in dict.fromkeys(names)]

    def _merged(self, level: str, name: str) -> Fact:
        cases: dict[str, Tree] = {}
        for policy in self.policies:
            if self.level_of(policy, name) == level:
                self.fact(policy, name)
                cases[policy.policy] = self.trees[policy.policy, name]
        kinds = {tree.kind for tree in cases.values()}
        if len(kinds) > 1:
            raise PolicyError(
                f"{self.policies[0].place(level, name)}: `{name}` is of different kinds in the policies of the pool."
            )
        everywhere = len(cases) == len(self.policies) and len(set(map(repr, cases.values()))) == 1
        if everywhere:
            return Fact(level, name, kinds.pop(), ((None, next(iter(cases.values()))),))
        if level in ("enrolment", "year", "registration", "filing"):
            raise PolicyError(
                f"{self.policies[0].place(level, name)}: `{name}` must be the same in every policy of the pool; put it in a part "
                f"that all of them include."
            )
        return Fact(level, name, kinds.pop(), tuple(cases.items()))

    def flag(
        self, policy: Policy, level: str, name: str, path: tuple[str | int, ...], formula: str, each: str | None = None
    ) -> str:
        """A formula as a hidden flag of a level; returns the column's name."""
        extra: dict[str, Tree] = {} if each is None else {"each": Const(each, TEXT)}
        tree = self.at(policy, path, lambda: parse(formula, LevelScope(self, policy, level, extra)))
        if tree.kind != FLAG:
            raise PolicyError(f"{policy.place(*path)}: `{formula}` is no condition.")
        self.keep(Fact(level, name, FLAG, ((policy.policy, tree),)))
        return name

    def _checks(self, policy: Policy) -> Iterable[Check]:
        for number, entry in enumerate(policy.checks):
            for each in self._codes(policy, entry, number):
                name = f"@check {policy.policy} {number} {each or ''}".rstrip()
                self.flag(policy, "claim", name, ("checks", number), entry.when, each)
                reason = (entry.reason or "").replace("{}", each or "")
                yield self._check(policy, entry, number, name, reason)

    def _check(self, policy: Policy, entry: CheckEntry, number: int, when: str, reason: str) -> Check:
        if entry.reasons_of is None:
            return Check(policy.policy, reason, entry.outcome, when, stage=entry.stage)
        value, by = self._line_columns(policy, entry, number)
        return Check(policy.policy, "benefit_not_covered", entry.outcome, when, entry.reasons_of, value, by, entry.stage)

    def _line_columns(self, policy: Policy, entry: CheckEntry, number: int) -> tuple[str, str | None]:
        assert entry.reasons_of is not None
        scope = LevelScope(self, policy, entry.reasons_of)
        names: list[str | None] = []
        for part, formula in (("value", entry.value), ("by", entry.by)):
            if formula is None:
                names.append(None)
                continue
            tree = self.at(policy, ("checks", number), lambda formula=formula: parse(formula, scope))  # type: ignore[misc]
            name = f"@{part} {policy.policy} {number}"
            self.keep(Fact(entry.reasons_of, name, tree.kind, ((policy.policy, tree),)))
            names.append(name)
        if names[0] is None:
            raise PolicyError(f"{policy.place('checks', number)}: `reasons_of` needs `value`, the reason of each line.")
        return names[0], names[1]

    def _codes(self, policy: Policy, entry: CheckEntry, number: int) -> Sequence[str | None]:
        if entry.each is None:
            return [None]
        parameter = policy.parameters.get(entry.each)
        if parameter is None or parameter.codes is None:
            raise PolicyError(f"{policy.place('checks', number)}: `each: {entry.each}` is not a parameter with codes.")
        return parameter.codes

    def _passes(self, policy: Policy) -> Tree:
        early = {f"@check {policy.policy} {n}" for n, entry in enumerate(policy.checks) if not entry.later}
        failing = tuple(
            Column(name, FLAG) for name in self.kept if any(name == e or name.startswith(f"{e} ") for e in early)
        )
        return Apply("not", (Apply("or", failing, FLAG),), FLAG) if failing else Const(True, FLAG)

    def _choice(self, text: str, *path: str | int) -> Tree:
        policy = self.policies[0]
        scope = LevelScope(self, policy, "claim").row_scope("enrolments")
        return self.at(policy, path, lambda: parse(text, scope))

    def _among(self) -> Tree | None:
        text = self.policies[0].chooses_enrolment_among
        return None if text is None else self._choice(text, "chooses_enrolment_among")

    def _notes(self, policy: Policy) -> Iterable[Note]:
        for number, entry in enumerate(policy.notes):
            scope = LevelScope(self, policy, "claim")
            tree = self.at(policy, ("notes", number), lambda entry=entry: parse(entry.when, scope))  # type: ignore[misc]
            yield Note(policy.policy, entry.note, tree)

    def _iterations(self) -> list[list[str]]:
        return [list(group) for group in dict.fromkeys(tuple(g) for policy in self.policies for g in policy.iterate)]


def fact_tree(entry: FactEntry, scope: LevelScope) -> Tree:
    """The tree of a fact: its formula, or nested conditions for `first`."""
    if (entry.formula is None) == (entry.first is None):
        raise FormulaError("a fact is a formula or a list of cases (`first`).")
    if entry.formula is not None:
        return parse(entry.formula, scope)
    assert entry.first is not None
    pairs: list[tuple[Tree | None, Tree]] = []
    for case in entry.first:
        formula = case.then if case.then is not None else case.otherwise
        value = parse(formula, scope) if formula is not None else _literal(case.is_)
        pairs.append((parse(case.when, scope) if case.when is not None else None, value))
    return _nested(pairs)


def _literal(value: object) -> Tree:
    return Const(value, FLAG) if isinstance(value, bool) else Const(None if value is None else str(value), TEXT)


def _nested(pairs: Sequence[tuple[Tree | None, Tree]]) -> Tree:
    kind: Kind = next(
        (value.kind for _, value in pairs if not (isinstance(value, Const) and value.value is None)), TEXT
    )
    tree: Tree = Const(False if kind == FLAG else None, kind)
    for condition, written in reversed(pairs):
        value, tree = _aligned(written, tree)
        if condition is not None and condition.kind != FLAG:
            raise FormulaError("`when` is no condition.")
        tree = value if condition is None else Apply("if", (condition, value, tree), value.kind)
    return tree


def _aligned(value: Tree, tree: Tree) -> tuple[Tree, Tree]:
    """A case and the cases after it on one scale; an unknown takes the kind of the other."""
    if isinstance(value, Const) and value.value is None:
        return Const(None, tree.kind), tree
    if isinstance(tree, Const) and (tree.value is None or tree.value is False):
        return value, Const(tree.value, value.kind)
    return same_kind(value, tree, "the cases of a fact")


def _term(policy: Policy) -> PolicyTerm:
    days = {policy.valid_from}
    for parameter in policy.parameters.values():
        days |= {max(change.from_, policy.valid_from) for change in parameter.changes}
    return PolicyTerm(
        policy.policy, policy.pool, policy.scheme, policy.valid_from, policy.valid_to, tuple(sorted(days))
    )
