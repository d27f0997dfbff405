"""What an applied change altered in the law, from the texts kept in the database: figures with their days, and formulas."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import duckdb

from reports.html.reading import Row, rows_of
from reports.policy_diff import ParameterChange, TextChange

__all__ = ["changed_figures", "changed_steps"]

_FIGURES = """
    SELECT policy_id, key, rule_id, value, unit, quote, source_document, valid_from, known_from FROM impact_{side}_law_parameter
    ORDER BY ALL
"""
_FORMULAS = """
    SELECT DISTINCT policy_id, programme, step_no, name, formula FROM impact_{side}_law_step ORDER BY policy_id, step_no
"""

Place = tuple[str, str]


def changed_figures(con: duckdb.DuckDBPyConnection) -> list[ParameterChange]:
    """Figures that differ between the sides, each with the span of benefit dates on which it differs."""
    old, new = (_forms(rows) for rows in _sides(con, _FIGURES))
    found: list[ParameterChange] = []
    for place in dict.fromkeys([*new, *old]):
        one, other = old.get(place, {}), new.get(place, {})
        days = sorted({*one, *other})
        for start, end in zip(days, [*days[1:], None], strict=True):
            last = end - timedelta(days=1) if end else None
            found += _joined(found, _differing(place, _on(one, start), _on(other, start), start, last))
    return found


def _forms(rows: list[Row]) -> dict[Place, dict[date, dict[str, Row]]]:
    """Policy and parameter to its forms by first day; a form has a row for each key."""
    found: dict[Place, dict[date, dict[str, Row]]] = {}
    for row in rows:
        place = (row["policy_id"], row["key"].partition("[")[0])
        found.setdefault(place, {}).setdefault(row["valid_from"], {})[row["key"]] = row
    return found


def _on(forms: dict[date, dict[str, Row]], day: date) -> dict[str, Row]:
    return forms[max(start for start in forms if start <= day)] if any(start <= day for start in forms) else {}


def _differing(
    place: Place, old: dict[str, Row], new: dict[str, Row], first: date, last: date | None
) -> list[ParameterChange]:
    pairs = [(key, old.get(key), new.get(key)) for key in dict.fromkeys([*new, *old])]
    return [
        _change(place[0], key, one, other, first, last)
        for key, one, other in pairs
        if (one and one["value"]) != (other and other["value"])
    ]


def _change(policy: str, key: str, old: Row | None, new: Row | None, first: date, last: date | None) -> ParameterChange:
    shown = new or old or {}
    return ParameterChange(
        policy, key, _kind(old, new), shown["unit"] or "", old["value"] if old else None, new["value"] if new else None, first, last,
        new["known_from"] if new else None, shown["rule_id"] or "", old["quote"] if old else None,
        new["quote"] if new else None,
    )  # fmt: skip


def _joined(found: list[ParameterChange], fresh: list[ParameterChange]) -> list[ParameterChange]:
    """Without those that only carry an earlier difference on over another day of the law."""
    known = {(change.policy, change.key, change.old, change.new) for change in found}
    return [change for change in fresh if (change.policy, change.key, change.old, change.new) not in known]


def changed_steps(con: duckdb.DuckDBPyConnection) -> list[TextChange]:
    """Steps whose formula differs between the sides."""
    old, new = (
        {(row["policy_id"], row["programme"], row["name"]): row["formula"] for row in side}
        for side in _sides(con, _FORMULAS)
    )
    return [
        TextChange(policy, programme, name, _kind(old.get(place), new.get(place)), old.get(place), new.get(place))
        for place in dict.fromkeys([*new, *old])
        for policy, programme, name in [place]
        if old.get(place) != new.get(place)
    ]


def _kind(old: object, new: object) -> Literal["changed", "added", "removed"]:
    return "added" if old is None else "removed" if new is None else "changed"


def _sides(con: duckdb.DuckDBPyConnection, query: str) -> tuple[list[Row], list[Row]]:
    return rows_of(con, query.format(side="old")), rows_of(con, query.format(side="new"))
