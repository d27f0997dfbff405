"""A line that is told twice is found in whatever order the lines come; where they rise, none is read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flows.intake.dealing import deal
from flows.intake.keys import Keys, numbered
from flows.intake.lines import Lines, runs_of
from flows.intake.parts import Parts
from schemas import TABLES

CLAIMS = pl.DataFrame({"claim_id": [f"c{number}" for number in range(40)]})
BUCKETS = np.arange(40, dtype=np.uint16) % 3


def lines(*keys: tuple[str | None, int | None]) -> pl.DataFrame:
    frame = pl.DataFrame(keys, schema={"claim_id": pl.String, "line_no": pl.Int64}, orient="row")
    return frame.with_row_index("row_number", 1).cast({"row_number": pl.Int64})


def told_twice(rows: pl.DataFrame, height: int, parts: Parts) -> set[int]:
    """The numbers of the lines that are found to occur twice when they come in blocks of so many rows."""
    claims = Keys([numbered(CLAIMS, "claim_id")], [BUCKETS])
    taken, dealt = Lines(claims), []
    for block in rows.iter_slices(height):
        runs = runs_of(block, claims)
        taken.take(runs)
        dealt.append(deal(block, runs.buckets(claims), parts.count))
    parts.add(dealt)
    return set(taken.repeated(parts).to_list())


@pytest.mark.parametrize("height", [1, 7, 1000])
@pytest.mark.parametrize("order", ["rising", "mixed", "with one twice"])
@pytest.mark.parametrize("claims", [40, 45])
def test_lines_told_twice_are_found(tmp_path: Path, height: int, order: str, claims: int) -> None:
    draws = np.random.default_rng(claims + height)
    keys: list[tuple[str | None, int | None]] = [(f"c{claim}", line) for claim in range(claims) for line in range(1, 5)]
    keys += [(None, 1), (None, 1), ("c3", None), ("c3", None)]
    if order != "rising":
        keys += [keys[place] for place in draws.integers(0, len(keys), 9)]
    if order == "mixed":
        keys = [keys[place] for place in draws.permutation(len(keys))]
    rows = lines(*keys)
    told = rows.drop_nulls().filter(pl.struct("claim_id", "line_no").is_duplicated())
    found = told_twice(rows, height, Parts(TABLES["fee_lines"], tmp_path, 3))
    assert found == set(numbered(told, "claim_id", "line_no").tolist())
    assert bool(found) == (order != "rising")


@pytest.mark.parametrize("height", [1, 3, 4, 1000])
def test_lines_that_rise_are_not_read_again(tmp_path: Path, height: int) -> None:
    rows = lines(*((f"c{claim}", line) for claim in range(40) for line in (1, 2, 7)))
    parts = Parts(TABLES["fee_lines"], tmp_path / "absent", 3)
    claims = Keys([numbered(CLAIMS, "claim_id")], [BUCKETS])
    taken = Lines(claims)
    for block in rows.iter_slices(height):
        taken.take(runs_of(block, claims))
    assert taken.found.all() and not taken.doubtful.any()
    assert taken.repeated(parts).is_empty()


def test_no_claim_and_no_line_is_no_line_twice(tmp_path: Path) -> None:
    parts = Parts(TABLES["fee_lines"], tmp_path, 1)
    for rows, found in ((lines(), 0), (lines(("x", 1), ("x", 1), ("x", 2)), 1)):
        taken = Lines(Keys([]))
        taken.take(runs_of(rows, Keys([])))
        assert taken.repeated(parts).len() == found
