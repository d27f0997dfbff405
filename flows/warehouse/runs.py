"""A run: its readable name, its clock, the version of the program, and its row in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

import policies
import schemas
import transforms
from flows.warehouse.queries import first_row
from flows.warehouse.tables import STORED

__all__ = ["Run", "code_version", "delivery_fingerprint", "earlier_run", "record", "start_run"]


@dataclass(frozen=True)
class Run:
    """One run of the program: `as_of` is the day up to which the law is known to it."""

    run_id: str
    kind: str
    started_at: datetime
    as_of: date | None


def start_run(kind: str, subject: str, as_of: date | None) -> Run:
    """A new run; its name is the local time, the kind, and a short hash of the time and its subject (a folder)."""
    now = datetime.now()
    mark = hashlib.sha256(f"{now.isoformat()} {subject}".encode()).hexdigest()[:6]
    return Run(f"{now:%Y-%m-%dT%H-%M-%S}-{kind}-{mark}", kind, now.replace(microsecond=0), as_of)


def delivery_fingerprint(files: Mapping[str, str]) -> str:
    """One hash for the content of a delivery, from the hashes of its files."""
    return hashlib.sha256("\n".join(f"{name} {files[name]}" for name in sorted(files)).encode()).hexdigest()


def earlier_run(con: duckdb.DuckDBPyConnection, fingerprint: str) -> str | None:
    """The published run that took exactly this delivery, if there is one."""
    row = first_row(con, "SELECT run_id FROM run WHERE input_fingerprint = ? LIMIT 1", [fingerprint])
    return str(row[0]) if row else None


@cache
def code_version() -> str:
    """The version of the program, with a hash of the sources that decide what a settlement comes to."""
    digest = hashlib.sha256()
    for package in (schemas, policies, transforms):
        for file in sorted(Path(str(package.__file__)).parent.glob("*.py")):
            digest.update(file.read_bytes())
    return f"{_installed_version()}+{digest.hexdigest()[:8]}"


def _installed_version() -> str:
    try:
        return version("baoxiao")
    except PackageNotFoundError:
        return "unknown"


def record(con: duckdb.DuckDBPyConnection, run: Run, values: Mapping[str, object]) -> None:
    """Write the row of a run that is about to be published; `values` are the columns the run itself does not know."""
    row = {
        "run_id": run.run_id,
        "kind": run.kind,
        "started_at": run.started_at,
        "finished_at": datetime.now().replace(microsecond=0),
        "as_of": run.as_of or run.started_at.date(),
        "code_version": code_version(),
        "status": "published",
        **values,
    }
    assert set(row) == set(STORED["run"].names), set(row) ^ set(STORED["run"].names)
    places = ", ".join("?" for _ in row)
    con.execute(f"INSERT INTO run ({', '.join(row)}) VALUES ({places})", list(row.values()))
