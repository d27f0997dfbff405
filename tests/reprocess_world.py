"""A database of the real policies of one city beside the same state made from nothing under the edited law."""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from nightly_world import Row, deliver

from flows.night import Night, Outcome, run_night
from flows.reprocessing.applying import Applied, apply_plan
from flows.reprocessing.planning import make_plan
from flows.reprocessing.plans import Plan
from flows.reprocessing.request import Request

POLICIES = Path(__file__).parent.parent / "policies"
LABELS = "run_id, version, policy_version"

_FIGURE = re.compile(r"(?<=value: )(\d+(?:\.\d+)?)(%?)(?=[,}\n])")
_ONE_LINE = re.compile(r"unit: (percent|points|yuan|days|months|years|count), value: (\d+(?:\.\d+)?%?), ")
_DAYS = (date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1), date(2025, 3, 15), date(2025, 7, 1), date(2025, 12, 31))


@dataclass
class History:
    """A folder with a copy of some cities' policies, a database, and every delivery it took."""

    root: Path
    cities: tuple[str, ...] = ("baoding", "hubei")
    inboxes: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        for city in self.cities:
            shutil.copytree(POLICIES / city, self.law / city)
        for file in self.law.rglob("*.yaml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(re.sub(r"reopen_limit: .*\n", "", text), encoding="utf-8")

    @property
    def law(self) -> Path:
        return self.root / "law"

    @property
    def db(self) -> Path:
        return self.root / "claims.duckdb"

    def edit(self, old: str, new: str) -> None:
        """Replace the one place in the policy files where `old` stands."""
        files = [file for file in self.law.rglob("*.yaml") if old in file.read_text(encoding="utf-8")]
        assert len(files) == 1, (old, files)
        text = files[0].read_text(encoding="utf-8")
        assert text.count(old) == 1, (old, text.count(old))
        files[0].write_text(text.replace(old, new), encoding="utf-8")

    def night(self, **tables: list[Row]) -> Outcome:
        self.inboxes.append(deliver(self.root / f"inbox{len(self.inboxes)}", **tables))
        return run_night(Night(self.inboxes[-1], self.db, self.law))

    def plan(self, **limits: Any) -> Plan:
        return make_plan(Request(self.db, self.law, **limits))

    def apply(self, plan: Plan) -> Applied:
        return apply_plan(self.db, plan.plan_id)

    def reprocess(self, **limits: Any) -> Applied:
        return self.apply(self.plan(**limits))

    def from_nothing(self) -> History:
        """Another database that took all deliveries under the present law."""
        other = History.__new__(History)
        other.root = self.root / "from_nothing"
        shutil.rmtree(other.root, ignore_errors=True)
        other.root.mkdir()
        shutil.copytree(self.law, other.law)
        for inbox in self.inboxes:
            run_night(Night(inbox, other.db, other.law))
        return other

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.db), read_only=True) as con:
            return con.execute(query, list(values)).fetchall()

    def outcome(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that settling decides, without the run and the version of the law that produced it."""
        portions = "settlement_portion SEMI JOIN settlement USING (claim_id, version)"
        return {
            "settlement": self.rows(f"SELECT * EXCLUDE ({LABELS}) FROM settlement ORDER BY claim_id"),
            "portion": self.rows(f"SELECT * EXCLUDE (version) FROM {portions} ORDER BY claim_id, portion_no"),
            "accumulator": self.rows("FROM accumulator ORDER BY ALL"),
        }


def differences(one: History, other: History) -> list[str]:
    """Rows that only one of two databases has."""
    found = []
    for name, rows in one.outcome().items():
        others = other.outcome()[name]
        mine, theirs = set(map(repr, rows)), set(map(repr, others))
        found += [f"{name}: {row}" for row in sorted(mine ^ theirs)]
    return found


def without_nulls(tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """A random delivery as it is written to files."""
    return {
        name: [{k: "" if v is None else v for k, v in row.items()} for row in rows] for name, rows in tables.items()
    }


def edit_at_random(dice: random.Random, folder: Path) -> str:
    """Change a figure of the law, for all times or from a day on; what was done is returned."""
    file = dice.choice(sorted(file for file in folder.rglob("*.yaml") if file.name != "population.yaml"))
    text = file.read_text(encoding="utf-8")
    dated = dice.random() < 0.5
    places = list((_ONE_LINE if dated else _FIGURE).finditer(text))
    if not places:
        return ""
    place = dice.choice(places)
    if dated:
        unit, value = place.groups()
        day = dice.choice(_DAYS)
        new = (
            f"unit: {unit}, value: {value}, changes: [{{from: {day}, value: {_other(dice, value)}, quote: 另行通知}}], "
        )
    else:
        new = _other(dice, place.group())
    file.write_text(text[: place.start()] + new + text[place.end() :], encoding="utf-8")
    return f"{file.name}: {place.group()} -> {new}"


def _other(dice: random.Random, value: str) -> str:
    """Another figure of the same kind."""
    if value.endswith("%"):
        return f"{min(100, max(0, int(float(value[:-1])) + dice.choice([-20, -10, -5, 5, 10, 15])))}%"
    number = int(float(value))
    return str(max(1, number + dice.choice([-1, 1]) * max(1, number * dice.randrange(10, 60) // 100)))
