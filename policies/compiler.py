"""The compiler: the policies of a pool become one plan, their facts in the order in which they can be computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from policies.document import Case, CheckEntry, FactEntry
from policies.forms import parameter_faults
from policies.grammar import FormulaError, Scope, Spoiled, parse, same_kind
from policies.loading import LEVELS, Place, Policy
from policies.ordering import OrderError, Ordering
from policies.parameters import FigureError
from policies.scopes import BUILTINS, LevelScope
from policies.text import Fault, Key, PolicyError
from policies.validation import did_you_mean
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
    """The plan of one pool; raises PolicyError with file, line and a sentence for everything that cannot be used."""
    return PoolCompiler(policies).plan()


class PoolCompiler:
    """Reads the formulas of a pool's policies on demand, each after those it mentions.

    A formula at fault is told once, at its place; what mentions it is `spoiled` and passed over in silence.
    """

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.policies = policies
        self.trees: dict[tuple[str, str], Tree] = {}
        self.reading: list[tuple[str, str]] = []
        self.kept: dict[str, Fact | Lookup | Summary] = {}
        self.levels: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.spoiled: set[tuple[str, str]] = set()
        self.formulas: list[tuple[Policy, Place, Tree]] = []

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
        if key in self.spoiled:
            raise Spoiled(name)
        if key in self.reading:
            return self._in_progress(policy, level, name)
        if key not in self.trees:
            self.reading.append(key)
            try:
                self.trees[key] = self._tree(policy, level, name)
            except Spoiled:
                self.spoiled.add(key)
                raise
            finally:
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

    @contextmanager
    def at(self, policy: Policy, path: tuple[Key, ...]) -> Iterator[None]:
        """A fault inside is told with the place of the entry; afterwards it is `Spoiled`."""
        try:
            yield
        except Spoiled:
            raise
        except (FormulaError, FigureError) as error:
            self.blame(policy, path, str(error))
            raise Spoiled(str(error)) from None

    def blame(self, policy: Policy, path: tuple[Key, ...], sentence: str) -> None:
        """Tell a fault; the plan is refused at the end."""
        self.faults.append(policy.place(*path).fault(sentence))

    def parse(self, policy: Policy, path: tuple[Key, ...], formula: str, scope: Scope) -> Tree:
        """The tree of a formula that stands at the path; raises Spoiled after telling what is wrong with it."""
        with self.at(policy, path):
            tree = parse(formula, scope)
            self.formulas.append((policy, policy.place(*path), tree))
            return tree

    def parsed(self, policy: Policy, path: tuple[Key, ...], formula: str, scope: Scope, blank: Kind) -> Tree:
        """The same, with an unknown value in place of a formula at fault."""
        try:
            return self.parse(policy, path, formula, scope)
        except Spoiled:
            return Const(None, blank)

    def plan(self) -> Plan:
        """Compile everything and put it in order; raises PolicyError with all faults."""
        self._check_parameters()
        facts = self._facts()
        checks = [check for policy in self.policies for check in self._checks(policy)]
        passes = Fact("claim", "passes_checks", FLAG, tuple((p.policy, self._passes(p)) for p in self.policies))
        choices = tuple(self._choices())
        among = self._among()
        programmes = tuple(made for policy in self.policies for made in programmes_of(self, policy))
        counters = tuple({c.name: c for policy in self.policies for c in counters_of(policy)}.values())
        notes = tuple(note for policy in self.policies for note in self._notes(policy))
        self.levels["passes_checks"] = "claim"
        self._check_keys()
        if self.faults:
            raise PolicyError(*sorted(self.faults))
        placing = set().union(*(columns_of(tree) for tree in (among, *(choice.tree for choice in choices))))
        ordering = self._ordering([*facts, passes, *self.kept.values()], placing)
        return Plan(
            pool=self.policies[0].pool, terms=tuple(_term(policy) for policy in self.policies), choices=choices,
            among=among, levels=dict(self.levels), cover=ordering.cover, placing=ordering.placing,
            facts=ordering.delivered, charge_facts=ordering.charged, checks=tuple(checks),
            terms_of_portions=ordering.portions, late=ordering.late, programmes=programmes, counters=counters,
            notes=notes, note_facts=ordering.notes,
        )  # fmt: skip

    def _check_parameters(self) -> None:
        for policy in self.policies:
            for name in list(policy.parameters):
                faults = list(parameter_faults(policy, name))
                self.faults += [policy.place(*path).fault(sentence) for path, sentence in faults]
                policy.lost |= {name} if faults else set()

    def _check_keys(self) -> None:
        """Facts that split counters must be those of a portion; only facts stand in `iterate`."""
        for policy in self.policies:
            scope = LevelScope(self, policy, "portion")
            for name, counter in policy.counters.items():
                for key in counter.by:
                    self.parsed(policy, ("counters", name, "by"), key, scope, TEXT)
            facts = {name for level in LEVELS for name in policy.facts[level]}
            for number, group in enumerate(policy.iterate):
                for name in group:
                    if name not in facts | policy.lost and "*" not in policy.lost:
                        sentence = f"`{name}` is not a fact of {policy.policy}{did_you_mean(name, facts)}"
                        self.blame(policy, ("iterate", number), sentence)

    def _ordering(self, nodes: Sequence[Fact | Lookup | Summary], placing: set[str]) -> Ordering:
        try:
            return Ordering(nodes, self.levels, self._iterations(), placing)
        except OrderError as error:
            named = [name for name in error.names if not name.startswith("@")]
            policy = next((p for p in self.policies if self.level_of(p, named[0])), self.policies[0])
            place = policy.place(self.level_of(policy, named[0]) or "", named[0])
            raise PolicyError(place.fault(str(error))) from None

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
        with self.at(policy, (level, name)):
            tree = self._fact_tree(policy, (level, name), entry, scope)
            if entry.kind is not None and tree.kind != KINDS[entry.kind]:
                raise FormulaError(f"`{name}` says `kind: {entry.kind}` and is a {tree.kind.name}.")
            return tree

    def _fact_tree(self, policy: Policy, path: tuple[Key, ...], entry: FactEntry, scope: LevelScope) -> Tree:
        """The tree of a fact: its formula, or nested conditions for `first`."""
        if entry.first is None:
            assert entry.formula is not None
            return self.parse(policy, (*path, "formula"), entry.formula, scope)
        pairs = [self._case(policy, (*path, "first", n), case, scope) for n, case in enumerate(entry.first)]
        if any(pair is None for pair in pairs):
            raise Spoiled(str(path[-1]))
        return _nested([pair for pair in pairs if pair is not None])

    def _case(
        self, policy: Policy, path: tuple[Key, ...], case: Case, scope: LevelScope
    ) -> tuple[Tree | None, Tree] | None:
        """Condition and value of a case; nothing when one of them is at fault."""
        formula = case.then if case.then is not None else case.otherwise
        parts: list[Tree | None] = []
        for name, text in (("when", case.when), ("then", formula)):
            try:
                parts.append(None if text is None else self.parse(policy, (*path, name), text, scope))
                if name == "when" and parts[0] is not None and parts[0].kind != FLAG:
                    self.blame(policy, path, f"`{text}` stands where a condition is expected.")
                    return None
            except Spoiled:
                parts.append(None)
        condition, value = parts
        if (condition is None and case.when is not None) or (value is None and formula is not None):
            return None
        return condition, value or _literal(case.is_)

    def _facts(self) -> list[Fact]:
        names = [
            (level, name)
            for policy in self.policies
            for level in LEVELS
            for name in [*policy.facts[level], *(n for n, (home, _) in DEFAULTS.items() if home == level)]
        ]
        merged = [self._merged(level, name) for level, name in dict.fromkeys(names)]
        return [fact for fact in merged if fact is not None]

    def _merged(self, level: str, name: str) -> Fact | None:
        cases: dict[str, Tree] = {}
        for policy in self.policies:
            if self.level_of(policy, name) == level:
                try:
                    self.fact(policy, name)
                except Spoiled:
                    return None
                cases[policy.policy] = self.trees[policy.policy, name]
        kinds = {tree.kind for tree in cases.values()}
        home = next(policy for policy in self.policies if self.level_of(policy, name) == level)
        if len(kinds) > 1:
            names = " and ".join(sorted({kind.name for kind in kinds}))
            self.blame(home, (level, name), f"`{name}` is of different kinds in the policies of the pool: {names}.")
            return None
        everywhere = len(cases) == len(self.policies) and len(set(map(repr, cases.values()))) == 1
        if everywhere:
            return Fact(level, name, kinds.pop(), ((None, next(iter(cases.values()))),))
        if level in ("enrolment", "year", "registration", "filing"):
            sentence = (
                f"`{name}` must be the same in every policy of the pool; put it in a part that all of them include."
            )
            self.blame(home, (level, name), sentence)
        return Fact(level, name, kinds.pop(), tuple(cases.items()))

    def flag(
        self, policy: Policy, level: str, name: str, path: tuple[Key, ...], formula: str, each: str | None = None
    ) -> str:
        """A formula as a hidden flag of a level; returns the column's name."""
        extra: dict[str, Tree] = {} if each is None else {"each": Const(each, TEXT)}
        tree = self.condition(policy, path, formula, LevelScope(self, policy, level, extra))
        self.keep(Fact(level, name, FLAG, ((policy.policy, tree),)))
        return name

    def condition(self, policy: Policy, path: tuple[Key, ...], formula: str, scope: Scope) -> Tree:
        """A formula that holds or not; one at fault never holds."""
        tree = self.parsed(policy, path, formula, scope, FLAG)
        if tree.kind != FLAG:
            self.blame(policy, path, f"`{formula}` stands where a condition is expected.")
        return tree if tree.kind == FLAG else Const(False, FLAG)

    def _checks(self, policy: Policy) -> Iterable[Check]:
        for number, entry in enumerate(policy.checks):
            for each in self._codes(policy, entry, number):
                name = f"@check {policy.policy} {number} {each or ''}".rstrip()
                self.flag(policy, "claim", name, ("checks", number, "when"), entry.when, each)
                reason = (entry.reason or "").replace("{}", each or "")
                yield self._check(policy, entry, number, name, reason)

    def _check(self, policy: Policy, entry: CheckEntry, number: int, when: str, reason: str) -> Check:
        if entry.reasons_of is None:
            return Check(policy.policy, reason, entry.outcome, when, stage=entry.stage)
        value, by = self._line_columns(policy, entry, number)
        return Check(
            policy.policy, "benefit_not_covered", entry.outcome, when, entry.reasons_of, value, by, entry.stage
        )

    def _line_columns(self, policy: Policy, entry: CheckEntry, number: int) -> tuple[str, str | None]:
        assert entry.reasons_of is not None
        scope = LevelScope(self, policy, entry.reasons_of)
        names: list[str | None] = []
        for part, formula in (("value", entry.value), ("by", entry.by)):
            if formula is None:
                names.append(None)
                continue
            tree = self.parsed(policy, ("checks", number, part), formula, scope, TEXT)
            if part == "value" and tree.kind != TEXT:
                self.blame(policy, ("checks", number, part), f"`{formula}` is not the code of a reason.")
            name = f"@{part} {policy.policy} {number}"
            self.keep(Fact(entry.reasons_of, name, tree.kind, ((policy.policy, tree),)))
            names.append(name)
        if names[0] is None:
            self.blame(policy, ("checks", number), "`reasons_of` needs `value`, the reason of each line.")
        return names[0] or "", names[1]

    def _codes(self, policy: Policy, entry: CheckEntry, number: int) -> Sequence[str | None]:
        if entry.each is None:
            return [None]
        parameter = policy.parameters.get(entry.each)
        if entry.each in policy.lost:
            return []
        if parameter is None or parameter.codes is None:
            self.blame(policy, ("checks", number), f"`each: {entry.each}` is not a parameter with codes.")
            return []
        return parameter.codes

    def _passes(self, policy: Policy) -> Tree:
        early = {f"@check {policy.policy} {n}" for n, entry in enumerate(policy.checks) if not entry.later}
        failing = tuple(
            Column(name, FLAG) for name in self.kept if any(name == e or name.startswith(f"{e} ") for e in early)
        )
        return Apply("not", (Apply("or", failing, FLAG),), FLAG) if failing else Const(True, FLAG)

    def _choices(self) -> Iterable[Choice]:
        policy = self.policies[0]
        for other in self.policies[1:]:
            if other.chooses_enrolment_by != policy.chooses_enrolment_by:
                sentence = f"`chooses_enrolment_by` must be the same as in {policy.policy}; put it in a part that both include."
                self.blame(other, ("chooses_enrolment_by", 0), sentence)
        scope = LevelScope(self, policy, "claim").row_scope("enrolments")
        for number, text in enumerate(policy.chooses_enrolment_by):
            yield Choice(self.parsed(policy, ("chooses_enrolment_by", number), text, scope, FLAG))

    def _among(self) -> Tree | None:
        policy = self.policies[0]
        text = policy.chooses_enrolment_among
        for other in self.policies[1:]:
            if other.chooses_enrolment_among != text:
                sentence = f"`chooses_enrolment_among` must be the same as in {policy.policy}; put it in a part that both include."
                self.blame(other, ("chooses_enrolment_among",), sentence)
        scope = LevelScope(self, policy, "claim").row_scope("enrolments")
        return None if text is None else self.condition(policy, ("chooses_enrolment_among",), text, scope)

    def _notes(self, policy: Policy) -> Iterable[Note]:
        scope = LevelScope(self, policy, "claim")
        for number, entry in enumerate(policy.notes):
            yield Note(policy.policy, entry.note, self.condition(policy, ("notes", number, "when"), entry.when, scope))

    def _iterations(self) -> list[list[str]]:
        return [list(group) for group in dict.fromkeys(tuple(g) for policy in self.policies for g in policy.iterate)]


def _literal(value: object) -> Tree:
    return Const(value, FLAG) if isinstance(value, bool) else Const(None if value is None else str(value), TEXT)


def _nested(pairs: Sequence[tuple[Tree | None, Tree]]) -> Tree:
    kind: Kind = next(
        (value.kind for _, value in pairs if not (isinstance(value, Const) and value.value is None)), TEXT
    )
    tree: Tree = Const(False if kind == FLAG else None, kind)
    for condition, written in reversed(pairs):
        value, tree = _aligned(written, tree)
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
