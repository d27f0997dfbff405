"""Whatever is delivered, nothing is lost: rows and yuan balance, and no claim is taken over in part."""

from __future__ import annotations

import random
from decimal import Decimal, InvalidOperation
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_intake_sample import FORMS, Tables, csv_text, read, sample, write_csv

import schemas
from flows.intake import Delivery, read_delivery
from flows.intake.csv_shape import shape_of

RELAXED = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
NASTY = [
    "",
    "x",
    "-1",
    "1.005",
    "1e9",
    "٣",
    "１",
    "NaN",
    "inf",
    "2025-13-01",
    "9" * 20,
    "C1",
    "M1",
    "null",
    "0",
]
CELLS = [(t, r, c) for t, rows in sample().items() for r, row in enumerate(rows) for c in row]
plantings = st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(NASTY)), max_size=6)


def damaged(changes: list[tuple[tuple[str, int, str], str]]) -> Tables:
    tables = sample()
    for (table, row, column), value in changes:
        tables[table][row][column] = value
    return tables


def check(delivery: Delivery, tables: Tables) -> None:
    for name, rows in tables.items():
        totals = delivery.totals[name]
        quarantined = delivery.quarantine.filter(pl.col("table_name") == name)["row_number"].n_unique()
        assert totals.balanced
        assert (totals.rows_delivered, totals.rows_quarantined) == (len(rows), quarantined)
    claims, lines = delivery.tables["claims"], delivery.tables["fee_lines"]
    assert lines.join(claims, on="claim_id", how="anti").is_empty()
    delivered = [row for row in tables["fee_lines"] if row["claim_id"].strip() in claims["claim_id"].to_list()]
    assert lines.height == len(delivered)
    assert int(lines["amount"].sum()) == sum(Decimal(row["amount"]) * 100 for row in delivered)


@RELAXED
@given(plantings, st.sampled_from(sorted({"csv utf-8", "csv gb18030", "parquet text"})))
def test_control_totals_balance_and_no_claim_is_taken_in_part(changes: list, form: str):
    tables = damaged(changes)
    with TemporaryDirectory() as folder:
        check(read_delivery(FORMS[form](tables, Path(folder))), tables)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_rows_does_not_change_the_fingerprint(order: random.Random):
    tables = sample()
    for rows in tables.values():
        order.shuffle(rows)
    with TemporaryDirectory() as folder:
        shuffled = read(tables, Path(folder) / "a")
        plain = read(sample(), Path(folder) / "b")
    assert shuffled.fingerprint == plain.fingerprint


@RELAXED
@given(st.sampled_from(CELLS))
def test_any_other_content_changes_the_fingerprint(cell: tuple[str, int, str]):
    with TemporaryDirectory() as folder:
        changed = read(damaged([(cell, "77")]), Path(folder) / "a")
        plain = read(sample(), Path(folder) / "b")
    assert changed.fingerprint != plain.fingerprint


numbers = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-10, max_value=10**12).map(str),
    st.text(alphabet="0123456789.+-e, ", min_size=1, max_size=12),
    st.integers(-(10**20), 10**20).map(str),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=40))
def test_money_is_exact_or_refused(texts: list[str]):
    line = {"claim_id": "C1", "item_kind": "bed", "catalogue_class": "A"}
    rows = [{**line, "line_no": str(i), "amount": text} for i, text in enumerate(texts)]
    claim = {**sample()["claims"][0], "reverses_claim_id": "C0"}
    with TemporaryDirectory() as folder:
        tables = {**sample(), "claims": [claim], "fee_lines": rows}
        delivery = read(tables, Path(folder))
    refused = set(delivery.quarantine.filter(pl.col("column_name") == "amount")["row_number"])
    assert refused == {i for i, text in enumerate(texts, 1) if fen_of(text) is None}


def fen_of(text: str) -> int | None:
    """Fen of a plain decimal number within the limit; None for everything else."""
    plain = text.strip()
    body = plain[1:] if plain[:1] in ("+", "-") else plain
    if not all(part.isascii() and part.isdigit() for part in body.split(".")) or body.count(".") > 1:
        return None
    try:
        fen = Decimal(plain) * 100
    except InvalidOperation:
        return None
    return int(fen) if fen == int(fen) and abs(fen) <= schemas.CLAIM_LIMIT * 100 else None


cells = st.text(alphabet='ab,"\n1中 ', max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=30), st.sampled_from(["\n", "\r\n"]))
def test_shape_counts_what_a_csv_writer_wrote(rows: list[tuple[str, str, str]], end: str):
    text = csv_text([dict(zip("abc", row, strict=True)) for row in rows]).replace("\r\n", end)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(text.encode())
        shape = shape_of(path, 3)
    assert (shape.records, shape.ragged, shape.has_stray_quotes) == (len(rows) + 1, {}, False)
    assert shape.ends_with_newline and not shape.ends_in_quotes


def test_shape_does_not_depend_on_where_a_step_ends(tmp_path: Path, monkeypatch):
    rows = [{"a": 'x"y\n,' * (i % 4), "b": str(i), "c": "中" * (i % 3)} for i in range(200)]
    text = csv_text(rows) + "1,2\r\n\r\n1,2,3,4\r\n"
    (tmp_path / "x.csv").write_bytes(text.encode())
    expected = shape_of(tmp_path / "x.csv", 3)
    assert expected.ragged == {201: 2, 203: 4}
    for step in (1, 2, 7, 64, 1000):
        monkeypatch.setattr("flows.intake.csv_shape._STEP", step)
        assert shape_of(tmp_path / "x.csv", 3) == expected


def test_many_blocks_read_like_one(tmp_path: Path, monkeypatch):
    numbers = np.random.default_rng(7).integers(0, 10**7, 3000)
    line = sample()["fee_lines"][0]
    tables = sample()
    tables["fee_lines"] = [
        {**line, "claim_id": f"C{n % 3 + 1}", "line_no": str(i), "amount": f"{n}.05"} for i, n in enumerate(numbers)
    ]
    folder = write_csv(tables, tmp_path)
    one = read_delivery(folder)
    monkeypatch.setattr("flows.intake.table._ROWS", 100)
    many = read_delivery(folder)
    assert many.tables["fee_lines"].equals(one.tables["fee_lines"])
    assert (many.fingerprint, many.totals) == (one.fingerprint, one.totals)
