"""The statement of a claim: every amount, step, rule, quote and version, in lines of at most 120 cells."""

from __future__ import annotations

import io
from contextlib import closing

import pytest
from nightly_world import World, bills, claim, line, people, provider
from rich.cells import cell_len

from flows.warehouse.database import open_product
from reports.explain import explain_claim
from reports.explain_reasons import note_in_words, reason_in_words
from reports.explain_source import UnknownClaim


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("world"))
    base = people("m1")
    base["providers"].append(provider("P9", name="未定点诊所", is_designated="false"))
    claims = [claim("a", "m1", "2025-03-01"), claim("far", "m1", "2025-03-05", provider_id="P9")]
    lines = [
        line("a", "1800.50", item_name="阿莫西林胶囊 0.25g×24粒", self_pay_rate="0.05"),
        line("a", "20", 2, catalogue_class="C"),
    ]
    world.night(
        **base,
        claims=[*claims, claim("bad", "x", "2025-03-01")],
        fee_lines=[*lines, line("far", "10"), line("bad", "1")],
    )
    world.night(**bills(("early", "m1", "2025-02-01", "300")))
    return world


def told(world: World, claim_id: str) -> str:
    out = io.StringIO()
    with closing(open_product(str(world.db))) as con:
        explain_claim(con, claim_id, out)
    return out.getvalue()


def test_every_yuan_of_a_paid_claim_is_told(world: World) -> None:
    text = told(world, "a")
    for part in (
        "a: paid", "toy, version 2024-01-01", "示例政策", "toy.txt", "县医院", "阿莫西林胶囊", "own share 5 %",
        "1,820.50", "1,800.50", "300.00 -> 1,000.00", "700.00", "50 %", "550.25", "T-1", "T-2",
        "「年度起付标准为1000元。」", "「起付标准以上的部分报销50%。」", "half_up((in_scope_amount - deductible) * pay_rate)",
    ):  # fmt: skip
        assert part in text, part


def test_versions_and_their_cause_are_told(world: World) -> None:
    text = told(world, "a")
    assert "first settlement" in text and "late claim" in text
    assert "deductible_amount -300.00, basic_pay +150.00, personal_pay -150.00" in text


def test_a_refusal_is_told_in_words_with_its_quote(world: World) -> None:
    text = told(world, "far")
    assert "denied: the provider is not designated (provider_not_designated) [T-3]" in text
    assert "「在定点医疗机构发生的医疗费用由基金支付。」" in text


@pytest.mark.parametrize("claim_id", ["a", "far", "early"])
def test_lines_fit_the_terminal(world: World, claim_id: str) -> None:
    lines = told(world, claim_id).splitlines()
    assert max(cell_len(line) for line in lines) <= 120
    assert len(lines) <= 45
    assert all(line == line.rstrip() for line in lines)


def test_columns_stand_under_each_other_also_after_chinese(world: World) -> None:
    lines = [
        line for line in told(world, "a").splitlines() if "个人负担总金额" in line or "基本医疗保险统筹基金支出" in line
    ]
    assert len({cell_len(line) for line in lines}) == 1


def test_an_unknown_claim_is_a_sentence(world: World) -> None:
    with pytest.raises(UnknownClaim, match="There is no claim nope"):
        told(world, "nope")


def test_a_refused_claim_tells_what_was_wrong_with_it(world: World) -> None:
    with pytest.raises(UnknownClaim, match=r"bad was delivered but not accepted\. Nothing is known of the member x"):
        told(world, "bad")


def test_codes_become_words() -> None:
    assert reason_in_words("excluded_cosmetic").startswith("the law excludes this cost: cosmetic")
    assert "收费等级" in reason_in_words("missing_level") or "level" in reason_in_words("missing_level")
    assert reason_in_words("some_new_code") == "some new code"
    assert note_in_words("some_new_note") == "some new note"
