"""Texts as codes: they compare, change and come back as the texts they stand for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from transforms.codes import CODE, coded, is_text, of_text, spelled, starts_with
from transforms.columns import polars_expression
from transforms.formula import FLAG, TEXT, Apply, Column, Const
from transforms.groups import most_rows

ROWS = pl.DataFrame({"claim_id": ["1", "2", "3", "4"], "benefit": ["b", None, "ab", "a"], "days": [1, 2, 3, 4]})
CODES = coded(ROWS)
BENEFIT = Column("benefit", TEXT)
TREES = [
    Apply("eq", (BENEFIT, Const("ab", TEXT)), FLAG),
    Apply("ne", (BENEFIT, Const("ab", TEXT)), FLAG),
    Apply("eq", (BENEFIT, Const("a text that no row has", TEXT)), FLAG),
    Apply("lt", (BENEFIT, Const("aa", TEXT)), FLAG),
    Apply("in", (BENEFIT, Const(("a", "z"), TEXT)), FLAG),
    Apply("starts_with", (BENEFIT, Const(("a", "z"), TEXT)), FLAG),
    Apply("starts_with", (BENEFIT, Const("a", TEXT)), FLAG),
    Apply("prefix", (BENEFIT, Const(1, TEXT)), TEXT),
    Apply("joined", (BENEFIT, Const("+", TEXT), BENEFIT), TEXT),
    Apply("coalesce", (BENEFIT, Const("none", TEXT)), TEXT),
    Apply("coalesce", (BENEFIT, Column("claim_id", TEXT)), TEXT),
    Apply("if", (Column("known", FLAG), BENEFIT, Const(None, TEXT)), TEXT),
    Apply("if", (Column("known", FLAG), Const("x", TEXT), Column("claim_id", TEXT)), TEXT),
    Apply("within_area", (BENEFIT, Const("ab0000", TEXT)), FLAG),
    Apply("within_area", (BENEFIT, BENEFIT), FLAG),
]  # fmt: skip


def test_only_texts_of_few_values_are_coded_and_they_come_back() -> None:
    assert CODES.schema == {"claim_id": pl.String, "benefit": CODE, "days": pl.Int64}
    assert_frame_equal(spelled(CODES), ROWS)


def test_what_is_coded_already_stays() -> None:
    assert_frame_equal(coded(CODES), CODES)


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.operation)
def test_a_formula_says_the_same_of_codes_as_of_texts(tree: Apply) -> None:
    of_texts, of_codes = (
        rows.with_columns(known=pl.col("days") > 2).select(found=polars_expression(tree)) for rows in (ROWS, CODES)
    )
    assert_frame_equal(spelled(of_codes), spelled(of_texts))


def test_a_change_of_text_is_that_of_each_code() -> None:
    longer = of_text(pl.col("benefit"), lambda texts: texts + "!", pl.String())
    assert CODES.select(longer).to_series().to_list() == ["b!", None, "ab!", "a!"]
    assert ROWS.select(longer).to_series().to_list() == ["b!", None, "ab!", "a!"]


def test_of_many_codes_each_text_is_changed_once() -> None:
    seen: list[int] = []
    rows = pl.concat([CODES] * 1_000)
    longer = rows.select(of_text(pl.col("benefit"), lambda texts: seen.append(texts.len()) or texts + "!", CODE))
    assert longer.to_series().cast(pl.String).to_list() == ["b!", None, "ab!", "a!"] * 1_000
    assert seen < [rows.height]


def test_a_beginning_that_is_not_known_is_null() -> None:
    assert CODES.select(starts_with(pl.col("benefit"), "a")).to_series().to_list() == [False, None, True, True]


def test_codes_are_ordered_as_their_texts() -> None:
    pl.Series(["zz", "z"]).cast(CODE)  # the code of a text says nothing of its place
    by = pl.Series(["z", "zz", "a"])
    owners = np.array([0, 0, 0])
    for greatest in (False, True):
        assert_series_equal(
            most_rows(owners, by.cast(CODE), 1, greatest=greatest), most_rows(owners, by, 1, greatest=greatest)
        )


def test_numbers_are_no_text() -> None:
    assert [is_text(CODES[name]) for name in CODES.columns] == [True, True, False]
