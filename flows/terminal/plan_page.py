"""Writes the report on a plan: the sides of the change from the files of the plan, the steps under the law it was made from."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from flows.reprocessing.plans import MANIFEST, Plan, open_plan, plans_folder
from flows.reprocessing.request import ReprocessError, Request
from flows.warehouse.database import open_current, prepare_warehouse
from flows.warehouse.law_tables import keep_law, kept_law
from flows.warehouse.portions import STEPS, portions
from flows.warehouse.step_lists import with_steps
from policies.law import Law
from policies.text import PolicyError
from reports.impact import impact_report
from reports.impact_source import Change, show_sides
from reports.policy_diff import ParameterChange, TextChange
from reports.policy_words import Language

__all__ = ["is_plan", "plan_page"]

_OLD = "SELECT v.* FROM {table} AS v JOIN {changed} AS c ON c.claim_id = v.claim_id AND c.from_version = v.version"
_OLD_STEPS = """
    SELECT s.*, t.parameter_unit FROM settlement_step AS s
    JOIN {changed} AS c ON c.claim_id = s.claim_id AND c.from_version = s.version
    JOIN settlement_version AS v ON v.claim_id = s.claim_id AND v.version = s.version
    LEFT JOIN policy_step AS t ON t.policy_id = v.policy_id AND t.version = v.policy_version
        AND t.fingerprint = v.policy_fingerprint AND t.step_no = s.step_no
"""
_NEW_STEPS = """
    SELECT s.*, t.parameter_unit FROM ({steps}) AS s
    JOIN planned_version AS v ON v.claim_id = s.claim_id AND v.version = s.version
    LEFT JOIN planned_law AS t ON t.policy_id = v.policy_id AND t.version = v.policy_version
        AND t.fingerprint = v.policy_fingerprint AND t.step_no = s.step_no
"""

_FILES = ("changed", "new_version", "new_split_portion", "new_adjustment", "new_held")
_EARLIER = "new_portion"
"""The file of a plan of an earlier version of the program, in which all portions were rows of their own."""

_PLANNED = {
    "split_portion": "planned_split",
    "settlement_version": "planned_version",
    "policy_step": "planned_law",
}
"""The tables that the steps of a settlement are read from, and what stands for them in a plan."""


def is_plan(db: Path, name: str) -> bool:
    """Whether a plan of this name is stored for the database."""
    return Path(name).name == name and (plans_folder(db) / name / MANIFEST).is_file()


def plan_page(db: Path, plan_id: str, language: Language = "zh", masked: bool = False) -> str:
    """One self-contained HTML document on a stored plan, before or after it was applied.

    Raises ReprocessError when its files are damaged or the law it was made from is not to be had any more.
    """
    plan = open_plan(db, plan_id)
    with closing(open_current(str(db))) as con:
        _show(con, plan, _law(con, plan, db))
        return impact_report(con, _change(plan), language, masked)


def _law(con: duckdb.DuckDBPyConnection, plan: Plan, db: Path) -> Law:
    """The law of the plan: as the policy files are now, or as the database keeps it once the plan is applied."""
    wanted, folder = plan.manifest["law"], plan.manifest["policies"]
    try:
        law = Request.restored(db, Path(folder) if folder else None, plan.manifest["limits"]).law()
        found = law if law.fingerprint == wanted else kept_law(con, wanted)
    except PolicyError:
        found = kept_law(con, wanted)
    if found is None:
        raise ReprocessError(
            f"the policies were edited since plan {plan.plan_id} was made; make a new plan to see its report"
        )
    return found


def _show(con: duckdb.DuckDBPyConnection, plan: Plan, law: Law) -> None:
    files = {
        name: f"read_parquet('{str(plan.file(name)).replace(chr(39), chr(39) * 2)}')" for name in (*_FILES, _EARLIER)
    }
    split = files[_EARLIER if plan.file(_EARLIER).is_file() else "new_split_portion"]
    planned = {
        "planned_version": f"(FROM settlement_version LIMIT 0) UNION ALL BY NAME FROM {files['new_version']}",
        "planned_split": with_steps(con, split),
        "planned_portion": portions("planned_version", "planned_split"),
    }
    for view, query in planned.items():
        con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {query}")
    con.register("planned_law", _steps_of(law))
    steps = STEPS
    for table, own in _PLANNED.items():
        steps = steps.replace(table, own)
    changed = files["changed"]
    show_sides(con, {
        "impact_old": _OLD.format(table="settlement_version", changed=changed),
        "impact_old_portion": _OLD.format(table="settlement_portion", changed=changed),
        "impact_old_step": _OLD_STEPS.format(changed=changed),
        "impact_new": "FROM planned_version",
        "impact_new_portion": "FROM planned_portion",
        "impact_new_step": _NEW_STEPS.format(steps=steps),
        "impact_cause": f"SELECT claim_id, cause, reach FROM {files['new_adjustment']}",
        "impact_held": f"FROM {files['new_held']}",
    })  # fmt: skip


def _steps_of(law: Law) -> Any:
    """Table policy_step of a law that the database may not hold yet."""
    with duckdb.connect() as aside:
        prepare_warehouse(aside)
        keep_law(aside, law)
        return aside.sql("FROM policy_step").pl()


def _change(plan: Plan) -> Change:
    found = plan.report()
    return Change(
        plan.plan_id,
        True,
        datetime.fromisoformat(plan.manifest["created_at"]),
        plan.manifest["law"],
        [ParameterChange(**_days(row)) for row in found["figures"]],
        [TextChange(**{name: row[name] for name in row if name != "members"}) for row in found["texts"]],
    )


def _days(row: dict[str, Any]) -> dict[str, Any]:
    days = {
        name: date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to", "known_from")
    }
    return {name: value for name, value in row.items() if name != "members"} | days
