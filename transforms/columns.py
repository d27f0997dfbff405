"""Formula trees as Polars expressions: two-valued logic (a comparison with an unknown does not hold), exact integers."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from transforms.codes import CODE, of_text, starts_with
from transforms.days import completed_years, new_year, year_of
from transforms.formula import Apply, Column, Const, Tree
from transforms.remembered import remembered

__all__ = ["half_up_div", "polars_expression"]

DTYPES: dict[str, pl.DataType] = {
    "money": pl.Int64(),
    "number": pl.Int64(),
    "date": pl.Date(),
    "text": CODE,
    "flag": pl.Boolean(),
    "texts": pl.List(pl.String),
}


@remembered
def polars_expression(tree: Tree) -> pl.Expr:
    """The tree as an expression on a frame that has all of its columns."""
    if isinstance(tree, Column):
        return pl.col(tree.name).fill_null(False) if tree.kind.name == "flag" else pl.col(tree.name)
    if isinstance(tree, Const):
        return _constant(tree)
    return _OPERATIONS[tree.operation](tree)


def half_up_div(numerator: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    """Quotient of two non-negative Int128 expressions, rounded half up to Int64; 0 where the divisor is 0."""
    exact = divisor.cast(pl.Int128)
    quotient = (2 * numerator.cast(pl.Int128) + exact) // (2 * exact)
    nothing = pl.lit(0, dtype=pl.Int64)
    return pl.when(divisor != 0).then(quotient.cast(pl.Int64)).when(divisor == 0).then(nothing)


def _constant(tree: Const) -> pl.Expr:
    if isinstance(tree.value, tuple):
        return pl.lit(pl.Series([list(tree.value)], dtype=pl.List(pl.String)).implode().explode())
    return pl.lit(tree.value, dtype=DTYPES[tree.kind.name])


def _binary(apply: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Apply], pl.Expr]:
    return lambda tree: apply(polars_expression(tree.args[0]), polars_expression(tree.args[1]))


def _compare(apply: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Apply], pl.Expr]:
    return lambda tree: apply(polars_expression(tree.args[0]), polars_expression(tree.args[1])).fill_null(False)


def _fold(apply: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Apply], pl.Expr]:
    def build(tree: Apply) -> pl.Expr:
        result = polars_expression(tree.args[0])
        for arg in tree.args[1:]:
            result = apply(result, polars_expression(arg))
        return result

    return build


def _lesser(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    return pl.when(a <= b).then(a).when(a > b).then(b)


def _greater(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    return pl.when(a >= b).then(a).when(a < b).then(b)


def _if(tree: Apply) -> pl.Expr:
    condition, then, otherwise = map(polars_expression, tree.args)
    return pl.when(condition).then(then).otherwise(otherwise)


def _in(tree: Apply) -> pl.Expr:
    needle, stack = tree.args
    if isinstance(stack, Const):
        assert isinstance(stack.value, tuple)
        return polars_expression(needle).is_in(list(stack.value)).fill_null(False)
    return polars_expression(stack).list.contains(polars_expression(needle).cast(pl.String)).fill_null(False)


def _half_up(tree: Apply) -> pl.Expr:
    value = polars_expression(tree.args[0])
    unit = 10 ** (4 * (tree.args[0].kind.scale - tree.kind.scale))
    return value if unit == 1 else (value + unit // 2) // unit


def _ratio(tree: Apply) -> pl.Expr:
    a, b, divisor = map(polars_expression, tree.args)
    return half_up_div(a.cast(pl.Int128) * b.cast(pl.Int128), divisor)


def _rescale(tree: Apply) -> pl.Expr:
    return polars_expression(tree.args[0]) * 10 ** (4 * (tree.kind.scale - tree.args[0].kind.scale))


def _add_months(tree: Apply) -> pl.Expr:
    day, months = tree.args
    if isinstance(months, Const):
        return polars_expression(day).dt.offset_by(f"{months.value}mo")
    return polars_expression(day).dt.offset_by(pl.format("{}mo", polars_expression(months)))


def _add_days(tree: Apply) -> pl.Expr:
    return polars_expression(tree.args[0]) + pl.duration(days=polars_expression(tree.args[1]))


def _completed_years(tree: Apply) -> pl.Expr:
    return completed_years(*map(polars_expression, tree.args))


def _date_of(tree: Apply) -> pl.Expr:
    year, *rest = map(polars_expression, tree.args)
    is_first = all(isinstance(part, Const) and part.value == 1 for part in tree.args[1:])
    return new_year(year) if is_first else pl.date(year, *rest)


def _in_year(tree: Apply) -> pl.Expr:
    day, year = map(polars_expression, tree.args)
    return pl.date(year, day // 100, day % 100)


def _area_prefix(area: pl.Expr) -> pl.Expr:
    return of_text(area, lambda texts: texts.str.replace(r"(00)+$", ""), pl.String())


def _within_area(tree: Apply) -> pl.Expr:
    place, area = map(polars_expression, tree.args)
    return place.cast(pl.String).str.starts_with(_area_prefix(area)).fill_null(False)


def _starts_with(tree: Apply) -> pl.Expr:
    text = polars_expression(tree.args[0])
    if isinstance(tree.args[1], Const) and isinstance(tree.args[1].value, tuple):
        return starts_with(text, *tree.args[1].value).fill_null(False)
    return text.cast(pl.String).str.starts_with(polars_expression(tree.args[1]).cast(pl.String)).fill_null(False)


def _coalesce(tree: Apply) -> pl.Expr:
    return pl.coalesce([polars_expression(arg) for arg in tree.args])


def _unary(apply: Callable[[pl.Expr], pl.Expr]) -> Callable[[Apply], pl.Expr]:
    return lambda tree: apply(polars_expression(tree.args[0]))


def _raw_known(tree: Apply) -> pl.Expr:
    arg = tree.args[0]
    return (pl.col(arg.name) if isinstance(arg, Column) else polars_expression(arg)).is_not_null()


_OPERATIONS: dict[str, Callable[[Apply], pl.Expr]] = {
    "add": _fold(lambda a, b: a + b),
    "sub": _binary(lambda a, b: a - b),
    "mul": _fold(lambda a, b: a * b),
    "neg": _unary(lambda a: -a),
    "eq": _compare(lambda a, b: a == b),
    "ne": lambda tree: ~_compare(lambda a, b: a == b)(tree),
    "lt": _compare(lambda a, b: a < b),
    "le": _compare(lambda a, b: a <= b),
    "gt": _compare(lambda a, b: a > b),
    "ge": _compare(lambda a, b: a >= b),
    "and": _fold(lambda a, b: a & b),
    "or": _fold(lambda a, b: a | b),
    "not": _unary(lambda a: ~a),
    "if": _if,
    "min": _fold(_lesser),
    "max": _fold(_greater),
    "in": _in,
    "known": _raw_known,
    "coalesce": _coalesce,
    "half_up": _half_up,
    "ratio": _ratio,
    "rescale": _rescale,
    "one_if": _unary(lambda a: a.cast(pl.Int64)),
    "floor_div": _binary(lambda a, b: a // b),
    "add_days": _add_days,
    "add_months": _add_months,
    "days_between": _binary(lambda a, b: (b - a).dt.total_days()),
    "months_between": _binary(
        lambda a, b: ((year_of(b) - year_of(a)) * 12 + b.dt.month() - a.dt.month()).cast(pl.Int64)
    ),
    "completed_years": _completed_years,
    "year": _unary(year_of),
    "first_of_month": _unary(lambda a: a.dt.month_start()),
    "date_of": _date_of,
    "in_year": _in_year,
    "starts_with": _starts_with,
    "within_area": _within_area,
    "first_of": _unary(lambda a: a.list.first()),
    "text": _unary(lambda a: a.cast(pl.String)),
    "prefix": lambda tree: of_text(
        polars_expression(tree.args[0]), lambda texts: texts.str.slice(0, _int(tree.args[1])), CODE
    ),
    "joined": lambda tree: pl.concat_str([polars_expression(arg) for arg in tree.args]),
}


def _int(tree: Tree) -> int:
    assert isinstance(tree, Const) and isinstance(tree.value, int)
    return tree.value
