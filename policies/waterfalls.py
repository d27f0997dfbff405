"""Waterfalls: the steps of a programme with their counters; what does not depend on counters becomes a term of the portion."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from policies.document import ProgrammeEntry, StepEntry
from policies.grammar import FormulaError, parse
from policies.loading import Policy
from policies.scopes import LevelScope
from policies.text import PolicyError
from transforms.formula import FLAG, MONEY, NUMBER, Apply, Column, Const, Tree, walk
from transforms.plan import RESULTS, Counter, Fact, Programme, Step

if TYPE_CHECKING:
    from policies.compiler import PoolCompiler

__all__ = ["counters_of", "programmes_of", "spliced"]


def counters_of(policy: Policy) -> Iterator[Counter]:
    """The counters of a policy, under the names they have in a plan."""
    for name, entry in policy.counters.items():
        owner = None if entry.shared else policy.policy
        unit = "money" if entry.unit == "yuan" else "count"
        yield Counter(_counter_name(policy, name), owner, entry.per, tuple(entry.by), entry.keeps, unit)


def _counter_name(policy: Policy, name: str) -> str:
    return f"{'*' if policy.counters[name].shared else policy.policy}:{name}"


def spliced(policy: Policy, programme: ProgrammeEntry) -> list[tuple[StepEntry, tuple[str | int, ...]]]:
    """The steps of a programme with named lists put in place of `use`, and where each stands."""
    found: list[tuple[StepEntry, tuple[str | int, ...]]] = []
    for entry in programme.steps:
        if entry.use is None:
            found.append((entry, ("programmes",)))
            continue
        if entry.use not in policy.steps:
            raise PolicyError(f"{policy.place('programmes')}: there are no steps named `{entry.use}` under `steps`.")
        found += [(step, ("steps", entry.use)) for step in policy.steps[entry.use]]
    return found


def programmes_of(compiler: PoolCompiler, policy: Policy) -> Iterable[Programme]:
    """Every programme of a policy; steps are numbered through the policy."""
    number = 0
    for order, (name, entry) in enumerate(policy.programmes.items()):
        always = None
        if entry.always is not None:
            always = compiler.flag(
                policy, "claim", f"@always {policy.policy} {name}", ("programmes", name), entry.always
            )
        writer = _StepWriter(compiler, policy, name)
        steps = []
        for step, place in spliced(policy, entry):
            number += 1
            steps.append(writer.write(step, number, place if place[0] == "steps" else ("programmes", name)))
        yield Programme(policy.policy, name, entry.benefit or name, order, tuple(steps), always, entry.closing)


class _StepWriter:
    """Reads the steps of one programme in turn; each sees the counters and the steps before it."""

    def __init__(self, compiler: PoolCompiler, policy: Policy, programme: str) -> None:
        self.compiler = compiler
        self.policy = policy
        self.programme = programme
        self.state: dict[str, Tree] = {
            name: Column(_counter_name(policy, name), MONEY if entry.unit == "yuan" else NUMBER)
            for name, entry in policy.counters.items()
        }

    def write(self, entry: StepEntry, number: int, place: tuple[str | int, ...]) -> Step:
        assert entry.step is not None and entry.amount is not None
        if entry.into is not None and entry.into not in RESULTS:
            raise PolicyError(f"{self.policy.place(*place)}: `into: {entry.into}` is not one of {', '.join(RESULTS)}.")
        for name in [*entry.within, *entry.counts]:
            if name not in self.policy.counters:
                raise PolicyError(f"{self.policy.place(*place)}: `{name}` (step {entry.step}) is not a counter.")
        when = None if entry.when is None else self._read(entry.when, place)
        guard = when if when is not None and not self._stateful(when) else None
        step = Step(
            number=number, name=entry.step, amount=self._term(self._amount(entry, place), guard),
            when=None if when is None else self._term(when, None),
            within=tuple((_counter_name(self.policy, n), self._term(self._read(f, place), guard)) for n, f in entry.within.items()),
            counts=tuple(_counter_name(self.policy, name) for name in entry.counts), column=entry.into,
            base=None if entry.base is None else self._term(self._read(entry.base, place), guard),
            parameter=None if entry.parameter is None else self._term(self._read(entry.parameter, place), guard),
        )  # fmt: skip
        self.state[entry.step] = Column(entry.step, MONEY if entry.unit == "yuan" else NUMBER)
        return step

    def _amount(self, entry: StepEntry, place: tuple[str | int, ...]) -> Tree:
        assert entry.amount is not None
        tree = self._read(entry.amount, place)
        wanted = MONEY if entry.unit == "yuan" else NUMBER
        if isinstance(tree, Const) and tree.value == 0:
            return Const(0, wanted)
        if tree.kind != wanted:
            hint = "; round it with half_up(...)" if tree.kind.name == wanted.name else ""
            raise PolicyError(
                f"{self.policy.place(*place)}: step `{entry.step}` is not an amount in whole {entry.unit}{hint}."
            )
        return tree

    def _read(self, formula: str, place: tuple[str | int, ...]) -> Tree:
        scope = LevelScope(self.compiler, self.policy, "portion", self.state)

        def read() -> Tree:
            try:
                return parse(formula, scope)
            except FormulaError as error:
                raise FormulaError(f"programme {self.programme}: {error}") from None

        return self.compiler.at(self.policy, place, read)

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
