"""The commands that write pages to browse or print: the statement for one member, the report on a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    import duckdb

__all__ = ["report", "statement"]

_FILE = click.Path(dir_okay=False, path_type=Path)
_db = click.option("--db", type=_FILE, required=True, help="The database to read.")
_to = click.option("--to", type=_FILE, required=True, help="The HTML file to write; one that is there is replaced.")
_lang = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="The language.")
_masked = click.option("--masked", is_flag=True, help="Hide what identifies a person, as far as the page can.")


@click.command()
@click.argument("member_id")
@_db
@click.option("--year", type=click.IntRange(1990, 2199), required=True, help="The benefit year.")
@_to
@_lang
@_masked
def statement(member_id: str, db: Path, year: int, to: Path, lang: str, masked: bool) -> None:
    """Write the statement of a member's benefits in a year (待遇结算单) as one HTML file."""
    from reports import statement as pages

    _write(db, to, lambda con: pages.statement(con, member_id, year, _language(lang), masked))


@click.command()
@click.argument("run_id")
@_db
@_to
@_lang
@_masked
def report(run_id: str, db: Path, to: Path, lang: str, masked: bool) -> None:
    """Write the report on a run, on the `latest` run or on a plan as one HTML file: of a night, or of a change of the law."""
    from flows.terminal.plan_page import is_plan, plan_page
    from reports.html.run_report import run_report

    language = _language(lang)
    if is_plan(db, run_id):
        _put(to, plan_page(db, run_id, language, masked))
    else:
        _write(db, to, lambda con: run_report(con, run_id, language, masked))


def _language(lang: str) -> Literal["zh", "en"]:
    return "en" if lang == "en" else "zh"


def _write(db: Path, to: Path, page: Callable[[duckdb.DuckDBPyConnection], str]) -> None:
    from flows.warehouse.database import open_current

    with closing(open_current(str(db))) as con:
        html = page(con)
    _put(to, html)


def _put(to: Path, html: str) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(html, encoding="utf-8")
    click.echo(f"Written: {to}")
