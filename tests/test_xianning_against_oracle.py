"""Xianning: the engine under the law as data and the plain settler agree on every figure, reason and note."""

from __future__ import annotations

import pytest
from agreement import differences
from oracle.random_xianning import deliveries
from oracle.xianning import settle


@pytest.mark.parametrize("seed", range(101, 105))
def test_same_settlement(seed: int) -> None:
    rows = deliveries(seed, members=150)
    assert differences(rows, settle(rows)) == []
