"""The statement of one claim in plain text: how every yuan was decided, step by step, with the quoted sentences."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TextIO

import duckdb
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from reports.explain_reasons import note_in_words, reason_in_words
from reports.explain_source import ClaimStory, Row, read_story
from schemas import MONEY_COLUMNS, TABLES

__all__ = ["explain_claim"]

_WIDTH = (100, 120)
_LINES_SHOWN = 12
_BILL = ("out_of_scope_amount", "over_limit_amount", "prepay_amount", "in_scope_amount")
_PAYERS = (
    "basic_pay",
    "supplement_pay",
    "critical_illness_pay",
    "medical_aid_pay",
    "maternity_pay",
    "ltc_pay",
    "other_pay",
    "personal_pay",
)
_LABELS = {
    "out_of_scope_amount": "out of scope",
    "over_limit_amount": "above price limit",
    "prepay_amount": "own share first",
    "in_scope_amount": "in scope",
    "deductible_amount": "of it deductible",
    "basic_pay": "basic fund",
    "supplement_pay": "supplement",
    "critical_illness_pay": "critical illness",
    "medical_aid_pay": "medical aid",
    "maternity_pay": "maternity",
    "ltc_pay": "long-term care",
    "other_pay": "other funds",
    "personal_pay": "the person",
    "allowance_pay": "and on top",
}


def explain_claim(con: duckdb.DuckDBPyConnection, claim_id: str, file: TextIO) -> None:
    """Write the statement of a claim. Raises UnknownClaim when the claim was never accepted."""
    story = read_story(con, claim_id)
    console = Console(file=file, highlight=False)
    console.width = min(max(console.width, _WIDTH[0]), _WIDTH[1])
    with console.capture() as written:
        for block in _blocks(story):
            console.print(block)
    file.write("\n".join(line.rstrip() for line in written.get().splitlines()) + "\n")


def _blocks(story: ClaimStory) -> Iterator[RenderableType]:
    yield from _head(story)
    yield from _refusal(story)
    yield _amounts(story.settlement)
    yield from _bill_lines(story.lines)
    for portion in story.portions:
        yield from _portion(portion, [step for step in story.steps if step["portion_no"] == portion["portion_no"]])
    if len(story.versions) > 1:
        yield from _history(story.versions)


def _head(story: ClaimStory) -> Iterator[RenderableType]:
    claim, settled = story.claim, story.settlement
    yield Rule(Text(f"{claim['claim_id']}: {settled['status']}", style="bold"), align="left", characters="─")
    days = " to ".join(day.isoformat() for day in (claim["started_on"], claim["ended_on"]) if day)
    kind = " ".join(filter(None, (claim["care_type"], claim["benefit"])))
    level = f", level {claim['provider_level']}" if claim["provider_level"] else ""
    place = " ".join(filter(None, (claim["provider_id"], claim["provider_name"])))
    yield Text(f"{kind}, {days}, settled {claim['settled_at']:%Y-%m-%d %H:%M:%S}; member {claim['member_id']}")
    yield Text(f"at {place} ({claim['provider_kind']}{level}, area {claim['provider_area']})")
    if settled["policy_id"]:
        source = " ".join(filter(None, (settled["title"], settled["source_file"])))
        law = f"{settled['policy_id']}, version {settled['policy_version']}, benefit year {settled['benefit_year']}"
        yield Text(f"law: {law}; {source}")
    yield Text(f"version {settled['version']}, by run {settled['run_id']}")


def _refusal(story: ClaimStory) -> Iterator[RenderableType]:
    for code in story.settlement["reasons"]:
        found = story.reasons.get(code, {})
        rule = f" [{found['rule_id']}]" if found.get("rule_id") else ""
        yield Text(f"\n{story.settlement['status']}: {reason_in_words(code)} ({code}){rule}", style="bold")
        yield from _quote(found.get("quote"), 2)
    for code in story.settlement["notes"]:
        yield Text(f"note: {note_in_words(code)} ({code})")


def _amounts(settled: Row) -> RenderableType:
    """Left the stages of the bill, right who pays it; both add up to the total."""
    grid = _grid("<34", ">12", "<2", "<38", ">12")
    grid.add_row(Text("The bill", style="bold"), _yuan(settled["total_amount"]), "", Text("is paid by", style="bold"))
    left = [*_BILL, "deductible_amount"]
    right = [name for name in _PAYERS if settled[name] or name == "personal_pay"]
    if settled["allowance_pay"]:
        right.append("allowance_pay")
    for number in range(max(len(left), len(right))):
        grid.add_row(*_labelled(settled, left, number), "", *_labelled(settled, right, number))
    return Padding(grid, (1, 0))


def _labelled(settled: Row, names: list[str], number: int) -> tuple[str, str]:
    if number >= len(names):
        return "", ""
    name = names[number]
    return f"  {_LABELS[name]} {TABLES['settlement'][name].chinese}", _yuan(settled[name])


def _bill_lines(lines: list[Row]) -> Iterator[RenderableType]:
    grid = _grid("<6", "<30", "<17", "<8", "<19", ">12")
    for line in lines[:_LINES_SHOWN]:
        name = line["item_name"] or line["item_code"] or ""
        share = "" if line["self_pay_rate"] is None else f"own share {_share(line['self_pay_rate'])}"
        excluded = line["exclusion_code"] or share
        row = (name, line["item_kind"], f"class {line['catalogue_class']}", excluded, _yuan(line["amount"]))
        grid.add_row(f"  {line['line_no']}", *row)
    if len(lines) > _LINES_SHOWN:
        rest = lines[_LINES_SHOWN:]
        grid.add_row("  ...", f"{len(rest)} more lines", "", "", "", _yuan(sum(line["amount"] for line in rest)))
    if lines:
        yield Text("Fee lines", style="bold")
        yield grid


def _portion(portion: Row, steps: list[Row]) -> Iterator[RenderableType]:
    what = " ".join(filter(None, (portion["benefit"], portion["disease_code"])))
    funds = sum((portion[name] for name in _PAYERS[:-2]), Decimal(0))
    head = f"Portion {portion['portion_no']}{': ' if what else ''}{what}"
    yield Text(
        f"\n{head}  bill {_yuan(portion['total_amount'])}, in scope {_yuan(portion['in_scope_amount'])}, "
        f"funds {_yuan(funds)}, person {_yuan(portion['personal_pay'])}",
        style="bold",
    )
    if steps:
        yield _step_row("step", "base", "parameter", "amount", "running total", "rule")
    quoted: set[str] = set()
    for step in steps:
        yield from _step(step, quoted)


def _step(step: Row, quoted: set[str]) -> Iterator[RenderableType]:
    unit = step["unit"]
    running = ""
    if step["total_after"] is not None:
        running = f"{_figure(step['total_before'], unit)} -> {_figure(step['total_after'], unit)}"
    parameter = _figure(step["parameter"], step["parameter_unit"])
    figures = (_figure(step["base"], unit), parameter, _figure(step["amount"], unit), running)
    yield _step_row(f"{step['step_no']} {step['name']}", *figures, step["rule_id"] or "")
    target = step["column_name"] or step["name"]
    yield Padding(Text(f"{target} = {step['formula']}", style="dim"), (0, 0, 0, 4))
    if step["quote"] and step["quote"] not in quoted:
        quoted.add(step["quote"])
        yield from _quote(step["quote"], 4)


def _step_row(*cells: str) -> RenderableType:
    grid = _grid("<22", ">13", ">12", ">12", ">26", "<10")
    grid.add_row(f"  {cells[0]}", *cells[1:])
    return grid


def _quote(text: str | None, indent: int) -> Iterator[RenderableType]:
    if text:
        yield Padding(Text(f"「{text}」"), (0, 0, 0, indent))


def _history(versions: list[Row]) -> Iterator[RenderableType]:
    yield Text("\nVersions", style="bold")
    for old, new in zip([None, *versions[:-1]], versions, strict=True):
        cause = f", {new['cause'].replace('_', ' ')}" if new["cause"] else ", first settlement"
        when = f"{new['started_at']:%Y-%m-%d}" if new["started_at"] else ""
        yield Text(f"  {new['version']}  {when} {new['status']}{cause}; run {new['run_id']}")
        yield Text(f"     {_change(old, new)}")


def _change(old: Row | None, new: Row) -> str:
    if old is None:
        names = [name for name in _PAYERS if new[name]]
        return ", ".join(f"{name} {_yuan(new[name])}" for name in ["total_amount", *names])
    moved = [(name, new[name] - old[name]) for name in MONEY_COLUMNS if new[name] != old[name]]
    if not moved:
        return "no amount changes; reasons, law or running totals do"
    return ", ".join(f"{name} {change:+,}" for name, change in moved)


def _grid(*columns: str) -> Table:
    """A table without lines; columns are a side and a width, `>12` has 12 cells and keeps to the right."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    for column in columns:
        grid.add_column(width=int(column[1:]), justify="right" if column[0] == ">" else "left", no_wrap=True)
    return grid


def _yuan(amount: Decimal | int) -> str:
    return f"{Decimal(amount):,.2f}"


def _share(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"


def _figure(value: Decimal | None, unit: str | None) -> str:
    if value is None:
        return ""
    if unit == "share":
        return _share(value)
    return _yuan(value) if unit == "yuan" else f"{value.normalize():f}"
