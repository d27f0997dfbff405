"""Writes the report of a night as pages to read in a browser."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from flows.warehouse.database import open_product

if TYPE_CHECKING:
    from flows.night import Outcome

__all__ = ["write_report"]


def write_report(outcome: Outcome, folder: Path) -> Path:
    """The Chinese page `RUN.html` of a published run, with the English `RUN.en.html` beside it. Raises OSError."""
    from reports.night import night_report

    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{outcome.run.run_id}.html"
    with closing(open_product(str(outcome.db))) as con:
        page.write_text(night_report(con, outcome.run.run_id, "zh"), encoding="utf-8")
        page.with_suffix(".en.html").write_text(night_report(con, outcome.run.run_id, "en"), encoding="utf-8")
    return page
