"""The engine and a plain settler on one delivery: text rows to frames, both settled, every difference as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from policies.law import Law, load
from schemas import DELIVERED, MONEY_COLUMNS, TABLES, Column, Kind
from transforms.settle import Settled, settle

__all__ = ["Rows", "differences", "frames_of", "law", "only_members", "settled_rows"]

Rows = dict[str, list[dict[str, Any]]]
Settler = Callable[[Rows], dict[str, dict[str, Any]]]

HEADING = ("policy_id", "scheme", "benefit_year")
_SCALES = {Kind.MONEY: 100, Kind.RATE: 10_000, Kind.QUANTITY: 10_000, Kind.WHOLE: 1}


@cache
def law(folder: Path | None = None) -> Law:
    """The law of a folder (null: that of the program), loaded once a session."""
    return load(folder)


def frames_of(rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, pl.DataFrame]:
    """The canonical frames of delivered text rows; the contract's defaults are applied."""
    return {name: _frame(name, list(rows.get(name) or [])) for name in DELIVERED}


def _frame(name: str, rows: list[Mapping[str, Any]]) -> pl.DataFrame:
    columns = TABLES[name].columns
    series = [pl.Series(c.name, [_value(c, row.get(c.name)) for row in rows], c.dtype, strict=True) for c in columns]
    return pl.DataFrame(series)


def _value(column: Column, given: Any) -> Any:
    if given is None or given in ("", "null"):
        return None if column.default is None else _parsed(column.kind, str(column.default))
    if column.kind is Kind.LIST:
        return given if isinstance(given, list) else [part for part in str(given).split(";") if part]
    return _parsed(column.kind, str(given))


def _parsed(kind: Kind, text: str) -> Any:
    if kind is Kind.DATE:
        return date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    if kind is Kind.TIMESTAMP:
        return datetime.fromisoformat(text)
    if kind is Kind.FLAG:
        return text.lower() in ("true", "1")
    if kind in _SCALES:
        scaled = Decimal(text) * _SCALES[kind]
        if scaled != int(scaled):
            raise ValueError(f"{text} has more decimals than a {kind.value} may have.")
        return int(scaled)
    return text


def settled_rows(settled: Settled) -> dict[str, dict[str, Any]]:
    """Settlement rows by claim id with money in yuan, as a plain settler gives them."""
    found = {}
    for row in settled.settlement.iter_rows(named=True):
        found[row["claim_id"]] = row | {name: Decimal(row[name]).scaleb(-2) for name in MONEY_COLUMNS}
    return found


def only_members(rows: Rows, chosen: Callable[[dict[str, Any]], bool]) -> Rows:
    """The delivery without the claims of other members; `chosen` sees a row of `members`."""
    kept = {row["member_id"] for row in rows["members"] if chosen(row)}
    return {**rows, "claims": [row for row in rows["claims"] if row["member_id"] in kept]}


def differences(rows: Rows, expected: Mapping[str, Mapping[str, Any]], under: Law | None = None) -> list[str]:
    """What the engine shows otherwise than a plain settler: every money column, status, all reasons and notes, policy,
    scheme and year. The heading of a reversed pair is nobody's matter."""
    claims = {row["claim_id"] for row in rows["claims"]}
    tables = frames_of({**rows, "fee_lines": [row for row in rows["fee_lines"] if row["claim_id"] in claims]})
    got = settled_rows(settle(tables, under or law()))
    missing = [f"{claim}: settled by one side only" for claim in sorted(expected.keys() ^ got.keys())]
    return missing + [line for claim in sorted(expected.keys() & got.keys()) for line in _unlike(claim, expected, got)]


def _unlike(
    claim: str, expected: Mapping[str, Mapping[str, Any]], got: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    one, other = expected[claim], got[claim]
    is_pair = bool({"reversal", "reversed"} & set(one["reasons"]))
    for column in ("status", "reasons", "notes", *(() if is_pair else HEADING), *MONEY_COLUMNS):
        if one[column] != other[column]:
            yield f"{claim}.{column}: plain settler {one[column]}, engine {other[column]}"
