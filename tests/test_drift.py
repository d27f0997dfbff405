"""Drift: what is far outside the last nights is held, what is small, new or usual is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from nightly_world import World, bills, deliver, people

from flows.drift import Band, Held, Tolerance, figures, watching
from flows.night import Night, directly, run_night
from flows.warehouse.control import ControlTotals

USUAL = [(10_000 + 400 * (n % 5), Decimal(3_000_000 + 90_000 * (n % 4)), 20 + n % 7) for n in range(28)]


def delivery(rows: int, fen: int, refused: int) -> list[ControlTotals]:
    return [ControlTotals("fee_lines", rows, rows - refused, 0, 0, refused, fen, fen, 0)]


@pytest.mark.parametrize(
    ("rows", "yuan", "refused", "odd"),
    [
        (10_800, 3_100_000, 25, []),
        (6_000, 1_700_000, 0, []),  # a quiet day
        (20_000, 6_000_000, 60, []),  # a busy one
        (3_000, 3_100_000, 10, ["rows"]),
        (40_000, 3_100_000, 30, ["rows"]),
        (10_500, 310_000_000, 25, ["yuan"]),  # fen taken for yuan
        (10_500, 31_000, 25, ["yuan"]),
        (10_500, 3_100_000, 900, ["refused rows in percent"]),
        (0, 0, 0, ["rows", "yuan"]),
    ],
)
def test_far_outside_the_band(rows: int, yuan: int, refused: int, odd: list[str]) -> None:
    found = figures(USUAL, delivery(rows, yuan * 100, refused))
    assert [figure.name for figure in found if not figure.usual] == odd


def test_a_short_past_judges_nothing() -> None:
    assert figures(USUAL[:4], delivery(10_000_000, 1, 0)) == []
    assert len(figures(USUAL[:5], delivery(1, 1, 0))) == 3


def test_small_deliveries_do_not_alarm() -> None:
    past = [(30 + n, Decimal(9_000), 0) for n in range(10)]
    assert all(figure.usual for figure in figures(past, delivery(900, 40_000_000, 40)))


def test_one_odd_night_in_the_past_does_not_widen_the_band() -> None:
    usual = Band.around([Decimal(n) for n, *_ in USUAL], Tolerance(), Decimal(0))
    with_odd = Band.around([Decimal(n) for n, *_ in [*USUAL, (5_000_000, 0, 0)]], Tolerance(), Decimal(0))
    assert with_odd.high < 2 * usual.high


def test_a_held_night_publishes_nothing_and_names_the_figures(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night(**people("m1"), **bills(("first", "m1", "2025-01-01", "100")))
    for night in range(4):
        world.night(**bills((f"a{night}", "m1", "2025-03-01", "100")))
    before = world.rows("SELECT count(*) FROM run")
    tolerance = Tolerance(rows=Decimal(10), amount=Decimal(1000))
    inbox = deliver(tmp_path / "many", **bills(*((f"b{n}", "m1", "2025-03-02", "900") for n in range(60))))
    night = Night(inbox, world.db, world.law)
    with pytest.raises(
        Held, match=r"unlike the last nights: rows: 120, where 2 is usual .0 to 12.; yuan: 54,000.00, where"
    ):
        run_night(night, watching(directly, world.db, tolerance))
    assert world.rows("SELECT count(*) FROM run") == before
    assert run_night(night, watching(directly, world.db)).members == 1
