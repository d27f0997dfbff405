"""What the engine executes for one pool: facts, look-ups, checks, programmes and counters, free of any law's text."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain

from transforms.formula import Kind, Tree, columns_of
from transforms.remembered import remembered

__all__ = [
    "PARENTS", "RESULTS", "Check", "Choice", "Counter", "Fact", "Iteration", "Law", "Lookup", "Node", "Note", "Plan", "PolicyTerm",
    "Programme", "Step", "Summary", "reads", "trees_of_step",
]  # fmt: skip

#: A frame's rows point at one row of each parent by an index column `@parent`.
PARENTS: dict[str, tuple[str, ...]] = {
    "member": (),
    "provider": (),
    "prescriber": (),
    "recogniser": (),
    "enrolment": ("member",),
    "year": ("member",),
    "registration": ("member", "recogniser"),
    "filing": ("member",),
    "claim": ("member", "provider", "prescriber", "enrolment"),
    "line": ("claim",),
    "charge": ("claim", "visit", "line"),
    "portion": ("claim",),
}

#: Money columns that steps may feed.
RESULTS = (
    "deductible_amount", "basic_pay", "supplement_pay", "critical_illness_pay", "medical_aid_pay", "maternity_pay", "ltc_pay",
    "critical_illness_base", "allowance_pay",
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A column of a level: one formula for each policy that defines it (policy None: for every row)."""

    level: str
    name: str
    kind: Kind
    cases: tuple[tuple[str | None, Tree], ...]


@dataclass(frozen=True)
class Lookup:
    """A column found among related rows: rows of `source` of the same member (where it has one) that satisfy the filters."""

    level: str
    name: str
    kind: Kind
    source: str
    aggregate: str  # exists, count, sum, least, greatest, first, last
    keys: tuple[tuple[str, Tree], ...]  # (row column, own formula) pairs that must be equal
    row_filter: Tree | None
    own_filter: Tree | None
    pair_filter: Tree | None
    value: Tree | None = None
    by: Tree | None = None  # first: the row with the greatest `by`; last: with the least


@dataclass(frozen=True)
class Summary:
    """A column of claims or portions made from their lines or charges: any, all, sum, first, count, least, greatest."""

    level: str
    name: str
    kind: Kind
    over: str
    aggregate: str
    value: Tree


@dataclass(frozen=True)
class Iteration:
    """Nodes that read each other through rows settled earlier: repeated from `nothing holds` until nothing changes."""

    nodes: tuple[Fact | Lookup | Summary, ...]


Node = Fact | Lookup | Summary | Iteration


@dataclass(frozen=True)
class Check:
    """A fact that refuses a claim: `column` is a flag of the claim, or (with `over`) a reason on the claim itself or on each of
    its lines or charges."""

    policy: str
    reason: str
    outcome: str  # denied, pended
    when: str
    over: str | None = None
    value: str | None = None
    by: str | None = None
    stage: int = 1  # only the checks of the first stage in which any holds count


@dataclass(frozen=True)
class Note:
    """A code that moves no money, on paid claims for which `when` (over claim facts and `result.*`) holds."""

    policy: str
    code: str
    when: Tree


@dataclass(frozen=True)
class Choice:
    """A criterion that orders a member's enrolment rows for a claim: flags true first, numbers and dates ascending."""

    tree: Tree


@dataclass(frozen=True)
class Counter:
    """A running total: `keys` are portion columns beside (policy, member, benefit year); per claim or member when said."""

    name: str
    policy: str | None  # None: shared by the pool's policies
    per: str  # year, claim, member
    keys: tuple[str, ...]
    keeps: str  # sum, greatest
    unit: str


@dataclass(frozen=True)
class Step:
    """One line of a waterfall: an amount, cut to what is left of the limits, added to counters and to a result column."""

    number: int
    name: str
    amount: Tree
    when: Tree | None
    within: tuple[tuple[str, Tree], ...]  # (counter, limit)
    counts: tuple[str, ...]
    column: str | None
    base: Tree | None
    parameter: Tree | None


