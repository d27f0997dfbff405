"""Policies as people read them: benefit tables of a day, and what two versions of the law differ in."""

from __future__ import annotations

import io
import shutil
from datetime import date
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from policies.law import load
from policies.loading import builtin_folder
from reports.policy_changes import changes_page
from reports.policy_commands import check_policies, diff_days, diff_policies, show_policy
from reports.policy_diff import ParameterChange, TextChange, between, diff, policies_at, text_diff
from reports.policy_page import Grid, Page
from reports.policy_tables import UnknownPolicy, show

YUNZHOU = Path(__file__).parent / "policies" / "yunzhou"
RATE_QUOTE = "报销比例：一级医疗机构85%，二级医疗机构75%，三级医疗机构60%。"
NEW_RATE_QUOTE = "自2025年7月1日起，三级医疗机构报销比例调整为65%。"


def page(on: str, language: str = "en") -> Page:
    return show(load(YUNZHOU), "yunzhou-resident", date.fromisoformat(on), language)  # type: ignore[arg-type]


def text_of(shown: Page) -> str:
    console = Console(file=io.StringIO(), width=120, highlight=False)
    with console.capture() as written:
        console.print(shown)
    return written.get()


def grid(shown: Page, title: str) -> Grid:
    return next(block for block in shown.blocks if isinstance(block, Grid) and block.title.startswith(title))


def changed(tmp_path: Path, *edits: tuple[str, str]) -> Path:
    folder = tmp_path / "new"
    shutil.copytree(YUNZHOU, folder)
    file = folder / "resident.yaml"
    text = file.read_text(encoding="utf-8")
    for this, by in edits:
        assert this in text
        text = text.replace(this, by, 1)
    file.write_text(text, encoding="utf-8")
    return folder


def test_a_table_lies_level_across_and_shows_the_day() -> None:
    before, after = (grid(page(day), "stay rate") for day in ("2025-06-30", "2025-07-01"))
    assert before.header == ("", "level 1", "level 2", "level 3")
    assert before.rows == (("value", "85%", "75%", "60%"),)
    assert after.rows == (("value", "85%", "75%", "65%"),)
    assert before.caption.startswith("YZ-06 [") and "from 2025-07-01 will be" in before.caption
    assert after.caption.startswith("YZ-07 [") and "in force from 2025-07-01; was" in after.caption


def test_two_facts_lie_crosswise() -> None:
    shown = grid(show(load(), "baoding-resident", date(2025, 3, 1)), "stay rate")
    assert shown.header == ("is near home", "level T", "level 1", "level 2", "level 3")
    assert shown.rows == (("yes", "90%", "90%", "75%", "55%"), ("no", "80%", "80%", "65%", "55%"))


def test_yuan_brackets_and_subjects() -> None:
    text = text_of(page("2025-03-01"))
    assert "100,000 yuan" in text and "3 months" in text
    assert grid(page("2025-03-01"), "critical illness brackets").rows == (
        ("15,000", "50,000", "60%"),
        ("50,000", "any amount", "70%"),
    )
    order = [
        "Stays",
        "What counts of a bill",
        "Ordinary visits",
        "Critical illness",
        "Cover",
        "Programmes",
        "Checks in order",
        "Quotes",
    ]
    places = [text.index(f"\n{subject}\n") for subject in order]
    assert places == sorted(places)


def test_steps_are_lines_with_their_figures_and_rules() -> None:
    text = " ".join(text_of(page("2025-03-01")).split())
    assert (
        "basic = half_up((in_scope_amount - deductible) * ordinary_rate), at most what is left of ordinary_limit (ordinary_paid)"
        in text
    )
    assert (
        "where ordinary_deductible = 100 yuan; ordinary_rate = 50%; ordinary_limit = 400 yuan; annual_limit = 100,000 yuan"
        in text
    )
    assert "3. then the steps: critical illness" in text


def test_chinese_has_chinese_terms_and_right_widths() -> None:
    shown = page("2025-03-01", "zh")
    text = text_of(shown)
    assert "100,000元" in text and "3个月" in text and "不予支付" in text
    assert grid(shown, "stay deductible").header == ("", "一级", "二级", "三级")
    rule = [line for line in text.splitlines() if line.strip().startswith("──")]
    assert rule and all(cell_len(line.rstrip()) <= 120 for line in text.splitlines())


def test_every_real_policy_can_be_shown() -> None:
    law = load()
    for policy in law.policies:
        for language in ("en", "zh"):
            shown = show(law, policy.policy, policy.valid_from, language)  # type: ignore[arg-type]
            assert policy.source.title in text_of(shown) and shown.markdown().startswith("# ")


def test_a_policy_that_is_not_there_or_not_in_force() -> None:
    for policy, day, sentence in (
        (
            "yunzhou-residents",
            date(2025, 1, 1),
            "There is no policy yunzhou-residents; did you mean `yunzhou-resident`?",
        ),
        (
            "yunzhou-resident",
            date(2024, 12, 31),
            "yunzhou-resident is in force from 2025-01-01; 2024-12-31 lies outside.",
        ),
    ):
        with pytest.raises(UnknownPolicy) as refused:
            show(load(YUNZHOU), policy, day)
        assert str(refused.value) == sentence


def test_nothing_differs_from_itself() -> None:
    law = policies_at(builtin_folder())
    assert diff(law, law) == [] and text_diff(law, law) == []
    assert "Nothing." in text_of(changes_page([], []))


