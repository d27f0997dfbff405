"""Appends frames to the files of a delivery, CSV or Parquet, in the units of the contract."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import IO, Any

import polars as pl

from schemas import DELIVERED, TABLES, Table

__all__ = ["FORMS", "UNUSED", "Writer", "as_delivered", "as_text"]

FORMS = ("parquet", "csv")
UNUSED: dict[str, tuple[str, ...]] = {
    "enrolments": (
        "waiver_reason", "waiver_from", "repair_years", "repair_paid_on", "unpaid_from", "waiver_months", "has_arrears",
        "coverage_to", "has_supplement", "has_maternity", "ltc_paid",
    ),
    "registrations": ("stopped_on", "topup_from", "applied_on", "disabled_on", "notice_to", "valid_to"),
    "filings": ("applied_on",),
    "claims": (
        "prescribing_provider_id", "own_liability", "injured_on", "exclusion_code", "is_pure_tcm", "gestational_days",
        "civil_servant_pay", "enterprise_pay", "other_pay",
    ),
    "fee_lines": ("over_limit_amount", "is_approved", "benefit", "catalogue_area", "exclusion_code"),
}  # fmt: skip
"""Columns that are never drawn and so not delivered."""


class Writer:
    """The files of one delivery; every table gets a file, also one without rows."""

    def __init__(self, folder: Path, form: str) -> None:
        self.rows = dict.fromkeys(DELIVERED, 0)
        self._folder, self._form = folder, form
        self._files: dict[str, Any] = {}

    def __enter__(self) -> Writer:
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in DELIVERED:
            frame = as_delivered(TABLES[name], TABLES[name].empty())
            self._files[name] = self._open(name, frame)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Append rows of a table, given in fen and basis points."""
        self.rows[name] += frame.height
        delivered = as_delivered(TABLES[name], frame)
        if self._form == "csv":
            as_text(delivered).write_csv(self._files[name], include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S")
        elif frame.height:
            self._files[name].write_table(delivered.to_arrow(compat_level=pl.CompatLevel.oldest()))

    def _open(self, name: str, frame: pl.DataFrame) -> Any:
        path = self._folder / f"{name}.{self._form}"
        if self._form == "csv":
            file: IO[bytes] = path.open("wb")
            as_text(frame).write_csv(file)
            return file
        from pyarrow.parquet import ParquetWriter

        schema = frame.to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        return ParquetWriter(path, schema, compression="zstd")


def as_delivered(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The drawn columns in yuan, shares and pieces, exact decimals."""
    drawn = [column for column in table.columns if column.name not in UNUSED.get(table.name, ())]
    return frame.select(
        _decimal(column.name, column.kind.decimals) if column.kind.decimals else pl.col(column.name) for column in drawn
    )


def _decimal(name: str, decimals: int) -> pl.Expr:
    unit = pl.lit(f"0.{'0' * (decimals - 1)}1").cast(pl.Decimal(5, decimals))
    return (pl.col(name).cast(pl.Decimal(18, 0)) * unit).cast(pl.Decimal(18, decimals)).alias(name)


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as text, parts apart by semicolons."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    return frame.with_columns(pl.col(name).list.join(";") for name in lists)
