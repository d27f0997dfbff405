"""Look-ups: a column found among rows of the same member, or among all rows of a source that has no members."""

from __future__ import annotations

from collections.abc import Callable, Set

import numpy as np
import polars as pl

from transforms.codes import is_text
from transforms.columns import DTYPES, polars_expression
from transforms.evaluated import held, of_kind, values_of
from transforms.formula import Tree, columns_of
from transforms.frames import Frames
from transforms.groups import grouped, most_rows, owned, owning
from transforms.plan import Lookup, reads
from transforms.related import Held, Pairs, Relation, relation_of
from transforms.remembered import remembered
from transforms.spans import Span, grid_of, span_of, within_span

__all__ = ["looked_up"]

_OF_NO_ROW: dict[str, bool | int] = {"exists": False, "count": 0, "sum": 0}
"""Other aggregates of no row are unknown."""

_COUNTED: dict[str, Callable[[pl.Series, int], pl.Series]] = {
    "exists": lambda owners, size: owning(owners.to_numpy(), size),
    "count": lambda owners, size: owned(owners.to_numpy(), size),
}


def looked_up(frames: Frames, node: Lookup) -> pl.Series:
    """The column that the look-up adds to its level."""
    rows = frames.rows_of(node.source, _row_columns(node))
    theirs = held(rows, node.row_filter)
    return of_kind(_found(frames, node, rows, theirs), node.kind).alias(node.name)


def _found(frames: Frames, node: Lookup, rows: pl.DataFrame, theirs: Held | None) -> pl.Series:
    if not (rows.height if theirs is None else theirs.any()) and node.kind.name not in ("text", "texts"):
        size = frames.frame[node.level].height
        return pl.repeat(_OF_NO_ROW.get(node.aggregate), size, eager=True, dtype=DTYPES[node.kind.name])
    frames.need(node.level, reads(node) | {"@member"})
    span = span_of(node)
    found = _in_span(frames, node, span, rows, theirs) if span else None
    if found is None and node.aggregate in _COUNTED and node.pair_filter is None:
        found = _counted(frames, node, rows, theirs)
    return _of_pairs(frames, node, rows, theirs) if found is None else found


def _in_span(frames: Frames, node: Lookup, span: Span, rows: pl.DataFrame, theirs: Held | None) -> pl.Series | None:
    if "@member" not in rows.columns or node.own_filter is not None:
        return None
    level = frames.frame[node.level]
    others, numbers = rows["@member"], rows[span.column]
    members = frames.frame["member"].height
    grid = frames.kept.of(
        ("grid", node.source, span.column), [others, numbers], lambda: grid_of(others, numbers, members, level.height)
    )
    if grid is None:
        return None
    bounds = [(operation, values_of(level, tree)) for operation, tree in span.bounds]
    return within_span(node.aggregate, grid, theirs, level["@member"], bounds)


def _counted(frames: Frames, node: Lookup, rows: pl.DataFrame, theirs: Held | None) -> pl.Series | None:
    """Rows that are only counted, whatever stands in them, need not be put side by side."""
    relation = _relation(frames, node, rows)
    if relation is None:
        return None
    mine = held(frames.frame[node.level], node.own_filter)
    counts = relation.counts(theirs)
    counts = counts if mine is None else np.where(mine, counts, 0)
    return pl.Series(counts if node.aggregate == "count" else counts > 0)


def _of_pairs(frames: Frames, node: Lookup, rows: pl.DataFrame, theirs: Held | None) -> pl.Series:
    size = frames.frame[node.level].height
    pairs = _related(frames, node, rows, theirs)
    if node.aggregate in _COUNTED:
        rows_held = pl.col("@row") if node.pair_filter is None else pl.col("@row").filter(_condition(node.pair_filter))
        return _COUNTED[node.aggregate](pairs.select(rows_held).to_series(), size)
    pairs = pairs if node.pair_filter is None else pairs.filter(_condition(node.pair_filter))
    assert node.value is not None
    values = values_of(pairs, node.value)
    if node.by is None:
        return grouped(node.aggregate, pairs["@row"], values, size)
    by = values_of(pairs, node.by)
    return values.gather(most_rows(pairs["@row"].to_numpy(), by, size, greatest=node.aggregate == "first"))


def _condition(tree: Tree) -> pl.Expr:
    return pl.lit(True) & polars_expression(tree)


def _related(frames: Frames, node: Lookup, rows: pl.DataFrame, theirs: Held | None) -> pl.DataFrame:
    """`@row` (a place in the level, ascending) and what the look-up reads of pairs of rows that the filters leave.

    They are of one member (where the others have members) and of equal keys, in the order of the level and of the rows.
    """
    own = frames.frame[node.level]
    mine = held(own, node.own_filter)
    relation = _relation(frames, node, rows)
    if relation is None:
        return _joined(node, own, mine, rows, theirs)
    pairs = relation.pairs(mine, theirs)
    return pl.DataFrame([pl.Series("@row", pairs.own), *_beside(node, own, rows, pairs)])


def _beside(node: Lookup, own: pl.DataFrame, rows: pl.DataFrame, pairs: Pairs) -> list[pl.Series]:
    sides = (
        (own, _carried(node) - _row_columns(node), pairs.own),
        (rows, _carried(node) & _row_columns(node), pairs.others),
    )
    return [
        column
        for frame, names, places in sides
        if names
        for column in frame[sorted(names)][pl.Series(places, dtype=pl.UInt32)].get_columns()
    ]


def _joined(
    node: Lookup, own: pl.DataFrame, mine: Held | None, rows: pl.DataFrame, theirs: Held | None
) -> pl.DataFrame:
    keys = [f"@key{n}" for n in range(len(node.keys))]
    rows = rows.with_columns(pl.col(column).alias(key) for key, (column, _) in zip(keys, node.keys, strict=True))
    made = (polars_expression(tree).alias(key) for key, (_, tree) in zip(keys, node.keys, strict=True))
    own = own.with_row_index("@row").select(
        "@row", "@member", *made, *sorted(_carried(node) - _row_columns(node) - {"@member"})
    )
    own = own.with_columns(pl.col(key).cast(rows[key].dtype) for key in keys if is_text(rows[key]))
    own, rows = (part if mask is None else part.filter(mask) for part, mask in ((own, mine), (rows, theirs)))
    on = [*(["@member"] if "@member" in rows.columns else []), *keys]
    return own.join(rows, on=on, how="inner", maintain_order="left_right")


def _relation(frames: Frames, node: Lookup, rows: pl.DataFrame) -> Relation | None:
    """The relation of all rows, whatever the filters; None where the others have no members or a join is better."""
    if "@member" not in rows.columns:
        return None
    own = frames.frame[node.level]
    trees = [tree for _, tree in node.keys]
    read = sorted(set().union(*map(columns_of, trees)))
    others = [rows["@member"], *(rows[column] for column, _ in node.keys)]
    return frames.kept.of(
        _name(node),
        [own["@member"], *(own[name] for name in read), *others],
        lambda: relation_of([own["@member"], *(values_of(own, tree) for tree in trees)], others),
    )


@remembered
def _name(node: Lookup) -> str:
    return repr((node.level, node.source, node.keys))


@remembered
def _carried(node: Lookup) -> Set[str]:
    return frozenset().union(*(columns_of(tree) for tree in (node.pair_filter, node.value, node.by)))


@remembered
def _row_columns(node: Lookup) -> Set[str]:
    trees = (node.row_filter, node.pair_filter, node.value, node.by)
    names = {name for tree in trees for name in columns_of(tree) if name.startswith("row.")}
    return names | {column for column, _ in node.keys}
