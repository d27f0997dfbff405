"""What an edit of the law can reach: of every formula that differs, the rows, days and programmes that read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from policies.canonical import Canonical, all_times, change_days
from policies.law import Law
from policies.readers import Readers
from transforms.plan import Fact, Iteration, Plan, Programme, Step

__all__ = ["Touch", "touches"]

_ROWS = ("enrolment", "year", "registration", "filing")


@dataclass(frozen=True)
class Touch:
    """Rows whose settling may differ: what is not touched comes out the same under both laws, whatever else is.

    level: `pool` (everyone insured in its area), a level of rows (`enrolment`, `registration`, `filing`), `claim`, `portion`
    (claims with a portion of the programme) or `member` (claims of members with such a portion, maybe of another claim: lines
    of a visit may be settled with a stay, which may fall under another policy).
    Days are ruling days, both inclusive; None: open. `what` names the fact, step or entry that differs.
    """

    pool: str
    level: str
    policy: str = ""
    programme: str = ""
    first: date | None = None
    last: date | None = None
    what: str = ""


def touches(old: Law, new: Law) -> list[Touch]:
    """Everything that an edit of the law can touch; empty when only comments and quotes changed."""
    before, after = ({plan.pool: plan for plan in law.plans} for law in (old, new))
    found: list[Touch] = []
    for pool in sorted(before.keys() | after.keys()):
        if pool not in before or pool not in after:
            found.append(Touch(pool, "pool", what="the pool has a law" if pool in after else "the pool has no law"))
        elif _texts(old, pool) != _texts(new, pool):
            found += _Comparison(before[pool], after[pool]).touches()
    return sorted({replace(touch, what=_shown(touch.what)) for touch in found}, key=repr)


def _shown(name: str) -> str:
    """A hidden column (`@check POLICY 3`) without its mark and policy."""
    kind, *rest = name.removeprefix("@").split()
    return " ".join([kind, *rest[1:]]) if name.startswith("@") else name


def _texts(law: Law, pool: str) -> dict[str, str]:
    return {policy.policy: law.fingerprints[policy.policy] for policy in law.policies if policy.pool == pool}


class _Comparison:
    """Two laws of one pool."""

    def __init__(self, old: Plan, new: Plan) -> None:
        self.pool = new.pool
        self.plans = (old, new)
        self.sides = (Canonical(old), Canonical(new))
        self.readers = (Readers(old), Readers(new))
        self.days = sorted({date.min} | change_days(old) | change_days(new))
        self.policies = sorted({term.policy for plan in self.plans for term in plan.terms})

    def touches(self) -> Iterator[Touch]:
        placing = self._placing()
        yield from placing
        yield from self._facts()
        for policy in self.policies:
            yield from self._claims(policy)
            yield from self._waterfalls(policy)

    def _placing(self) -> list[Touch]:
        """What decides which enrolment, policy and pool a claim falls to."""
        found = []
        for name in ("terms", "choices", "among", "counters", "iterations"):
            if len({self._part(n, name) for n in (0, 1)}) > 1:
                found.append(Touch(self.pool, "pool", what=name))
        return found

    def _part(self, side: int, name: str) -> str:
        plan = self.plans[side]
        parts = {
            "terms": tuple(replace(term, version_days=()) for term in plan.terms),
            "choices": plan.choices,
            "among": plan.among,
            "counters": tuple(counter for counter in plan.counters if counter.policy is None),
            "iterations": tuple(sorted(_iterated(plan))),
        }
        return self.sides[side].text(parts[name], all_times)

    def _facts(self) -> Iterator[Touch]:
        old, new = (side.nodes for side in self.sides)
        placing = {name for plan in self.plans for node in plan.placing for name in _names(node)}
        for name in sorted(old.keys() | new.keys()):
            node = new.get(name) or old[name]
            if not isinstance(node, Fact) or (name.startswith("@") and " " not in name):
                continue
            level = "pool" if name in placing or node.level == "year" else node.level
            if level in _ROWS or level == "pool":
                yield from self._fact(Touch(self.pool, level, what=name), None)
                continue
            for policy in self.policies:
                for touch in self._narrowed(name, level, policy):
                    yield from self._fact(touch, policy)

    def _fact(self, touch: Touch, policy: str | None) -> Iterator[Touch]:
        return self._stretches(touch, lambda side, day: side.fact(touch.what, policy, day))

    def _narrowed(self, name: str, level: str, policy: str) -> list[Touch]:
        """The claims of a policy to which a fact matters."""
        found = [readers.programmes(name) for readers in self.readers]
        if any(programmes is None for programmes in found):
            return [Touch(self.pool, "claim", policy, what=name)]
        programmes = set().union(*(names for names in found if names is not None))
        if level in ("charge", "portion"):
            own = sorted(programme for owner, programme in programmes if owner == policy)
            return [Touch(self.pool, "portion", policy, programme, what=name) for programme in own]
        names = sorted({programme for _, programme in programmes})
        return [Touch(self.pool, "member", policy, programme, what=name) for programme in names]

    def _claims(self, policy: str) -> Iterator[Touch]:
        """Checks, notes, counters and the order of the programmes."""
        for name in ("checks", "notes", "counters", "programmes"):
            yield from self._part_of_policy(Touch(self.pool, "claim", policy, what=name))

    def _part_of_policy(self, touch: Touch) -> Iterator[Touch]:
        def text(side: Canonical, day: date | None) -> str:
            parts = [part for part in getattr(side.plan, touch.what) if part.policy == touch.policy]
            return side.text(
                tuple(_without_steps(part) if isinstance(part, Programme) else part for part in parts), day
            )

        return self._stretches(touch, text)

    def _waterfalls(self, policy: str) -> Iterator[Touch]:
        old, new = ({p.name: p for p in plan.programmes if p.policy == policy} for plan in self.plans)
        for name in sorted(old.keys() & new.keys()):
            closing = new[name].closing
            touch = Touch(self.pool, "claim" if closing else "portion", policy, "" if closing else name)
            if [step.name for step in old[name].steps] != [step.name for step in new[name].steps]:
                yield replace(touch, what=f"steps of {name}")
                continue
            for one, other in zip(old[name].steps, new[name].steps, strict=True):
                yield from self._step(replace(touch, what=f"{name}: {one.name}"), one, other)

    def _step(self, touch: Touch, old: Step, new: Step) -> Iterator[Touch]:
        return self._stretches(touch, lambda side, day: side.text(old if side is self.sides[0] else new, day))

    def _stretches(self, touch: Touch, text: Callable[[Canonical, date | None], str]) -> Iterator[Touch]:
        """The touch for each stretch of days in which the two texts differ."""
        if text(self.sides[0], all_times) == text(self.sides[1], all_times):
            return
        differs = [text(self.sides[0], day) != text(self.sides[1], day) for day in self.days]
        for first, last in _runs(differs):
            end = None if last + 1 == len(self.days) else self.days[last + 1] - timedelta(days=1)
            yield replace(touch, first=None if first == 0 else self.days[first], last=end)


def _runs(flags: list[bool]) -> Iterable[tuple[int, int]]:
    """First and last index of each run of true flags."""
    edges = [False, *flags, False]
    starts = [n for n, (a, b) in enumerate(pairwise(edges)) if b and not a]
    ends = [n - 1 for n, (a, b) in enumerate(pairwise(edges)) if a and not b]
    return list(zip(starts, ends, strict=True))


def _without_steps(programme: Programme) -> Programme:
    return replace(programme, steps=())


def _iterated(plan: Plan) -> Iterator[str]:
    for phase in (
        plan.cover,
        plan.placing,
        plan.facts,
        plan.charge_facts,
        plan.terms_of_portions,
        plan.late,
        plan.note_facts,
    ):
        for node in phase:
            if isinstance(node, Iteration):
                yield " ".join(sorted(name for name in _names(node) if not name.startswith("@")))


def _names(node: object) -> list[str]:
    return [n.name for n in node.nodes] if isinstance(node, Iteration) else [getattr(node, "name", "")]
