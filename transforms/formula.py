"""A formula as a tree: what the policy language is compiled to and what columns and waves evaluate."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import date

from transforms.remembered import remembered

__all__ = [
    "DATE",
    "FLAG",
    "MONEY",
    "NUMBER",
    "RATE",
    "TEXT",
    "TEXTS",
    "Apply",
    "Column",
    "Const",
    "Kind",
    "Tree",
    "columns_of",
    "walk",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is; an integer `v` of scale s stands for v / 10,000**s fen, pieces, days, ..."""

    name: str
    scale: int = 0


MONEY = Kind("money")
NUMBER = Kind("number")
RATE = Kind("number", 1)
DATE = Kind("date")
TEXT = Kind("text")
TEXTS = Kind("texts")
FLAG = Kind("flag")


@dataclass(frozen=True, slots=True)
class Const:
    """A fixed value: fen, a scaled number, a date, a code, a tuple of codes or None."""

    value: int | str | bool | date | tuple[str, ...] | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Column:
    """A named column of the frame at hand (`claim.started_on`, a fact, a counter, `row.code` in a look-up)."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation on trees; the operations are the methods of `columns` and `waves`."""

    operation: str
    args: tuple[Tree, ...]
    kind: Kind


Tree = Const | Column | Apply


def walk(tree: Tree) -> Iterator[Tree]:
    """Every node of the tree, the root first."""
    yield tree
    if isinstance(tree, Apply):
        for arg in tree.args:
            yield from walk(arg)


@remembered
def columns_of(tree: Tree | None) -> Set[str]:
    """Names of the columns that the tree reads."""
    return frozenset() if tree is None else frozenset(node.name for node in walk(tree) if isinstance(node, Column))
