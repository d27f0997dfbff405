"""Plans: nothing moves before they are applied, they publish exactly what they show, and refuse when anything moved."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from nightly_world import World, bills, claim, line, people, stopping_at, write_law

from flows.reprocessing import applying
from flows.reprocessing.applying import Applied, apply_plan
from flows.reprocessing.planning import make_plan
from flows.reprocessing.plans import Plan, plans_folder
from flows.reprocessing.request import ReprocessError, Request
from flows.reprocessing.state import published_state
from flows.steps import Interrupted
from flows.warehouse.audits import AuditFailure
from flows.warehouse.control import RUN_TOTALS
from flows.warehouse.database import prepare_warehouse
from flows.warehouse.runs import Run, record
from schemas import MONEY_COLUMNS

NO_CLAIMS = {
    "policy_fingerprint": "", "input_fingerprint": "", "input_fingerprints": [], "claims_settled": 0, "claims_changed": 0,
    "warnings": [],
}  # fmt: skip
BILLS = bills(("a", "m1", "2025-03-01", "2000"), ("b", "m2", "2025-03-01", "2000"), ("c", "m1", "2025-09-01", "100.50"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.night(**people("m1", "m2"), **BILLS)
    return made


def planned(world: World, **limits: object) -> Plan:
    return make_plan(Request(world.db, world.law, **limits))  # type: ignore[arg-type]


def applied(world: World, plan: Plan) -> Applied:
    return apply_plan(world.db, plan.plan_id)


def known_change(world: World, known_from: str, start: str = "2025-07-01", rate: str = "80%") -> None:
    """The rate is another one from a day on, which became known on another day."""
    text = (world.law / "toy.yaml").read_text(encoding="utf-8")
    change = f"changes: [{{from: {start}, known_from: {known_from}, value: {rate}, quote: 报销{rate}。}}], quote: 起付标准以上的部分"
    (world.law / "toy.yaml").write_text(text.replace("quote: 起付标准以上的部分", change), encoding="utf-8")


def with_reopen_limit(world: World, limit: str) -> None:
    text = (world.law / "toy.yaml").read_text(encoding="utf-8")
    (world.law / "toy.yaml").write_text(
        text.replace("from: 2024-01-01\n", f"from: 2024-01-01\nreopen_limit: {limit}\n", 1)
    )


def test_a_plan_shows_the_money_and_publishes_nothing(world: World) -> None:
    before, status = world.db.read_bytes(), world.db.stat()
    write_law(world.law, "60%")
    plan = planned(world)
    assert (world.db.read_bytes(), world.db.stat().st_mtime_ns) == (before, status.st_mtime_ns)
    report = plan.report()
    assert [(row["key"], row["old"], row["new"]) for row in report["figures"]] == [("pay_rate", "50%", "60%")]
    assert {row["fund"]: row["delta"] for row in report["funds"]}["basic_pay"] == "210.05"
    assert [(row["pool"], row["claims"], row["funds"]) for row in report["pools"]] == [("999900", 3, "210.05")]
    assert [(row["month"], row["claims"], row["basic_pay"]) for row in report["months"]] == [
        ("2025-03", 2, "200.00"),
        ("2025-09", 1, "10.05"),
    ]
    assert [(row["member_id"], row["personal_pay"]) for row in report["gaining_members"]] == [
        ("m1", "-110.05"),
        ("m2", "-100.00"),
    ]
    assert [(row["cause"], row["reach"], row["claims"]) for row in report["causes"]] == [
        ("policy_changed", "direct", 3)
    ]
    changes = pl.read_parquet(plan.file("changes"))
    assert set(changes.columns) >= {f"{name}_{end}" for name in MONEY_COLUMNS for end in ("from", "to")}
    assert [file.name for file in plans_folder(world.db).iterdir()] == [plan.plan_id]


def test_an_applied_plan_is_what_it_showed(world: World) -> None:
    write_law(world.law, "60%")
    plan = planned(world)
    done = applied(world, plan)
    assert world.paid() == {"a": Decimal(600), "b": Decimal(600), "c": Decimal("60.30")}
    found = world.rows(
        "SELECT claim_id, from_version, to_version, run_id, cause, reach, basic_pay_delta FROM adjustment ORDER BY 1"
    )
    assert found[0] == ("a", 1, 2, done.run.run_id, "policy_changed", "direct", Decimal(100))
    laws = "SELECT DISTINCT policy_fingerprint_from <> policy_fingerprint_to FROM adjustment"
    assert world.rows(laws) == [(True,)]
    assert world.rows("SELECT kind, status, claims_settled, claims_changed FROM run ORDER BY started_at, kind") == [
        ("nightly", "published", 3, 3),
        ("reprocess", "published", 3, 3),
    ]
    assert world.rows("SELECT max(version), count(*) FROM settlement_version") == [(2, 6)]
    assert world.files() == ["claims.duckdb", "claims.duckdb.plans"]


def test_after_a_reprocess_no_night_says_that_claims_follow_an_older_text(world: World) -> None:
    write_law(world.law, "60%")
    applied(world, planned(world))
    outcome = world.night(**bills(("d", "m2", "2025-04-01", "100")))
    assert outcome.warnings == ()
    assert world.rows("SELECT DISTINCT cause FROM adjustment WHERE claim_id = 'b'") == [("policy_changed",)]


def test_only_claims_from_the_day_of_a_change_on_are_settled(world: World) -> None:
    known_change(world, "2025-08-01")
    plan = planned(world)
    unaffected = plan.report()["unaffected"]
    assert (unaffected["members_settled"], unaffected["members_out_of_reach"], unaffected["claims_changed"]) == (
        1,
        1,
        1,
    )
    applied(world, plan)
    assert world.rows("SELECT claim_id, basic_pay_delta FROM adjustment") == [("c", Decimal("30.15"))]
    assert planned(world).report()["unaffected"]["members_settled"] == 0


def test_a_figure_that_moves_no_amount_makes_a_version(world: World) -> None:
    world.night(**bills(("small", "m1", "2025-10-01", "0.01")))
    write_law(world.law, "60%")
    applied(world, planned(world))
    assert world.rows("SELECT cause, reach, basic_pay_delta FROM adjustment WHERE claim_id = 'small'") == [
        ("policy_changed", "direct", 0)
    ]
    assert world.rows("SELECT version, parameter FROM settlement_step WHERE claim_id = 'small' AND name = 'basic'") == [
        (1, Decimal("0.5")),
        (2, Decimal("0.6")),
    ]


def test_steps_that_only_get_other_numbers_make_no_version(world: World) -> None:
    text = (world.law / "toy.yaml").read_text(encoding="utf-8")
    rare = "programmes:\n  rare: {steps: [{step: whole, amount: in_scope_amount, into: basic_pay, rule: T-1}]}\n"
    text = text.replace("programmes:\n", rare)
    (world.law / "toy.yaml").write_text(
        text.replace("{first: [", "{first: [{when: line.catalogue_class == 'B', is: rare}, ")
    )
    world.night(**bills(("later", "m1", "2025-12-01", "100")))
    numbers = "SELECT DISTINCT claim_id, version, list(step_no) FROM settlement_step WHERE claim_id IN ('a', 'later') GROUP BY ALL"
    assert sorted(world.rows(numbers)) == [("a", 1, [1, 2]), ("later", 1, [2, 3])]


def test_a_comment_or_quote_settles_nobody_again(world: World) -> None:
    text = (world.law / "toy.yaml").read_text(encoding="utf-8")
    (world.law / "toy.yaml").write_text(f"# corrected\n{text.replace('年度起付', '每年起付')}", encoding="utf-8")
    plan = planned(world)
    assert plan.report()["unaffected"]["members_settled"] == 0
    applied(world, plan)
    assert world.rows("SELECT count(*) FROM adjustment") == [(0,)]


@pytest.mark.parametrize(("limits", "settled"), [
    ({"pool": "999900"}, 2), ({"scheme": "employee"}, 0), ({"scheme": "resident"}, 2), ({"since": date(2025, 8, 1)}, 1),
])  # fmt: skip
def test_the_scope_can_be_limited(world: World, limits: dict[str, object], settled: int) -> None:
    write_law(world.law, "60%")
    plan = planned(world, **limits)
    assert plan.report()["unaffected"]["members_settled"] == settled
    applied(world, plan)
    rest = planned(world).report()["unaffected"]
    assert rest["members_settled"] == 2 - settled


def test_a_pool_without_a_policy_is_refused(world: World) -> None:
    with pytest.raises(ReprocessError, match="no policy is for the pool 111100; there are 999900"):
        planned(world, pool="111100")


def test_the_law_as_it_was_known(world: World) -> None:
    known_change(world, "2025-08-01")
    assert planned(world, as_of=date(2025, 7, 31)).report()["unaffected"]["claims_changed"] == 0
    applied(world, planned(world, as_of=date(2025, 8, 1)))
    assert world.paid()["c"] == Decimal("80.40")
    assert world.rows("SELECT as_of::VARCHAR FROM run WHERE kind = 'reprocess'") == [("2025-08-01",)]
    back = planned(world, as_of=date(2025, 7, 31))
    assert back.report()["funds"][0]["delta"] == "-30.15"


def test_settlements_as_of_a_day_or_a_moment(world: World) -> None:
    write_law(world.law, "60%")
    applied(world, planned(world))
    first, second = (day for (day,) in world.rows("SELECT finished_at FROM run ORDER BY started_at, kind"))
    paid = "SELECT sum(basic_pay) FROM settlement_as_of({})"
    assert world.rows(paid.format(f"DATE '{second.date()}'")) == [(Decimal("1260.30"),)]
    assert world.rows(paid.format("DATE '2020-01-01'")) == [(None,)]
    if first < second:
        assert world.rows(paid.format(f"TIMESTAMP '{first}'")) == [(Decimal("1050.25"),)]
    comment = "SELECT comment FROM duckdb_functions() WHERE function_name = 'settlement_as_of'"
    assert "in force at the end of a day" in world.rows(comment)[0][0]
    columns = [name for name, *_ in world.rows("DESCRIBE FROM settlement_as_of(DATE '2025-01-01')")]
    assert columns == [name for name, *_ in world.rows("DESCRIBE settlement")]


def test_runs_of_one_second_stand_in_the_order_in_which_they_came() -> None:
    with duckdb.connect() as con:
        prepare_warehouse(con)
        for run in ("c", "a", "b"):
            record(con, Run(run, "nightly", datetime(2025, 1, 1), None), {**dict.fromkeys(RUN_TOTALS, 0), **NO_CLAIMS})
        assert published_state(con)["last_run"] == "b"


def test_a_plan_is_refused_after_another_run(world: World) -> None:
    write_law(world.law, "60%")
    plan = planned(world)
    outcome = world.night(**bills(("d", "m2", "2025-04-01", "100")))
    with pytest.raises(
        ReprocessError, match=f"run {outcome.run.run_id} has published claims since it was made. Make a new plan"
    ):
        applied(world, plan)


def test_a_plan_is_applied_once(world: World) -> None:
    write_law(world.law, "60%")
    plan = planned(world)
    done = applied(world, plan)
    with pytest.raises(ReprocessError, match=f"it was applied already, by run {done.run.run_id}"):
        applied(world, plan)


def test_a_plan_is_refused_when_the_policy_was_edited(world: World) -> None:
    write_law(world.law, "60%")
    plan = planned(world)
    write_law(world.law, "61%")
    with pytest.raises(ReprocessError, match="the policy toy was edited since"):
        applied(world, plan)


def test_a_plan_of_another_program_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write_law(world.law, "60%")
    plan = planned(world)
    monkeypatch.setattr(applying, "code_version", lambda: "9.9")
    with pytest.raises(ReprocessError, match=r"was made by version .* of the program, this is 9.9"):
        applied(world, plan)


def test_a_damaged_or_lost_plan_is_said(world: World) -> None:
    write_law(world.law, "60%")
    plan = planned(world)
    plan.file("new_version").write_bytes(b"")
    with pytest.raises(ReprocessError, match=r"new_version.parquet of plan .* is missing or damaged"):
        applied(world, plan)
    with pytest.raises(ReprocessError, match=f"there is no plan nonsense of .*: there are {plan.plan_id}"):
        apply_plan(world.db, "nonsense")
    shutil.rmtree(plans_folder(world.db))
    with pytest.raises(ReprocessError, match="there is none; make one with --plan"):
        applied(world, plan)
    assert world.paid()["a"] == Decimal(500)


def test_a_plan_that_breaks_an_audit_publishes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write_law(world.law, "60%")
    plan = planned(world)
    before = world.db.read_bytes()
    changed = pl.read_parquet(plan.file("new_adjustment")).with_columns(basic_pay_delta=pl.col("basic_pay_delta") * 2)
    changed.write_parquet(plan.file("new_adjustment"))
    monkeypatch.setattr("flows.reprocessing.plans._sha256", lambda file: plan.manifest["files"][file.name])
    with pytest.raises(AuditFailure, match="adjustments_explain_every_change"):
        applied(world, plan)
    assert world.db.read_bytes() == before


@pytest.mark.parametrize("step", ["copy the database", "append what changes", "audit"])
def test_an_interrupted_apply_publishes_nothing_and_can_be_repeated(world: World, step: str) -> None:
    write_law(world.law, "60%")
    plan = planned(world)
    with pytest.raises(Interrupted, match="is as the last run left it"):
        apply_plan(world.db, plan.plan_id, perform=stopping_at(step, KeyboardInterrupt()))
    assert world.paid()["a"] == Decimal(500)
    applied(world, plan)
    assert world.paid()["a"] == Decimal(600)


def test_an_interrupted_plan_leaves_no_plan(world: World) -> None:
    write_law(world.law, "60%")
    with pytest.raises(KeyboardInterrupt):
        make_plan(Request(world.db, world.law), stopping_at("settle", KeyboardInterrupt()))
    assert list(plans_folder(world.db).iterdir()) == []


def test_a_claim_older_than_the_reopen_limit_waits_for_a_person(world: World) -> None:
    with_reopen_limit(write_law(world.law, "60%") and world, "3 months")
    applied(world, planned(world, as_of=date(2025, 10, 1)))
    assert world.paid() == {"a": Decimal(500), "b": Decimal(500), "c": Decimal("60.30")}
    held = (
        "SELECT claim_id, cause, basic_pay_delta, benefit_date::VARCHAR, reopen_limit, status_to FROM held ORDER BY 1"
    )
    assert world.rows(held) == [
        ("a", "policy_changed", Decimal(100), "2025-03-01", "3 months", "paid"),
        ("b", "policy_changed", Decimal(100), "2025-03-01", "3 months", "paid"),
    ]
    with_reopen_limit(write_law(world.law, "60%") and world, "9 months")
    again = planned(world, as_of=date(2025, 10, 1))
    assert [(row["cause"], row["claims_changed"]) for row in again.report()["scope"]] == [("reopened", 2)]
    applied(world, again)
    assert world.paid()["a"] == Decimal(600)
    assert world.rows(held) == [] and world.rows("SELECT cause FROM adjustment WHERE claim_id = 'a'") == [("reopened",)]


def test_a_late_claim_does_not_reopen_an_old_one_and_a_reversal_does(world: World) -> None:
    with_reopen_limit(world, "3 months")
    outcome = world.night(**bills(("early", "m1", "2025-01-01", "700")))
    assert world.paid()["a"] == Decimal(500)
    assert world.rows("SELECT claim_id, cause, basic_pay_delta FROM held ORDER BY 1") == [
        ("a", "late_claim", Decimal(350))
    ]
    assert outcome.warnings[-1].startswith("1 claims are too old to be settled again without a person")
    world.night(claims=[claim("back", "m2", "2025-03-02", reverses_claim_id="b")], fee_lines=[line("back", "2000")])
    assert world.rows("SELECT status, reasons FROM settlement WHERE claim_id = 'b'") == [("denied", ["reversed"])]


def test_a_span_that_is_none_is_told_with_its_place(world: World) -> None:
    from policies.text import PolicyError

    with_reopen_limit(world, "two years")
    with pytest.raises(PolicyError, match=r"toy.yaml, line \d+: `reopen_limit: two years` is not a span"):
        planned(world)


def test_a_database_of_an_earlier_version_is_said_and_mended_by_a_night(world: World) -> None:
    import duckdb

    from flows.warehouse.database import NotAWarehouse

    with duckdb.connect(str(world.db)) as con:
        con.execute(
            "ALTER TABLE adjustment DROP COLUMN reach; DROP TABLE standing; DROP TABLE held; DROP TABLE policy_text"
        )
    with pytest.raises(NotAWarehouse, match="made by an earlier version"):
        planned(world)
    world.night(**bills(("d", "m2", "2025-04-01", "100")))
    report = planned(world).report()
    assert [(row["cause"], row["members"]) for row in report["scope"]] == [("program_changed", 1)]
    assert report["unaffected"]["claims_changed"] == 0
