"""An answer as CSV: Excel reads the Chinese (byte order mark), and no cell can act as a formula."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from flows.analysts.question import Answer

__all__ = ["harmless", "write_csv"]

_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
_NUMBER = r"^[+\-]?[0-9]+(\.[0-9]+)?$"


def write_csv(answer: Answer, file: Path) -> int:
    """Write the answer and return its number of rows."""
    rows = 0
    header = dict(zip(answer.types, map(_harmless_name, answer.types), strict=True))
    with file.open("wb") as out:
        out.write("\ufeff".encode())
        out.write(pl.DataFrame(schema=list(header.values())).write_csv().encode())
        for batch in answer.batches:
            cells = batch.with_columns(
                harmless(pl.col(name)) for name in batch.columns if batch.schema[name] == pl.String
            )
            cells.write_csv(out, include_header=False, date_format="%Y-%m-%d", datetime_format="%Y-%m-%dT%H:%M:%S")
            rows += batch.height
    return rows


def harmless(text: pl.Expr) -> pl.Expr:
    """Text with an apostrophe before what a spreadsheet would take for a formula; plain numbers stay as they are."""
    acts = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(acts).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(text.meta.output_name())


def _harmless_name(name: str) -> str:
    return f"'{name}" if re.match(_FORMULA, name) and not re.match(_NUMBER, name) else name
