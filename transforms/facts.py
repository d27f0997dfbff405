"""Facts: columns computed from formulas, from related rows and from the lines of a claim, in the order of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.codes import is_text
from transforms.columns import DTYPES, polars_expression
from transforms.formula import FLAG, Tree, columns_of
from transforms.frames import Frames
from transforms.groups import grouped, most_rows
from transforms.plan import Fact, Iteration, Lookup, Node, Summary, reads
from transforms.related import Pairs, pairs_of
from transforms.spans import Span, span_of, within_span

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
            frames.put(node.level, [_looked_up(frames, node)])
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


def _looked_up(frames: Frames, node: Lookup) -> pl.Series:
    span = span_of(node)
    found = _in_span(frames, node, span) if span else None
    return _named(_of_pairs(frames, node) if found is None else found, node)


def _in_span(frames: Frames, node: Lookup, span: Span) -> pl.Series | None:
    rows = frames.rows_of(node.source, _row_columns(node) | {span.column})
    if "@member" not in rows.columns or node.own_filter is not None:
        return None
    held = _mask(rows, node.row_filter)
    rows = (rows if held is None else rows.filter(held)).drop_nulls(span.column)
    frames.need(node.level, reads(node) | {"@member"})
    level = frames.frame[node.level]
    bounds = [(operation, _column(level, tree)) for operation, tree in span.bounds]
    others, numbers = (rows[name].cast(pl.Int64).to_numpy() for name in ("@member", span.column))
    return within_span(node.aggregate, level["@member"].cast(pl.Int64).to_numpy(), bounds, others, numbers)


def _column(frame: pl.DataFrame, tree: Tree) -> pl.Series:
    values = frame.select(polars_expression(tree)).to_series()
    return (
        values if values.len() == frame.height else pl.repeat(values[0], frame.height, eager=True, dtype=values.dtype)
    )


def _of_pairs(frames: Frames, node: Lookup) -> pl.Series:
    pairs = _pairs(frames, node)
    size = frames.frame[node.level].height
    owners = pairs["@row"]
    if node.aggregate in _COUNTED:
        return grouped(_COUNTED[node.aggregate], owners, pl.repeat(True, owners.len(), eager=True), size)
    if node.aggregate in ("first", "last"):
        return pairs["value"].gather(
            most_rows(owners.to_numpy(), pairs["by"], size, greatest=node.aggregate == "first")
        )
    return grouped(node.aggregate, owners, pairs["value"], size)


_COUNTED = {"exists": "any", "count": "count"}


def _named(found: pl.Series, node: Lookup | Summary) -> pl.Series:
    return (found if node.kind.name in ("text", "texts") else found.cast(DTYPES[node.kind.name])).alias(node.name)


def _pairs(frames: Frames, node: Lookup) -> pl.DataFrame:
    """`@row` (a place in the level, ascending), `value` and `by` of the related rows, in their order."""
    frames.need(node.level, reads(node) | {"@member"})
    pairs = _related(frames, node)
    if node.pair_filter is not None:
        pairs = pairs.filter(polars_expression(node.pair_filter))
    wanted = [pl.col("@row")]
    wanted += [] if node.value is None else [polars_expression(node.value).alias("value")]
    wanted += [] if node.by is None else [polars_expression(node.by).alias("by")]
    return pairs.select(wanted)


def _related(frames: Frames, node: Lookup) -> pl.DataFrame:
    """Rows of one member (where the others have members) and of equal keys, side by side, without those the filters leave out."""
    keys = [f"@key{n}" for n in range(len(node.keys))]
    rows = _other_rows(frames, node, keys)
    own = _own_rows(frames, node, keys).with_columns(
        pl.col(key).cast(rows[key].dtype) for key in keys if is_text(rows[key])
    )
    on = [*(["@member"] if "@member" in rows.columns else []), *keys]
    mine, theirs = _mask(frames.frame[node.level], node.own_filter), _mask(rows, node.row_filter)
    if "@member" in rows.columns:
        name = repr((node.level, node.source, node.keys))
        pairs = frames.relations.pairs(name, *([frame[key] for key in on] for frame in (own, rows)))
        if pairs is not None:
            return _beside(own, rows, pairs.chosen(mine, theirs), on)
    own, rows = (part if held is None else part.filter(held) for part, held in ((own, mine), (rows, theirs)))
    found = pairs_of([own[key] for key in on], [rows[key] for key in on]) if "@member" in rows.columns else None
    if found is None:
        return own.join(rows, on=on, how="inner", maintain_order="left_right")
    return _beside(own, rows, found, on)


def _mask(frame: pl.DataFrame, condition: Tree | None) -> NDArray[np.bool_] | None:
    if condition is None:
        return None
    return frame.select(held=pl.lit(True) & polars_expression(condition)).to_series().fill_null(False).to_numpy()


def _beside(own: pl.DataFrame, rows: pl.DataFrame, pairs: Pairs, on: Sequence[str]) -> pl.DataFrame:
    return own.drop(on)[pairs.own].hstack(rows.drop(on)[pairs.others])


def _own_rows(frames: Frames, node: Lookup, keys: Sequence[str]) -> pl.DataFrame:
    carried = set().union(*(columns_of(tree) for tree in (node.pair_filter, node.value, node.by))) - _row_columns(node)
    made = (polars_expression(tree).alias(key) for key, (_, tree) in zip(keys, node.keys, strict=True))
    return (
        frames.frame[node.level].with_row_index("@row").select("@row", "@member", *made, *sorted(carried - {"@member"}))
    )


def _other_rows(frames: Frames, node: Lookup, keys: Sequence[str]) -> pl.DataFrame:
    rows = frames.rows_of(node.source, _row_columns(node))
    return rows.with_columns(pl.col(column).alias(key) for key, (column, _) in zip(keys, node.keys, strict=True))


def _row_columns(node: Lookup) -> set[str]:
    trees: Iterable[Tree | None] = (node.row_filter, node.pair_filter, node.value, node.by)
    names = {name for tree in trees for name in columns_of(tree) if name.startswith("row.")}
    return names | {column for column, _ in node.keys}


def _summed_up(frames: Frames, node: Summary) -> pl.Series:
    frames.need(node.over, columns_of(node.value))
    rows = frames.frame[node.over]
    values = _column(rows, node.value)
    return _named(grouped(node.aggregate, rows[f"@{node.level}"], values, frames.frame[node.level].height), node)


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
