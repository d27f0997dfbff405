"""Prefect's server beside a run: not imported by it, alive when the terminal stops it, gone when it ends or is killed."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from nightly_world import World, bills, deliver, people
from processes import heard, process
from test_cli import baoxiao

RUN = """
import os, sys, time
os.setsid()
os.environ["PREFECT_HOME"] = sys.argv[1]
if sys.argv[2] == "threads":
    import polars
from flows.terminal.prefect_settings import apply_settings
apply_settings()
from flows.terminal.flow_loading import load_flow
module, ready = load_flow("flows.nightly")
print(module.__name__, "prefect.server" in sys.modules, flush=True)
ready()
from prefect.settings import PREFECT_API_URL
try:
    print(PREFECT_API_URL.value(), flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("stopping", flush=True)
    time.sleep(60)
"""


def answers(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(address).port or 0)) == 0


def gone(address: str) -> bool:
    end = time.monotonic() + 20
    while answers(address) and time.monotonic() < end:
        time.sleep(0.1)
    return not answers(address)


@pytest.mark.parametrize("kind", ["one thread", "threads"])
def test_the_server_hears_no_stop_and_ends_with_a_killed_run(tmp_path: Path, kind: str) -> None:
    with process(RUN, tmp_path / "prefect", kind) as run:
        assert heard(run) == "flows.nightly False"
        address = heard(run)
        assert answers(address)
        os.killpg(run.pid, signal.SIGINT)
        assert heard(run) == "stopping"
        time.sleep(0.5)
        assert answers(address)
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert gone(address)


def test_a_server_that_cannot_start_does_not_stop_a_night(tmp_path: Path) -> None:
    world = World(tmp_path)
    inbox = deliver(tmp_path / "in", **people("m1"), **bills(("a", "m1", "2025-03-01", "2000")))
    nowhere = {"PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{tmp_path}/none/prefect.db"}
    done = baoxiao(
        "nightly", inbox, "--db", world.db, "--policies", world.law, PREFECT_HOME=str(tmp_path / "p"), **nowhere
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Prefect did not start, so the run is not in its list: Prefect's server did not start" in done.stdout
    assert world.paid() == {"a": 500}
