"""The delivered tables as they are settled: of the bills the columns that something reads, and codes for texts of few values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from transforms.codes import coded
from transforms.order import Whole
from transforms.plan import Law, Plan
from transforms.selection import area_prefix

__all__ = ["columns_read", "concerned", "prepared"]

_READ = {
    "claims": (
        "claim_id", "member_id", "scheme", "provider_id", "prescribing_provider_id", "care_type", "started_on", "ended_on",
        "settled_at", "civil_servant_pay", "enterprise_pay", "other_pay", "reverses_claim_id",
    ),
    "fee_lines": ("claim_id", "line_no", "amount"),
}  # fmt: skip
"""Columns of the bills that the engine itself reads, whatever the law."""


def prepared(tables: Mapping[str, pl.DataFrame], law: Law) -> dict[str, pl.DataFrame]:
    """The tables, each column in one piece, from which rows are taken much faster than from several.

    Claims have `@bill`, their number from 0, and fee lines that of their claim, -1 for none.
    """
    plans = concerned(law, tables["enrolments"]["area_code"])
    ready = {
        name: coded(rows.select(columns_read(name, rows.columns, plans)).rechunk()) for name, rows in tables.items()
    }
    claims, lines = ready["claims"], ready["fee_lines"]
    ready["claims"] = claims.with_columns(pl.Series("@bill", np.arange(claims.height)))
    ready["fee_lines"] = lines.with_columns(pl.Series("@bill", _bill_of_line(lines["claim_id"], claims["claim_id"])))
    return ready


def concerned(law: Law, areas: pl.Series) -> list[Plan]:
    """The plans of the pools in which somebody is insured."""
    known = areas.unique().drop_nulls().to_list()
    return [plan for plan in law.plans if any(area.startswith(area_prefix(plan.pool)) for area in known)]


def columns_read(table: str, columns: Sequence[str], plans: Sequence[Plan]) -> list[str]:
    """Those of the columns of a table that the engine or one of the plans reads; of the small tables all."""
    if table not in _READ:
        return list(columns)
    read = set(_READ[table]).union(*(plan.delivered for plan in plans))
    return [name for name in columns if name in read]


def _bill_of_line(named: pl.Series, claims: pl.Series) -> Whole:
    """Neighbours of one claim are looked for once, and nothing where the lines follow the claims."""
    starts = (named != named.shift(1)).fill_null(True).arg_true()
    runs = named.gather(starts)
    times = np.diff(starts.to_numpy(), append=named.len())
    return np.repeat(np.arange(claims.len()) if runs.equals(claims) else _places(runs, claims), times)


def _places(ids: pl.Series, claims: pl.Series) -> Whole:
    index = claims.to_frame("id").with_row_index("place")
    found = ids.to_frame("id").join(index, on="id", how="left", maintain_order="left")["place"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()
