"""A small world whose nights have every kind of thing a report tells, and a reader of the pages made from it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from nightly_world import World, bills, claim, line, people, provider, write_law

from flows.reprocessing.applying import apply_plan
from flows.reprocessing.planning import make_plan
from flows.reprocessing.plans import plans_folder
from flows.reprocessing.request import Request
from flows.warehouse.database import open_product
from reports.impact import impact_report
from reports.impact_source import applied
from reports.night import night_report
from reports.statement import statement

EVIL = "a<script>alert(1)</script>"
"""A claim number that must stay a text."""

LANGUAGES = ("zh", "en")


def told_world(root: Any) -> World:
    """Two nights: a first one with refused rows, one with a late claim; then a raised rate is planned and applied."""
    world = World(root)
    base = people("m1", "m2", "m3")
    base["providers"].append(provider("P9", name="未定点<b>诊所</b>", is_designated="false"))
    base["statuses"] = [{"member_id": "m2", "status": "minimum_living", "valid_from": "2025-01-01"}]
    claims = [
        claim(EVIL, "m1", "2025-03-01"),
        claim("far", "m1", "2025-04-05", provider_id="P9"),
        claim("b", "m2", "2025-05-06"),
    ]
    lines = [line(EVIL, "1800.50"), line(EVIL, "20", 2, catalogue_class="C"), line("far", "10"), line("b", "8123.45")]
    refused = [claim("bad", "x<i>", "2025-03-01")], [line("bad", "1.25")]
    world.night(**base, claims=[*claims, *refused[0]], fee_lines=[*lines, *refused[1]])
    world.night(**bills(("early", "m1", "2025-02-01", "300"), ("c", "m3", "2025-06-01", "1000.01")))
    write_law(world.law, "60%")
    plan = make_plan(Request(world.db, world.law))
    apply_plan(world.db, plan.plan_id, world.law)
    return world


def plan_of(world: World) -> str:
    """The one plan of the world."""
    return next(plans_folder(world.db).iterdir()).name


def pages(world: World) -> dict[tuple[str, str], str]:
    """Every kind of page in every language."""
    made: dict[tuple[str, str], str] = {}
    told = by_night(world)
    with closing(open_product(str(world.db))) as con:
        for language in LANGUAGES:
            made["night", language] = night_report(con, told["first"], language)
            made["later night", language] = night_report(con, told["late"], language)
            made["statement", language] = statement(con, "m1", 2025, language)
            made["impact", language] = impact_report(con, applied(con, told["law"]), language)
    return made


def by_night(world: World) -> dict[str, str]:
    """The runs by what they did; nights of one second are told apart by what they hold."""
    law = world.rows("SELECT run_id FROM adjustment WHERE cause = 'policy_changed' GROUP BY ALL")[0][0]
    late = world.rows("SELECT run_id FROM settlement_version WHERE claim_id = 'early' AND version = 1")[0][0]
    first = world.rows("SELECT run_id FROM quarantine GROUP BY ALL")[0][0]
    return {"first": first, "late": late, "law": law}


@dataclass
class Table:
    """A table of a page: the text of its cells, and the amounts of its rows."""

    rows: list[list[str]] = field(default_factory=list)
    amounts: list[list[Decimal]] = field(default_factory=list)


class Page(HTMLParser):
    """What a page says: its text, tables by id, amounts with the text shown for them, tags and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, Table] = {}
        self.amounts: list[tuple[Decimal, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._table: Table | None = None
        self._amount: Decimal | None = None
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        self._in_style |= tag == "style"
        if tag == "table":
            self._table = Table()
            self.tables[given.get("id") or f"table {len(self.tables)}"] = self._table
        if self._table and tag == "tr":
            self._table.rows.append([])
            self._table.amounts.append([])
        if self._table and tag in ("td", "th"):
            self._table.rows[-1].append("")
        if tag == "data":
            self._amount = Decimal(given["value"] or "")
            if self._table and self._table.amounts:
                self._table.amounts[-1].append(self._amount)

    def handle_endtag(self, tag: str) -> None:
        self._in_style &= tag != "style"
        if tag == "table":
            self._table = None

    def handle_data(self, data: str) -> None:
        if self._in_style:
            return
        self.text += data
        if self._amount is not None:
            self.amounts.append((self._amount, data))
            self._amount = None
        if self._table and self._table.rows and self._table.rows[-1]:
            self._table.rows[-1][-1] += data
