"""A table as the list of its columns, and what follows from it: typed frames, DuckDB DDL, comments, aliases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from schemas.column import Alias, Column, Kind

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Compound", "Table"]


@dataclass(frozen=True)
class Compound:
    """A foreign column whose value fills several of ours (NHSA `med_type`: care type and benefit together)."""

    name: str
    chinese: str
    values: Mapping[str, Mapping[str, str | None]]
    names: Mapping[str, str]
    fills: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """A table of the delivery or of the database; `view` tables are made by a query.

    `key` identifies a row, or with `several` the group of rows that is delivered and replaced as a whole.
    """

    name: str
    chinese: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    several: bool = False
    view: bool = False
    compounds: tuple[Compound, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def __getitem__(self, name: str) -> Column:
        return self.by_name[name]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def required(self) -> list[str]:
        return [column.name for column in self.columns if column.required]

    @property
    def personal(self) -> list[str]:
        """Columns that identify or describe a person: left out or replaced where rows are published."""
        return [column.name for column in self.columns if column.personal]

    def of_kind(self, *kinds: Kind) -> list[str]:
        return [column.name for column in self.columns if column.kind in kinds]

    @cached_property
    def aliases(self) -> dict[str, tuple[Column, Alias]]:
        """Foreign header (lower case) to the column it stands for."""
        return {alias.name.lower(): (column, alias) for column in self.columns for alias in column.aliases}

    def frame_schema(self) -> pl.Schema:
        """Names and types of the typed frame: money Int64 fen, rates Int64 basis points, quantities ten-thousandths."""
        import polars as pl

        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """A typed frame without rows."""
        import polars as pl

        return pl.DataFrame(schema=self.frame_schema())

    def ddl(self, name: str | None = None) -> str:
        """CREATE TABLE for DuckDB; keys are added after the load, where they cost a tenth."""
        if self.view:
            raise ValueError(f"{self.name} is a view: it has no CREATE TABLE.")
        body = ",\n".join(f"    {column.name} {column.sql_type}{_not_null(self, column)}" for column in self.columns)
        return f"CREATE TABLE IF NOT EXISTS {name or self.name} (\n{body}\n);"

    def primary_key(self, name: str | None = None) -> str:
        """ALTER TABLE that adds the key, to be run after the first load."""
        return f"ALTER TABLE {name or self.name} ADD PRIMARY KEY ({', '.join(self.key)});"

    def comments(self, name: str | None = None) -> list[str]:
        """COMMENT ON statements for the table and every column: Chinese term, meaning, unit."""
        target = name or self.name
        what = "VIEW" if self.view else "TABLE"
        found = [f"COMMENT ON {what} {target} IS {_quoted(f'{self.chinese}: {self.meaning}')};"]
        return found + [
            f"COMMENT ON COLUMN {target}.{column.name} IS {_quoted(comment(column))};" for column in self.columns
        ]

    def stored(self) -> str:
        """SELECT list that turns the typed frame into stored columns: fen into yuan, exactly."""
        return ", ".join(_stored(column) for column in self.columns)

    def loaded(self) -> str:
        """SELECT list that turns stored columns into those of the typed frame: yuan into fen, exactly."""
        return ", ".join(_loaded(column) for column in self.columns)


def comment(column: Column) -> str:
    """One line on a column: Chinese term, meaning, unit, NHSA name."""
    parts = [f"{column.chinese}: {column.meaning}"]
    if column.unit:
        parts.append(f"unit: {column.unit}")
    if column.interface_names:
        parts.append("NHSA: " + ", ".join(column.interface_names))
    return "; ".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _not_null(table: Table, column: Column) -> str:
    return " NOT NULL" if column.required or column.name in table.key else ""


def _stored(column: Column) -> str:
    """`fen / 100` would be a DOUBLE in SQL; a product of DECIMALs is exact."""
    decimals = column.kind.decimals
    if not decimals:
        return column.name
    unit = f"0.{'0' * (decimals - 1)}1::DECIMAL({decimals + 1},{decimals})"
    return f"({column.name}::DECIMAL(18,0) * {unit})::{column.sql_type} AS {column.name}"


def _loaded(column: Column) -> str:
    decimals = column.kind.decimals
    if not decimals:
        return column.name
    return f"({column.name} * {10**decimals})::BIGINT AS {column.name}"
