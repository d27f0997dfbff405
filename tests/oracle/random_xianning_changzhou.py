"""What the random deliveries of Xianning and Changzhou share: a draft of text rows, amounts, periods, claims, lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

__all__ = ["EXCLUSIONS", "Draft"]

TABLES = ("members", "enrolments", "statuses", "providers", "registrations", "filings", "claims", "fee_lines")
_KEYS = {
    "enrolments": ("member_id", "scheme", "benefit_year"),
    "statuses": ("member_id", "status", "valid_from"),
    "registrations": ("member_id", "programme", "code", "valid_from"),
    "filings": ("member_id", "kind", "area_code", "valid_from"),
}
EXCLUSIONS = (
    "work_injury", "third_party", "public_health", "abroad", "wellness", "checkup", "expedite", "named_surgeon",
    "premium_price", "private_nursing", "special_need_drug", "vip_ward", "cosmetic", "weight", "myopia",
    "congenital_defect", "drug_rehab", "prosthesis", "embryo_transfer", "artificial_insemination", "infertility",
    "appraisal", "research", "statutory_care", "other_law",
)  # fmt: skip


@dataclass
class Draft:
    """A delivery in the making; `mark` keeps the ids of two deliveries apart."""

    rng: Random
    mark: str
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {table: [] for table in TABLES})
    _seen: set[tuple[Any, ...]] = field(default_factory=set)

    # ---- rows

    def add(self, table: str, **row: Any) -> None:
        """Append a row as delivered; of two rows with one key the first stays."""
        text = {column: _text(value) for column, value in row.items()}
        key = (table, *(text[column] for column in _KEYS.get(table, ())))
        if table in _KEYS and key in self._seen:
            return
        self._seen.add(key)
        self.tables[table].append(text)

    # ---- chance

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def one(self, values: Sequence[Any]) -> Any:
        return self.rng.choice(values)

    def weighted(self, weights: dict[Any, float]) -> Any:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def rarely(self, value: Any, share: float = 0.1) -> Any:
        """The value, or mostly nothing."""
        return value if self.chance(share) else None

    def flag(self, yes: float, unknown: float) -> bool | None:
        return None if self.chance(unknown) else self.chance(yes)

    # ---- days

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.rng.randint(0, max(0, (last - first).days)))

    def near(self, day: date) -> date:
        """A boundary is met, missed by one day, or not aimed at."""
        return day + timedelta(days=self.weighted({-1: 3, 0: 4, 1: 3, self.rng.randint(-40, 40): 2}))

    def period(self, year: int, *, whole: float = 0.7) -> tuple[date, date | None]:
        """Mostly the whole year, else a part that begins or ends inside it."""
        if self.chance(whole):
            return date(year, 1, 1), self.one([None, date(year, 12, 31)])
        first = self.day(date(year, 1, 1), date(year, 12, 1))
        return first, self.one([None, self.day(first, date(year, 12, 31))])

    # ---- amounts

    def yuan(self, least: float, most: float) -> str:
        return fen(self.rng.randint(round(least * 100), round(most * 100)))

    def amount(self, scale: str) -> str:
        """Text of an amount: tiny, that of a visit, of a stay, or one that breaks a yearly limit."""
        if self.chance(0.04):
            return fen(self.rng.randint(1, 99))
        if self.chance(0.002):
            return "10000000.00"
        bounds = {"visit": (3, 160), "dear": (50, 3000), "stay": (100, 30_000), "huge": (20_000, 400_000)}
        bounds["vast"] = (500_000, 4_000_000)
        least, most = bounds[scale]
        if self.chance(0.4):
            return fen(round(self.rng.uniform(least, most) / 10) * 1000 or 1000)
        return self.yuan(least, most)

    # ---- claims

    def claim_moments(self, first: date, last: date, *, is_stay: bool) -> tuple[date, date | None, datetime]:
        """Admission or visit, discharge, settlement: mostly at once, sometimes late, often in the very same second."""
        started_on = self.day(first, last)
        ended_on = started_on + timedelta(days=self.weighted({0: 1, 1: 2, 5: 5, 9: 5, 40: 1})) if is_stay else None
        late = self.weighted({0: 16, 1: 3, 30: 2, 200: 1})
        settled_at = datetime.combine((ended_on or started_on) + timedelta(days=late), datetime.min.time())
        return started_on, ended_on, settled_at + timedelta(hours=10, seconds=self.weighted({0: 6, 1: 1, 3600: 2}))

    def accident(self, started_on: date, birth: date | None, share: float = 0.07) -> dict[str, Any]:
        """The columns of injury and third party; mostly none of them is filled."""
        if not self.chance(share):
            return {}
        causes = {
            "accident": 4,
            "traffic": 3,
            "fight": 2,
            "other_third_party": 2,
            "work": 1,
            "commuting": 1,
            "unknown": 2,
        }
        cause = self.weighted(causes)
        earlier = max(started_on - timedelta(days=self.rng.randint(0, 200)), birth or date.min)
        shares = [None, "0", "0.3", "0.3333", "0.5", "1"] if cause != "unknown" else [None, None, "0.4"]
        return {
            "injury_cause": cause,
            "third_party_share": self.one(shares),
            "own_liability": self.one([None, "none", "main", "full"]),
            "injured_on": self.one([None, started_on, earlier]),
        }

    def payments_of_others(self, share: float = 0.08) -> dict[str, Any]:
        if not self.chance(share):
            return {}
        return {
            "civil_servant_pay": self.rarely(self.amount("visit"), 0.4),
            "enterprise_pay": self.rarely(self.amount("dear"), 0.4),
            "other_pay": self.rarely(self.amount("dear"), 0.7),
        }

    def price_limit(self, amount: str) -> dict[str, Any]:
        """A ceiling a unit, one for the line, or what is over it; mostly none."""
        kind = self.weighted({"none": 14, "unit": 2, "line": 1, "over": 1})
        value = round(float(amount) * 100)
        if kind == "unit":
            units = self.one(["1", "2", "3", "10", "2.5", "0.3333"])
            return {"quantity": units, "limit_price": fen(round(value / float(units) * self.rng.uniform(0.5, 1.2)))}
        if kind == "line":
            return {"limit_price": fen(round(value * self.rng.uniform(0.5, 1.2)))}
        if kind == "over":
            return {"over_limit_amount": fen(self.rng.randint(0, value))}
        return {}

    def reverse_some(self, share: float = 0.025) -> None:
        """A late claim without lines takes back an earlier one of the same member; no chains."""
        for number, target in enumerate(list(self.tables["claims"])):
            if self.chance(share):
                settled_at = datetime.fromisoformat(target["settled_at"]) + timedelta(days=self.rng.randint(0, 30))
                wanted = ("member_id", "provider_id", "care_type", "started_on", "ended_on", "scheme")
                same = {column: target.get(column) for column in wanted}
                claim_id = f"{self.mark}-R{number}"
                self.add(
                    "claims", claim_id=claim_id, **same, settled_at=settled_at, reverses_claim_id=target["claim_id"]
                )

    def delivered(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of a table with the same columns."""
        for rows in self.tables.values():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            rows[:] = [{column: row.get(column) for column in columns} for row in rows]
        return self.tables


def fen(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}"


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ";".join(value)
    return str(value)
