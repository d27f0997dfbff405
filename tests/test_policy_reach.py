"""What an edit of the law can reach: no more than it must, never less."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from nightly_world import write_law

from policies.archive import restored, texts
from policies.law import load
from policies.reach import Touch, touches

POLICIES = Path(__file__).parent.parent / "policies"
Edit = Callable[[str, str], list[Touch]]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Touches of the toy law with one place replaced."""

    def edit(old: str, new: str) -> list[Touch]:
        file = write_law(tmp_path / "law") / "toy.yaml"
        before = load(tmp_path / "law")
        text = file.read_text(encoding="utf-8")
        assert text.count(old) >= 1
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return touches(before, load(tmp_path / "law"))

    return edit


@pytest.mark.parametrize(("old", "new"), [
    ("policy: toy", "# a comment\npolicy: toy"),
    ("年度起付标准为1000元。", "每年1000元。"),
    ("unit: yuan, value: 1000", "unit: yuan, value: 1000.00"),
])  # fmt: skip
def test_what_computes_the_same_touches_nobody(edited: Edit, old: str, new: str) -> None:
    assert edited(old, new) == []


def test_a_figure_of_a_step_touches_the_portions_of_its_programme(edited: Edit) -> None:
    assert edited("value: 5000", "value: 6000") == [
        Touch("999900", "portion", "toy", "ordinary", what="ordinary: basic")
    ]


def test_a_dated_change_touches_the_days_from_it_on(edited: Edit) -> None:
    change = "value: 5000, changes: [{from: 2025-07-01, value: 6000, quote: x}], "
    (touch,) = edited("value: 5000, ", change)
    assert (touch.level, touch.programme, touch.first, touch.last) == ("portion", "ordinary", date(2025, 7, 1), None)


def test_a_change_for_a_time_touches_that_time(edited: Edit) -> None:
    changes = "[{from: 2025-03-01, value: 6000, quote: x}, {from: 2025-07-01, value: 5000, quote: y}]"
    (touch,) = edited("value: 5000, ", f"value: 5000, changes: {changes}, ")
    assert (touch.first, touch.last) == (date(2025, 3, 1), date(2025, 6, 30))


@pytest.mark.parametrize(("old", "new", "level"), [
    ("not provider.is_designated", "not provider.is_public", "claim"),
    ("line.catalogue_class == 'A'", "line.catalogue_class != 'C'", "claim"),
    ("outcome: denied", "outcome: pended", "claim"),
    ("min(sum_charges(coalesce(line.over_limit_amount, 0)), sum_charges(line.amount))", "0 * sum_charges(line.amount)", "claim"),
    ("max(row.benefit_year - benefit_year, benefit_year - row.benefit_year)", "row.benefit_year", "pool"),
    ("  borne: {}", "  borne: {per: claim}", "claim"),
    ("from: 2024-01-01", "from: 2024-01-02", "pool"),
    ("        into: deductible_amount\n", "", "portion"),
    ("amount: in_scope_amount", "amount: in_scope_amount\n        when: in_scope_amount > yearly_deductible", "portion"),
    ("scheme: resident", "scheme: employee", "pool"),
])  # fmt: skip
def test_what_decides_more_touches_more(edited: Edit, old: str, new: str, level: str) -> None:
    found = edited(old, new)
    assert level in {touch.level for touch in found}
    if level == "claim":
        assert {(touch.policy, touch.first, touch.last) for touch in found if touch.level == "claim"} == {
            ("toy", None, None)
        }


def test_a_pool_that_comes_or_goes_touches_all_of_its_people(tmp_path: Path) -> None:
    one = load(write_law(tmp_path / "one"))
    text = (tmp_path / "one" / "toy.yaml").read_text(encoding="utf-8")
    (tmp_path / "one" / "other.yaml").write_text(
        text.replace("999900", "888800").replace("policy: toy", "policy: other"), encoding="utf-8"
    )
    two = load(tmp_path / "one")
    assert [(touch.pool, touch.level) for touch in touches(one, two)] == [("888800", "pool")]
    assert [(touch.pool, touch.level) for touch in touches(two, one)] == [("888800", "pool")]


def test_the_kept_texts_of_a_law_make_the_same_law() -> None:
    law = load(POLICIES)
    again = restored(texts(law), None)
    assert (again.fingerprint, again.fingerprints) == (law.fingerprint, law.fingerprints)
    assert touches(law, again) == []


def test_a_fact_of_enrolments_touches_rows_of_the_pool(tmp_path: Path) -> None:
    shutil.copytree(POLICIES / "baoding", tmp_path / "baoding")
    before = load(tmp_path)
    file = tmp_path / "baoding" / "cover.yaml"
    text = file.read_text(encoding="utf-8")
    assert "unit: months, value: 3," in text
    file.write_text(text.replace("unit: months, value: 3,", "unit: months, value: 4,"), encoding="utf-8")
    found = touches(before, load(tmp_path))
    assert {touch.level for touch in found} == {"enrolment"} and all(
        touch.pool == before.plans[0].pool for touch in found
    )
