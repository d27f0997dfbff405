"""The order of a night's work as plain functions: read a delivery, admit it, settle, append, audit, publish."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from flows.intake import LINES_PER_BUCKET, Delivery, expected_lines, read_delivery
from flows.settling.buckets import AT_ONCE, Buckets, settle_buckets
from flows.settling.gathering import split_members
from flows.settling.settler import RESULTS, settler
from flows.settling.workers import Workers, workers
from flows.steps import READING, Interrupted, Perform, directly, saying_what_is_left
from flows.warehouse.admission import admit, release
from flows.warehouse.affected import find_affected
from flows.warehouse.audits import audit
from flows.warehouse.control import RUN_TOTALS, ControlTotals, control_totals, keep_quarantine, keep_totals, yuan
from flows.warehouse.database import prepare_warehouse
from flows.warehouse.law_tables import keep_law, law_warnings, show_law
from flows.warehouse.memory import at_rest
from flows.warehouse.posting import Appended, post
from flows.warehouse.publication import Workspace, publication
from flows.warehouse.queries import number
from flows.warehouse.renewal import stand
from flows.warehouse.runs import Run, earlier_run, record, start_run
from flows.warehouse.touched import find_touched
from flows.warehouse.versions import compare
from policies.law import Law, load

__all__ = ["READING", "Interrupted", "Night", "Outcome", "Perform", "directly", "run_night"]

Advance = Callable[[int, int], None]

_KNOWN = {
    "providers": "SELECT provider_id FROM providers",
    "members": "SELECT member_id FROM members",
    "enrolments": "SELECT DISTINCT member_id FROM enrolments ANTI JOIN members USING (member_id)",
}
"""Keys that the database holds; members who are enrolled only are few."""

_LARGE = 100_000
"""Fee lines from which on a delivery concerns so many claims that processes will settle them."""


@dataclass(frozen=True)
class Night:
    """What to do: the delivery, the database, the folder of policies (None: built in), the day the law is known on."""

    inbox: Path
    db: Path
    policies: Path | None = None
    as_of: date | None = None
    lines_per_bucket: int = LINES_PER_BUCKET


@dataclass(frozen=True)
class Outcome:
    """What a night did. `repeats` names the run that took the same delivery before: then nothing was changed."""

    run: Run
    db: Path
    repeats: str | None = None
    totals: tuple[ControlTotals, ...] = ()
    appended: Appended | None = None
    members: int = 0
    warnings: tuple[str, ...] = field(default=())


def run_night(night: Night, perform: Perform = directly, advance: Advance = lambda done, count: None) -> Outcome:
    """Take one delivery and publish the database with it, or leave the database as it was.

    `perform` runs each named step (an orchestrator may retry those that read or copy files); `advance` hears of settled
    buckets. Raises DeliveryError, PolicyError, SettlingError, AuditFailure or PublicationError with nothing published.
    """
    run = start_run("nightly", str(night.inbox.resolve()), night.as_of)
    with publication(night.db, run.run_id) as workspace, saying_what_is_left(workspace), _team(night) as team:
        return _steps(_Course(night, run, workspace, perform, advance, team))


@dataclass(frozen=True)
class _Course:
    night: Night
    run: Run
    workspace: Workspace
    perform: Perform
    advance: Advance
    team: Workers | None


def _team(night: Night) -> AbstractContextManager[Workers | None]:
    """Processes for a large delivery, which load the program while it is read."""
    return workers(AT_ONCE) if expected_lines(night.inbox) >= _LARGE else nullcontext()


def _steps(course: _Course) -> Outcome:
    night, run, perform = course.night, course.run, course.perform
    law = perform("load the policies", lambda: _law(night))
    perform("copy the database", course.workspace.prepare)
    with closing(course.workspace.connect()) as con:
        con.execute("BEGIN")
        prepare_warehouse(con)
        show_law(con, law)
        delivery = perform("read the delivery", lambda: _read(con, course))
        earlier = earlier_run(con, delivery.fingerprint)
        if earlier:
            return Outcome(run, night.db, repeats=earlier, warnings=(*delivery.warnings, *law_warnings(con, law)))
        outcome = _take(course, con, law, delivery)
        con.execute("COMMIT")
    perform("publish", course.workspace.publish)
    return outcome


def _take(course: _Course, con: duckdb.DuckDBPyConnection, law: Law, delivery: Delivery) -> Outcome:
    night, run, perform = course.night, course.run, course.perform
    totals = perform("admit the rows", lambda: _admit(con, delivery, run))
    members = find_affected(con)
    perform("compare the laws", lambda: _find_touched(con, law))
    folder, settle = course.workspace.scratch, settler(law)
    buckets = perform(
        "gather the claims", lambda: split_members(con, folder, settle, night.lines_per_bucket, delivery.bills)
    )
    with at_rest(con):
        perform("settle", lambda: settle_buckets(buckets, settle, RESULTS, course.advance, course.team))
    appended = perform("append what changed", lambda: _append(con, law, buckets, run))
    warnings = (*delivery.warnings, *law_warnings(con, law), *_waiting(appended))
    outcome = Outcome(run, night.db, None, tuple(totals), appended, members, warnings)
    record(con, run, _run_row(delivery, law, outcome))
    perform("audit", lambda: audit(con, run.run_id))
    return outcome


def _law(night: Night) -> Law:
    return load(night.policies, night.as_of)


def _read(con: duckdb.DuckDBPyConnection, course: _Course) -> Delivery:
    known = {name: con.sql(query).pl() for name, query in _KNOWN.items()}
    night = course.night
    return read_delivery(night.inbox, known, course.workspace.scratch / "delivered", night.lines_per_bucket)


def _admit(con: duckdb.DuckDBPyConnection, delivery: Delivery, run: Run) -> list[ControlTotals]:
    taken = admit(con, delivery, run.run_id)
    keep_quarantine(con, delivery, run.run_id)
    totals = control_totals(con, delivery, taken, run.run_id)
    keep_totals(con, totals, run.run_id)
    release(con)
    return totals


def _append(con: duckdb.DuckDBPyConnection, law: Law, buckets: Buckets, run: Run) -> Appended:
    keep_law(con, law)
    compare(con, {name: buckets.results(name) for name in RESULTS}, run.as_of or run.started_at.date())
    stand(con, "affected", run.run_id)
    return post(con, run.run_id)


def _find_touched(con: duckdb.DuckDBPyConnection, law: Law) -> None:
    """Members of the delivery whose law was edited since they were settled have that cause too."""
    if not number(con, "SELECT count(*) FROM settlement_version"):
        return
    find_touched(con, "affected", law)
    con.execute(
        "UPDATE affected SET causes = list_distinct(list_concat(affected.causes, t.causes)) FROM "
        "(SELECT member_id, list(DISTINCT cause) AS causes FROM touched GROUP BY member_id) AS t "
        "WHERE affected.member_id = t.member_id"
    )


def _waiting(appended: Appended) -> list[str]:
    if not appended.held:
        return []
    return [f"{appended.held} claims are too old to be settled again without a person: see the table held."]


def _run_row(delivery: Delivery, law: Law, outcome: Outcome) -> dict[str, object]:
    assert outcome.appended is not None
    sums = {name: sum(getattr(total, name) for total in outcome.totals) for name in RUN_TOTALS}
    return {
        "policy_fingerprint": law.fingerprint,
        "input_fingerprint": delivery.fingerprint,
        "input_fingerprints": [f"{receipt.file}={receipt.sha256}" for receipt in delivery.receipts],
        **{name: yuan(value) if name.startswith("amount_") else value for name, value in sums.items()},
        "claims_settled": outcome.appended.settled,
        "claims_changed": outcome.appended.first + outcome.appended.adjusted,
        "warnings": list(outcome.warnings),
    }
