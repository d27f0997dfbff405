"""Pages as files: one document that needs nothing else, hostile texts stay texts, both languages complete, charts told in words."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from report_pages import EVIL, LANGUAGES, Page, pages, told_world

from reports.html.charts import Bar, columns, meter, rows
from reports.html.figures import percent_of, step_figure, yuan_text
from reports.html.words import WORDS, say
from schemas import MONEY_COLUMNS, TABLES

KINDS = [(kind, language) for kind in ("night", "later night", "statement", "impact") for language in LANGUAGES]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    return pages(told_world(tmp_path_factory.mktemp("world")))


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_a_page_is_one_document_that_needs_nothing_else(
    made: dict[tuple[str, str], str], kind: tuple[str, str]
) -> None:
    html = made[kind]
    page = Page(html)
    names = [name for name, _ in page.tags]
    assert html.startswith("<!DOCTYPE html>") and html.rstrip().endswith("</html>")
    assert [names.count(name) for name in ("html", "head", "body", "h1", "style")] == [1] * 5
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(names)
    assert not {"src", "href", "xlink:href", "onload"} & {name for _, given in page.tags for name in given}
    assert not re.search(r"https?:|url\(|@import|//", html)
    assert dict(page.tags)["html"]["lang"] == ("zh-CN" if kind[1] == "zh" else "en")
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_hostile_texts_stay_texts(made: dict[tuple[str, str], str], kind: tuple[str, str]) -> None:
    html = made[kind]
    assert "<script" not in html and "<b>诊所" not in html and "<i>" not in html
    if kind[0] in ("statement", "impact"):
        assert EVIL in Page(html).text


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_every_amount_is_shown_to_the_fen(made: dict[tuple[str, str], str], kind: tuple[str, str]) -> None:
    amounts = Page(made[kind]).amounts
    assert len(amounts) > 10
    for amount, text in amounts:
        assert text in (yuan_text(amount), yuan_text(amount, True))


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_charts_are_told_in_words(made: dict[tuple[str, str], str], kind: tuple[str, str]) -> None:
    page = Page(made[kind])
    drawn = [given for name, given in page.tags if name == "svg"]
    told = {given["id"] for name, given in page.tags if name in ("title", "desc") and "id" in given}
    assert drawn
    for given in drawn:
        assert given["role"] == "img" and set((given["aria-labelledby"] or "").split()) <= told


def test_languages_do_not_mix(made: dict[tuple[str, str], str]) -> None:
    english = Page(made["night", "en"]).text
    for word in ("夜间", "基金", "起付", "不予支付", "隔离"):
        assert word not in english
    assert "夜间结算报告" in Page(made["night", "zh"]).text


def test_every_text_is_there_in_both_languages() -> None:
    for name, texts in WORDS.items():
        fields = [set(re.findall(r"{(\w+)}", text)) for text in texts]
        assert texts[0] and fields[0] == fields[1], name
    assert say("en", "failed_rows", rows="3") == "rows: 3"


def test_terms_of_money_come_from_the_schema(made: dict[tuple[str, str], str]) -> None:
    text = Page(made["statement", "zh"]).text
    for name in ("total_amount", "basic_pay", "personal_pay", "in_scope_amount", "deductible_amount"):
        assert name in MONEY_COLUMNS and TABLES["settlement"][name].chinese in text


def test_bars_start_at_zero_on_an_axis_of_round_figures() -> None:
    chart = columns("c", "t", [Bar("1", Decimal("730.10")), Bar("2", Decimal("-120.00"))])
    ticks = re.findall(r'text-anchor="end">([^<]+)<', chart)
    assert ticks == ["−500", "0", "500", "1,000"]
    zero = re.findall(r'class="zero" [^>]*y1="([\d.]+)"', chart)[0]
    tops = dict(re.findall(r'<rect class="plain"[^>]* y="([\d.]+)" [^>]*height="([\d.]+)"', chart))
    assert Decimal(zero) in {Decimal(y) + Decimal(height) for y, height in tops.items()} and zero in tops


@pytest.mark.parametrize(
    "values", [[Decimal(0)], [Decimal("0.01")], [Decimal(-5), Decimal(-1)], [Decimal("1e9")], [0, 3]]
)
def test_charts_of_odd_values_can_be_drawn(values: list[Decimal | int]) -> None:
    bars = [Bar(f"<{number}>", value) for number, value in enumerate(values)]
    for chart in (columns("c", "<t>", bars), rows("r", "<t>", bars)):
        assert "&lt;t&gt;" in chart and "<t>" not in chart and "nan" not in chart.lower()
        assert all(Decimal(size) >= 0 for size in re.findall(r'(?:width|height)="([-\d.E+]+)"', chart))


def test_a_meter_is_never_fuller_than_full() -> None:
    assert 'width="200.0"' in meter("m", "t", Decimal(300), Decimal(200)) and meter("m", "t", Decimal(0), Decimal(0))


def test_figures_are_written_as_people_write_them() -> None:
    assert (yuan_text(Decimal("-1234567.8")), yuan_text(5, True)) == ("−1,234,567.80", "+5.00")
    assert (percent_of(1, 3), percent_of(-1, 8, True), percent_of(1, 0)) == ("33.3%", "−12.5%", "–")
    assert (step_figure(Decimal("0.0550"), "share"), step_figure(Decimal("1200.0000"), "count")) == ("5.5%", "1,200")
    assert step_figure(None, "yuan") == ""
