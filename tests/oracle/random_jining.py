"""Random deliveries of Jining, both schemes, made to reach every rule and limit of the policy page."""

from __future__ import annotations

from .ground import COLUMNS
from .jining_random_claims import Biller
from .jining_random_people import Draw, Text, life, providers

__all__ = ["deliveries"]


def deliveries(seed: int, members: int) -> dict[str, list[dict[str, str | None]]]:
    """Rows of text by table, with every column of the contract; the same for the same seed. Each member has 1 to 12
    claims and now and then a reversal; ids of different seeds do not meet."""
    draw = Draw(seed)
    tables: dict[str, list[Text]] = {table: [] for table in COLUMNS}
    tables["providers"] = providers(draw, f"JN{seed}")
    provider_ids = [provider["provider_id"] or "" for provider in tables["providers"]]
    for number in range(members):
        one = life(draw, f"JN{seed}-{number:05d}", provider_ids)
        biller = Biller(draw, one, tables["providers"])
        biller.bill(min(draw.randint(1, 12), draw.randint(1, 12)))
        for table, rows in one.rows.items():
            tables[table] += [row for at, row in enumerate(rows) if row not in rows[:at]]
        tables["claims"] += biller.claims
        tables["fee_lines"] += biller.lines
    return {table: [_complete(table, row) for row in rows] for table, rows in tables.items()}


def _complete(table: str, row: Text) -> Text:
    return {column: row.get(column) for column in COLUMNS[table]}
