"""Amounts, numbers and dates in one formula: kinds are checked, scales levelled, no digit is lost."""

from __future__ import annotations

from collections.abc import Sequence

from policies.parameters import Band
from transforms.formula import DATE, MONEY, NUMBER, Apply, Const, Kind, Tree

__all__ = ["FormulaError", "Spoiled", "add", "multiply", "part_inside", "pay_of_bands", "same_kind", "subtract"]


class FormulaError(Exception):
    """A formula cannot be read; the message says which part and why."""


class Spoiled(FormulaError):
    """A formula mentions something that is at fault itself and was told already."""


def same_kind(a: Tree, b: Tree, text: str) -> tuple[Tree, Tree]:
    """Both trees on one scale; an unknown constant takes the kind of the other; 0 is money too."""
    if a.kind == b.kind:
        return a, b
    a, b = _adopt(a, b.kind), _adopt(b, a.kind)
    if a.kind.name != b.kind.name:
        raise FormulaError(f"`{text}` compares or mixes a {a.kind.name} with a {b.kind.name}.")
    scale = max(a.kind.scale, b.kind.scale)
    return _rescaled(a, scale), _rescaled(b, scale)


def _adopt(tree: Tree, kind: Kind) -> Tree:
    if isinstance(tree, Const) and tree.value is None:
        return Const(None, kind)
    zero = isinstance(tree, Const) and tree.value == 0 and tree.value is not False and kind.name == "money"
    return Const(0, kind) if zero else tree


def _rescaled(tree: Tree, scale: int) -> Tree:
    if tree.kind.scale == scale:
        return tree
    if isinstance(tree, Const) and isinstance(tree.value, int):
        return Const(tree.value * 10 ** (4 * (scale - tree.kind.scale)), Kind(tree.kind.name, scale))
    return Apply("rescale", (tree,), Kind(tree.kind.name, scale))


def add(left: Tree, right: Tree, text: str = "") -> Tree:
    """Sum of two amounts or numbers on one scale."""
    if left.kind == DATE and right.kind == NUMBER:
        return Apply("add_days", (left, right), DATE)
    left, right = same_kind(left, right, text)
    if left.kind.name not in ("money", "number"):
        raise FormulaError(f"`{text}` adds a {left.kind.name}.")
    return Apply("add", (left, right), left.kind)


def subtract(left: Tree, right: Tree, text: str = "") -> Tree:
    """Difference of two amounts, numbers or (in days) dates."""
    if left.kind == DATE and right.kind == DATE:
        return Apply("days_between", (right, left), NUMBER)
    if left.kind == DATE and right.kind == NUMBER:
        return Apply("add_days", (left, Apply("neg", (right,), NUMBER)), DATE)
    left, right = same_kind(left, right, text)
    if left.kind.name not in ("money", "number"):
        raise FormulaError(f"`{text}` subtracts a {left.kind.name}.")
    return Apply("sub", (left, right), left.kind)


def multiply(left: Tree, right: Tree, text: str) -> Tree:
    """Product of amounts and numbers; it keeps all digits."""
    names = {left.kind.name, right.kind.name}
    if not names <= {"money", "number"}:
        raise FormulaError(f"`{text}` multiplies something that is no amount or number.")
    money = sum(kind.name == "money" for kind in (left.kind, right.kind))
    name = "number" if money == 0 else "money" if money == 1 else "money squared"
    return Apply("mul", (left, right), Kind(name, left.kind.scale + right.kind.scale))


def part_inside(x: Tree, low: Tree, high: Tree | None, text: str) -> Tree:
    """The part of x in (low, high]; no end: all above low."""
    above = Apply("max", same_kind(x, low, text), x.kind)
    capped = above if high is None else Apply("min", same_kind(above, high, text), x.kind)
    return subtract(capped, low, text)


def pay_of_bands(x: Tree, bands: Sequence[Band], text: str) -> Tree:
    """The sum over the bands of rate x part of x inside, unrounded."""
    total: Tree | None = None
    for band in bands:
        high = None if band.high is None else Const(band.high, MONEY)
        part = multiply(part_inside(x, Const(band.low, MONEY), high, text), Const(band.rate, Kind("number", 1)), text)
        total = part if total is None else add(total, part, text)
    assert total is not None
    return total
