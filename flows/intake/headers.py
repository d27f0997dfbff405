"""Matches the header of a file with the columns of its table: own names, NHSA names, unknown and missing ones."""

from __future__ import annotations

from dataclasses import dataclass

from flows.intake.error import DeliveryError
from schemas import Alias, Column, Compound, Table

__all__ = ["Header", "match_header"]


@dataclass(frozen=True)
class Header:
    """Which header cell feeds which column (and under which alias), and what was not read."""

    sources: dict[str, tuple[str, Alias | None]]
    compounds: dict[str, Compound]
    warnings: list[str]

    @property
    def given(self) -> list[str]:
        """Columns of the table that the file feeds."""
        filled = [name for compound in self.compounds.values() for name in compound.fills]
        return list(dict.fromkeys([*self.sources, *filled]))


def match_header(table: Table, header: list[str], file: str) -> Header:
    """Our own name comes before an alias, an earlier alias before a later one; what is not read is named.

    Raises DeliveryError for a name that stands twice and for a missing required column.
    """
    given = _by_name(header, file)
    sources: dict[str, tuple[str, Alias | None]] = {}
    for column in table.columns:
        for name, alias in ((column.name, None), *((alias.name, alias) for alias in column.aliases)):
            if name.lower() in given and column.name not in sources:
                sources[column.name] = (given[name.lower()], alias)
    compounds = _compounds(table, sources, given)
    _refuse_missing(table, sources, compounds, file)
    read = {source for source, _ in sources.values()} | set(compounds)
    return Header(sources, compounds, _unread(table, [name for name in given.values() if name not in read], file))


def _by_name(header: list[str], file: str) -> dict[str, str]:
    """Header cells by their name in lower case; blank ones are left out."""
    given: dict[str, str] = {}
    for cell in header:
        name = cell.strip().lower()
        if name in given:
            raise DeliveryError(f"{file}: the column {cell.strip()} stands twice in the header; keep one of them.")
        if name:
            given[name] = cell
    return given


def _compounds(
    table: Table, sources: dict[str, tuple[str, Alias | None]], given: dict[str, str]
) -> dict[str, Compound]:
    """A compound is read when it fills a column that is not given by itself."""
    return {
        given[compound.name]: compound
        for compound in table.compounds
        if compound.name in given and not set(compound.fills) <= set(sources)
    }


def _refuse_missing(
    table: Table, sources: dict[str, tuple[str, Alias | None]], compounds: dict[str, Compound], file: str
) -> None:
    filled = set(sources) | {name for compound in compounds.values() for name in compound.fills}
    missing = [table[name] for name in table.required if name not in filled]
    if missing:
        wanted = ", ".join(_wanted(table, column) for column in missing)
        raise DeliveryError(f"{file} lacks the required column {wanted}: add it, or correct the header row.")


def _wanted(table: Table, column: Column) -> str:
    others = [alias.name for alias in column.aliases]
    others += [compound.name for compound in table.compounds if column.name in compound.fills]
    return f"{column.name} ({column.chinese}{''.join(f', {name}' for name in others)})"


def _unread(table: Table, names: list[str], file: str) -> list[str]:
    known = [name for name in names if name.strip().lower() in (*table.aliases, *(c.name for c in table.compounds))]
    unknown = [name.strip() for name in names if name not in known]
    warnings = []
    if unknown:
        warnings.append(f"{file}: unknown columns were not read: {', '.join(unknown)}.")
    if known:
        warnings.append(f"{file}: columns were not read because another one says the same: {', '.join(known)}.")
    return warnings
