"""Writes docs/data-dictionary.md from the definitions: `python -m schemas.dictionary`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from schemas import DELIVERED, OUTPUT, TABLES, VIEWS
from schemas.column import Column, Kind
from schemas.table import Compound, Table

__all__ = ["PAGE", "render", "write"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "data-dictionary.md"

_HEAD = """# Data dictionary

Generated from `schemas/` by `python -m schemas.dictionary`; do not edit.

Money is in yuan with two decimals in files and in DuckDB, and in whole fen (Int64) in memory; rates are 0..1 outside
and basis points in memory; quantities have at most four decimals and are ten-thousandths in memory. An empty cell is
null; a null flag means *unknown*. Lists are separated by `;` in CSV and are LIST in Parquet. A header may be our name
or an NHSA interface name; a value may be ours, its Chinese term, or the NHSA code in brackets. **Bold** columns must be
given. Columns marked † identify or describe a person and are left out where rows are published without identifiers.
"""


def render() -> str:
    """The whole page as Markdown."""
    blocks = [_HEAD, "## Delivered tables\n"]
    blocks += [_table(TABLES[name]) for name in DELIVERED]
    blocks.append("## Tables and views of the database\n")
    blocks += [_table(TABLES[name]) for name in OUTPUT]
    blocks.append("## Views for analysts\n\nWorked queries: [SQL cookbook](sql-cookbook.md).\n")
    blocks += [_table(view) for view in VIEWS.values()]
    return "\n".join(blocks)


def write() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(), encoding="utf-8")


def _table(table: Table) -> str:
    lines = [f"### {table.name} {table.chinese}\n", f"{table.meaning[0].upper()}{table.meaning[1:]}."]
    if table.key:
        group = " Several rows may share it; a delivery replaces all of them." if table.several else ""
        lines.append(f"Key: {', '.join(f'`{name}`' for name in table.key)}.{group}")
    if table.view:
        lines.append("A view.")
    lines += ["", "| column | term | type | meaning | NHSA | values, limits, default |", "|---|---|---|---|---|---|"]
    lines += [_row(column) for column in table.columns]
    lines += [line for compound in table.compounds for line in _compound(compound)]
    return "\n".join(lines) + "\n"


def _row(column: Column) -> str:
    name = f"**{column.name}**" if column.required else column.name
    name += " †" if column.personal else ""
    kind = column.sql_type if not column.unit else f"{column.sql_type} ({column.unit})"
    nhsa = ", ".join(f"`{alias}`" for alias in column.interface_names)
    return f"| {name} | {column.chinese} | {kind} | {column.meaning} | {nhsa} | {'; '.join(_limits(column))} |"


def _limits(column: Column) -> Iterator[str]:
    if column.codes:
        yield ", ".join(_code(code.value, code.chinese, code.aliases) for code in column.codes)
    for alias in column.aliases:
        if alias.values:
            yield f"`{alias.name}`: " + ", ".join(f"{given} = {ours or 'null'}" for given, ours in alias.values.items())
    if column.pattern_hint:
        yield column.pattern_hint
    if column.minimum is not None and column.kind is not Kind.RATE:
        yield f"{column.minimum:,} to {column.maximum:,}" if column.maximum is not None else f"from {column.minimum:,}"
    if column.reversible:
        yield "negative only where a claim reverses another"
    if column.default is not None:
        yield f"default {str(column.default).lower()}"


def _code(value: str, chinese: str, aliases: tuple[str, ...]) -> str:
    others = " ".join(alias for alias in aliases if alias != chinese)
    return f"{value} {chinese} [{others}]" if others else f"{value} {chinese}"


def _compound(compound: Compound) -> Iterator[str]:
    yield ""
    yield f"`{compound.name}` {compound.chinese} is accepted instead of {' and '.join(compound.fills)}:\n"
    yield "| code | name | " + " | ".join(compound.fills) + " |"
    yield "|---|---|" + "---|" * len(compound.fills)
    for code, filled in compound.values.items():
        yield f"| {code} | {compound.names[code]} | " + " | ".join(filled[f] or "" for f in compound.fills) + " |"


if __name__ == "__main__":
    write()
