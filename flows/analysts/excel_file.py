"""An answer as an Excel sheet: numbers as numbers, ids as text, header frozen, columns as wide as what they hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from flows.analysts.question import Answer, ExportError

__all__ = ["MOST_ROWS", "write_excel"]

MOST_ROWS = 1_048_576
"""Of a sheet, the header included."""
_MOST_CHARACTERS = 32_767
_MOST_DIGITS = 15
"""Excel keeps no more digits of a number."""
_WIDEST = 60
_NO_SURPRISES = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

Put = Callable[[int, int, Any], int]


def write_excel(answer: Answer, file: Path, title: str) -> int:
    """Write the answer and return its number of rows. Raises ExportError when a sheet cannot hold it."""
    with xlsxwriter.Workbook(str(file), _NO_SURPRISES) as book:
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        widths = [_width(name) for name in answer.types]
        for place, name in enumerate(answer.types):
            sheet.write_string(0, place, name, book.add_format({"bold": True}))
        puts = [_put(sheet, book, kind) for kind in answer.types.values()]
        rows = _write_rows(answer, sheet, puts, widths)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, min(width, _WIDEST) + 2)
        sheet.autofilter(0, 0, rows, max(len(widths) - 1, 0))
    return rows


def _write_rows(answer: Answer, sheet: Worksheet, puts: list[Put], widths: list[int]) -> int:
    row = 0
    for batch in answer.batches:
        if row + batch.height >= MOST_ROWS:
            raise ExportError(
                f"the answer has more than {MOST_ROWS - 1:,} rows and an Excel sheet holds no more; "
                "narrow the query, or write .csv or .parquet"
            )
        _widen(widths, batch)
        for cells in batch.iter_rows():
            row += 1
            for place, cell in enumerate(cells):
                if cell is not None and puts[place](row, place, cell) < 0:
                    name = batch.columns[place]
                    raise ExportError(
                        f"a cell of {name} has more than {_MOST_CHARACTERS:,} characters: write .csv or .parquet"
                    )
    return row


def _put(sheet: Worksheet, book: xlsxwriter.Workbook, kind: str) -> Put:
    """How a cell of a DuckDB type is written."""
    if kind == "BOOLEAN":
        return sheet.write_boolean
    if kind == "DATE":
        return _dated(sheet, book.add_format({"num_format": "yyyy-mm-dd"}))
    if kind == "TIMESTAMP":
        return _dated(sheet, book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}))
    if kind.startswith("DECIMAL"):
        digits, decimals = map(int, kind[len("DECIMAL(") : -1].split(","))
        shape = book.add_format({"num_format": "#,##0" + ("." + "0" * decimals if decimals else "")})
        return partial(sheet.write_number, cell_format=shape) if digits <= _MOST_DIGITS else _number(sheet, shape)
    if kind.endswith(("INT", "INTEGER")) or kind in ("DOUBLE", "FLOAT"):
        return _number(sheet, None)
    return lambda row, place, cell: sheet.write_string(row, place, str(cell))


def _dated(sheet: Worksheet, shape: Format) -> Put:
    def put(row: int, place: int, cell: date | datetime) -> int:
        if cell.year < 1900:
            return int(sheet.write_string(row, place, cell.isoformat()))
        return int(sheet.write_datetime(row, place, cell, shape))

    return put


def _number(sheet: Worksheet, shape: Format | None) -> Put:
    """What Excel cannot hold exactly is written as text."""

    def put(row: int, place: int, cell: Decimal | int | float) -> int:
        whole = isinstance(cell, float) or len(Decimal(cell).as_tuple().digits) <= _MOST_DIGITS
        if not isfinite(cell) or not whole:
            return int(sheet.write_string(row, place, str(cell)))
        return int(sheet.write_number(row, place, cell, shape))

    return put


def _widen(widths: list[int], batch: pl.DataFrame) -> None:
    for cells in batch.head(500).iter_rows():
        for place, cell in enumerate(cells):
            if cell is not None:
                shown = f"{cell:,}" if isinstance(cell, Decimal) else str(cell)
                widths[place] = max(widths[place], _width(shown))


def _width(text: str) -> int:
    """Columns that a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text[:_WIDEST])
