"""One column of a table, said once: its type, unit, names in both languages, aliases, values and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Alias", "Code", "Column", "Kind", "Vocabulary"]


class Kind(Enum):
    """What a column holds; each kind has one type in memory and one in DuckDB."""

    TEXT = "text"
    CODE = "code"
    MONEY = "money"
    RATE = "rate"
    QUANTITY = "quantity"
    WHOLE = "whole"
    DATE = "date"
    TIMESTAMP = "timestamp"
    FLAG = "flag"
    LIST = "list"
    WHOLES = "wholes"

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type in memory: money in fen, rates in basis points, quantities in ten-thousandths."""
        return _dtypes()[self]

    @property
    def sql_type(self) -> str:
        """The DuckDB type: money in yuan, rates 0..1, quantities in units."""
        return _SQL_TYPES[self]

    @property
    def decimals(self) -> int | None:
        """Decimals of a number as delivered; in memory it is the whole number of its last decimal."""
        return {Kind.MONEY: 2, Kind.RATE: 4, Kind.QUANTITY: 4, Kind.WHOLE: 0}.get(self)


@cache
def _dtypes() -> dict[Kind, pl.DataType]:
    import polars as pl  # who reads only the database does without it, and starts in half the time

    return {
        Kind.TEXT: pl.String(),
        Kind.CODE: pl.String(),
        Kind.MONEY: pl.Int64(),
        Kind.RATE: pl.Int64(),
        Kind.QUANTITY: pl.Int64(),
        Kind.WHOLE: pl.Int64(),
        Kind.DATE: pl.Date(),
        Kind.TIMESTAMP: pl.Datetime("us"),
        Kind.FLAG: pl.Boolean(),
        Kind.LIST: pl.List(pl.String()),
        Kind.WHOLES: pl.List(pl.Int64()),
    }


_SQL_TYPES: dict[Kind, str] = {
    Kind.TEXT: "VARCHAR",
    Kind.CODE: "VARCHAR",
    Kind.MONEY: "DECIMAL(14,2)",
    Kind.RATE: "DECIMAL(6,4)",
    Kind.QUANTITY: "DECIMAL(18,4)",
    Kind.WHOLE: "BIGINT",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.FLAG: "BOOLEAN",
    Kind.LIST: "VARCHAR[]",
    Kind.WHOLES: "BIGINT[]",
}


@dataclass(frozen=True)
class Code:
    """One allowed value of a column, its Chinese term, and the codes that other systems write for it."""

    value: str
    chinese: str
    aliases: tuple[str, ...] = ()


Vocabulary = tuple[Code, ...]


@dataclass(frozen=True)
class Alias:
    """Another accepted header for a column (an NHSA interface name) and, if they differ, what its values mean.

    `values` maps what stands under this header to our value; a value mapped to None is "not known". Without it,
    values are read as under the column's own name.
    """

    name: str
    values: Mapping[str, str | None] | None = None


@dataclass(frozen=True)
class Column:
    """One column. `default` and limits are in the unit of delivery: yuan, 0..1.

    A `reversible` number is negative only on a claim that reverses another (and on its lines).
    """

    name: str
    kind: Kind
    chinese: str
    meaning: str
    required: bool = False
    default: bool | str | None = None
    unit: str = ""
    aliases: tuple[Alias, ...] = ()
    codes: Vocabulary = ()
    pattern: str = ""
    pattern_hint: str = ""
    minimum: int | None = None
    maximum: int | None = None
    reversible: bool = False
    personal: bool = False
    nhsa: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def dtype(self) -> pl.DataType:
        return self.kind.dtype

    @property
    def sql_type(self) -> str:
        return self.kind.sql_type

    @property
    def values(self) -> tuple[str, ...]:
        """The allowed values, as the column holds them; empty when the column is not an enumeration."""
        return tuple(code.value for code in self.codes)

    @property
    def value_aliases(self) -> dict[str, str | None]:
        """What other systems write for our values, under whatever header; None stands for "not known"."""
        found: dict[str, str | None] = {alias: code.value for code in self.codes for alias in code.aliases}
        return found | dict.fromkeys(self.unknown)

    @property
    def default_in_memory(self) -> bool | int | str | None:
        """The default as the typed frame holds it (fen, basis points)."""
        if self.kind.decimals is not None and isinstance(self.default, str):
            return int(self.default) * 10**self.kind.decimals
        return self.default

    @property
    def interface_names(self) -> tuple[str, ...]:
        """The NHSA names of this column: accepted headers of a delivery, or the name of an output column."""
        names = tuple(alias.name for alias in self.aliases)
        return names if names or not self.nhsa else (self.nhsa,)
