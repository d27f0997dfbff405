"""Nights in processes of their own: killed at any step, or while an analyst's shell is open."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from nightly_world import World, bills, deliver, people
from processes import STOPPING, heard, process

NIGHT = (
    STOPPING
    + """
from pathlib import Path
from flows.night import Night, run_night
inbox, db, law, _ = sys.argv[1:]
run_night(Night(Path(inbox), Path(db), Path(law)), perform)
"""
)

ANALYST = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
print(con.execute("SELECT count(*) FROM settlement").fetchone()[0], flush=True)
for _ in sys.stdin:
    print(con.execute("SELECT count(*) FROM settlement").fetchone()[0], flush=True)
"""


@pytest.mark.parametrize("step", ["copy the database", "admit the rows", "append what changed", "audit", "publish"])
def test_a_killed_night_leaves_the_last_published_state(tmp_path: Path, step: str) -> None:
    world = World(tmp_path)
    world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "2000")))
    inbox = deliver(tmp_path / "second", **bills(("b", "m1", "2025-04-01", "100")))
    with process(NIGHT, inbox, world.db, world.law, step) as night:
        assert heard(night) == "there"
        night.send_signal(signal.SIGKILL)
        night.wait()
    assert sorted(world.paid()) == (["a", "b"] if step == "publish" else ["a"])
    again = world.take(inbox)
    assert (again.repeats is not None) == (step == "publish")
    assert sorted(world.paid()) == ["a", "b"]
    assert world.files() == ["claims.duckdb"]


def test_an_analyst_and_a_night_do_not_disturb_each_other(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "2000")))
    with process(ANALYST, world.db) as analyst:
        assert heard(analyst) == "1"
        world.night(**bills(("b", "m1", "2025-04-01", "100")))
        assert analyst.stdin is not None
        analyst.stdin.write("\n")
        analyst.stdin.flush()
        assert heard(analyst) == "1"
        assert sorted(world.paid()) == ["a", "b"]
