"""Random deliveries for Baoding and Hubei: plausible people and bills that crowd around the rules' boundaries."""

from __future__ import annotations

from typing import Any

from .ground import COLUMNS
from .random_bills import Bills
from .random_people import Dice, Rows, baoding_member, hubei_member

__all__ = ["deliveries"]

Text = dict[str, Any]
KEYS = {
    "enrolments": ("member_id", "scheme", "benefit_year"),
    "statuses": ("member_id", "status", "valid_from"),
    "registrations": ("member_id", "programme", "code", "valid_from"),
    "filings": ("member_id", "kind", "area_code", "valid_from"),
}
# Name: kind, level, public, TCM, area, designated, capabilities, weight (Baoding), weight (Hubei).
PROVIDERS: dict[str, tuple[str, str | None, str | None, str | None, str, str | None, str, float, float]] = {
    "T": ("township_centre", None, "true", None, "130602", None, "chronic", 5, 0),
    "CC": ("community_centre", "2", "true", "false", "130606", "true", "chronic", 3, 0),
    "CS": ("community_station", None, None, None, "130602", None, "", 1, 0),
    "VC": ("village_clinic", None, "true", "false", "130629", None, "chronic", 1, 0),
    "CL": ("clinic", "1", "false", "false", "130602", None, "", 1, 0),
    "L1": ("hospital", "1", "true", "false", "130602", None, "chronic", 5, 0),
    "L2": ("hospital", "2", "true", "false", "130606", None, "chronic;maternity", 9, 0),
    "L3": ("hospital", "3", "true", "false", "130602", None, "chronic;oncology", 10, 0),
    "L3x": ("hospital", "3", "true", None, "130684", "true", "", 1, 0),
    "L0": ("hospital", None, "true", "false", "130602", None, "chronic", 0.7, 0),
    "TCM3": ("hospital", "3", "true", "true", "130602", None, "chronic", 3, 0),
    "TCM2p": ("hospital", "2", "false", "true", "130602", None, "chronic", 1, 0),
    "TCM3n": ("hospital", "3", None, "true", "130602", None, "chronic", 1, 0),
    "ND": ("hospital", "2", "true", "false", "130602", "false", "chronic", 0.5, 0.8),
    "NH": ("nursing_home", None, "false", None, "130602", None, "ltc_institution", 0.3, 0),
    "PH": ("pharmacy", None, None, None, "130602", None, "designated_pharmacy;chronic", 0.7, 0),
    "PHd": ("pharmacy", None, None, None, "130602", None, "designated_pharmacy", 0.5, 0),
    "PHn": ("pharmacy", None, None, None, "130602", None, "", 0.2, 0),
    "SJZ3": ("hospital", "3", "true", "false", "130102", None, "chronic", 3, 0),
    "SJZ2": ("hospital", "2", "true", "true", "130102", None, "chronic", 1, 0),
    "BJ3": ("hospital", "3", "true", "true", "110101", None, "chronic", 2, 1),
    "BJ2": ("hospital", "2", "true", "false", "110105", None, "chronic", 1, 0),
    "TJ3": ("hospital", "3", "true", "false", "120101", None, "chronic", 1, 1),
    "SH3": ("hospital", "3", "true", "false", "310104", None, "chronic", 2, 1),
    "SH2": ("hospital", "2", "true", "true", "310115", None, "chronic", 1, 1),
    "SHT": ("community_centre", None, "true", "false", "310104", None, "chronic", 0.5, 0),
    "GZ3": ("hospital", "3", "true", "true", "440106", None, "chronic", 1, 1),
    "GZ1": ("hospital", "1", "true", "false", "440106", None, "", 0.7, 0),
    "SZ2": ("hospital", "2", "false", "false", "440304", None, "chronic", 0.7, 1),
    "HN3": ("hospital", "3", "true", "false", "460105", None, "", 0.3, 1),
    "HK2": ("hospital", "2", "true", "false", "810000", None, "", 0.2, 0.2),
    "TW3": ("hospital", "3", "true", "false", "710000", None, "", 0.1, 0.1),
    "MO": ("clinic", None, "false", None, "820000", None, "", 0.1, 0.1),
    "US": ("hospital", None, "false", None, "900000", None, "", 0.1, 0.1),
    "W1": ("hospital", "1", "true", "false", "420102", None, "cross_province", 0.1, 5),
    "W3": ("hospital", "3", "true", "false", "420106", "true", "cross_province", 0.1, 8),
    "YC2": ("hospital", "2", "true", "false", "420500", None, "", 0, 4),
}
PROVIDER_COLUMNS = ("kind", "level", "is_public", "is_tcm", "area_code", "is_designated", "capabilities")


def deliveries(seed: int, members: int) -> Rows:
    """One delivery as text, table by table, with every column of the contract; valid in itself. Three of four members
    are insured in Baoding (areas 13…), the others in Hubei (areas 42…); a few have no enrolment at all."""
    dice = Dice(seed)
    tables: Rows = {table: [] for table in COLUMNS}
    name = f"r{seed}."
    for code, values in PROVIDERS.items():
        facts = dict(zip(PROVIDER_COLUMNS, values, strict=False))
        tables["providers"].append({"provider_id": name + code, "name": code, **facts})
    for number in range(1, members + 1):
        in_baoding = dice.chance(0.75)
        member = (baoding_member if in_baoding else hubei_member)(dice, f"{name}{number:04d}")
        if dice.chance(0.01):
            member.rows["enrolments"] = []
        bills = Bills(member, name, weights_of(-2 if in_baoding else -1))
        (bills.add_baoding if in_baoding else bills.add_hubei)()
        dice.random.shuffle(bills.claims)
        dice.random.shuffle(bills.lines)
        tables["members"].append(member.member_row())
        for table, rows in (*member.shuffled_rows().items(), ("claims", bills.claims), ("fee_lines", bills.lines)):
            tables[table] += rows
    return {table: [complete(table, row) for row in without_repeats(table, rows)] for table, rows in tables.items()}


def weights_of(column: int) -> dict[str, float]:
    return {code: float(values[column] or 0) for code, values in PROVIDERS.items() if values[column]}


def complete(table: str, row: Text) -> Text:
    return {column: row.get(column) or None for column in COLUMNS[table]}


def without_repeats(table: str, rows: list[Text]) -> list[Text]:
    """The first of the rows that would be merged by key."""
    if table not in KEYS:
        return rows
    return list({tuple(row.get(column) for column in KEYS[table]): row for row in reversed(rows)}.values())[::-1]
