"""The store of plans: one folder each beside the database, complete or not there at all; losing one hurts nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.reprocessing.request import ReprocessError

__all__ = ["MANIFEST", "Plan", "drafted", "open_plan", "plans_folder"]

MANIFEST = "plan.json"


@dataclass(frozen=True)
class Plan:
    """A stored plan. `manifest`: what it was made from (fingerprints) and for (limits), its files with their hashes."""

    plan_id: str
    folder: Path
    manifest: dict[str, Any]

    def file(self, name: str) -> Path:
        """A Parquet file of the plan."""
        return self.folder / f"{name}.parquet"

    def report(self) -> dict[str, Any]:
        """The figures of the plan by name: lists of rows, amounts in yuan as text."""
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        return found


def plans_folder(db: Path) -> Path:
    """Where the plans of a database are."""
    db = db.resolve()
    return db.with_name(f"{db.name}.plans")


@contextmanager
def drafted(db: Path) -> Iterator[Path]:
    """A folder in which a plan is written; it gets its name with `finished` and is removed otherwise.

    Raises ReprocessError when the folder beside the database cannot be written.
    """
    now = datetime.now()
    mark = hashlib.sha256(f"{now.isoformat()} {os.getpid()}".encode()).hexdigest()[:6]
    draft = plans_folder(db) / f".{now:%Y-%m-%dT%H-%M-%S}-{mark}"
    try:
        _remove_leftovers(plans_folder(db))
        draft.mkdir(parents=True)
    except OSError as error:
        raise ReprocessError(f"the folder {plans_folder(db)} for plans cannot be written: {error.strerror}") from error
    (draft / "writer").write_text(str(os.getpid()), encoding="ascii")
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def finished(draft: Path, manifest: dict[str, Any], report: dict[str, Any]) -> Plan:
    """Seal a draft: from now on it is a plan, under the draft's name."""
    plan_id = draft.name.removeprefix(".")
    shutil.rmtree(draft / "scratch", ignore_errors=True)
    (draft / "writer").unlink()
    _write(draft / "report.json", report)
    files = {file.name: _sha256(file) for file in sorted(draft.iterdir())}
    _write(draft / MANIFEST, {"plan_id": plan_id, **manifest, "files": files})
    folder = draft.with_name(plan_id)
    os.rename(draft, folder)
    return Plan(plan_id, folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def open_plan(db: Path, plan_id: str) -> Plan:
    """A stored plan. Raises ReprocessError when there is none of that name, or when its files are not those it was made with."""
    folder = plans_folder(db) / plan_id
    if not plan_id or Path(plan_id).name != plan_id or not (folder / MANIFEST).is_file():
        there = sorted(file.parent.name for file in plans_folder(db).glob(f"*/{MANIFEST}"))
        known = f"there are {', '.join(there[-5:])}" if there else "there is none; make one with --plan"
        raise ReprocessError(f"there is no plan {plan_id} of {db}: {known}")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name, digest in manifest["files"].items():
        file = folder / name
        if not file.is_file() or _sha256(file) != digest:
            raise ReprocessError(f"the file {name} of plan {plan_id} is missing or damaged; make a new plan")
    return Plan(plan_id, folder, manifest)


def _remove_leftovers(folder: Path) -> None:
    """Drafts of runs that were killed."""
    for writer in folder.glob(".*/writer"):
        try:
            os.kill(int(writer.read_text(encoding="ascii")), 0)
        except (ProcessLookupError, ValueError):
            shutil.rmtree(writer.parent, ignore_errors=True)
        except PermissionError:
            continue


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), encoding="utf-8")


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
