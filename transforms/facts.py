"""Facts: columns computed from formulas, from related rows and from the lines of a claim, in the order of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from transforms.columns import DTYPES, polars_expression
from transforms.formula import FLAG, Tree, columns_of
from transforms.frames import Frames
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
    frames.put(level, [_fact(fact).alias(fact.name) for fact in batch])


def _fact(fact: Fact) -> pl.Expr:
    if fact.cases[0][0] is None:
        return polars_expression(fact.cases[0][1])
    nothing = pl.lit(False if fact.kind == FLAG else None, dtype=DTYPES[fact.kind.name])
    result = nothing
    for policy, tree in reversed(fact.cases):
        result = pl.when(pl.col("policy") == policy).then(polars_expression(tree)).otherwise(result)
    return result


def _looked_up(frames: Frames, node: Lookup) -> pl.Series:
    pairs = _pairs(frames, node)
    size = frames.frame[node.level].height
    if node.aggregate in ("first", "last"):
        found = _at_the_end(pairs, greatest=node.aggregate == "first")
    else:
        found = pairs.group_by("@row").agg(_AGGREGATES[node.aggregate]())
    return _spread(found, size, node)


_AGGREGATES = {
    "exists": lambda: pl.lit(True).first().alias("value"),
    "count": lambda: pl.len().cast(pl.Int64).alias("value"),
    "sum": lambda: pl.col("value").sum(),
    "least": lambda: pl.col("value").min(),
    "greatest": lambda: pl.col("value").max(),
}


def _at_the_end(pairs: pl.DataFrame, *, greatest: bool) -> pl.DataFrame:
    ordered = pairs.sort("@row", "by", descending=[False, greatest], nulls_last=True, maintain_order=True)
    return ordered.unique("@row", keep="first", maintain_order=True).select("@row", "value")


def _pairs(frames: Frames, node: Lookup) -> pl.DataFrame:
    frames.need(node.level, reads(node) | {"@member"})
    own = frames.frame[node.level].with_row_index("@row")
    if node.own_filter is not None:
        own = own.filter(polars_expression(node.own_filter))
    keys = [f"@key{n}" for n in range(len(node.keys))]
    rows = _candidate_rows(frames, node, keys)
    on = (["@member"] if "@member" in rows.columns else []) + keys
    carried = set().union(*(columns_of(tree) for tree in (node.pair_filter, node.value, node.by))) - _row_columns(node)
    own = own.select(
        "@row",
        *(["@member"] if "@member" in on else []),
        *(polars_expression(tree).alias(key) for key, (_, tree) in zip(keys, node.keys, strict=True)),
        *sorted(carried),
    )
    joined = own.join(rows, on=on, how="inner", maintain_order="left_right")
    if node.pair_filter is not None:
        joined = joined.filter(polars_expression(node.pair_filter))
    wanted = [pl.col("@row")]
    wanted += [] if node.value is None else [polars_expression(node.value).alias("value")]
    wanted += [] if node.by is None else [polars_expression(node.by).alias("by")]
    return joined.select(wanted)


def _row_columns(node: Lookup) -> set[str]:
    trees: Iterable[Tree | None] = (node.row_filter, node.pair_filter, node.value, node.by)
    names = {name for tree in trees for name in columns_of(tree) if name.startswith("row.")}
    return names | {column for column, _ in node.keys}


def _candidate_rows(frames: Frames, node: Lookup, keys: Sequence[str]) -> pl.DataFrame:
    rows = frames.rows_of(node.source, _row_columns(node))
    if node.row_filter is not None:
        rows = rows.filter(polars_expression(node.row_filter))
    return rows.with_columns(pl.col(column).alias(key) for key, (column, _) in zip(keys, node.keys, strict=True))


def _spread(found: pl.DataFrame, size: int, node: Lookup | Summary) -> pl.Series:
    every = pl.DataFrame({"@row": pl.int_range(size, dtype=pl.UInt32, eager=True)})
    column = every.join(
        found.with_columns(pl.col("@row").cast(pl.UInt32)), on="@row", how="left", maintain_order="left"
    )["value"]
    empty = _EMPTY.get(node.aggregate)
    column = column.cast(DTYPES[node.kind.name]) if node.kind.name != "texts" else column
    return (column if empty is None else column.fill_null(empty)).alias(node.name)


_EMPTY: dict[str, bool | int] = {"exists": False, "any": False, "all": True, "count": 0, "sum": 0}


def _summed_up(frames: Frames, node: Summary) -> pl.Series:
    frames.need(node.over, columns_of(node.value))
    rows = frames.frame[node.over]
    values = rows.select(pl.col(f"@{node.level}").alias("@row"), polars_expression(node.value).alias("value"))
    values = values.filter(pl.col("@row").is_not_null())
    found = values.group_by("@row").agg(_LINE_AGGREGATES[node.aggregate](pl.col("value")))
    return _spread(found, frames.frame[node.level].height, node)


_LINE_AGGREGATES = {
    "any": lambda value: value.any(),
    "all": lambda value: value.all(),
    "sum": lambda value: value.sum(),
    "first": lambda value: value.drop_nulls().first(),
    "count": lambda value: value.cast(pl.Int64).sum(),
    "least": lambda value: value.min(),
    "greatest": lambda value: value.max(),
}


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
