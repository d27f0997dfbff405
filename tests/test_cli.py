"""The command line as its user meets it: exit statuses, one sentence for every failure, no heavy start."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from nightly_world import World, bills, deliver, people

from flows.cli import cli
from flows.terminal.failures import ended
from flows.terminal.prefect_settings import SETTINGS


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("world"))
    world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "2000")))
    return world


def baoxiao(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from flows.cli import main; main()", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env=os.environ | environment, timeout=300, check=False
    )


def _loads(code: str, *packages: str) -> tuple[set[str], str]:
    """Which of the packages a piece of code loads in a process of its own, and what it prints."""
    code += f"\nprint('loaded', *({set(packages)!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", f"import sys\n{code}"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    said, _, loaded = result.stdout.rpartition("loaded")
    return set(loaded.split()), said


def test_help_loads_nothing_heavy() -> None:
    code = "from flows.cli import cli\ncli.main(['--help'], standalone_mode=False)"
    loaded, said = _loads(code, "polars", "duckdb", "prefect", "pyarrow", "rich", "numpy", "yaml")
    assert not loaded
    assert {"nightly", "explain"} <= set(said.split())


def test_what_reads_the_database_loads_no_frames() -> None:
    code = "import flows.warehouse.database, reports.explain"
    assert _loads(code, "polars", "numpy", "pandera", "prefect", "pyarrow", "duckdb")[0] == {"duckdb"}


@pytest.mark.parametrize(
    "arguments",
    [["nightly"], ["nightly", "in"], ["explain", "a"], ["nonsense"], ["nightly", "in", "--db", "x", "--as-of", "soon"]],
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(cli, arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_explain_writes_the_statement(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(cli, ["explain", "a", "--db", str(world.db)]) == 0
    assert "「年度起付标准为1000元。」" in capsys.readouterr().out


@pytest.mark.parametrize(("claim_id", "said"), [("nope", "There is no claim nope"), ("a", "there is no database")])
def test_a_known_failure_is_one_sentence_and_ends_with_1(
    world: World, claim_id: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    db = world.db if claim_id == "nope" else world.root / "none.duckdb"
    assert ended(cli, ["explain", claim_id, "--db", str(db)]) == 1
    error = capsys.readouterr().err
    assert said in error and error.startswith("baoxiao: ") and len(error.splitlines()) == 1


@pytest.mark.parametrize("error", [ZeroDivisionError("surprise"), OSError(28, "No space left on device", "claims")])
def test_an_unexpected_failure_names_a_log_and_shows_no_traceback(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def failing() -> None:
        raise error

    assert ended(failing, []) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said and len(said.splitlines()) == 1
    log = Path(said.split()[-1])
    assert "Traceback" in log.read_text(encoding="utf-8")
    log.unlink()


def test_a_stop_from_the_keyboard_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def stopped() -> None:
        raise KeyboardInterrupt

    assert ended(stopped, []) == 1
    assert "Stopped" in capsys.readouterr().err


def test_the_help_of_every_command_says_what_it_does() -> None:
    for name, command in cli.commands.items():
        result = CliRunner().invoke(cli, [name, "--help"])
        assert result.exit_code == 0 and command.help, name


def test_the_project_file_has_the_settings_of_the_command() -> None:
    text = Path(__file__).parent.parent.joinpath("prefect.toml").read_text(encoding="utf-8")
    assert f"startup_timeout_seconds = {SETTINGS['PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS']}" in text
    assert "analytics_enabled = false" in text


def test_nightly_runs_under_prefect_and_tells_the_night(tmp_path: Path) -> None:
    world = World(tmp_path)
    inbox = deliver(
        tmp_path / "in", **people("m1"), **bills(("a", "m1", "2025-03-01", "2000"), ("bad", "x", "2025-03-01", "1"))
    )
    home = tmp_path / "prefect"
    result = baoxiao("nightly", inbox, "--db", world.db, "--policies", world.law, PREFECT_HOME=str(home))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.rstrip().splitlines()[-1].startswith("Quarantined rows: 2")
    assert "500.00" in result.stdout and str(world.db) in result.stdout
    with closing(sqlite3.connect(home / "prefect.db")) as con:
        assert con.execute("SELECT state_type FROM flow_run").fetchall() == [("COMPLETED",)]
        tasks = dict(con.execute("SELECT name, state_type FROM task_run").fetchall())
        assert con.execute("SELECT count(*) FROM artifact WHERE key = 'control-totals'").fetchall() == [(1,)]
    assert set(tasks.values()) == {"COMPLETED"} and len(tasks) >= 8
