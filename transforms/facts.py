"""Facts: columns computed from formulas, from related rows and from the lines of a claim, in the order of the plan."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from transforms.columns import DTYPES, polars_expression
from transforms.evaluated import of_kind, values_of
from transforms.formula import FLAG, columns_of
from transforms.frames import Frames
from transforms.groups import grouped
from transforms.lookups import looked_up
from transforms.plan import Fact, Iteration, Lookup, Node, Summary, reads

__all__ = ["establish"]

ROUNDS = 200


def establish(frames: Frames, nodes: Sequence[Node]) -> None:
    """Compute the nodes, each after the columns it reads; neighbouring facts of a level in one pass."""
    batch: list[Fact] = []
    for node in nodes:
        if isinstance(node, Fact) and _joins(batch, node):
            batch.append(node)
            continue
        _compute(frames, batch)
        batch = [node] if isinstance(node, Fact) else []
        if isinstance(node, Lookup):
            frames.put(node.level, [looked_up(frames, node)])
        elif isinstance(node, Summary):
            frames.put(node.level, [_summed_up(frames, node)])
        elif isinstance(node, Iteration):
            _iterate(frames, node)
    _compute(frames, batch)


def _joins(batch: Sequence[Fact], node: Fact) -> bool:
    if not batch:
        return True
    made = {fact.name for fact in batch}
    return node.level == batch[0].level and not (made & reads(node))


def _compute(frames: Frames, batch: Sequence[Fact]) -> None:
    if not batch:
        return
    level = batch[0].level
    frames.need(level, set().union(*(reads(fact) for fact in batch)))
    frames.put(level, [_fact(fact, frames.policy).alias(fact.name) for fact in batch])


def _fact(fact: Fact, only: str | None) -> pl.Expr:
    """The formula of the fact, by policy; `only`: the policy of all rows, where they have but one."""
    nothing = pl.lit(False if fact.kind == FLAG else None, dtype=DTYPES[fact.kind.name])
    cases = {policy: polars_expression(tree) for policy, tree in fact.cases}
    if None in cases:
        return cases[None]
    if only is not None:
        return cases.get(only, nothing)
    result = nothing
    for policy, formula in reversed(cases.items()):
        result = pl.when(pl.col("policy") == policy).then(formula).otherwise(result)
    return result


def _summed_up(frames: Frames, node: Summary) -> pl.Series:
    frames.need(node.over, columns_of(node.value))
    rows = frames.frame[node.over]
    values = values_of(rows, node.value)
    found = grouped(node.aggregate, rows[f"@{node.level}"], values, frames.frame[node.level].height)
    return of_kind(found, node.kind).alias(node.name)


def _iterate(frames: Frames, iteration: Iteration) -> None:
    facts = [node for node in iteration.nodes if isinstance(node, Fact)]
    for node in iteration.nodes:
        nothing = False if node.kind == FLAG else None
        frames.put(node.level, [pl.lit(nothing, dtype=DTYPES[node.kind.name]).alias(node.name)])
    for _ in range(ROUNDS):
        before = [frames.frame[fact.level][fact.name] for fact in facts]
        for node in iteration.nodes:
            _forget_children(frames, node)
            establish(frames, [node])
        if all(
            frames.frame[f.level][f.name].equals(old, null_equal=True) for f, old in zip(facts, before, strict=True)
        ):
            return
    names = ", ".join(fact.name for fact in facts)
    raise RuntimeError(f"The facts {names} read each other and did not come to rest after {ROUNDS} rounds.")


def _forget_children(frames: Frames, node: Fact | Lookup | Summary) -> None:
    for level, frame in frames.frame.items():
        if level != node.level and node.name in frame.columns:
            frames.frame[level] = frame.drop(node.name)
