"""The commands of the analyst's desk on the command line: `export` and `publish`."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["export", "publish"]

_FILE = click.Path(dir_okay=False, path_type=Path)
_FORMS = (".csv", ".parquet", ".xlsx")


def _of_a_form(_context: click.Context, _option: click.Parameter, file: Path) -> Path:
    if file.suffix.lower() not in _FORMS:
        raise click.BadParameter(f"{file.name} ends with none of {', '.join(_FORMS)}")
    return file


@click.command()
@click.argument("query")
@click.option("--db", type=_FILE, required=True, help="The database to read.")
@click.option("--to", type=_FILE, required=True, callback=_of_a_form, help="File to write: .csv, .parquet or .xlsx.")
def export(query: str, db: Path, to: Path) -> None:
    """Write the view QUERY, or the answer to one SELECT, as a file for Excel or another program."""
    from flows.analysts.export import export as written

    click.echo(written(query, db, to))


@click.command()
@click.option("--db", type=_FILE, required=True, help="The bureau's database.")
@click.option("--to", type=_FILE, required=True, help="The copy to write; an older copy there is replaced in one move.")
@click.option(
    "--with-personal", is_flag=True, help="Keep birth dates, diagnoses and the numbers of persons in the copy."
)
def publish(db: Path, to: Path, with_personal: bool) -> None:
    """Make a copy of the database for analysts: persons under pseudonyms, personal columns left out."""
    from flows.analysts.copying import publish as published

    click.echo(published(db, to, with_personal))
