"""Formula trees of steps as functions on arrays: the same operations as columns, for one wave of portions at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from transforms.arithmetic import half_up, half_up_ratio
from transforms.formula import Apply, Column, Const, Tree

__all__ = ["Environment", "WaveFormula", "wave_formula"]

Environment = Mapping[str, Any]
WaveFormula = Callable[[Environment], Any]


def wave_formula(tree: Tree) -> WaveFormula:
    """The tree as a function of the arrays of a wave (Int64 fen or scaled numbers, and flags)."""
    if isinstance(tree, Column):
        name = tree.name
        return lambda env: env[name]
    if isinstance(tree, Const):
        value = tree.value
        return lambda env: value
    if tree.operation in _SPECIAL:
        return _SPECIAL[tree.operation](tree)
    args = [wave_formula(arg) for arg in tree.args]
    return _fold(_OPERATIONS[tree.operation], args)


def _fold(apply: Callable[..., Any], args: list[WaveFormula]) -> WaveFormula:
    if len(args) == 1:
        (only,) = args
        return lambda env: apply(only(env))
    if len(args) == 2:
        first, second = args
        return lambda env: apply(first(env), second(env))

    def run(env: Environment) -> Any:
        result = args[0](env)
        for arg in args[1:]:
            result = apply(result, arg(env))
        return result

    return run


def _if(tree: Apply) -> WaveFormula:
    condition, then, otherwise = map(wave_formula, tree.args)
    return lambda env: np.where(condition(env), then(env), otherwise(env))


def _half_up(tree: Apply) -> WaveFormula:
    value = wave_formula(tree.args[0])
    unit = 10 ** (4 * (tree.args[0].kind.scale - tree.kind.scale))
    return value if unit == 1 else lambda env: half_up(np.asarray(value(env)), unit)


def _ratio(tree: Apply) -> WaveFormula:
    a, b, divisor = map(wave_formula, tree.args)
    return lambda env: half_up_ratio(*np.broadcast_arrays(a(env), b(env), divisor(env)))


def _rescale(tree: Apply) -> WaveFormula:
    value = wave_formula(tree.args[0])
    factor = 10 ** (4 * (tree.kind.scale - tree.args[0].kind.scale))
    return lambda env: value(env) * factor


def _one_if(tree: Apply) -> WaveFormula:
    value = wave_formula(tree.args[0])
    return lambda env: np.asarray(value(env)).astype(np.int64)


_SPECIAL: dict[str, Callable[[Apply], WaveFormula]] = {
    "if": _if,
    "half_up": _half_up,
    "ratio": _ratio,
    "rescale": _rescale,
    "one_if": _one_if,
}

_OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "neg": np.negative,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "min": np.minimum,
    "max": np.maximum,
}