@dataclass(frozen=True)
class Programme:
    """The waterfall of the portions of one benefit under one policy; `closing` runs once a claim after its portions."""

    policy: str
    name: str
    benefit: str
    order: int
    steps: tuple[Step, ...]
    always: str | None = None  # claim flag: a portion is opened even without a charge
    closing: bool = False
    when: str | None = None  # claim flag: a closing runs only for these claims


@dataclass(frozen=True)
class PolicyTerm:
    """Where and when a policy is in force, and the days from which a different version of its figures applies."""

    policy: str
    pool: str
    scheme: str
    valid_from: date
    valid_to: date | None
    version_days: tuple[date, ...]


@dataclass(frozen=True)
class Plan:
    """Everything that settles the claims of one pool."""

    pool: str
    terms: tuple[PolicyTerm, ...]
    choices: tuple[Choice, ...]
    among: Tree | None  # enrolment rows that may be chosen; null: all
    levels: Mapping[str, str]  # name of a fact -> its level
    cover: tuple[Node, ...]  # facts of enrolments and years, needed to choose the enrolment of a claim
    placing: tuple[Node, ...]  # facts of claims that help to choose the enrolment, and with it the policy
    facts: tuple[Node, ...]  # facts of claims and lines as delivered
    charge_facts: tuple[Node, ...]  # facts that need to know which visits joined a stay
    checks: tuple[Check, ...]
    terms_of_portions: tuple[Node, ...]
    late: tuple[Node, ...]  # facts that read the results of earlier benefit years
    programmes: tuple[Programme, ...]
    counters: tuple[Counter, ...]
    notes: tuple[Note, ...]
    note_facts: tuple[Node, ...] = field(default=())

    @cached_property
    def delivered(self) -> frozenset[str]:
        """Names, without their level, of all columns that anything in the plan reads: `line.amount` as `amount`."""
        return frozenset(name.partition(".")[2] for name in self._mentioned() if "." in name)

    def _mentioned(self) -> set[str]:
        nodes = chain(
            self.cover, self.placing, self.facts, self.charge_facts, self.terms_of_portions, self.late, self.note_facts
        )
        trees: list[Tree | None] = [self.among, *(choice.tree for choice in self.choices)]
        trees += [note.when for note in self.notes]
        trees += [tree for programme in self.programmes for step in programme.steps for tree in trees_of_step(step)]
        names = {name for tree in trees for name in columns_of(tree)}
        names |= {name for check in self.checks for name in (check.when, check.value, check.by) if name}
        names |= {key for counter in self.counters for key in counter.keys}
        return names.union(*(_mentioned_by(node) for node in nodes))


@dataclass(frozen=True)
class Law:
    """The plans of all pools."""

    plans: tuple[Plan, ...]


def trees_of_step(step: Step) -> tuple[Tree | None, ...]:
    """Every formula of a step."""
    return (step.amount, step.when, step.base, step.parameter, *(limit for _, limit in step.within))


def _mentioned_by(node: Node) -> Set[str]:
    if isinstance(node, Iteration):
        return set().union(*(_mentioned_by(inner) for inner in node.nodes))
    if isinstance(node, Summary):
        return columns_of(node.value)
    if isinstance(node, Lookup):
        rows = {name for tree in (node.row_filter, node.pair_filter, node.value, node.by) for name in columns_of(tree)}
        return reads(node) | rows | {column for column, _ in node.keys}
    return reads(node)


@remembered
def reads(node: Node) -> Set[str]:
    """Names of the columns a node needs on its own level (`row.*` of a look-up and lines of a summary are not among them)."""
    if isinstance(node, Fact):
        found = frozenset().union(*(columns_of(tree) for _, tree in node.cases))
        return found | ({"policy"} if any(policy for policy, _ in node.cases) else set())
    if isinstance(node, Lookup):
        trees = [tree for _, tree in node.keys] + [node.own_filter, node.pair_filter, node.value, node.by]
        return {name for tree in trees for name in columns_of(tree) if not name.startswith("row.")}
    if isinstance(node, Summary):
        return set()
    return set().union(*(reads(inner) for inner in node.nodes))