def test_a_new_change_differs_from_its_day(tmp_path: Path) -> None:
    raised = "{from: 2025-10-01, known_from: 2025-12-01, value: 120000, quote: 提高到12万元。}"
    limit = "value: 100000, quote: 统筹基金年度最高支付限额为10万元。"
    folder = changed(tmp_path, (limit, f"{limit}, changes: [{raised}]"))
    assert diff(policies_at(YUNZHOU), policies_at(folder)) == [
        ParameterChange(
            "yunzhou-resident", "annual_limit", "changed", "yuan", "100000", "120000", date(2025, 10, 1), None, date(2025, 12, 1),
            "YZ-08", "统筹基金年度最高支付限额为10万元。", "提高到12万元。",
        )
    ]  # fmt: skip


def test_a_corrected_figure_differs_until_the_next_change(tmp_path: Path) -> None:
    folder = changed(tmp_path, ("{level: 3, value: 60%}]", "{level: 3, value: 55%}]"))
    (only,) = diff(policies_at(YUNZHOU), policies_at(folder / "resident.yaml"))
    assert (only.key, only.parameter, only.old, only.new) == ("stay_rate[level: 3]", "stay_rate", "60%", "55%")
    assert (only.valid_from, only.valid_to) == (date(2025, 1, 1), date(2025, 6, 30))


def test_added_and_removed(tmp_path: Path) -> None:
    folder = changed(
        tmp_path,
        (
            "  ordinary_limit: {rule: YZ-09, unit: yuan, value: 400,",
            "  visits_limit: {rule: YZ-09, unit: yuan, value: 500,",
        ),
        ("within: {ordinary_paid: ordinary_limit,", "within: {ordinary_paid: visits_limit,"),
        ("  - {reason: missing_level,", "  - {reason: level_missing,"),
    )
    old, new = policies_at(YUNZHOU), policies_at(folder)
    found = [(c.key, c.kind, c.old, c.new) for c in diff(old, new)]
    assert found == [("visits_limit", "added", None, "500"), ("ordinary_limit", "removed", "400", None)]
    texts = {(change.section, change.name): change.kind for change in text_diff(old, new)}
    assert texts == {
        ("checks", "level_missing"): "added",
        ("checks", "missing_level"): "removed",
        ("programme ordinary", "basic"): "changed",
    }


def test_formulas_and_the_order_of_checks(tmp_path: Path) -> None:
    waiting = "  - {reason: waiting_period, when: is_enrolled and not is_covered, outcome: denied, rule: YZ-02}\n"
    enrolled = "  - {reason: not_enrolled, when: not is_enrolled, outcome: denied, rule: YZ-01}\n"
    folder = changed(
        tmp_path,
        (enrolled + waiting, waiting + enrolled),
        ("  in_scope: line.amount - self_pay", "  in_scope: line.amount"),
    )
    assert text_diff(policies_at(YUNZHOU), policies_at(folder)) == [
        TextChange("yunzhou-resident", "line facts", "in_scope", "changed", "line.amount - self_pay", "line.amount"),
        TextChange(
            "yunzhou-resident", "checks", "order", "changed",
            "not_enrolled, waiting_period, provider_not_designated, missing_level",
            "waiting_period, not_enrolled, provider_not_designated, missing_level",
        ),
    ]  # fmt: skip


def test_two_days_of_one_law() -> None:
    law = policies_at(YUNZHOU)
    (only,) = between(law, date(2025, 6, 30), date(2025, 7, 1))
    assert (only.key, only.old, only.new, only.valid_from) == ("stay_rate[level: 3]", "60%", "65%", date(2025, 7, 1))
    assert (only.old_quote, only.new_quote, only.known_from) == (RATE_QUOTE, NEW_RATE_QUOTE, date(2025, 6, 20))
    assert between(law, date(2025, 7, 1), date(2025, 12, 31)) == []


def test_a_policy_that_came(tmp_path: Path) -> None:
    old, new = policies_at(builtin_folder() / "baoding"), policies_at(builtin_folder())
    came = [change.policy for change in text_diff(old, new) if change.section == "policy"]
    assert "baoding-resident" not in came and "jining-employee" in came


def test_the_commands_write_what_they_are_asked(tmp_path: Path) -> None:
    file = io.StringIO()
    assert check_policies(YUNZHOU, YUNZHOU, file) == 0
    assert file.getvalue() == f"No fault in the policy files of {YUNZHOU}.\n"
    broken = changed(tmp_path, ("  level: provider.level", "  level: provider.levels"))
    file = io.StringIO()
    assert check_policies(broken, None, file) == 1
    assert f"{broken / 'resident.yaml'}, line" in file.getvalue() and file.getvalue().endswith(
        f"One fault in the policy files of {broken}.\n"
    )
    file = io.StringIO()
    show_policy(YUNZHOU, "yunzhou-resident", date(2025, 7, 1), file, "zh", "md")
    assert file.getvalue().startswith("# yunzhou-resident  云州市城乡居民医保问答（虚构）\n")
    file = io.StringIO()
    diff_days(YUNZHOU, date(2025, 6, 30), date(2025, 7, 1), file, policy="yunzhou-resident")
    assert "stay_rate[level: 3]" in file.getvalue()
    file = io.StringIO()
    diff_policies(YUNZHOU, YUNZHOU, file)
    assert "Nothing." in file.getvalue()
