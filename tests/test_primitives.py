"""The whole-number forms of sums, pairs and spans against the plain meaning of each, row by row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.codes import CODE
from transforms.formula import FLAG, NUMBER, Apply, Column, Const, Tree, columns_of
from transforms.groups import grouped, most_rows
from transforms.order import numbered, ordered, within
from transforms.plan import Lookup, Programme, Step
from transforms.related import Pairs, relation_of
from transforms.remembered import Kept, remembered
from transforms.spans import grid_of, span_of, within_span
from transforms.step_texts import step_texts
from transforms.waves import ProgrammeRows

NUMBERS = st.integers(-5, 5)
FAR = st.one_of(NUMBERS, st.integers(-(2**62), 2**62))
OWNED = st.lists(st.tuples(st.integers(0, 6), st.one_of(st.none(), NUMBERS)), max_size=30)
ROWS = st.lists(st.tuples(st.integers(0, 4), st.one_of(st.none(), st.integers(2019, 2024))), max_size=20)
SIZE = 7
FEW_ROWS = 4
"""Of so few rows the keys in ROWS may lie too far apart for counting."""

Values = list[int]
PLAIN: dict[str, Callable[[Values], int | None]] = {
    "sum": sum,
    "first": lambda values: values[0] if values else None,
    "least": lambda values: min(values, default=None),
    "greatest": lambda values: max(values, default=None),
}
PLAIN_FLAGS: dict[str, Callable[[list[bool]], bool | int]] = {"any": any, "all": all, "count": sum}


def _owners(rows: list[tuple[int, int | None]]) -> np.ndarray:
    return np.array([owner for owner, _ in rows], dtype=np.int64)


def _of(rows: list[tuple[int, int | None]], owner: int) -> Values:
    return [value for one, value in rows if one == owner and value is not None]


@given(OWNED)
def test_sums_by_owner_are_those_of_plain_lists(rows: list[tuple[int, int | None]]) -> None:
    values = pl.Series([value for _, value in rows], dtype=pl.Int64)
    for name, plain in PLAIN.items():
        found = grouped(name, pl.Series(_owners(rows)), values, SIZE).to_list()
        assert found == [plain(_of(rows, owner)) for owner in range(SIZE)], name
    for name, holds in PLAIN_FLAGS.items():
        found = grouped(name, pl.Series(_owners(rows)), values > 0, SIZE).to_list()
        assert found == [holds([value > 0 for value in _of(rows, owner)]) for owner in range(SIZE)], name


@given(OWNED)
def test_texts_by_owner_are_those_of_plain_lists(rows: list[tuple[int, int | None]]) -> None:
    texts = pl.Series([None if value is None else chr(ord("m") + value) for _, value in rows], dtype=pl.String)
    for name in ("first", "least", "greatest"):
        plain = PLAIN[name]
        expected = [
            plain([ord(t) for (one, _), t in zip(rows, texts, strict=True) if one == owner and t])
            for owner in range(SIZE)
        ]
        for given_texts in (texts, texts.cast(CODE)):
            found = grouped(name, pl.Series(_owners(rows)), given_texts, SIZE).to_list()
            assert found == [None if code is None else chr(code) for code in expected]


@given(OWNED, st.booleans())
def test_the_row_of_the_greatest_is_the_first_of_equals_and_unknown_ones_are_last(
    rows: list[tuple[int, int | None]], greatest: bool
) -> None:
    by = pl.Series([value for _, value in rows], dtype=pl.Int64)
    found = most_rows(_owners(rows), by, SIZE, greatest=greatest).to_list()
    for owner in range(SIZE):
        places = [place for place, (one, _) in enumerate(rows) if one == owner]
        places.sort(
            key=lambda place: (by[place] is None, 0 if by[place] is None else by[place] * (-1 if greatest else 1))
        )
        assert found[owner] == (places[0] if places else None)


@given(st.lists(st.tuples(FAR, FAR, NUMBERS), max_size=30))
def test_rows_are_ordered_and_numbered_as_tuples_are(rows: list[tuple[int, int, int]]) -> None:
    keys = [np.array([row[n] for row in rows], dtype=np.int64) for n in range(3)]
    assert ordered(*keys).tolist() == sorted(range(len(rows)), key=lambda place: rows[place])
    distinct = sorted(set(rows))
    assert numbered(*keys).tolist() == [distinct.index(row) for row in rows]
    firsts = [row[2] for row in rows]
    assert within(keys[2]).tolist() == [firsts[:place].count(first) for place, first in enumerate(firsts)]


def _keys(rows: list[tuple[int, int | None]], year: type[pl.DataType] = pl.Int64) -> list[pl.Series]:
    columns = [[member for member, _ in rows], [key for _, key in rows]]
    return [pl.Series(columns[0], dtype=pl.UInt32), pl.Series(columns[1], dtype=pl.Int64).cast(year)]


@given(ROWS, ROWS)
def test_pairs_are_those_of_two_loops(own: list[tuple[int, int | None]], others: list[tuple[int, int | None]]) -> None:
    for keys in (1, 2):
        relation = relation_of(_keys(own)[:keys], _keys(others)[:keys])
        if relation is None:
            assert len(own) + len(others) < FEW_ROWS
            continue
        plain = [
            (left, right) for left, one in enumerate(own) for right, other in enumerate(others)
            if one[:keys] == other[:keys] and None not in one[:keys]
        ]  # fmt: skip
        assert _listed(relation.pairs()) == plain
        assert relation.counts().tolist() == [sum(left == place for left, _ in plain) for place in range(len(own))]


@given(ROWS, ROWS, st.sets(st.integers(0, 19)), st.sets(st.integers(0, 19)), st.booleans())
def test_pairs_of_rows_that_hold_are_those_of_all_pairs(
    own: list[tuple[int, int | None]],
    others: list[tuple[int, int | None]],
    left: set[int],
    right: set[int],
    in_order: bool,
) -> None:
    relation = relation_of(_keys(sorted(own, key=repr) if in_order else own), _keys(others))
    if relation is None:
        assert len(own) + len(others) < FEW_ROWS
        return
    mine, theirs = (
        np.array([n in held for n in range(len(rows))], bool) for held, rows in ((left, own), (right, others))
    )
    pairs = _listed(relation.pairs())
    assert _listed(relation.pairs(mine, theirs)) == [pair for pair in pairs if pair[0] in left and pair[1] in right]
    assert _listed(relation.pairs(others=theirs)) == [pair for pair in pairs if pair[1] in right]
    assert relation.counts(theirs).tolist() == [
        sum(pair[0] == place and pair[1] in right for pair in pairs) for place in range(len(own))
    ]


def _listed(pairs: Pairs) -> list[tuple[int, int]]:
    return list(zip(pairs.own.tolist(), pairs.others.tolist(), strict=True))


def test_rows_with_many_pairs_are_related_all_the_same() -> None:
    relation = relation_of(_keys([(0, 1)] * 9)[:1], _keys([(0, 1)] * 8)[:1])
    assert relation is not None
    assert _listed(relation.pairs()) == [(left, right) for left in range(9) for right in range(8)]


def test_rows_that_cannot_be_counted_are_left_to_a_join() -> None:
    rows: list[tuple[int, int | None]] = [(0, 1), (0, 2), (0, 3)]
    assert relation_of(_keys(rows, pl.String), _keys(rows, pl.String)) is None
    assert relation_of(_keys([(0, 0)]), _keys([(0, 0), (0, 10**9)])) is None


def test_what_was_made_of_columns_is_made_anew_when_they_have_changed() -> None:
    kept = Kept()
    columns = [pl.Series([1, None]), pl.Series(["a", "b"])]
    first = kept.of("x", columns, lambda: [1])
    assert kept.of("x", [column.clone() for column in columns], lambda: [1]) is first
    assert kept.of("y", columns, lambda: [1]) is not first
    assert kept.of("x", [columns[0], pl.Series(["a", "c"])], lambda: [2]) == [2]


COMPARED: dict[str, Callable[[int, int], bool]] = {
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
}  # fmt: skip
BOUNDS = st.lists(
    st.tuples(st.sampled_from(sorted(COMPARED)), st.one_of(st.none(), st.integers(2017, 2026))), max_size=3
)


LEFT_OUT = st.one_of(st.none(), st.sets(st.integers(0, 19)))


@given(st.lists(st.tuples(st.integers(0, 5), BOUNDS), min_size=1, max_size=12), ROWS, LEFT_OUT)
def test_spans_are_those_of_two_loops(
    own: list[tuple[int, list[tuple[str, int | None]]]], rows: list[tuple[int, int | None]], left_out: set[int] | None
) -> None:
    held = None if left_out is None else np.array([place not in left_out for place in range(len(rows))], dtype=np.bool_)
    known = [row for place, row in enumerate(rows) if row[1] is not None and place not in (left_out or ())]
    others = pl.Series([member for member, _ in rows], dtype=pl.UInt32)
    operations = [operation for operation, _ in own[0][1]]
    bounds = [
        (operation, pl.Series([b[place][1] if place < len(b) else None for _, b in own], dtype=pl.Int64))
        for place, operation in enumerate(operations)
    ]
    members = pl.Series([member for member, _ in own], dtype=pl.UInt32)
    grid = grid_of(others, pl.Series([number for _, number in rows], dtype=pl.Int64), SIZE, 50)
    assert grid is not None
    for aggregate in ("exists", "count", "least", "greatest"):
        found = within_span(aggregate, grid, held, members, bounds)
        for place, member in enumerate(members):
            fits = [
                number for one, number in known if one == member
                and all(b[place] is not None and COMPARED[o](number, b[place]) for o, b in bounds)
            ]  # fmt: skip
            plain = {
                "exists": bool(fits),
                "count": len(fits),
                "least": min(fits, default=None),
                "greatest": max(fits, default=None),
            }
            assert found[place] == plain[aggregate], aggregate


def test_numbers_that_lie_too_far_apart_make_no_grid() -> None:
    assert grid_of(pl.Series([0, 1]), pl.Series([0, 10**9]), 2, 2) is None


def _lookup(pair: Tree, aggregate: str = "exists", value: Tree | None = None) -> Lookup:
    return Lookup("year", "x", FLAG, "years", aggregate, (), None, None, pair, value)


def test_only_comparisons_of_one_number_make_a_span() -> None:
    number, other = Column("row.number", NUMBER), Column("row.other", NUMBER)
    own = Column("year.number", NUMBER)
    before = Apply("lt", (number, own), FLAG)
    after = Apply("lt", (Column("last", NUMBER), number), FLAG)
    span = span_of(_lookup(Apply("and", (before, after), FLAG)))
    assert span is not None and span.column == "row.number"
    assert [operation for operation, _ in span.bounds] == ["lt", "gt"]
    assert span_of(_lookup(Apply("and", (before, Apply("lt", (other, own), FLAG)), FLAG))) is None
    assert span_of(_lookup(Apply("or", (before, after), FLAG))) is None
    assert span_of(_lookup(Apply("lt", (number, other), FLAG))) is None
    assert span_of(_lookup(before, "greatest", other)) is None
    assert span_of(_lookup(before, "greatest", number)) is not None


def test_a_function_that_remembers_answers_for_the_very_object_only() -> None:
    made: list[object] = []

    @remembered
    def length(given: list[int]) -> int:
        made.append(given)
        return len(given)

    one, alike = [1], [1]
    assert [length(one), length(one), length(alike)] == [1, 1, 1]
    assert made == [one, alike] and len(made) == 2


def test_columns_of_a_formula_cannot_be_changed_by_who_asks() -> None:
    names = columns_of(Apply("add", (Column("a", NUMBER), Const(1, NUMBER)), NUMBER))
    with pytest.raises(AttributeError):
        names.add("b")  # type: ignore[attr-defined]


FIGURES = st.one_of(st.none(), st.lists(FAR, min_size=9, max_size=9), st.integers(0, 3).map(lambda one: [one] * 9))
RUNS = st.lists(st.tuples(st.lists(FIGURES, max_size=3), st.sets(st.integers(0, 8), min_size=1)), max_size=4)


def _run(figures: list[list[int] | None], first: int, places: set[int]) -> tuple[ProgrammeRows, np.ndarray]:
    """A programme whose steps have these figures, for some of nine portions in any order."""
    amount = Const(0, NUMBER)
    steps = [Step(first + n, "", amount, None, (), (), None, None, None) for n in range(len(figures))]
    chosen = np.array(sorted(places, key=lambda place: (place * 7 % 9, place)), dtype=np.int64)
    rows = ProgrammeRows(Programme("", "", "", 0, tuple(steps)), chosen, {}, {})
    rows.parameter = [None if values is None else np.array(values)[chosen] for values in figures]
    return rows, chosen


@given(RUNS)
def test_texts_of_steps_name_every_step_of_every_run(runs: list[tuple[list[list[int] | None], set[int]]]) -> None:
    firsts = [1 + sum(len(figures) for figures, _ in runs[:n]) for n in range(len(runs))]
    found = step_texts([_run(figures, first, at) for (figures, at), first in zip(runs, firsts, strict=True)], 9)
    for portion, text in enumerate(found):
        steps = [
            f"{first + n}:{'' if values is None else values[portion]}"
            for (figures, at), first in zip(runs, firsts, strict=True)
            for n, values in enumerate(figures)
            if portion in at
        ]
        assert text == (" ".join(steps) or None)
