"""docs/sql-cookbook.md: every query runs and yields what the page shows, every snippet of Python runs, every view is there."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from flows.analysts.cookbook import PAGE, SAMPLES, refreshed
from flows.night import Night, run_night
from schemas import VIEWS

TEXT = PAGE.read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_every_query_yields_what_the_page_shows(tmp_path: Path) -> None:
    assert refreshed(TEXT, tmp_path) == TEXT, "run: python -m flows.analysts.cookbook, and read what changed"


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_on_the_page(name: str) -> None:
    queries = "\n".join(re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL))
    assert re.search(rf"\b{name}\b", queries)


def test_snippets_of_python_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    run_night(Night(SAMPLES, tmp_path / "out" / "claims.duckdb"))
    monkeypatch.chdir(tmp_path)
    for snippet in SNIPPETS:
        if ".df()" in snippet and find_spec("pandas") is None:
            continue
        exec(compile(snippet, PAGE.name, "exec"), {})
        assert "fund" in capsys.readouterr().out


def test_numbers_of_the_page_stand_under_a_query() -> None:
    """No table of the page is written by hand."""
    tables = re.findall(r"(?<!\|\n)(^\|.*\n)+", TEXT, re.MULTILINE)
    assert len(tables) == len(re.findall(r"```sql\n.*?```\n\n\|", TEXT, re.DOTALL))
