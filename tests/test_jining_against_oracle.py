"""Jining: the engine under the law as data and the plain settler agree on every figure and reason, both schemes together."""

from __future__ import annotations

import pytest
from agreement import differences, frames_of, law, settled_rows
from oracle.disturbed_jining import disturbed
from oracle.jining import settle
from oracle.random_jining import deliveries

from transforms.settle import settle as settle_all


@pytest.mark.parametrize("seed", range(101, 105))
def test_same_settlement(seed: int) -> None:
    rows = deliveries(seed, members=200)
    assert differences(rows, settle(rows)) == []


@pytest.mark.parametrize(("seed", "share"), [(1, 0.1), (2, 0.3), (3, 0.6)])
def test_same_settlement_of_whatever_is_delivered(seed: int, share: float) -> None:
    rows = disturbed(seed, members=200, share=share)
    assert differences(rows, settle(rows)) == []


def test_settling_does_not_depend_on_the_order_of_rows() -> None:
    rows = deliveries(6, members=150)
    backwards = {table: delivered[::-1] for table, delivered in rows.items()}
    assert settled_rows(settle_all(frames_of(rows), law())) == settled_rows(settle_all(frames_of(backwards), law()))
