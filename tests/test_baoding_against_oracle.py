"""Baoding: the engine under the law as data and the plain settler agree on every figure, reason and note."""

from __future__ import annotations

import pytest
from agreement import Rows, differences, only_members
from oracle.baoding import settle
from oracle.ground import typed
from oracle.random_baoding import deliveries


def outside_hubei(rows: Rows) -> Rows:
    insured = {row["member_id"] for row in rows["enrolments"] if row["area_code"].startswith("42")}
    return only_members(rows, lambda member: member["member_id"] not in insured)


@pytest.mark.parametrize("seed", range(101, 105))
def test_same_settlement(seed: int) -> None:
    rows = outside_hubei(deliveries(seed, members=200))
    assert differences(rows, settle(typed(rows))) == []
