"""Figures of the pages against the database, to the fen: totals, funds, sums that must tie out, deltas, steps."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from nightly_world import World, bills, people, write_law
from report_pages import EVIL, LANGUAGES, Page, by_night, pages, plan_of, told_world

from flows.cli import cli
from flows.reprocessing.planning import make_plan
from flows.reprocessing.request import ReprocessError, Request
from flows.terminal.failures import ended
from flows.terminal.plan_page import plan_page
from flows.warehouse.database import open_product
from reports.html.run_report import run_report
from reports.impact import impact_report
from reports.impact_source import applied
from reports.night_source import FUNDS, UnknownRun
from reports.statement import masked_id, statement
from reports.statement_source import PAYERS, SCOPES, DoesNotTie, UnknownMember

OURS = " + ".join(FUNDS)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return told_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def made(world: World) -> dict[tuple[str, str], Page]:
    return {kind: Page(html) for kind, html in pages(world).items()}


def one(world: World, query: str, *values: object) -> tuple[Decimal, ...]:
    return world.rows(query, *values)[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_control_totals_of_a_night(world: World, made: dict[tuple[str, str], Page], language: str) -> None:
    table = made["night", language].tables["control"]
    totals = one(
        world,
        "SELECT sum(amount_delivered), sum(amount_accepted), sum(amount_quarantined) FROM control_total WHERE run_id = ?",
        by_night(world)["first"],
    )
    assert tuple(table.amounts[-1]) == totals == (Decimal("9955.20"), Decimal("9953.95"), Decimal("1.25"))
    rows = one(world, "SELECT rows_delivered, rows_accepted, rows_repeated, rows_quarantined FROM run WHERE run_id = ?",
               by_night(world)["first"])  # fmt: skip
    assert [cell.strip() for cell in table.rows[-1][1:5]] == [str(number) for number in rows]


@pytest.mark.parametrize("language", LANGUAGES)
def test_money_of_a_night_is_first_payments_and_adjustments(
    world: World, made: dict[tuple[str, str], Page], language: str
) -> None:
    late = by_night(world)["late"]
    first = one(world, "SELECT sum(basic_pay) FROM settlement_version WHERE version = 1 AND run_id = ?", late)[0]
    again = one(world, "SELECT sum(basic_pay_delta) FROM adjustment WHERE run_id = ?", late)[0]
    assert made["later night", language].tables["money"].amounts[1] == [first, again, first + again]
    assert again == Decimal("150.00")
    assert made["later night", language].tables["adjusted"].amounts[1] == [again, -again]


def test_a_night_tells_refused_rows_and_claims_in_words(made: dict[tuple[str, str], Page]) -> None:
    text = made["night", "zh"].text
    assert "非定点医药机构" in text and "没有该参保人员" in text and "claims.csv 第 4 行" in text
    assert "x<i>" in text
    assert "示例政策" in text and "toy.txt" in text


def test_a_masked_night_shows_no_value_of_a_refused_row(world: World) -> None:
    with closing(open_product(str(world.db))) as con:
        text = Page(run_report(con, by_night(world)["first"], "zh", masked=True)).text
    assert "x<i>" not in text and "claims.csv 第 4 行" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_statement_ties_out(world: World, made: dict[tuple[str, str], Page], language: str) -> None:
    names = ", ".join(f"sum({name})" for name in ("total_amount", *SCOPES, *PAYERS))
    total, *parts = one(world, f"SELECT {names} FROM settlement WHERE member_id = 'm1' AND benefit_year = 2025")
    scopes, payers = parts[: len(SCOPES)], parts[len(SCOPES) :]
    assert total == sum(scopes) == sum(payers) == Decimal("2130.50")
    page = made["statement", language]
    year = list(page.tables.values())[:2]
    assert [row[0] for row in year[0].amounts[: 1 + len(SCOPES)]] == [total, *scopes]
    assert [row[0] for row in year[1].amounts] == [total, *(pay for pay in payers[:-1] if pay), payers[-1]]
    assert f"{total:,}" in page.text


def test_every_amount_of_a_statement_stands_in_the_database(world: World, made: dict[tuple[str, str], Page]) -> None:
    names = ", ".join(("total_amount", *SCOPES, "deductible_amount", *PAYERS, f"({OURS} + other_pay)"))
    known = {Decimal(0)}
    for table in ("settlement", "settlement_portion SEMI JOIN settlement USING (claim_id, version)"):
        for row in world.rows(f"SELECT {names} FROM {table}"):
            known |= set(row)
    sums = ", ".join(f"sum({name.strip()})" for name in names.split(", "))
    known |= set(one(world, f"SELECT {sums} FROM settlement WHERE member_id = 'm1'"))
    for row in world.rows("SELECT used_amount, limit_amount, limit_amount - used_amount FROM accumulator"):
        known |= set(row)
    shown = {amount for amount, _ in made["statement", "zh"].amounts}
    assert shown <= known


def test_a_statement_tells_what_is_left_of_each_limit(world: World, made: dict[tuple[str, str], Page]) -> None:
    limits = world.rows(
        "SELECT limit_amount, used_amount, limit_amount - used_amount FROM accumulator "
        "WHERE member_id = 'm1' AND limit_amount IS NOT NULL ORDER BY name"
    )
    table = next(
        table
        for table in made["statement", "en"].tables.values()
        if len(table.amounts[-1]) == 3 and len(table.rows) == 3
    )
    assert [tuple(row) for row in table.amounts[1:]] == limits
    assert "a deductible" in table.rows[1][0]


def test_a_statement_gives_reasons_and_steps_with_their_sentences(made: dict[tuple[str, str], Page]) -> None:
    text = made["statement", "zh"].text
    for part in (
        "非定点医药机构",
        "「在定点医疗机构发生的医疗费用由基金支付。」",
        "「年度起付标准为1000元。」",
        "60%",
        "统筹基金支付",
        "经办人",
    ):
        assert part in text, part


def test_a_masked_statement_names_nobody(world: World) -> None:
    assert (masked_id("130600000014"), masked_id("m1"), masked_id("12345")) == ("130******014", "**", "1***5")
    with closing(open_product(str(world.db))) as con:
        text = Page(statement(con, "m1", 2025, "zh", masked=True)).text
    assert "m1" not in text and "1970-05-01" not in text and "1970-**-**" in text


@pytest.mark.parametrize(
    ("member", "year", "said"),
    [("m1", 2020, "there are claims of 2025"), ("nobody", 2025, "There is no member nobody")],
)
def test_a_statement_of_nothing_is_a_sentence(world: World, member: str, year: int, said: str) -> None:
    with closing(open_product(str(world.db))) as con, pytest.raises(UnknownMember, match=said):
        statement(con, member, year)


def test_amounts_changed_by_hand_make_no_statement(world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(world.db.read_bytes())
    with duckdb.connect(str(copy)) as con:
        con.execute("UPDATE settlement_version SET basic_pay = basic_pay + 0.01 WHERE claim_id = 'early'")
        with pytest.raises(DoesNotTie, match="claim early do not add up"):
            statement(con, "m1", 2025)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cost_of_a_change_is_the_sum_of_its_adjustments(
    world: World, made: dict[tuple[str, str], Page], language: str
) -> None:
    law, page = by_night(world)["law"], made["impact", language]
    delta = one(
        world, f"SELECT sum({' + '.join(f'{name}_delta' for name in FUNDS)}) FROM adjustment WHERE run_id = ?", law
    )[0]
    assert delta > 0
    assert page.tables["by-fund"].amounts[-1][-1] == delta
    for name in ("by-month", "by-policy", "by-benefit", "by-cause"):
        assert sum(row[2] for row in page.tables[name].amounts[1:]) == delta, name
    groups = page.tables["by-group"].amounts[1:]
    assert sum(row[0] for row in groups) == sum(row[-1] for row in groups) == delta
    months = world.rows(
        "SELECT strftime(c.started_on, '%Y-%m') AS m, sum(a.basic_pay_delta) FROM adjustment AS a "
        "JOIN claims AS c USING (claim_id) WHERE a.run_id = ? GROUP BY m ORDER BY m",
        law,
    )
    table = page.tables["by-month"]
    shown = [(row[0], amounts[2]) for row, amounts in zip(table.rows[1:], table.amounts[1:], strict=True)]
    assert shown == months


def test_a_change_tells_old_and_new_figures_with_their_sentences(made: dict[tuple[str, str], Page]) -> None:
    text = made["impact", "zh"].text
    assert "pay_rate" in text and "起付标准以上的部分报销50%。" in text and "起付标准以上的部分报销60%。" in text
    assert EVIL in text and "● 统筹基金支付" in text and "标准 50%" in text and "标准 60%" in text
    assert "2024-01-01 起" in text


def test_gains_and_losses_are_those_of_members(world: World, made: dict[tuple[str, str], Page]) -> None:
    law = by_night(world)["law"]
    gains = world.rows(
        "SELECT member_id, -sum(personal_pay_delta) FROM adjustment WHERE run_id = ? GROUP BY ALL ORDER BY 2 DESC, 1",
        law,
    )
    table = made["impact", "en"].tables["gains"]
    shown = [(row[0], amounts[-1]) for row, amounts in zip(table.rows[1:], table.amounts[1:], strict=True)]
    assert shown == [gain for gain in gains if gain[1] > 0]
    assert "losses" not in made["impact", "en"].tables
    assert "People on assistance" in table.rows[1][1]


def test_a_plan_is_told_as_the_run_that_applies_it(world: World, made: dict[tuple[str, str], Page]) -> None:
    plan = Page(plan_page(world.db, plan_of(world), "en"))
    assert plan.amounts == made["impact", "en"].amounts
    assert {name: table.rows for name, table in plan.tables.items()} == {
        name: table.rows for name, table in made["impact", "en"].tables.items()
    }
    assert plan_of(world) in plan.text and "If applied" in plan.text


def test_a_plan_is_told_from_its_own_law_or_not_at_all(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "2000")))
    write_law(world.law, "60%")
    plan = make_plan(Request(world.db, world.law))
    assert "+100.00" in Page(plan_page(world.db, plan.plan_id)).text
    write_law(world.law, "70%")
    with pytest.raises(ReprocessError, match="the policies were edited since plan"):
        plan_page(world.db, plan.plan_id)


def test_losses_and_claims_too_old_to_change_are_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "2000")))
    file = write_law(world.law, "40%") / "toy.yaml"
    page = Page(plan_page(world.db, make_plan(Request(world.db, world.law)).plan_id, "en"))
    assert page.tables["losses"].amounts[1] == [Decimal(1500), Decimal(1600), Decimal(-100)]
    assert "gains" not in page.tables and "100.00 yuan less" in page.text
    file.write_text(
        file.read_text(encoding="utf-8").replace("\nrules:", "\nreopen_limit: 1 months\nrules:", 1), encoding="utf-8"
    )
    page = Page(plan_page(world.db, make_plan(Request(world.db, world.law)).plan_id, "en"))
    assert "No settlement changes." in page.text and "40%" in page.text
    assert page.tables["held"].amounts[1] == [Decimal(-100), Decimal(100)]


def test_a_run_that_changed_nothing_says_so(world: World) -> None:
    with closing(open_product(str(world.db))) as con:
        assert "No settlement changes." in Page(impact_report(con, applied(con, by_night(world)["first"]), "en")).text
        with pytest.raises(UnknownRun, match="no run nope"):
            applied(con, "nope")
        with pytest.raises(UnknownRun, match="The last runs are"):
            run_report(con, "nope")


def test_the_commands_write_the_pages(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "new" / "page.html"
    assert (
        ended(cli, ["statement", "m1", "--db", str(world.db), "--year", "2025", "--to", str(to), "--lang", "en"]) == 0
    )
    assert "Statement of medical insurance benefits" in to.read_text(encoding="utf-8")
    for name, title in (
        ("latest", "政策调整执行报告"),
        (by_night(world)["late"], "夜间结算报告"),
        (plan_of(world), "政策调整测算报告"),
    ):
        assert ended(cli, ["report", name, "--db", str(world.db), "--to", str(to)]) == 0
        assert title in to.read_text(encoding="utf-8")
    assert ended(cli, ["report", "nope", "--db", str(world.db), "--to", str(to)]) == 1
    assert ended(cli, ["statement", "nobody", "--db", str(world.db), "--year", "2025", "--to", str(to)]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2 and all(error.startswith("baoxiao: There is no") for error in errors)
