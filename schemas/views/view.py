"""A view for analysts: its columns as any table has them, and the query that yields them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.column import Column, Kind, Vocabulary
from schemas.table import Table

__all__ = ["View", "amount", "code", "count", "day", "share", "text"]


@dataclass(frozen=True, eq=False)
class View(Table):
    """`query` yields every column by name; their order and types are those said in `columns`."""

    view: bool = True
    query: str = ""

    def select(self, columns: Iterable[Column] | None = None) -> str:
        """The SELECT of the view, or of some of its columns."""
        casts = (f"{c.name}::{c.sql_type} AS {c.name}" for c in (self.columns if columns is None else columns))
        return f"SELECT {', '.join(casts)} FROM ({self.query})"


def text(name: str, chinese: str, meaning: str, personal: bool = False, nhsa: str = "") -> Column:
    return Column(name, Kind.TEXT, chinese, meaning, personal=personal, nhsa=nhsa)


def code(name: str, chinese: str, meaning: str, codes: Vocabulary, personal: bool = False, nhsa: str = "") -> Column:
    return Column(name, Kind.CODE, chinese, meaning, codes=codes, personal=personal, nhsa=nhsa)


def count(name: str, chinese: str, meaning: str, unit: str = "") -> Column:
    return Column(name, Kind.WHOLE, chinese, meaning, unit=unit)


def amount(name: str, chinese: str, meaning: str, nhsa: str = "") -> Column:
    return Column(name, Kind.MONEY, chinese, meaning, unit="yuan", nhsa=nhsa)


def share(name: str, chinese: str, meaning: str, nhsa: str = "") -> Column:
    return Column(name, Kind.RATE, chinese, meaning, unit="0..1", nhsa=nhsa)


def day(name: str, chinese: str, meaning: str) -> Column:
    return Column(name, Kind.DATE, chinese, meaning)
