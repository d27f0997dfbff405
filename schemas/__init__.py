"""Every table of the deliveries and of the database, each column said once; all other forms are rendered from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.audit import POLICY, POLICY_PARAMETER, POLICY_STEP, QUARANTINE, RUN
from schemas.bills import CLAIM_LIMIT, CLAIMS, FEE_LINES
from schemas.column import Alias, Code, Column, Kind
from schemas.people import ENROLMENTS, MEMBERS, STATUSES
from schemas.places import FILINGS, PROVIDERS, REGISTRATIONS
from schemas.settlements import (
    ACCUMULATOR,
    ADJUSTMENT,
    MONEY_COLUMNS,
    SETTLEMENT,
    SETTLEMENT_PORTION,
    SETTLEMENT_STEP,
    SETTLEMENT_VERSION,
)
from schemas.table import Compound, Table
from schemas.views import VIEWS, View

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "CLAIM_LIMIT",
    "DELIVERED",
    "MONEY_COLUMNS",
    "OUTPUT",
    "REFERENCE",
    "TABLES",
    "VIEWS",
    "Alias",
    "Code",
    "Column",
    "Compound",
    "Kind",
    "Table",
    "View",
    "empty_tables",
]

_DELIVERED = (MEMBERS, ENROLMENTS, STATUSES, PROVIDERS, REGISTRATIONS, FILINGS, CLAIMS, FEE_LINES)
_OUTPUT = (
    SETTLEMENT_VERSION,
    SETTLEMENT,
    SETTLEMENT_PORTION,
    SETTLEMENT_STEP,
    ACCUMULATOR,
    ADJUSTMENT,
    QUARANTINE,
    RUN,
    POLICY,
    POLICY_PARAMETER,
    POLICY_STEP,
)

TABLES: dict[str, Table] = {table.name: table for table in (*_DELIVERED, *_OUTPUT, *VIEWS.values())}
"""All tables and views by name."""

DELIVERED: tuple[str, ...] = tuple(table.name for table in _DELIVERED)
"""Tables a delivery may hold."""

REFERENCE: tuple[str, ...] = tuple(name for name in DELIVERED if name not in ("claims", "fee_lines"))
"""Delivered tables that are merged into the warehouse by key; the newest delivery wins."""

OUTPUT: tuple[str, ...] = tuple(table.name for table in _OUTPUT)
"""Tables and views that the program writes."""


def empty_tables() -> dict[str, pl.DataFrame]:
    """The delivered tables without rows, typed."""
    return {name: TABLES[name].empty() for name in DELIVERED}
