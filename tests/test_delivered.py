"""Delivered tables as they are settled: bills by number, and no column that nobody reads."""

from __future__ import annotations

import polars as pl
import pytest

from policies.law import load
from schemas import DELIVERED, TABLES
from transforms.delivered import prepared
from transforms.plan import Law

LAW = Law(load().plans)


def _tables(claims: list[str], lines: list[str | None], area: str = "130602") -> dict[str, pl.DataFrame]:
    tables = {name: TABLES[name].empty() for name in DELIVERED}
    given = {"enrolments": {"area_code": [area]}, "claims": {"claim_id": claims}, "fee_lines": {"claim_id": lines}}
    for name, columns in given.items():
        tables[name] = pl.concat([tables[name], pl.DataFrame(columns)], how="diagonal_relaxed")
    return tables


@pytest.mark.parametrize(
    ("lines", "bills"),
    [
        (["b", "b", "a", "c"], [0, 0, 1, 2]),
        (["a", "b", "b", "c"], [1, 0, 0, 2]),
        (["b", "a", "b", "c"], [0, 1, 0, 2]),
        (["c", "another"], [2, -1]),
        ([], []),
    ],
    ids=["as the claims", "in another order", "apart", "of a claim that is not there", "none"],
)
def test_lines_have_the_number_of_their_claim(lines: list[str | None], bills: list[int]) -> None:
    ready = prepared(_tables(["b", "a", "c"], lines), LAW)
    assert ready["claims"]["@bill"].to_list() == [0, 1, 2]
    assert ready["fee_lines"]["@bill"].to_list() == bills


def test_a_column_is_kept_where_a_law_that_applies_reads_it() -> None:
    in_baoding, in_changzhou = (prepared(_tables(["a"], ["a"], area), LAW) for area in ("130602", "320402"))
    assert "item_code" not in in_baoding["fee_lines"].columns
    assert "item_code" in in_changzhou["fee_lines"].columns
    assert "item_name" not in in_changzhou["fee_lines"].columns


def test_small_tables_keep_all_their_columns() -> None:
    ready = prepared(_tables([], []), LAW)
    assert ready["enrolments"].columns == TABLES["enrolments"].names
