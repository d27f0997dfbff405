"""The served inbox against a real Prefect server: deployed, triggered, seen through the API, killed in mid-run and taken up."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from nightly_world import World, bills, deliver, people

from flows.inbox.prefect_turn import limit_name
from flows.inbox.turn import cut_short
from flows.terminal.prefect_server import ServeError, own_server

ROOT = Path(__file__).parent.parent
COLUMNS = "* EXCLUDE (run_id, version)"

HOOK = """
import sys
from prefect.blocks.notifications import CustomWebhookNotificationBlock
CustomWebhookNotificationBlock(name="ops", url=sys.argv[1], json_data={"said": "{{body}}"}).save("ops")
"""


@dataclass
class Api:
    """The server's API, asked in plain HTTP; `environment` is that of a process of the operator."""

    url: str
    environment: dict[str, str]

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for patience in range(20):
            try:
                with opener.open(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:  # 503: its SQLite is busy; Prefect's own clients try again too
                if error.code != 503 or patience == 19:
                    raise
                time.sleep(0.5)

    def runs(self) -> dict[str, tuple[str, str, str]]:
        """Name, state and message of every run that has begun."""
        found = self.ask("/flow_runs/filter", {"sort": "START_TIME_ASC"})
        begun = [run for run in found if run["state_type"] != "SCHEDULED"]
        return {run["id"]: (run["name"], run["state_name"], run["state"]["message"]) for run in begun}

    def command(self, *arguments: object, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            env=self.environment | environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server with its own PREFECT_HOME on a free port; it starts slowly, so one test alone uses it, step by step."""
    own = {"PREFECT_HOME": str(tmp_path_factory.mktemp("prefect")), "PREFECT_WORKER_QUERY_SECONDS": "1"}
    own |= {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("PREFECT_")]:  # of a run in this process before
        del os.environ[name]
    os.environ.update(own)
    try:
        with own_server(free_port()) as url:
            yield Api(url, os.environ | {"PREFECT_API_URL": url})
    finally:
        os.environ.clear()
        os.environ.update(before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(api: Api, root: Path, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]:
    """`baoxiao serve` as a process group of its own, ready; yields it and what it has said so far."""
    inbox, db, law = root / "inbox", root / "claims.duckdb", root / "law"
    command = [sys.executable, "-c", "from flows.cli import main; main()", "serve", "--quiet-for", "0", *more]
    log = root / f"serve-{len(list(root.glob('serve-*')))}.log"

    def said() -> str:
        return log.read_text(encoding="utf-8")

    with log.open("wb") as out:
        running = subprocess.Popen(
            [*command, "--inbox", str(inbox), "--db", str(db), "--policies", str(law)],
            env=api.environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: "Serving" in said() or running.poll() is not None, said)
        assert running.poll() is None, said()
        yield running, said
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGTERM)
            running.wait(30)


def until(true: Callable[[], Any], seen: Any = "", seconds: float = 120, pause: float = 0.2) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, seen() if callable(seen) else seen
        time.sleep(pause)


@contextmanager
def webhook() -> Iterator[tuple[str, list[str]]]:
    heard: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return None

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", heard
        server.shutdown()


def trigger(api: Api, name: str = "claims") -> str:
    deployment = api.ask(f"/deployments/name/nights/{name}")
    run = api.ask(f"/deployments/{deployment['id']}/create_flow_run", {"state": {"type": "SCHEDULED"}})
    return str(run["id"])


def finished(api: Api, run: str) -> tuple[str, str]:
    until(lambda: api.ask(f"/flow_runs/{run}")["state_type"] in ("COMPLETED", "FAILED", "CRASHED"), api.runs)
    state = api.ask(f"/flow_runs/{run}")["state"]
    return state["name"], state["message"]


def kill(*processes: int) -> None:
    """As a machine without power would: the worker and the night it runs."""
    for process in processes:
        os.kill(process, signal.SIGKILL)


def figures(world: World) -> list[tuple[Any, ...]]:
    return world.rows(f"SELECT {COLUMNS} FROM settlement ORDER BY claim_id")


def nights(root: Path, *days: int) -> None:
    for day in days:
        more = people("m1", "m2") if day == 1 else {}
        rows = [(f"c{day}-{n}", f"m{1 + n % 2}", f"2025-03-0{day}", f"{700 + n}") for n in range(40)]
        deliver(root / f"2025-03-0{day}", **more, **bills(*rows))


def test_a_served_inbox_shows_its_nights_and_survives_a_kill(api: Api, tmp_path: Path) -> None:
    world = World(tmp_path)
    incoming, done = tmp_path / "inbox" / "incoming", tmp_path / "inbox" / "done"
    nights(incoming, 1)
    (incoming / "2025-03-02").mkdir()
    (incoming / "2025-03-02" / "claims.csv").write_bytes(b"\x00\xff\xfe")
    with webhook() as (hook, heard):
        api.command("-c", HOOK, hook)
        with serving(api, tmp_path, "--notify", "custom-webhook/ops") as (server, said):
            state, message = finished(api, trigger(api))
            assert state == "Failed" and "2025-03-02 refused: claims.csv" in message
            assert heard and "2025-03-02 refused" in heard[0]
            until(lambda: "2025-03-02 refused" in said(), said)
            shows_its_nights(api, tmp_path)
            nights(incoming, 3)
            run = trigger(api)
            until(lambda: list(tmp_path.glob(".claims.duckdb.*.work")), api.runs, pause=0.005)
            kill(server.pid, int((tmp_path / "claims.duckdb.nights").read_text().split()[0]))
    until(lambda: cut_short(world.db), seconds=10)
    assert not (done / "2025-03-03").exists()
    assert world.rows("SELECT count(*) FROM run") == [(1,)]
    with serving(api, tmp_path) as (_, said):
        until((done / "2025-03-03").exists, lambda: (said(), api.runs()))
        assert "taken up now" in said()
        assert finished(api, run)[0] == "Crashed"
        until(lambda: [state for _, state, _ in api.runs().values()].count("Crashed") == 2, api.runs)
    straight = World(tmp_path / "straight")
    nights(tmp_path / "again", 1, 3)
    for day in (1, 3):
        straight.take(tmp_path / "again" / f"2025-03-0{day}")
    assert figures(world) == figures(straight)
    deploys_the_project_file(api, tmp_path / "project")


def shows_its_nights(api: Api, root: Path) -> None:
    """What the first round left in Prefect: a run for each delivery, artifacts, the strict limit, free again."""
    runs = {name: (run, state, message) for run, (name, state, message) in api.runs().items()}
    assert runs["nightly 2025-03-01"][1] == "Completed"
    assert runs["nightly 2025-03-02"][1] == "Failed" and runs["nightly 2025-03-02"][2].startswith("claims.csv")
    found = api.ask("/artifacts/filter", {"flow_runs": {"id": {"any_": [runs["nightly 2025-03-01"][0]]}}})
    artifacts = {artifact["key"]: artifact for artifact in found}
    assert {"control-totals", "quarantine", "money-by-fund", "night-report"} <= set(artifacts)
    assert json.loads(artifacts["money-by-fund"]["data"])[0]["basic_pay"] == "10000.00"
    report = artifacts["night-report"]["data"]
    assert str((root / "reports").as_uri()) in report
    limit = api.ask(f"/v2/concurrency_limits/{limit_name(root / 'claims.duckdb')}")
    assert (limit["limit"], limit["active_slots"], limit["active"]) == (1, 0, True)


def deploys_the_project_file(api: Api, tmp_path: Path) -> None:
    """`prefect deploy` with prefect.yaml has the same schedule, and a plain process worker runs it."""
    (tmp_path / "inbox").mkdir(parents=True)
    api.ask("/work_pools/", {"name": "baoxiao", "type": "process"})
    given = {"BAOXIAO_INBOX": str(tmp_path / "inbox"), "BAOXIAO_DB": str(tmp_path / "claims.duckdb")}
    api.command("-m", "prefect", "--no-prompt", "deploy", "--all", **given)
    deployment = api.ask("/deployments/name/nights/nights")
    schedule = deployment["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"]) == ("0 2 * * *", "Asia/Shanghai")
    assert deployment["parameters"] == {"inbox": given["BAOXIAO_INBOX"], "db": given["BAOXIAO_DB"]}
    run = trigger(api, "nights")
    api.command("-m", "prefect", "--no-prompt", "worker", "start", "--pool", "baoxiao", "--run-once", "--limit", "1")
    assert finished(api, run) == ("Completed", "nothing to take")


def test_a_port_in_use_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServeError, match="is in use: give another --port"), own_server(taken.getsockname()[1]):
            pass
