"""Reprocessing as a command, as a flow, and in processes that are killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from nightly_world import World, bills, people, write_law
from processes import STOPPING, heard, process
from test_cli import baoxiao

from flows.cli import cli
from flows.reprocessing.applying import apply_plan
from flows.reprocessing.planning import make_plan
from flows.reprocessing.plans import plans_folder
from flows.reprocessing.request import Request
from flows.terminal.failures import ended

STEPS = (
    STOPPING
    + """
from pathlib import Path
from flows.reprocessing.applying import apply_plan
from flows.reprocessing.planning import make_plan
from flows.reprocessing.request import Request
db, law, plan_id, _ = sys.argv[1:]
if plan_id:
    apply_plan(Path(db), plan_id, perform=perform)
else:
    make_plan(Request(Path(db), Path(law)), perform)
"""
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.night(**people("m1", "m2"), **bills(("a", "m1", "2025-03-01", "2000"), ("b", "m2", "2025-03-01", "30")))
    write_law(made.law, "60%")
    return made


def kill_at(world: World, plan_id: str, step: str) -> None:
    with process(STEPS, world.db, world.law, plan_id, step) as running:
        assert heard(running) == "there"
        running.send_signal(signal.SIGKILL)
        running.wait()


@pytest.mark.parametrize("step", ["choose the members", "settle", "store the plan"])
def test_a_killed_plan_leaves_nothing_that_the_next_one_minds(world: World, step: str) -> None:
    before = world.db.read_bytes()
    kill_at(world, "", step)
    assert world.db.read_bytes() == before
    plan = make_plan(Request(world.db, world.law))
    assert [file.name for file in plans_folder(world.db).iterdir()] == [plan.plan_id]


@pytest.mark.parametrize("step", ["copy the database", "append what changes", "audit", "publish"])
def test_a_killed_apply_leaves_the_published_state_and_can_be_run_again(world: World, step: str) -> None:
    plan = make_plan(Request(world.db, world.law))
    kill_at(world, plan.plan_id, step)
    assert world.paid()["a"] == (600 if step == "publish" else 500)
    if step != "publish":
        apply_plan(world.db, plan.plan_id)
    assert world.paid()["a"] == 600
    assert world.rows("SELECT count(*) FROM adjustment WHERE basic_pay_delta <> 0") == [(1,)]
    assert make_plan(Request(world.db, world.law)).report()["unaffected"]["members_settled"] == 0


def test_the_command_plans_and_applies_under_prefect(world: World, tmp_path: Path) -> None:
    home = {"PREFECT_HOME": str(tmp_path / "prefect")}
    shown = baoxiao("reprocess", "--db", world.db, "--policies", world.law, "--plan", **home)
    assert (shown.returncode, shown.stderr) == (0, "")
    (plan_id,) = [file.name for file in plans_folder(world.db).iterdir()]
    assert f"--apply {plan_id}" in shown.stdout.splitlines()[-1]
    assert "toy  pay_rate: 50% -> 60%" in shown.stdout and "+100.00" in shown.stdout
    assert world.paid()["a"] == 500
    done = baoxiao("reprocess", "--db", world.db, "--apply", plan_id, **home)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"has published plan {plan_id}" in done.stdout
    assert world.paid()["a"] == 600
    with closing(sqlite3.connect(tmp_path / "prefect" / "prefect.db")) as con:
        flows = con.execute(
            "SELECT f.name, r.state_type FROM flow_run AS r JOIN flow AS f ON f.id = r.flow_id"
        ).fetchall()
    assert flows == [("reprocess", "COMPLETED")] * 2


def test_without_a_terminal_nothing_is_published_unless_told_so(world: World, tmp_path: Path) -> None:
    home = {"PREFECT_HOME": str(tmp_path / "prefect")}
    arguments = ("reprocess", "--db", world.db, "--policies", world.law)
    refused = baoxiao(*arguments)
    assert refused.returncode == 1 and "this is no terminal" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1 and not plans_folder(world.db).exists()
    done = baoxiao(*arguments, "--yes", **home)
    assert done.returncode == 0, done.stderr
    assert world.paid()["a"] == 600


@pytest.mark.parametrize(("answer", "paid"), [("y", 600), ("n", 500)])
def test_on_a_terminal_it_asks(world: World, tmp_path: Path, answer: str, paid: int) -> None:
    code = "from flows.cli import main; main()"
    command = [sys.executable, "-c", code, "reprocess", "--db", str(world.db), "--policies", str(world.law)]
    ours, theirs = os.openpty()
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, text=True, env=os.environ | {"PREFECT_HOME": str(tmp_path / "p")}
    ) as running:
        os.write(ours, f"{answer}\n".encode())
        said, _ = running.communicate(timeout=300)
    os.close(ours)
    os.close(theirs)
    assert running.returncode == 0 and "Publish plan" in said
    assert world.paid()["a"] == paid


@pytest.mark.parametrize("arguments", [
    [], ["--db", "x", "--apply", "p", "--plan"], ["--db", "x", "--apply", "p", "--pool", "130600"], ["--db", "x", "--scheme", "other"],
])  # fmt: skip
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(cli, ["reprocess", *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_missing_database_or_plan_is_one_sentence(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(cli, ["reprocess", "--db", str(world.root / "none.duckdb"), "--plan"]) == 1
    assert ended(cli, ["reprocess", "--db", str(world.db), "--apply", "nonsense"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert "there is no database" in first and "there is no plan nonsense" in second
