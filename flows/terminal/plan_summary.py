"""A plan for a terminal: what the law says otherwise, whom it reaches, the money, who gains and loses, what stays."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flows.reprocessing.applying import Applied
from flows.reprocessing.plans import Plan

__all__ = ["applied_summary", "plan_summary"]

Row = dict[str, Any]

_SHOWN = 5
_MONTHS = 24


def plan_summary(plan: Plan, trouble: str | None = None) -> str:
    """The report of a plan in plain text; the files of the plan hold all of it."""
    report = plan.report()
    blocks = [
        _head(plan),
        _law(report),
        _scope(report),
        _money(report),
        *(_table(title, report[name], names) for title, name, names in _GROUPS if report[name]),
        _extremes(report),
        _unaffected(report["unaffected"], plan.manifest["counts"]["moved_money"]),
    ]
    notes = [f"Note: {trouble}"] if trouble else []
    return "\n\n".join(block for block in [*blocks, *notes] if block)


def applied_summary(applied: Applied, trouble: str | None = None) -> str:
    """What publishing a plan did."""
    appended = applied.appended
    lines = [
        f"Run {applied.run.run_id} has published plan {applied.plan.plan_id}.",
        f"{appended.settled:,} claims settled again: {appended.adjusted:,} have a new version "
        f"({appended.moved_money:,} with another amount); old figures and adjustments add up to the new ones.",
    ]
    if appended.held:
        lines.append(f"{appended.held:,} claims are too old to be changed without a person: see the table held.")
    lines += [f"Note: {trouble}"] if trouble else []
    look = f"SELECT * FROM adjustment WHERE run_id = '{applied.run.run_id}'"
    return "\n".join([*lines, f"Database: {applied.db}", f"For example: {look};"])


_GROUPS = (
    ("By pool and policy", "pools", ("pool", "policy_id")),
    ("By benefit", "benefits", ("benefit",)),
    ("By person group", "person_groups", ("person_group",)),
    ("By assistance", "assistance", ("assistance",)),
    ("By month of the benefit date", "months", ("month",)),
)


def _head(plan: Plan) -> str:
    given = {name: value for name, value in plan.manifest["limits"].items() if value is not None}
    limits = "".join(f", {name.replace('_', ' ')} {value}" for name, value in given.items())
    return f"Plan {plan.plan_id}{limits}\nStored in {plan.folder}"


def _law(report: dict[str, Any]) -> str:
    figures, texts = report["figures"], report["texts"]
    if not figures and not texts:
        return "The law is the one under which the persons in scope were settled."
    lines = ["What the law says otherwise"]
    for row in figures:
        days = f"from {row['valid_from']}" + (f" to {row['valid_to']}" if row["valid_to"] else "")
        known = f", known from {row['known_from']}" if row["known_from"] else ""
        lines.append(f"  {row['policy']}  {row['key']}: {_said(row['old'])} -> {_said(row['new'])} ({days}{known})")
        lines += [f"    「{row['new_quote']}」"] if row["new_quote"] and row["new_quote"] != row["old_quote"] else []
    lines += [f"  {row['policy']}  {row['section']} {row['name']}: {row['kind']}" for row in texts]
    return "\n".join(lines)


def _said(value: str | None) -> str:
    return "nothing" if value is None else value


def _scope(report: dict[str, Any]) -> str:
    rows = report["scope"]
    if not rows:
        return "Nobody's claims can be touched by it."
    head = f"{'In scope, because of':<58}{'persons':>10}{'years':>10}{'claims':>10}{'changed':>10}"
    lines = [
        f"  {_why(row):<56}{row['members']:>10,}{row['member_years']:>10,}{row['claims']:>10,}{row['claims_changed']:>10,}"
        for row in rows[: 2 * _SHOWN]
    ]
    more = [f"  ... and {len(rows) - 2 * _SHOWN} more reasons (report.json)"] if len(rows) > 2 * _SHOWN else []
    causes = [f"  {_way(row):<56}{row['claims']:>10,}{_yuan(row['funds']):>20}" for row in report["causes"]]
    return "\n".join([head, *lines, *more, *([_CAUSES, *causes] if causes else [])])


_CAUSES = f"{'How it reached the changed claims, yuan':<58}{'claims':>10}{'the funds pay':>20}"


def _way(row: Row) -> str:
    return f"{row['cause']}, {row['reach']}".replace("_", " ")


def _why(row: Row) -> str:
    text = f"{row['cause'].replace('_', ' ')}: {row['what']}"
    return text if len(text) <= 56 else text[:53] + "..."


def _money(report: dict[str, Any]) -> str:
    rows = [row for row in report["funds"] if row["claims"]]
    if not rows:
        return ""
    head = f"{'By fund, yuan':<28}{'claims':>10}{'more':>18}{'less':>18}{'in all':>18}"
    lines = [
        f"  {row['fund']:<26}{row['claims']:>10,}{_yuan(row['more']):>18}{_yuan(row['less']):>18}{_yuan(row['delta']):>18}"
        for row in rows
    ]
    return "\n".join([head, *lines])


def _table(title: str, rows: Sequence[Row], names: tuple[str, ...]) -> str:
    head = f"{title + ', yuan':<40}{'claims':>10}{'the funds pay':>20}{'the person pays':>20}"
    lines = [
        f"  {' '.join(str(row[name]) for name in names):<38}{row['claims']:>10,}{_yuan(row['funds']):>20}"
        f"{_yuan(row['personal_pay']):>20}"
        for row in rows[:_MONTHS]
    ]
    return "\n".join([head, *lines])


def _extremes(report: dict[str, Any]) -> str:
    lines = []
    for title, name in (
        ("Largest gains of persons", "gaining_members"),
        ("Largest losses of persons", "losing_members"),
    ):
        if report[name]:
            lines.append(f"{title}, yuan the person pays")
            lines += [
                f"  {row['member_id']:<24}{row['person_group']:<20}{row['claims']:>6,} claims{_yuan(row['personal_pay']):>18}"
                for row in report[name][:_SHOWN]
            ]
    return "\n".join(lines)


def _unaffected(row: Row, moved: int) -> str:
    lines = [
        f"Out of {row['members_asked']:,} persons with {row['claims_asked']:,} claims, {row['members_settled']:,} persons "
        f"({row['member_years_settled']:,} person years, {row['claims_settled']:,} claims) were settled again;",
        f"{row['claims_changed']:,} claims of {row['members_changed']:,} persons change ({moved:,} in an amount, the others in a "
        "figure of their explanation), "
        f"{row['claims_settled'] - row['claims_changed'] - row['claims_held']:,} come out as they are, "
        f"{row['claims_asked'] - row['claims_settled']:,} claims of {row['members_out_of_reach']:,} persons cannot be touched.",
    ]
    if row["claims_held"]:
        lines.append(
            f"{row['claims_held']:,} claims would change but are older than the reopen limit of their policy: they wait for a "
            "person (held)."
        )
    return "\n".join(lines)


def _yuan(text: str) -> str:
    return f"{Decimal(text):+,.2f}"
