"""The command `export`: one view or query written as CSV, Parquet or Excel, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from flows.analysts.question import Answer, ExportError, ask, open_to_read

__all__ = ["FORMS", "export"]

FORMS = (".csv", ".parquet", ".xlsx")


def export(question: str, db: Path, file: Path) -> str:
    """Write the answer to `question` into `file`, by its ending, and return the words for the terminal.

    Raises ExportError, and NotAWarehouse for `db`; an older file stays as it was.
    """
    write = _writer(question, file)
    if not file.parent.is_dir():
        raise ExportError(f"there is no folder {file.parent}")
    with closing(open_to_read(str(db))) as con:
        answer = ask(con, question, plain=file.suffix.lower() != ".parquet")
        rows = _whole(file, lambda part: write(answer, part))
    return f"{rows:,} rows in {file}"


def _writer(question: str, file: Path) -> Callable[[Answer, Path], int]:
    if file.suffix.lower() == ".csv":
        from flows.analysts.csv_file import write_csv

        return write_csv
    if file.suffix.lower() == ".parquet":
        from flows.analysts.parquet_file import write_parquet

        return write_parquet
    if file.suffix.lower() == ".xlsx":
        from flows.analysts.excel_file import write_excel

        title = question.strip() if re.fullmatch(r"\w{1,31}", question.strip()) else "query"
        return lambda answer, part: write_excel(answer, part, title)
    raise ExportError(f"{file.name} does not say its form; end it with one of {', '.join(FORMS)}")


def _whole(file: Path, write: Callable[[Path], int]) -> int:
    """Write beside the file and put it in its place when it is complete."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        rows = write(part)
        os.replace(part, file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
    return rows
