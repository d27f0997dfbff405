"""Waterfalls: the steps of a programme with their counters; what does not depend on counters becomes a term of the portion."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from policies.document import StepEntry
from policies.loading import Policy
from policies.scopes import Facts, LevelScope
from policies.text import Key
from policies.validation import did_you_mean
from transforms.formula import FLAG, MONEY, NUMBER, RATE, Apply, Column, Const, Kind, Tree, walk
from transforms.plan import RESULTS, Counter, Fact, Programme, Step

__all__ = ["counters_of", "programmes_of", "spliced"]

KINDS_OF_UNITS = {"yuan": MONEY, "count": NUMBER}


def counters_of(policy: Policy) -> Iterator[Counter]:
    """The counters of a policy, under the names they have in a plan."""
    for name, entry in policy.counters.items():
        owner = None if entry.shared else policy.policy
        unit = "money" if entry.unit == "yuan" else "count"
        yield Counter(_counter_name(policy, name), owner, entry.per, tuple(entry.by), entry.keeps, unit)


def _counter_name(policy: Policy, name: str) -> str:
    return f"{'*' if policy.counters[name].shared else policy.policy}:{name}"


def spliced(policy: Policy, programme: str) -> list[tuple[StepEntry, tuple[Key, ...]]]:
    """The steps of a programme with named lists put in place of `use`, and where each stands."""
    found: list[tuple[StepEntry, tuple[Key, ...]]] = []
    for number, entry in enumerate(policy.programmes[programme].steps):
        if entry.use is None:
            found.append((entry, ("programmes", programme, "steps", number)))
        else:
            found += [(step, ("steps", entry.use, n)) for n, step in enumerate(policy.steps.get(entry.use, []))]
    return found


def programmes_of(compiler: Facts, policy: Policy) -> Iterable[Programme]:
    """Every programme of a policy; steps are numbered through the policy."""
    number = 0
    for order, (name, entry) in enumerate(policy.programmes.items()):
        always, when = (_flag(compiler, policy, name, key) for key in ("always", "when"))
        for n, step in enumerate(entry.steps):
            if step.use is not None and step.use not in policy.steps and step.use not in policy.lost:
                sentence = f"there are no steps named `{step.use}` under `steps`{did_you_mean(step.use, policy.steps)}"
                compiler.blame(policy, ("programmes", name, "steps", n), sentence)
        writer = _StepWriter(compiler, policy)
        steps = []
        for step, place in spliced(policy, name):
            number += 1
            steps.append(writer.write(step, number, place))
        yield Programme(policy.policy, name, entry.benefit or name, order, tuple(steps), always, entry.closing, when)


def _flag(compiler: Facts, policy: Policy, programme: str, key: str) -> str | None:
    """The name of the claim flag that `always` or `when` of a programme becomes."""
    formula = getattr(policy.programmes[programme], key)
    path = ("programmes", programme, key)
    return formula and compiler.flag(policy, "claim", f"@{key} {policy.policy} {programme}", path, formula)


class _StepWriter:
    """Reads the steps of one programme in turn; each sees the counters and the steps before it."""

    def __init__(self, compiler: Facts, policy: Policy) -> None:
        self.compiler = compiler
        self.policy = policy
        self.state: dict[str, Tree] = {
            name: Column(_counter_name(policy, name), KINDS_OF_UNITS[entry.unit])
            for name, entry in policy.counters.items()
        }

    def write(self, entry: StepEntry, number: int, place: tuple[Key, ...]) -> Step:
        assert entry.step is not None and entry.amount is not None
        if entry.into is not None and entry.into not in RESULTS:
            ending = did_you_mean(entry.into, RESULTS, f"; there are {', '.join(RESULTS)}")
            self._blame((*place, "into"), f"`{entry.into}` (step {entry.step}) is not a result of settling{ending}")
        when = None if entry.when is None else self._condition(entry.when, (*place, "when"))
        guard = when if when is not None and not self._stateful(when) else None
        step = Step(
            number=number, name=entry.step, amount=self._term(self._amount(entry, place), guard),
            when=None if when is None else self._term(when, None),
            within=tuple(self._limit(entry, name, place, guard) for name in entry.within if self._is_counter(entry, name, place)),
            counts=tuple(_counter_name(self.policy, name) for name in entry.counts if self._is_counter(entry, name, place)),
            column=entry.into,
            base=None if entry.base is None else self._term(self._read(entry.base, (*place, "base"), MONEY), guard),
            parameter=None
            if entry.parameter is None
            else self._term(_shown(self._read(entry.parameter, (*place, "parameter"), MONEY)), guard),
        )  # fmt: skip
        self.state[entry.step] = Column(entry.step, KINDS_OF_UNITS[entry.unit])
        return step

    def _blame(self, path: tuple[Key, ...], sentence: str) -> None:
        self.compiler.blame(self.policy, path, sentence)

    def _is_counter(self, entry: StepEntry, name: str, place: tuple[Key, ...]) -> bool:
        if name in self.policy.lost:
            return False
        counter = self.policy.counters.get(name)
        if counter is None:
            ending = did_you_mean(name, self.policy.counters)
            self._blame(place, f"`{name}` (step {entry.step}) is not a counter{ending}")
        elif counter.unit != entry.unit:
            self._blame(place, f"step `{entry.step}` is in {entry.unit} and the counter `{name}` in {counter.unit}.")
        return counter is not None

    def _limit(self, entry: StepEntry, name: str, place: tuple[Key, ...], guard: Tree | None) -> tuple[str, Tree]:
        wanted = KINDS_OF_UNITS[self.policy.counters[name].unit]
        tree = self._read(entry.within[name], (*place, "within", name), wanted)
        if tree.kind != wanted:
            self._blame(
                (*place, "within", name), f"the limit `{entry.within[name]}` of `{name}` is no amount in {entry.unit}."
            )
        if self.policy.counters[name].keeps == "greatest":
            self._blame(
                (*place, "within", name), f"`{name}` keeps the greatest amount and cannot be filled up to a limit."
            )
        return _counter_name(self.policy, name), self._term(tree, guard)

    def _amount(self, entry: StepEntry, place: tuple[Key, ...]) -> Tree:
        assert entry.amount is not None
        wanted = KINDS_OF_UNITS[entry.unit]
        tree = self._read(entry.amount, (*place, "amount"), wanted)
        if isinstance(tree, Const) and tree.value == 0:
            return Const(0, wanted)
        if tree.kind != wanted:
            hint = "; round it with half_up(...)" if tree.kind.name == wanted.name else ""
            self._blame((*place, "amount"), f"step `{entry.step}` is not an amount in whole {entry.unit}{hint}.")
        return tree

    def _condition(self, formula: str, path: tuple[Key, ...]) -> Tree:
        tree = self._read(formula, path, FLAG)
        if tree.kind != FLAG:
            self._blame(path, f"`{formula}` stands where a condition is expected.")
        return tree

    def _read(self, formula: str, path: tuple[Key, ...], blank: Kind) -> Tree:
        scope = LevelScope(self.compiler, self.policy, "portion", self.state)
        return self.compiler.parsed(self.policy, path, formula, scope, blank)

    def _stateful(self, tree: Tree) -> bool:
        names = {column.name for column in self.state.values() if isinstance(column, Column)}
        return any(isinstance(node, Column) and node.name in names for node in walk(tree))

    def _term(self, tree: Tree, guard: Tree | None) -> Tree:
        """The tree with every largest part that reads no counter and no step made a column of the portion."""
        if isinstance(tree, Const) or (isinstance(tree, Column) and self._stateful(tree)):
            return tree
        if not self._stateful(tree):
            return self._hoisted(tree, guard)
        assert isinstance(tree, Apply)
        return Apply(tree.operation, tuple(self._term(arg, guard) for arg in tree.args), tree.kind)

    def _hoisted(self, tree: Tree, guard: Tree | None) -> Tree:
        if guard is not None and tree.kind != FLAG:
            tree = Apply("if", (guard, tree, Const(0, tree.kind)), tree.kind)
        name = "@" + hashlib.sha1(repr(tree).encode()).hexdigest()[:12]
        self.compiler.keep(Fact("portion", name, tree.kind, ((None, tree),)))
        return Column(name, tree.kind)


def _shown(parameter: Tree) -> Tree:
    """The parameter as it is shown: a product of rates with the four decimals of a rate."""
    is_product = parameter.kind.name == "number" and parameter.kind.scale > 1
    return Apply("half_up", (parameter,), RATE) if is_product else parameter
