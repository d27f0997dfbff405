"""Processes that settle buckets: the same results, their errors told, gone with the run, and missed when they are ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from flows.night import Night, run_night
from flows.settling.workers import workers
from transforms.settle import SettlingError

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


@dataclass(frozen=True)
class Work:
    """Does to a bucket what its number says."""

    folder: Path

    def __call__(self, number: int) -> None:
        print("what a library prints is no answer")
        if number == 1:
            raise SettlingError("Policy x gives no value for `y` of claim 7.")
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        (self.folder / f"{number} {os.getpid()}").touch()


def _pids(folder: Path) -> list[int]:
    return [int(path.name.split()[1]) for path in folder.iterdir()]


def _is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _is_gone(pid: int) -> bool:
    for _ in range(200):
        if not _is_there(pid):
            return True
        time.sleep(0.05)
    return False


def test_an_error_is_told_and_the_process_goes_on(tmp_path: Path) -> None:
    with workers(1) as team:
        do = team.at(Work(tmp_path))
        do(0)
        with pytest.raises(SettlingError, match="gives no value for `y` of claim 7"):
            do(1)
        do(3)
    assert {path.name.split()[0] for path in tmp_path.iterdir()} == {"0", "3"}
    assert len(set(_pids(tmp_path))) == 1 and os.getpid() not in _pids(tmp_path)
    assert all(_is_gone(pid) for pid in _pids(tmp_path))


def test_a_process_ended_from_outside_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    with (
        workers(2) as team,
        pytest.raises(SettlingError, match="too little memory; nothing was published"),
    ):
        team.at(Work(tmp_path))(2)


_RUN = """
import os, signal, sys
from pathlib import Path
from test_settling_workers import Work
from flows.settling.workers import workers
with workers(2) as team:
    do = team.at(Work(Path(sys.argv[1])))
    do(0), do(3)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_processes_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    run = subprocess.run([sys.executable, "-c", _RUN, str(tmp_path)], env=environment, check=False)
    assert run.returncode == -signal.SIGKILL
    assert len(set(_pids(tmp_path))) == 2
    assert all(_is_gone(pid) for pid in _pids(tmp_path))


def _tables(db: Path) -> dict[str, list[tuple[object, ...]]]:
    kept = {
        "settlement_version": "* EXCLUDE (run_id)",
        "settlement_portion": "*",
        "settlement_step": "*",
        "accumulator": "*",
    }
    with duckdb.connect(str(db), read_only=True) as con:
        return {name: con.execute(f"SELECT {what} FROM {name} ORDER BY ALL").fetchall() for name, what in kept.items()}


@pytest.mark.parametrize("large", [1, 1_000_000], ids=["processes start early", "processes start when needed"])
def test_many_buckets_in_processes_settle_as_one_in_this(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    told: list[tuple[int, int]] = []
    run_night(Night(SAMPLES, tmp_path / "one.duckdb"))
    monkeypatch.setattr("flows.night._LARGE", large)
    run_night(
        Night(SAMPLES, tmp_path / "many.duckdb", lines_per_bucket=50),
        advance=lambda done, count: told.append((done, count)),
    )
    count = told[-1][1]
    assert count >= 6 and told == [(done, count) for done in range(1, count + 1)]
    one, many = _tables(tmp_path / "one.duckdb"), _tables(tmp_path / "many.duckdb")
    assert one["settlement_version"]
    assert one == many
