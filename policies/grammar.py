"""The formula language: a small part of Python's expression syntax, typed with units, read into formula trees."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from policies.parameters import Band
from policies.quantities import FormulaError, Spoiled, add, multiply, part_inside, pay_of_bands, same_kind, subtract
from policies.validation import did_you_mean
from transforms.formula import DATE, FLAG, MONEY, NUMBER, TEXT, TEXTS, Apply, Const, Kind, Tree

__all__ = ["FormulaError", "Related", "Scope", "Spoiled", "conjunction", "parse", "same_kind"]


@dataclass(frozen=True)
class Related:
    """What a formula asks of related rows or of the lines of a claim, before it becomes a column."""

    aggregate: str
    source: str
    where: Tree | None = None
    value: Tree | None = None
    by: Tree | None = None


class Scope(Protocol):
    """Where a formula stands: what its names mean and what related rows it may ask for."""

    def name(self, name: str) -> Tree: ...
    def dotted(self, prefix: str, attribute: str) -> Tree: ...
    def brackets(self, name: str) -> list[tuple[Tree | None, list[Band]]]: ...
    def row_scope(self, source: str) -> Scope: ...
    def lines_scope(self, level: str) -> Scope: ...
    def related(self, asked: Related) -> Tree: ...
    def function(self, name: str, arguments: Sequence[Tree]) -> Tree | None: ...
    def is_external(self, steps: str) -> bool: ...


def parse(text: str, scope: Scope) -> Tree:
    """Read a formula; raises FormulaError with a sentence."""
    try:
        node = ast.parse(" ".join(text.split()), mode="eval").body
    except SyntaxError as error:
        raise FormulaError(f"`{text}` is not a formula ({error.msg}).") from None
    return _Reader(scope).read(node)


def conjunction(tree: Tree) -> list[Tree]:
    """The conditions that `and` joins at the top of a tree."""
    if isinstance(tree, Apply) and tree.operation == "and":
        return [part for arg in tree.args for part in conjunction(arg)]
    return [tree]


def _text(node: ast.AST) -> str:
    return ast.unparse(node)


class _Reader:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def read(self, node: ast.AST) -> Tree:
        handler = getattr(self, f"_{type(node).__name__.lower()}", None)
        if handler is None:
            raise FormulaError(f"`{_text(node)}` is not part of the formula language.")
        tree: Tree = handler(node)
        return tree

    def flag(self, node: ast.AST) -> Tree:
        tree = self.read(node)
        if tree.kind != FLAG:
            raise FormulaError(f"`{_text(node)}` stands where a condition is expected.")
        return tree

    def _constant(self, node: ast.Constant) -> Tree:
        if isinstance(node.value, bool):
            return Const(node.value, FLAG)
        if isinstance(node.value, str):
            return Const(node.value, TEXT)
        if node.value in (0, 1) and isinstance(node.value, int):
            return Const(node.value, NUMBER)
        raise FormulaError(
            f"The figure {node.value!r} stands in a formula; make it a parameter with its rule and quote."
        )

    def _name(self, node: ast.Name) -> Tree:
        if node.id == "unknown":
            return Const(None, TEXT)
        return self.scope.name(node.id)

    def _attribute(self, node: ast.Attribute) -> Tree:
        if not isinstance(node.value, ast.Name):
            raise FormulaError(f"`{_text(node)}` is not a column.")
        return self.scope.dotted(node.value.id, node.attr)

    def _list(self, node: ast.List | ast.Tuple) -> Tree:
        values = [self.read(item) for item in node.elts]
        if not all(isinstance(value, Const) and value.kind == TEXT for value in values):
            raise FormulaError(f"`{_text(node)}`: a list in a formula holds codes in quotes.")
        return Const(tuple(str(value.value) for value in values if isinstance(value, Const)), TEXTS)

    _tuple = _list

    def _boolop(self, node: ast.BoolOp) -> Tree:
        operation = "and" if isinstance(node.op, ast.And) else "or"
        return Apply(operation, tuple(self.flag(value) for value in node.values), FLAG)

    def _unaryop(self, node: ast.UnaryOp) -> Tree:
        if isinstance(node.op, ast.Not):
            return Apply("not", (self.flag(node.operand),), FLAG)
        value = self.read(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, int):
            return Const(-value.value, value.kind)
        if isinstance(node.op, ast.USub) and value.kind.name in ("money", "number"):
            return Apply("neg", (value,), value.kind)
        raise FormulaError(f"`{_text(node)}` is not part of the formula language.")

    def _ifexp(self, node: ast.IfExp) -> Tree:
        condition = self.flag(node.test)
        then, otherwise = same_kind(self.read(node.body), self.read(node.orelse), _text(node))
        return Apply("if", (condition, then, otherwise), then.kind)

    def _compare(self, node: ast.Compare) -> Tree:
        sides = [node.left, *node.comparators]
        tests = [self._test(op, a, b) for op, a, b in zip(node.ops, sides, sides[1:], strict=False)]
        return tests[0] if len(tests) == 1 else Apply("and", tuple(tests), FLAG)

    def _test(self, op: ast.cmpop, left: ast.AST, right: ast.AST) -> Tree:
        if isinstance(op, ast.In | ast.NotIn):
            needle, stack = self.read(left), self.read(right)
            if needle.kind != TEXT or stack.kind != TEXTS:
                raise FormulaError(
                    f"`{_text(left)} in {_text(right)}` compares a code with something that is not a list of codes."
                )
            inside = Apply("in", (needle, stack), FLAG)
            return inside if isinstance(op, ast.In) else Apply("not", (inside,), FLAG)
        names = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
        if type(op) not in names:
            raise FormulaError(
                f"`{_text(left)} {type(op).__name__} {_text(right)}`: use known(x) to ask whether a value is known."
            )
        a, b = same_kind(self.read(left), self.read(right), f"{_text(left)} and {_text(right)}")
        return Apply(names[type(op)], (a, b), FLAG)

    def _binop(self, node: ast.BinOp) -> Tree:
        left, right = self.read(node.left), self.read(node.right)
        if isinstance(node.op, ast.Add):
            return add(left, right, _text(node))
        if isinstance(node.op, ast.Sub):
            return subtract(left, right, _text(node))
        if isinstance(node.op, ast.Mult):
            return multiply(left, right, _text(node))
        raise FormulaError(f"`{_text(node)}`: a quotient must be rounded at once, as in half_up(a * b / c).")

    def _call(self, node: ast.Call) -> Tree:
        if isinstance(node.func, ast.Name) and node.func.id not in FUNCTIONS and not node.keywords:
            own = self.scope.function(node.func.id, [self.read(arg) for arg in node.args])
            if own is not None:
                return own
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            known = sorted(FUNCTIONS)
            ending = did_you_mean(_text(node.func), known, f"; there are {', '.join(known)}")
            raise FormulaError(f"`{_text(node.func)}` is not a function of the language{ending}")
        if node.keywords:
            raise FormulaError(f"`{_text(node)}`: functions take no named arguments.")
        return FUNCTIONS[node.func.id](self, node.args, _text(node))


Handler = Callable[[_Reader, Sequence[ast.expr], str], Tree]


def _fixed(operation: str, kinds: Sequence[Kind | None], result: Kind) -> Handler:
    def build(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
        trees = tuple(reader.read(arg) for arg in args)
        if len(trees) != len(kinds) or any(k is not None and t.kind != k for t, k in zip(trees, kinds, strict=True)):
            wanted = ", ".join("any" if kind is None else kind.name for kind in kinds)
            raise FormulaError(f"`{text}` takes ({wanted}).")
        return Apply(operation, trees, result)

    return build


def _extreme(operation: str) -> Handler:
    def build(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
        trees = [reader.read(arg) for arg in args]
        if len(trees) < 2:
            raise FormulaError(f"`{text}` needs two or more values.")
        result = trees[0]
        for tree in trees[1:]:
            a, b = same_kind(result, tree, text)
            result = Apply(operation, (a, b), a.kind)
        return result

    return build


def _coalesce(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    trees = [reader.read(arg) for arg in args]
    result = trees[0]
    for tree in trees[1:]:
        a, b = same_kind(result, tree, text)
        result = Apply("coalesce", (a, b), a.kind)
    return result


def _half_up(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    if len(args) != 1:
        raise FormulaError(f"`{text}` takes one value.")
    (value,) = args
    if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)):
        tree = reader.read(value)
        if tree.kind.name not in ("money", "number"):
            raise FormulaError(f"`{text}` rounds a {tree.kind.name}.")
        return Apply("half_up", (tree,), Kind(tree.kind.name))
    return _ratio(reader, value.left, value.right, text)


def _ratio(reader: _Reader, top: ast.expr, bottom: ast.expr, text: str) -> Tree:
    """a * b / c (or a / c) to whole units, without losing a digit on the way."""
    divisor = reader.read(bottom)
    if isinstance(top, ast.BinOp) and isinstance(top.op, ast.Mult):
        a, b = reader.read(top.left), reader.read(top.right)
    else:
        a, b = reader.read(top), Const(1, NUMBER)
    above = sum(tree.kind.name == "money" for tree in (a, b))
    below = int(divisor.kind.name == "money")
    if above - below not in (0, 1) or {a.kind.name, b.kind.name, divisor.kind.name} - {"money", "number"}:
        raise FormulaError(f"`{text}` does not give an amount or a number.")
    scale = a.kind.scale + b.kind.scale - divisor.kind.scale
    if scale > 0:
        divisor = Apply("mul", (divisor, Const(10 ** (4 * scale), NUMBER)), divisor.kind)
    elif scale < 0:
        b = Apply("mul", (b, Const(10 ** (-4 * scale), NUMBER)), b.kind)
    return Apply("ratio", (a, b, divisor), MONEY if above - below == 1 else NUMBER)


def _inside(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    """inside(x, low, high): the part of x in (low, high]."""
    if len(args) != 3:
        raise FormulaError(f"`{text}` takes an amount and the two ends of the band.")
    x, low, high = (reader.read(arg) for arg in args)
    return part_inside(x, low, high, text)


def _bracket_pay(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    """bracket_pay(brackets, x): the sum over the brackets of rate x part of x inside, unrounded."""
    if len(args) != 2 or not isinstance(args[0], ast.Name):
        raise FormulaError(f"`{text}` takes the name of a parameter with brackets and an amount.")
    x = reader.read(args[1])
    forms = reader.scope.brackets(args[0].id)
    result = pay_of_bands(x, forms[0][1], text)
    for condition, bands in forms[1:]:
        assert condition is not None
        a, b = same_kind(pay_of_bands(x, bands, text), result, text)
        result = Apply("if", (condition, a, b), a.kind)
    return result


def _in_force(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    """in_force(day): valid_from <= day <= valid_to of the looked-up row; an open end is null."""
    if len(args) != 1:
        raise FormulaError(f"`{text}` takes the day.")
    day = reader.read(args[0])
    first, last = reader.scope.dotted("row", "valid_from"), reader.scope.dotted("row", "valid_to")
    return _during(first, last, day)


def _during(first: Tree, last: Tree, day: Tree) -> Tree:
    ended = Apply("lt", (last, day), FLAG)
    return Apply("and", (Apply("le", (first, day), FLAG), Apply("not", (ended,), FLAG)), FLAG)


def _registered(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    """registered(day): the looked-up registration is in force on the day and was not stopped on or before it."""
    stopped = Apply("le", (reader.scope.dotted("row", "stopped_on"), reader.read(args[0])), FLAG)
    return Apply("and", (*conjunction(_in_force(reader, args, text)), Apply("not", (stopped,), FLAG)), FLAG)


def _has_status(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    """has_status(day, codes): a status of the member among the codes is in force on the day."""
    if len(args) != 2:
        raise FormulaError(f"`{text}` takes the day and the codes of the statuses.")
    rows = reader.scope.row_scope("statuses")
    inner = _Reader(rows)
    codes = inner.read(args[1])
    operation = "in" if codes.kind == TEXTS else "eq"
    named = Apply(operation, (rows.dotted("row", "status"), codes), FLAG)
    where = Apply("and", (named, _in_force(inner, args[:1], text)), FLAG)
    return reader.scope.related(Related("exists", "statuses", where))


def _lookup(aggregate: str, extra: int) -> Handler:
    """NAME(source, [value, [by,]] condition)."""

    def build(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
        if len(args) != 2 + extra or not isinstance(args[0], ast.Name):
            raise FormulaError(f"`{text}` takes the name of a table{', a value' if extra else ''} and a condition.")
        source = args[0].id
        inner = _Reader(reader.scope.row_scope(source))
        value = inner.read(args[1]) if extra else None
        by = inner.read(args[2]) if extra == 2 else None
        return reader.scope.related(Related(aggregate, source, inner.flag(args[-1]), value, by))

    return build


def _of_lines(aggregate: str, level: str) -> Handler:
    """any_line(condition), sum_lines(amount), ... of the lines or charges of a claim or portion."""

    def build(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
        if len(args) != 1:
            raise FormulaError(f"`{text}` takes one value or condition.")
        inner = _Reader(reader.scope.lines_scope(level))
        value = inner.flag(args[0]) if aggregate in ("any", "all", "count") else inner.read(args[0])
        return reader.scope.related(Related(aggregate, level, value=value))

    return build


def _starts_with(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    trees = tuple(reader.read(arg) for arg in args)
    if len(trees) != 2 or trees[0].kind != TEXT or trees[1].kind not in (TEXT, TEXTS):
        raise FormulaError(f"`{text}` takes a text and one or several beginnings.")
    return Apply("starts_with", trees, FLAG)


def _beginning(length: int) -> Handler:
    def build(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
        (tree,) = (reader.read(arg) for arg in args)
        return Apply("prefix", (tree, Const(length, NUMBER)), TEXT)

    return build


def _joined(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    return Apply("joined", tuple(reader.read(arg) for arg in args), TEXT)


def _known(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    if len(args) != 1:
        raise FormulaError(f"`{text}` takes one value.")
    return Apply("known", (reader.read(args[0]),), FLAG)


def _is_external(reader: _Reader, args: Sequence[ast.expr], text: str) -> Tree:
    """is_external(steps): another document governs the named steps, and no layer is plugged in."""
    if len(args) != 1 or not isinstance(args[0], ast.Name):
        raise FormulaError(f"`{text}` takes the name of steps.")
    return Const(reader.scope.is_external(args[0].id), FLAG)


FUNCTIONS: dict[str, Handler] = {
    "is_external": _is_external,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "coalesce": _coalesce,
    "half_up": _half_up,
    "inside": _inside,
    "bracket_pay": _bracket_pay,
    "one_if": _fixed("one_if", [FLAG], NUMBER),
    "known": _known,
    "add_days": _fixed("add_days", [DATE, NUMBER], DATE),
    "add_months": _fixed("add_months", [DATE, NUMBER], DATE),
    "months_between": _fixed("months_between", [DATE, DATE], NUMBER),
    "completed_years": _fixed("completed_years", [DATE, DATE], NUMBER),
    "year": _fixed("year", [DATE], NUMBER),
    "first_of_month": _fixed("first_of_month", [DATE], DATE),
    "date": _fixed("date_of", [NUMBER, NUMBER, NUMBER], DATE),
    "in_year": _fixed("in_year", [NUMBER, NUMBER], DATE),
    "starts_with": _starts_with,
    "within_area": _fixed("within_area", [TEXT, TEXT], FLAG),
    "city": _beginning(4),
    "province": _beginning(2),
    "category": _beginning(3),
    "joined": _joined,
    "text": _fixed("text", [NUMBER], TEXT),
    "first_of": _fixed("first_of", [TEXTS], TEXT),
    "in_force": _in_force,
    "registered": _registered,
    "has_status": _has_status,
    "exists": _lookup("exists", 0),
    "count": _lookup("count", 0),
    "total": _lookup("sum", 1),
    "least": _lookup("least", 1),
    "greatest": _lookup("greatest", 1),
    "latest": _lookup("first", 2),
    "earliest": _lookup("last", 2),
    "any_line": _of_lines("any", "line"),
    "all_lines": _of_lines("all", "line"),
    "count_lines": _of_lines("count", "line"),
    "first_line": _of_lines("first", "line"),
    "sum_lines": _of_lines("sum", "line"),
    "least_line": _of_lines("least", "line"),
    "greatest_line": _of_lines("greatest", "line"),
    "any_charge": _of_lines("any", "charge"),
    "all_charges": _of_lines("all", "charge"),
    "count_charges": _of_lines("count", "charge"),
    "first_charge": _of_lines("first", "charge"),
    "sum_charges": _of_lines("sum", "charge"),
    "least_charge": _of_lines("least", "charge"),
    "greatest_charge": _of_lines("greatest", "charge"),
}
