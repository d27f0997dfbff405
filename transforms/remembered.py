"""Remembers what was made of an object (a tree of the law) or of columns, as long as it is asked for the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache, wraps
from typing import Any, TypeVar

import polars as pl

__all__ = ["Kept", "remembered"]

_MOST = 50_000

Given = TypeVar("Given")
Made = TypeVar("Made")


class _Same:
    """The object itself as a key: to compare two deep trees costs more than to walk one."""

    __slots__ = ("given",)

    def __init__(self, given: object) -> None:
        self.given = given

    def __hash__(self) -> int:
        return id(self.given)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.given is other.given


def remembered(function: Callable[[Given], Made]) -> Callable[[Given], Made]:
    """The function, which answers again for an object that it has seen; nobody may change its results."""
    kept = lru_cache(_MOST)(lambda same: function(same.given))
    return wraps(function)(lambda given: kept(_Same(given)))


class Kept:
    """What was made of columns, by name; made anew where the columns are no longer what they were."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[list[pl.Series], Any]] = {}

    def of(self, name: Hashable, columns: Sequence[pl.Series], make: Callable[[], Made]) -> Made:
        """What `make` makes of the columns; one name has one kind of thing and always as many columns."""
        if name in self._kept:
            before, made = self._kept[name]
            if all(old.equals(new, null_equal=True) for old, new in zip(before, columns, strict=True)):
                kept: Made = made
                return kept
        made = make()
        self._kept[name] = (list(columns), made)
        return made
