"""Hubei: the engine under the law as data and the plain settler agree on every figure, reason and note."""

from __future__ import annotations

import pytest
from agreement import Rows, differences, only_members
from oracle.ground import typed
from oracle.hubei import settle
from oracle.random_baoding import deliveries


def of_hubei(rows: Rows) -> Rows:
    insured = {row["member_id"] for row in rows["enrolments"] if row["area_code"].startswith("42")}
    return only_members(rows, lambda member: member["member_id"] in insured)


@pytest.mark.parametrize("seed", range(101, 105))
def test_same_settlement(seed: int) -> None:
    rows = of_hubei(deliveries(seed, members=250))
    assert differences(rows, settle(typed(rows))) == []
