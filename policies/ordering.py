"""The order of facts: each after those it reads, in the phases in which the engine can compute them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set

from policies.scopes import ancestors
from transforms.formula import columns_of
from transforms.frames import TABLES_OF_LEVELS
from transforms.plan import Fact, Iteration, Lookup, Node, Summary, reads

__all__ = ["OrderError", "Ordering"]

Single = Fact | Lookup | Summary
RESULTS_OF_YEARS = ("year.basic_pay", "year.critical_illness_pay")


class OrderError(Exception):
    """Facts cannot be computed in any order; `names` are those that stand in the way."""

    def __init__(self, names: Sequence[str], sentence: str) -> None:
        self.names = names
        super().__init__(sentence)


def _cycle(names: Sequence[str]) -> OrderError:
    chain = " -> ".join(name for name in names if not name.startswith("@"))
    return OrderError(names, f"the facts {chain} need each other; name them in `iterate`.")


class Ordering:
    """Nodes sorted into phases: cover, placing, as delivered, as charged, portions, late (earlier years' results), notes."""

    def __init__(
        self,
        nodes: Sequence[Node],
        levels: Mapping[str, str],
        iterations: Sequence[Sequence[str]],
        placing: Collection[str] = (),
    ) -> None:
        self.nodes: dict[str, Single] = {node.name: node for node in nodes if not isinstance(node, Iteration)}
        self.levels = levels
        self.groups = self._iteration_groups(iterations)
        self.phase_of: dict[str, str] = {}
        self.sorted: list[Node] = []
        self.done: set[str] = set()
        for name in self.nodes:
            self._visit(name, ())
        self._place(placing)
        self.cover = self._phase("cover")
        self.placing = self._phase("placing")
        self.delivered = self._phase("delivered")
        self.charged = self._phase("charged")
        self.portions = self._phase("portions")
        self.late = self._phase("late")
        self.notes = self._phase("notes")

    def _place(self, names: Collection[str]) -> None:
        """Facts of claims that the choice of the enrolment reads come before it; they cannot know its outcome."""
        for name in self._reachable([name for name in names if name in self.nodes]):
            node = self.nodes[name]
            if self.phase_of[name] == "cover":
                continue
            knows = {read.partition(".")[0] for read in _all_reads(node)} & {"policy", "enrolment", "settled_scheme"}
            if knows or node.level != "claim" or isinstance(node, Summary) or self.phase_of[name] != "delivered":
                sentence = f"`{name}` helps to choose the enrolment of a claim, so it cannot depend on it or on lines."
                raise OrderError([name], sentence)
            self.phase_of[name] = "placing"

    def _phase(self, phase: str) -> tuple[Node, ...]:
        chosen = [node for node in self.sorted if self._phase_of(node) == phase]
        return tuple(_by_level(chosen, self._needs))

    def _phase_of(self, node: Node) -> str:
        return self.phase_of[node.nodes[0].name if isinstance(node, Iteration) else node.name]

    def _needs(self, node: Node) -> set[str]:
        """Names of the nodes that must be computed before."""
        if isinstance(node, Iteration):
            inner = {n.name for n in node.nodes}
            return {name for n in node.nodes for name in self._needs(n)} - inner
        found = {name for name in _all_reads(node) if name in self.nodes}
        if node.level == "charge" or _over(node) == "charge":
            found |= {"merged_into"} & set(self.nodes)
        if isinstance(node, Lookup):
            found |= {
                n
                for n in (row.removeprefix("row.") for row in _row_reads(node))
                if n in self.nodes and self._in_source(node, n)
            }
        return found

    def _in_source(self, node: Lookup, name: str) -> bool:
        level = TABLES_OF_LEVELS.get(node.source)
        return level is not None and self.nodes[name].level in (level, *ancestors(level))

    def _iteration_groups(self, iterations: Sequence[Sequence[str]]) -> dict[str, frozenset[str]]:
        """Every node on a cycle through the facts of an iteration belongs to its group."""
        groups: dict[str, frozenset[str]] = {}
        for names in iterations:
            present = [name for name in names if name in self.nodes]
            down = self._reachable(present)
            members = frozenset(n for n in down if self._reaches(n, set(present))) | frozenset(present)
            groups |= dict.fromkeys(members, members)
        return groups

    def _reachable(self, names: Sequence[str]) -> set[str]:
        found: set[str] = set()
        stack = list(names)
        while stack:
            name = stack.pop()
            if name not in found:
                found.add(name)
                stack += self._needs(self.nodes[name])
        return found

    def _reaches(self, name: str, targets: set[str]) -> bool:
        return bool(self._reachable(list(self._needs(self.nodes[name]))) & targets)

    def _visit(self, name: str, path: tuple[str, ...]) -> None:
        if name in self.done:
            return
        if name in path:
            raise _cycle([*path[path.index(name) :], name])
        group = self.groups.get(name)
        members = sorted(group) if group else [name]
        needs = set().union(*(self._needs(self.nodes[member]) for member in members)) - set(members)
        for needed in sorted(needs):
            self._visit(needed, (*path, *members))
        self.done |= set(members)
        if group is None:
            self.sorted.append(self.nodes[name])
        else:
            self.sorted.append(Iteration(tuple(self.nodes[n] for n in self._inside(members))))
        phase = self._find_phase(members, needs)
        self.phase_of |= dict.fromkeys(members, phase)

    def _inside(self, members: Sequence[str]) -> list[str]:
        """Members in an order in which look-ups and summaries come after the facts of the round before."""
        placed: list[str] = []

        def place(name: str, path: tuple[str, ...]) -> None:
            if name in placed or name in path:
                return
            for needed in sorted(self._needs(self.nodes[name]) & set(members)):
                place(needed, (*path, name))
            placed.append(name)

        for member in members:
            place(member, ())
        return placed

    def _find_phase(self, members: Sequence[str], needs: set[str]) -> str:
        order = ["cover", "delivered", "charged", "portions", "late", "notes"]
        own = max((self._own_phase(self.nodes[member]) for member in members), key=order.index)
        return max([own, *(self.phase_of[name] for name in needs)], key=order.index)

    def _own_phase(self, node: Single) -> str:
        names = _all_reads(node) | {f"year.{name.removeprefix('row.')}" for name in _row_reads(node)}
        if any(name.startswith("result.") for name in _all_reads(node)):
            return "notes"
        if node.level in ("enrolment", "year") or (isinstance(node, Lookup) and node.source == "years"):
            looks_late = node.level == "year" or (isinstance(node, Lookup) and node.source == "years")
            if looks_late and names & set(RESULTS_OF_YEARS):
                return "late"
        if node.level == "portion":
            return "portions"
        if node.level == "charge" or _over(node) == "charge":
            return "charged"
        return "cover" if node.level in ("enrolment", "year", "member") else "delivered"


def _over(node: Single) -> str | None:
    if isinstance(node, Summary):
        return node.over
    return TABLES_OF_LEVELS.get(node.source) if isinstance(node, Lookup) else None


def _all_reads(node: Single) -> Set[str]:
    return columns_of(node.value) if isinstance(node, Summary) else reads(node)


def _row_reads(node: Single) -> set[str]:
    if not isinstance(node, Lookup):
        return set()
    trees = (node.row_filter, node.pair_filter, node.value, node.by)
    names = {name for tree in trees for name in columns_of(tree) if name.startswith("row.")}
    return names | {column for column, _ in node.keys}


def _by_level(nodes: Sequence[Node], needs) -> list[Node]:  # type: ignore[no-untyped-def]
    """A stable order with facts of one level side by side, so that they are computed in one pass."""
    waiting = list(nodes)
    names = {name for node in nodes for name in _names(node)}
    done: set[str] = set()
    ordered: list[Node] = []
    while waiting:
        ready = [node for node in waiting if not ((needs(node) & names) - done)]
        if not ready:
            raise _cycle([name for node in waiting for name in sorted(_names(node))])
        ready.sort(key=lambda node: (type(node).__name__, getattr(node, "level", ""), getattr(node, "name", "")))
        ordered += ready
        for node in ready:
            done |= _names(node)
        waiting = [node for node in waiting if node not in ready]
    return ordered


def _names(node: Node) -> set[str]:
    return {n.name for n in (node.nodes if isinstance(node, Iteration) else (node,))}
