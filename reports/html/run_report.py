"""The report that fits a run: of a night, or of a change of the law."""

from __future__ import annotations

import duckdb

from reports.html.reading import row_of
from reports.impact import impact_report
from reports.impact_source import applied
from reports.night import night_report
from reports.policy_words import Language

__all__ = ["LATEST", "run_report"]

LATEST = "latest"
_RUN = (
    "SELECT run_id, kind FROM run WHERE run_id = $run OR $run = $latest ORDER BY started_at DESC, run_id DESC LIMIT 1"
)


def run_report(con: duckdb.DuckDBPyConnection, name: str, language: Language = "zh", masked: bool = False) -> str:
    """One self-contained HTML document on a run by its id, or on the `latest`. Raises UnknownRun."""
    run = row_of(con, _RUN, run=name, latest=LATEST)
    if run is None or run["kind"] == "nightly":
        return night_report(con, run["run_id"] if run else name, language, masked)
    return impact_report(con, applied(con, run["run_id"]), language, masked)
