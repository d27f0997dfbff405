"""Reprocessing under the law of a real city: each edit of it against the same state made from nothing."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest
from nightly_world import Row, line
from oracle.random_baoding import deliveries
from reprocess_world import History, differences, edit_at_random, without_nulls

from policies.text import PolicyError
from transforms.settle import SettlingError

STAY_RATE = "    quote: 省域内的乡镇卫生院（社区卫生服务中心）、一级医疗机构90%，二级医疗机构75%，三级医疗机构55%。\n"
LIMIT = "    value: 200000\n"
THRESHOLD = "above: 15016,"


def city() -> dict[str, list[Row]]:
    """Two residents insured in 2024 to 2026, and a second-level hospital."""
    return {
        "members": [{"member_id": m, "sex": "F", "birth_date": "1970-05-01"} for m in "AB"],
        "enrolments": [
            {
                "member_id": m,
                "scheme": "resident",
                "benefit_year": y,
                "area_code": "130602",
                "paid_on": f"{y - 1}-10-01",
            }
            for m in "AB"
            for y in (2023, 2024, 2025, 2026)
        ],
        "providers": [
            {
                "provider_id": "P2",
                "kind": "hospital",
                "level": 2,
                "is_public": "true",
                "is_tcm": "false",
                "area_code": "130606",
            }
        ],
    }


def stay(claim_id: str, member: str, day: str, **given: str) -> Row:
    return {
        "claim_id": claim_id, "member_id": member, "provider_id": "P2", "care_type": "inpatient", "started_on": day, "ended_on": day,
        "settled_at": f"{day}T10:00:00", "diagnosis_code": "J18.9", **given,
    }  # fmt: skip


def stays(*rows: tuple[str, str, str, str]) -> dict[str, list[Row]]:
    """Stays of one line each: (claim, member, day, amount)."""
    return {
        "claims": [stay(claim, member, day) for claim, member, day, _ in rows],
        "fee_lines": [line(claim, amount) for claim, _, _, amount in rows],
    }


HISTORY = stays(
    ("jan", "A", "2025-01-10", "150000"),
    ("may", "A", "2025-05-10", "120000"),
    ("dec", "A", "2025-12-10", "150000"),
    ("b24", "B", "2024-03-10", "9000"),
    ("b25", "B", "2025-09-10", "30000"),
    ("b26", "B", "2026-02-10", "2000"),
)


@pytest.fixture
def history(tmp_path: Path) -> History:
    made = History(tmp_path)
    made.night(**city(), **HISTORY)
    return made


def deltas(history: History) -> dict[str, tuple[str, str, Decimal]]:
    """Cause, reach and change of all that our funds pay, by claim."""
    pays = "basic_pay_delta + critical_illness_pay_delta"
    rows = history.rows(f"SELECT claim_id, cause, reach, {pays} FROM adjustment ORDER BY claim_id, to_version")
    return {claim: (cause, reach, delta) for claim, cause, reach, delta in rows}


def test_a_rate_that_changes_in_mid_year_reaches_the_stays_from_that_day_on(history: History) -> None:
    table = "{is_near_home: true, level: '2', value: 80%}, {is_near_home: true, value: 55%}, {is_near_home: false, value: 55%}"
    history.edit(
        STAY_RATE, f"{STAY_RATE}    changes: [{{from: 2025-07-01, table: [{table}], quote: 下半年起二级80%}}]\n"
    )
    plan = history.plan()
    figures = plan.report()["figures"]
    assert {
        (row["old"], row["new"], row["valid_from"])
        for row in figures
        if "level: 2" in row["key"] and "true" in row["key"]
    } == {("75%", "80%", "2025-07-01")}
    history.apply(plan)
    assert differences(history, history.from_nothing()) == []
    changed = deltas(history)
    assert {"b25", "b26"} <= changed.keys() and not {"jan", "may", "b24"} & changed.keys()
    assert changed["b26"] == ("policy_changed", "direct", Decimal("70.00"))


def test_a_raised_annual_cap_pays_what_was_cut(history: History) -> None:
    before = dict(history.rows("SELECT claim_id, basic_pay FROM settlement"))
    history.edit(LIMIT, LIMIT.replace("200000", "250000"))
    history.reprocess()
    assert differences(history, history.from_nothing()) == []
    after = dict(history.rows("SELECT claim_id, basic_pay FROM settlement"))
    assert {claim for claim in after if after[claim] != before[claim]} == {"may", "dec"}
    assert sum(after[claim] for claim in ("jan", "may", "dec")) == 250_000


def test_a_lowered_critical_illness_threshold_reaches_only_who_passes_it(history: History) -> None:
    history.edit(THRESHOLD, "above: 7000,")
    plan = history.plan()
    history.apply(plan)
    assert differences(history, history.from_nothing()) == []
    found = deltas(history)
    assert found["b25"][2] > 0 and found["jan"][2] > 0 and "b24" not in found and "b26" not in found


def test_a_new_benefit_year_leaves_the_old_ones(history: History) -> None:
    history.edit(LIMIT, f"{LIMIT}    changes: [{{from: 2026-01-01, value: 1000, quote: 2026年起1000元}}]\n")
    plan = history.plan()
    assert plan.report()["unaffected"]["members_settled"] == 1
    history.apply(plan)
    assert differences(history, history.from_nothing()) == []
    assert {claim for claim, (_, _, delta) in deltas(history).items() if delta} == {"b26"}
    assert history.rows("SELECT basic_pay FROM settlement WHERE claim_id = 'b26'") == [(1000,)]


def test_a_retroactive_correction_that_is_taken_back_nets_to_zero(history: History) -> None:
    before = history.outcome()
    history.edit(THRESHOLD, "above: 9000,")
    history.reprocess()
    assert history.outcome() != before
    history.edit("above: 9000,", THRESHOLD)
    history.reprocess()
    assert history.outcome() == before
    sums = ", ".join(f"sum({name})" for (name,) in history.rows(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'adjustment' AND column_name LIKE '%_delta'"
    ))  # fmt: skip
    rows = history.rows(f"SELECT claim_id, {sums} FROM adjustment GROUP BY claim_id")
    assert rows and all(set(sums) == {Decimal(0)} for _, *sums in rows)


def test_a_reversal_in_january_frees_the_cap_for_december(history: History) -> None:
    reversal = {
        "claims": [stay("back", "A", "2025-01-10", reverses_claim_id="jan")],
        "fee_lines": [line("back", "150000")],
    }
    history.night(**reversal)
    together = History(history.root / "together")
    together.night(
        **city(), claims=HISTORY["claims"] + reversal["claims"], fee_lines=HISTORY["fee_lines"] + reversal["fee_lines"]
    )
    assert differences(history, together) == []
    found = deltas(history)
    assert found["jan"][:2] == ("reversal", "direct")
    assert found["dec"][:2] == ("reversal", "limit_freed") and found["dec"][2] > 0


def test_a_late_claim_moves_the_running_totals_of_later_ones(history: History) -> None:
    history.night(**stays(("late", "A", "2025-03-01", "60000")))
    together = History(history.root / "together")
    late = stays(("late", "A", "2025-03-01", "60000"))
    together.night(**city(), **{name: HISTORY[name] + late[name] for name in HISTORY})
    assert differences(history, together) == []
    assert deltas(history)["dec"][:2] == ("late_claim", "accumulator_moved")


def test_corrected_data_of_a_person_is_an_adjustment_of_its_own(history: History) -> None:
    history.night(statuses=[{"member_id": "B", "status": "university_student", "valid_from": "2025-01-01"}])
    assert deltas(history)["b25"][:2] == ("reference_changed", "direct")
    history.night(providers=[{**city()["providers"][0], "level": 3}])
    assert history.rows("SELECT DISTINCT cause FROM adjustment") == [("reference_changed",)]
    assert history.rows("SELECT count(*) FROM adjustment WHERE claim_id = 'jan'") == [(1,)]


def test_an_edit_for_one_city_does_not_recompute_another(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.night(**without_nulls(deliveries(3, 40)))
    for file in (history.law / "hubei").glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("pay: 60%", "pay: 65%"), encoding="utf-8")
    plan = history.plan()
    settled = f"read_parquet('{plan.file('affected')}')"
    elsewhere = "SELECT member_id FROM enrolments WHERE NOT starts_with(area_code, '42')"
    assert plan.report()["unaffected"]["members_settled"] > 0
    assert history.rows(f"SELECT member_id FROM {settled} WHERE member_id IN ({elsewhere}) AND member_id NOT IN "
                        "(SELECT member_id FROM enrolments WHERE starts_with(area_code, '42'))") == []  # fmt: skip
    history.apply(plan)
    assert differences(history, history.from_nothing()) == []


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_come_out_as_if_made_from_nothing(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    history = History(tmp_path)
    tables = without_nulls(deliveries(100 + seed, 50))
    half = len(tables["claims"]) // 2
    first = {row["claim_id"] for row in tables["claims"][:half]}
    parts = [
        {name: [row for row in tables[name] if (row["claim_id"] in first) is early] for name in ("claims", "fee_lines")}
        for early in (True, False)
    ]
    history.night(**{**tables, **parts[0]})
    edits = [edit_at_random(dice, history.law) for _ in range(3)]
    assert any(edits)
    try:
        history.night(**parts[1])
        history.reprocess()
    except (PolicyError, SettlingError) as error:
        pytest.skip(f"the edited law cannot settle: {error}")
    assert differences(history, history.from_nothing()) == []
