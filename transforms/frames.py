"""The frames of one pool while it is settled: levels whose rows point at their parents, and tables to look things up in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from transforms.plan import PARENTS
from transforms.remembered import Kept

__all__ = ["TABLES_OF_LEVELS", "Frames"]

#: Look-up sources that are levels themselves.
TABLES_OF_LEVELS = {
    "enrolments": "enrolment", "years": "year", "registrations": "registration", "filings": "filing", "claims": "claim",
    "lines": "line", "charges": "charge",
}  # fmt: skip

#: Columns that the engine itself gives to claims.
COLUMNS_OF_CLAIMS = (
    "policy", "settled_scheme", "benefit_date", "benefit_year", "ruling_date", "claim_number", "status", "@member", "@paid",
)  # fmt: skip


class Frames:
    """Frames by level; a column of a parent is brought to a child the first time it is asked for.

    `alike`: pairs of a level and a parent whose rows are the same, one by one. `policy`: that of all claims, where they have
    but one. `unruled`: claims that the pool has no policy for, with the scheme of the enrolment that it chose.
    """

    def __init__(self, levels: Mapping[str, str]) -> None:
        self.level_of = dict.fromkeys(COLUMNS_OF_CLAIMS, "claim") | dict(levels)
        self.frame: dict[str, pl.DataFrame] = {}
        self.table: dict[str, pl.DataFrame] = {}
        self.alike: set[tuple[str, str]] = set()
        self.policy: str | None = None
        self.kept = Kept()
        self.unruled = pl.DataFrame(schema={"claim_id": pl.String, "scheme_chosen": pl.String})

    def home(self, name: str, level: str) -> str:
        """The level at which a column is computed or delivered, seen from `level`."""
        if name in self.level_of:
            return self.level_of[name]
        prefix, dot, _ = name.partition(".")
        return prefix if dot else level

    def need(self, level: str, names: Iterable[str]) -> None:
        """Bring the columns onto the frame of `level`; raises KeyError for a column that no ancestor has."""
        frame = self.frame[level]
        missing = sorted(set(names) - set(frame.columns))
        if missing:
            self.frame[level] = frame.hstack([self._brought(level, name) for name in missing])

    def put(self, level: str, columns: Iterable[pl.Series | pl.Expr]) -> None:
        """Add computed columns to a level; those that are there take no query to put beside it."""
        frame, columns = self.frame[level], list(columns)
        new = [column for column in columns if isinstance(column, pl.Series) and column.name not in frame.columns]
        self.frame[level] = frame.hstack(new) if len(new) == len(columns) else frame.with_columns(columns)

    def rows_of(self, source: str, names: Iterable[str]) -> pl.DataFrame:
        """Columns `row.NAME` and `@member` (where the source has members) of a table or level."""
        wanted = sorted(names)
        if source not in TABLES_OF_LEVELS:
            table = self.table[source]
            return table[["@member", *wanted] if "@member" in table.columns else wanted]
        level = TABLES_OF_LEVELS[source]
        physical = {name: self._physical(level, name.removeprefix("row.")) for name in wanted}
        self.need(level, ["@member", *physical.values()])
        frame = self.frame[level]
        return pl.DataFrame([frame["@member"], *(frame[old].alias(new) for new, old in physical.items())])

    def _physical(self, level: str, name: str) -> str:
        if self.level_of.get(name) in (level, *_ancestors(level)) or name in self.frame[level].columns:
            return name
        own = f"{level}.{name}"
        if own in self.frame[level].columns or level not in ("line", "charge"):
            return own
        return f"line.{name}" if f"line.{name}" in self.frame["line"].columns else f"claim.{name}"

    def _brought(self, level: str, name: str) -> pl.Series:
        home = self.home(name, level)
        for parent in PARENTS[level]:
            if home == parent or home in _ancestors(parent):
                source = "claim" if parent == "visit" else parent
                column = f"claim.{name.partition('.')[2]}" if parent == "visit" else name
                self.need(source, [column])
                if (level, parent) in self.alike:
                    return self.frame[source][column].alias(name)
                return self.frame[source][column][self.frame[level][f"@{parent}"]].alias(name)
        raise KeyError(f"{name} is not a column of {level} nor of anything it belongs to")


def _ancestors(level: str) -> set[str]:
    found: set[str] = set()
    for parent in PARENTS.get(level, ()):
        found |= {parent} | _ancestors(parent)
    return found
