"""Nights on real files and a real database: what a delivery changes, what it leaves alone, and how it is written down."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from nightly_world import World, bills, claim, deliver, line, people, provider, stopping_at, write_law

from flows.intake import DeliveryError
from flows.steps import Interrupted
from flows.warehouse.audits import AuditFailure


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_first_night_settles_every_claim(world: World) -> None:
    outcome = world.night(
        **people("m1", "m2"), **bills(("a", "m1", "2025-03-01", "1200.10"), ("b", "m2", "2025-03-02", "30"))
    )
    assert world.paid() == {"a": Decimal("100.05"), "b": Decimal(0)}
    assert outcome.appended and (outcome.appended.settled, outcome.appended.first, outcome.appended.adjusted) == (
        2,
        2,
        0,
    )
    run = "SELECT kind, status, rows_delivered, rows_accepted, rows_quarantined, amount_delivered, claims_settled FROM run"
    assert world.rows(run) == [("nightly", "published", 9, 9, 0, Decimal("1230.10"), 2)]
    assert world.rows("SELECT DISTINCT run_id FROM claims") == [(outcome.run.run_id,)]


def test_a_refused_row_is_counted_and_said(world: World) -> None:
    outcome = world.night(
        **people("m1"), **bills(("a", "m1", "2025-03-01", "5"), ("bad", "nobody", "2025-03-01", "7.50"))
    )
    total = {one.table_name: one for one in outcome.totals}["fee_lines"]
    assert (total.rows_delivered, total.rows_accepted, total.rows_quarantined) == (2, 1, 1)
    assert (total.amount_delivered, total.amount_accepted, total.amount_quarantined) == (1250, 500, 750)
    assert world.rows("SELECT table_name, row_number, rule FROM quarantine ORDER BY ALL")[0] == (
        "claims",
        2,
        "member_exists",
    )


@pytest.mark.parametrize("form", ["same folder", "another folder", "parquet"])
def test_the_same_delivery_again_changes_nothing_and_says_so(world: World, form: str) -> None:
    first = world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "1200")))
    before, status = world.db.read_bytes(), world.db.stat()
    inbox = world.root / "inbox1"
    if form != "same folder":
        inbox = Path(shutil.copytree(inbox, world.root / "again"))
    if form == "parquet":
        for file in inbox.glob("*.csv"):
            pl.read_csv(file, infer_schema=False).write_parquet(file.with_suffix(".parquet"))
            file.unlink()
    again = world.take(inbox)
    assert again.repeats == first.run.run_id
    assert (world.db.read_bytes(), world.db.stat().st_mtime_ns) == (before, status.st_mtime_ns)
    assert world.files() == ["claims.duckdb"]


def test_a_claim_that_comes_again_is_ignored_and_counted(world: World) -> None:
    world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "1200")))
    outcome = world.night(**bills(("a", "m1", "2025-03-01", "1200.00"), ("b", "m1", "2025-04-01", "100")))
    totals = {one.table_name: one for one in outcome.totals}
    assert (totals["claims"].rows_accepted, totals["claims"].rows_repeated, totals["claims"].rows_quarantined) == (
        2,
        1,
        0,
    )
    assert totals["fee_lines"].amount_accepted == 130000
    assert world.paid() == {"a": Decimal(100), "b": Decimal(50)}


@pytest.mark.parametrize("change", ["header", "amount", "more lines", "fewer lines"])
def test_a_claim_that_comes_again_with_other_content_is_quarantined(world: World, change: str) -> None:
    lines = [line("a", "1200"), line("a", "10", 2)]
    world.night(**people("m1"), claims=[claim("a", "m1", "2025-03-01")], fee_lines=lines)
    header = claim("a", "m1", "2025-03-02" if change == "header" else "2025-03-01")
    other = {
        "header": lines,
        "amount": [line("a", "1200.01"), line("a", "10", 2)],
        "more lines": [*lines, line("a", "1", 3)],
        "fewer lines": lines[:1],
    }[change]
    outcome = world.night(claims=[claim("b", "m1", "2025-05-01"), header], fee_lines=[line("b", "1"), *other])
    found = world.rows("SELECT row_number, message FROM quarantine WHERE table_name = 'claims'")
    assert found[0][0] == 2 and "other content" in found[0][1]
    assert {"claim_already_delivered_with_other_content"} == {
        rule for (rule,) in world.rows("SELECT rule FROM quarantine")
    }
    assert sum(one.rows_quarantined for one in outcome.totals) == 1 + len(other)
    assert world.rows("SELECT count(*), max(version) FROM settlement WHERE claim_id = 'a'") == [(1, 1)]


def test_a_late_claim_makes_new_versions_and_says_why(world: World) -> None:
    world.night(
        **people("m1", "m2"),
        **bills(("b", "m1", "2025-03-01", "800"), ("c", "m1", "2025-05-01", "1000"), ("z", "m2", "2025-05-01", "9")),
    )
    outcome = world.night(**bills(("a", "m1", "2025-02-01", "500")))
    assert world.paid() == {"a": Decimal(0), "b": Decimal(150), "c": Decimal(500), "z": Decimal(0)}
    assert outcome.members == 1
    assert world.rows(
        "SELECT claim_id, from_version, to_version, cause, basic_pay_delta, deductible_amount_delta FROM adjustment ORDER BY 1"
    ) == [
        ("b", 1, 2, "late_claim", Decimal(150), Decimal(-300)),
        ("c", 1, 2, "late_claim", Decimal(100), Decimal(-200)),
    ]
    assert world.rows("SELECT basic_pay FROM settlement_version WHERE claim_id = 'b' ORDER BY version") == [
        (0,),
        (150,),
    ]
    assert world.rows(
        "SELECT name, limit_amount, used_amount FROM accumulator WHERE member_id = 'm1' ORDER BY name"
    ) == [
        ("borne", Decimal(1000), Decimal(1000)),
        ("paid", Decimal(5000), Decimal(650)),
    ]


@pytest.mark.parametrize("first", ["the claim", "the reversal"])
def test_a_reversal_takes_both_claims_out(world: World, first: str) -> None:
    one = {**people("m1"), **bills(("a", "m1", "2025-03-01", "2000"), ("b", "m1", "2025-04-01", "100"))}
    back = {"claims": [claim("r", "m1", "2025-05-01", reverses_claim_id="a")], "fee_lines": [line("r", "2000")]}
    if first == "the claim":
        world.night(**one)
        world.night(**back)
        assert ("a", "reversal") in world.rows("SELECT claim_id, cause FROM adjustment")
    else:
        world.night(**people("m1"), **back)
        world.night(claims=one["claims"], fee_lines=one["fee_lines"])
    assert world.rows("SELECT claim_id, status, reasons, basic_pay FROM settlement ORDER BY 1") == [
        ("a", "denied", ["reversed"], 0),
        ("b", "paid", [], 0),
        ("r", "denied", ["reversal"], 0),
    ]


def test_a_changed_provider_settles_its_patients_again(world: World) -> None:
    base = people("m1", "m2")
    base["providers"].append(provider("P2"))
    claims = [claim("a", "m1", "2025-03-01"), claim("b", "m2", "2025-03-01", provider_id="P2")]
    world.night(**base, claims=claims, fee_lines=[line("a", "2000"), line("b", "2000")])
    outcome = world.night(providers=[provider("P1"), provider("P2", is_designated="false")])
    assert outcome.members == 1
    assert world.rows("SELECT claim_id, cause, basic_pay_delta FROM adjustment") == [("b", "reference_changed", -500)]
    totals = outcome.totals[0]
    assert (totals.rows_accepted, totals.rows_replaced, totals.rows_repeated) == (2, 1, 1)


def test_the_newest_delivery_replaces_all_enrolments_of_a_key(world: World) -> None:
    base = people("m1", "m2")
    first, second = {"coverage_from": "2025-01-01"}, {"coverage_from": "2025-07-01"}
    row = base["enrolments"][0]
    base["enrolments"] = [row | first, row | second, base["enrolments"][1]]
    world.night(**base, **bills(("a", "m1", "2025-03-01", "2000")))
    stored = "SELECT coverage_from::VARCHAR FROM enrolments WHERE member_id = 'm1' ORDER BY 1"
    assert world.rows(stored) == [("2025-01-01",), ("2025-07-01",)]
    same = world.night(enrolments=[row | second, row | first], providers=[provider("P9")])
    assert (same.members, same.totals[0].rows_repeated, same.totals[0].rows_replaced) == (0, 2, 0)
    fewer = world.night(enrolments=[row | second])
    assert (fewer.members, fewer.totals[0].rows_repeated, fewer.totals[0].rows_replaced) == (1, 0, 1)
    assert world.rows(stored) == [("2025-07-01",)]
    more = world.night(enrolments=[row | second, row | {"coverage_from": "2025-09-01"}])
    assert (more.members, more.totals[0].rows_replaced, more.totals[0].rows_accepted) == (1, 2, 2)
    assert world.rows(stored) == [("2025-07-01",), ("2025-09-01",)]
    assert world.rows("SELECT count(*) FROM enrolments WHERE member_id = 'm2'") == [(1,)]


def test_a_changed_law_is_said_and_reaches_only_members_of_the_delivery(world: World) -> None:
    world.night(**people("m1", "m2"), **bills(("a", "m1", "2025-03-01", "2000"), ("b", "m2", "2025-03-01", "2000")))
    write_law(world.law, "60%")
    outcome = world.night(**bills(("c", "m1", "2025-04-01", "100")))
    assert world.paid() == {"a": Decimal(600), "b": Decimal(500), "c": Decimal(60)}
    assert any("have changed since run" in warning for warning in outcome.warnings)
    assert any(warning.startswith("1 claims under toy") for warning in outcome.warnings)
    changed = "SELECT cause, policy_fingerprint_from <> policy_fingerprint_to FROM adjustment"
    assert world.rows(changed) == [("policy_changed", True)]
    quotes = world.rows("SELECT claim_id, version, quote FROM settlement_step WHERE rule_id = 'T-2' ORDER BY 1, 2")
    assert [(name, version, "50%" in quote) for name, version, quote in quotes] == [
        ("a", 1, True),
        ("a", 2, False),
        ("b", 1, True),
        ("c", 1, False),
    ]


def test_many_nights_end_where_one_night_with_everything_ends(tmp_path: Path) -> None:
    members = [f"m{number}" for number in range(7)]
    rows = [(f"c{n:02}", members[n % 7], f"2025-{1 + n % 11:02}-{1 + n:02}", f"{137 * n}.{n:02}") for n in range(28)]
    parts, whole = World(tmp_path / "parts"), World(tmp_path / "whole")
    whole.night(**people(*members), **bills(*rows), lines_per_bucket=5)
    parts.night(**people(*members), **bills(*rows[20:]))
    parts.night(**bills(*rows[:9]), lines_per_bucket=2)
    parts.night(**bills(*rows[9:20]))
    business = "SELECT * EXCLUDE (version, run_id) FROM settlement ORDER BY claim_id"
    assert parts.rows(business) == whole.rows(business)
    assert parts.rows("FROM accumulator ORDER BY ALL") == whole.rows("FROM accumulator ORDER BY ALL")
    steps = (
        "SELECT s.* EXCLUDE version FROM settlement_step s SEMI JOIN settlement USING (claim_id, version) ORDER BY ALL"
    )
    assert parts.rows(steps) == whole.rows(steps)


@pytest.mark.parametrize("step", ["settle", "audit", "publish"])
def test_a_night_that_fails_leaves_the_database_as_it_was(world: World, step: str) -> None:
    world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "2000")))
    before = world.db.read_bytes()
    with pytest.raises(AuditFailure):
        world.night(stopping_at(step, AuditFailure("a fact does not hold")), **bills(("b", "m1", "2025-04-01", "1")))
    assert world.db.read_bytes() == before
    assert world.files() == ["claims.duckdb"]


def test_an_interrupted_night_says_what_state_is_left(world: World) -> None:
    with pytest.raises(Interrupted, match="nothing was published: there is no"):
        world.night(
            stopping_at("settle", KeyboardInterrupt()), **people("m1"), **bills(("a", "m1", "2025-03-01", "2000"))
        )
    world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "2000")))
    with pytest.raises(Interrupted, match="is as the last run left it"):
        world.night(stopping_at("settle", KeyboardInterrupt()), **bills(("b", "m1", "2025-04-01", "1")))
    assert world.files() == ["claims.duckdb"]


def test_an_unreadable_delivery_publishes_nothing(world: World) -> None:
    with pytest.raises(DeliveryError):
        world.take(world.root / "nowhere")
    assert world.files() == []


def test_a_delivery_of_refused_rows_only_is_published_as_quarantine(world: World) -> None:
    world.take(deliver(world.root / "in", **bills(("a", "m1", "2025-03-01", "2000"))))
    assert world.rows("SELECT count(*) FROM settlement") == [(0,)]
    assert world.rows("SELECT count(*) FROM quarantine WHERE table_name = 'claims'") != [(0,)]
