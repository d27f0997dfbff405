"""Writes the results of docs/sql-cookbook.md from the sample delivery: `python -m flows.analysts.cookbook`."""

from __future__ import annotations

import re
import tempfile
import time
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from flows.night import Night, run_night
from flows.warehouse.database import open_product

__all__ = ["PAGE", "SAMPLES", "refreshed", "write"]

_ROOT = Path(__file__).resolve().parents[2]
PAGE = _ROOT / "docs" / "sql-cookbook.md"
SAMPLES = _ROOT / "data" / "samples"
_KNOWN_ON = date(2026, 3, 31)
"""The day of the page: later, claims of the sample would be too old to be settled again."""

_BLOCK = re.compile(r"^```(sql|csv)(?: (\S+))?\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"\n(?:\|.*\n)+")


def refreshed(page: str, folder: Path) -> str:
    """The page with the result of every SQL block in the table below it; the databases are made in `folder`.

    Blocks `csv NAME.csv` that follow one another are a delivery, taken in before the next query.
    """
    db, parts, place, delivery = folder / "claims.duckdb", [], 0, {}
    run_night(Night(SAMPLES, db, as_of=_KNOWN_ON))
    for block in _BLOCK.finditer(page):
        kind, name, body = block.groups()
        parts.append(page[place : block.end()])
        place = block.end()
        if kind == "csv":
            delivery[name] = body
            continue
        delivery = _delivered(delivery, folder, db)
        parts.append(f"\n{_result(db, body)}")
        old = _TABLE.match(page, place)
        place = old.end() if old else place
    return "".join([*parts, page[place:]])


def write() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")


def _delivered(files: dict[str, str], folder: Path, db: Path) -> dict[str, str]:
    """Take in what was gathered; nothing is gathered then."""
    if files:
        inbox = Path(tempfile.mkdtemp(dir=folder))
        for name, body in files.items():
            (inbox / name).write_text(body, encoding="utf-8")
        time.sleep(1)  # runs count in seconds
        run_night(Night(inbox, db, as_of=_KNOWN_ON))
    return {}


def _result(db: Path, statements: str) -> str:
    """The answer of the last statement as a Markdown table; numbers stand right."""
    with closing(open_product(str(db))) as con:
        answer = con.execute(statements)
        assert answer.description is not None
        names = [column[0] for column in answer.description]
        rows = answer.fetchall()
    numeric = [any(isinstance(row[place], int | Decimal) for row in rows) for place in range(len(names))]
    lines = [names, ["--:" if right else "---" for right in numeric], *([_cell(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, list):
        return ", ".join(map(_cell, cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat(*" " if isinstance(cell, datetime) else "")
    if isinstance(cell, Decimal):
        return f"{cell:,}"
    return str(cell).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    write()
