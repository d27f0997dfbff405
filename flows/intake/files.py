"""Finds the files of a delivery: one folder, each table as NAME.csv or NAME.parquet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.intake.error import DeliveryError
from schemas import DELIVERED

__all__ = ["READY_FILE", "Found", "expected_lines", "find_files", "lines_in", "sha256"]

_SUFFIXES = (".csv", ".parquet")

READY_FILE = "_READY"
"""A sender that writes this file last says that the delivery is whole."""


@dataclass(frozen=True)
class Found:
    """The file of each table, and what else lay in the folder."""

    files: dict[str, Path]
    warnings: list[str]


def find_files(folder: Path) -> Found:
    """Raises DeliveryError when there is no such folder, no table in it, or two files for one table."""
    if not folder.is_dir():
        raise DeliveryError(f"There is no folder {folder}: give the folder that holds the delivery.")
    files: dict[str, Path] = {}
    warnings = []
    for path in sorted(folder.iterdir()):
        name = path.stem.lower()
        if path.name.startswith(".") or path.name == READY_FILE:
            continue
        if path.suffix.lower() not in _SUFFIXES or name not in DELIVERED or not path.is_file():
            warnings.append(f"{path.name} is not a table of a delivery and was not read.")
        elif name in files:
            raise DeliveryError(
                f"{files[name].name} and {path.name} are both the table {name}: leave only one of them."
            )
        else:
            files[name] = path
    if not files:
        expected = ", ".join(f"{name}.csv" for name in DELIVERED)
        raise DeliveryError(f"{folder} holds no table: a delivery has files such as {expected} (or .parquet).")
    return Found({name: files[name] for name in DELIVERED if name in files}, warnings)


def lines_in(path: Path) -> int:
    """Rows of a file, roughly: of a CSV as many as its first part lets expect; 0 when that cannot be told."""
    if path.suffix.lower() == ".parquet":
        try:
            return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, OSError):
            return 0
    with path.open("rb") as handle:
        start = handle.read(1 << 20)
    return path.stat().st_size * start.count(b"\n") // max(len(start), 1)


def expected_lines(folder: Path) -> int:
    """Fee lines of a delivery, roughly; 0 when that cannot be told before it is read."""
    try:
        lines = find_files(folder).files.get("fee_lines")
        return lines_in(lines) if lines else 0
    except (DeliveryError, OSError):
        return 0


def sha256(path: Path) -> str:
    """Hash of the file's bytes, the same that `sha256sum` prints."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
