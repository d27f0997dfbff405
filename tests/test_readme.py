"""The READMEs show what the program prints for data/samples and name the same commands in both languages.

`python tests/test_readme.py` writes what is shown anew.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest

from flows.night import Night, run_night
from flows.terminal.summary import summary
from flows.warehouse.database import open_product
from reports.explain import explain_claim

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh.md")
DB = Path("out/claims.duckdb")
SHOWN = re.compile(r"<!-- shown: (\w+) -->\n```text\n(.*?)```", re.DOTALL)
RUN = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-nightly-[0-9a-f]{6}")
COMMAND = re.compile(r"(?:\.venv/bin/baoxiao|\./do) [^\n`#]*")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def printed(folder: Path) -> dict[str, str]:
    """What the commands and the query of the README print."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        DB.parent.mkdir()
        closing_words = summary(run_night(Night(ROOT / "data/samples", DB)))
        with open_product(str(DB)) as con:
            return {"summary": closing_words, "explain": explained(con), "query": answered(con)}
    finally:
        os.chdir(here)


def explained(con: duckdb.DuckDBPyConnection) -> str:
    found = re.search(r"\.venv/bin/baoxiao explain (\d+) --db out/claims.duckdb", text(READMES[0]))
    assert found
    statement = io.StringIO()
    explain_claim(con, found[1], statement)
    return statement.getvalue()


def answered(con: duckdb.DuckDBPyConnection) -> str:
    found = re.search(r"```sql\n(.*?)```", text(READMES[0]), re.DOTALL)
    assert found
    return str(con.sql(found[1])).rstrip()


def plain(block: str) -> str:
    return RUN.sub("RUN", trimmed(block))


def trimmed(block: str) -> str:
    return "\n".join(line.rstrip() for line in block.strip().splitlines())


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return printed(tmp_path_factory.mktemp("readme"))


@pytest.mark.parametrize("name", READMES)
def test_what_is_shown_is_what_is_printed(name: str, now: dict[str, str]):
    shown = dict(SHOWN.findall(text(name)))
    assert shown.keys() == now.keys()
    for part, block in shown.items():
        assert plain(block) == plain(now[part]), f"{name}, {part}: run `python tests/test_readme.py`"


def test_both_name_the_same_commands():
    english, chinese = ({command.strip() for command in COMMAND.findall(text(name))} for name in READMES)
    assert english == chinese
    assert len(english) > 6


def test_both_show_the_same_query_and_tables():
    english, chinese = (re.findall(r"```sql\n(.*?)```", text(name), re.DOTALL) for name in READMES)
    assert english == chinese
    policies = [re.findall(r"`([a-z]+-(?:resident|employee))`", text(name)) for name in READMES]
    assert policies[0] == policies[1]


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str):
    for target in re.findall(r"\]\(([^)#]+)\)", text(name)):
        assert (ROOT / target).exists(), f"{name} links {target}"


def write_anew() -> None:
    with tempfile.TemporaryDirectory() as folder:
        now = printed(Path(folder))
    for name in READMES:
        fresh = SHOWN.sub(
            lambda found: f"<!-- shown: {found[1]} -->\n```text\n{trimmed(now[found[1]])}\n```", text(name)
        )
        (ROOT / name).write_text(fresh, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    write_anew()
