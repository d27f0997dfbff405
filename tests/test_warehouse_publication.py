"""The database is replaced as a whole: killed runs, open analysts' shells and second writers leave it readable."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pytest
from processes import heard, process

from flows.warehouse.memory import ALONE, bound_memory
from flows.warehouse.publication import PublicationError, publication

WRITER = """
import sys, time
from pathlib import Path
from flows.warehouse.memory import bound_memory
from flows.warehouse.publication import publication
with publication(Path(sys.argv[1]), "writer") as workspace:
    workspace.prepare()
    if sys.argv[2] == "copied":
        print("there", flush=True); time.sleep(60)
    con = workspace.connect()
    con.execute("BEGIN")
    con.execute("CREATE OR REPLACE TABLE night AS SELECT 2 AS value FROM range(300000)")
    if sys.argv[2] == "writing":
        print("there", flush=True); time.sleep(60)
    con.execute("COMMIT")
    if sys.argv[2] == "committed":
        print("there", flush=True); time.sleep(60)
    con.close()
    if sys.argv[2] == "closed":
        print("there", flush=True); time.sleep(60)
    workspace.publish()
    print("there", flush=True)
    if sys.argv[2] == "published":
        time.sleep(60)
"""

ANALYST = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print(con.execute("SELECT max(value) FROM night").fetchone()[0], flush=True)
for line in sys.stdin:
    print(con.execute(line).fetchone()[0], flush=True)
"""


def publish(db: Path, value: int) -> None:
    with publication(db, f"run-{value}") as workspace:
        workspace.prepare()
        con = workspace.connect()
        con.execute(f"CREATE OR REPLACE TABLE night AS SELECT {value} AS value")
        con.close()
        workspace.publish()


def value_of(db: Path) -> int:
    with duckdb.connect(str(db), read_only=True) as con:
        row = con.execute("SELECT max(value) FROM night").fetchone()
    assert row is not None
    return int(row[0])


def ask(running: subprocess.Popen[str], query: str) -> str:
    assert running.stdin is not None
    running.stdin.write(query + "\n")
    running.stdin.flush()
    return heard(running)


@pytest.mark.parametrize("moment", ["copied", "writing", "committed", "closed"])
def test_a_killed_run_leaves_the_last_published_state_and_the_next_run_cleans_up(tmp_path: Path, moment: str) -> None:
    db = tmp_path / "claims.duckdb"
    publish(db, 1)
    with process(WRITER, db, moment) as writer:
        assert heard(writer) == "there"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert value_of(db) == 1
    assert len(list(tmp_path.iterdir())) > 1
    publish(db, 3)
    assert value_of(db) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["claims.duckdb"]


def test_a_run_killed_after_publishing_has_published(tmp_path: Path) -> None:
    db = tmp_path / "claims.duckdb"
    publish(db, 1)
    with process(WRITER, db, "published") as writer:
        assert heard(writer) == "there"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert value_of(db) == 2


def test_a_run_killed_before_the_first_publication_leaves_no_file(tmp_path: Path) -> None:
    db = tmp_path / "claims.duckdb"
    with process(WRITER, db, "writing") as writer:
        assert heard(writer) == "there"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert not db.exists()
    publish(db, 1)
    assert value_of(db) == 1


@pytest.mark.parametrize("mode", ["read", "write"])
def test_an_open_shell_stops_no_run_and_is_not_stopped(tmp_path: Path, mode: str) -> None:
    db = tmp_path / "claims.duckdb"
    publish(db, 1)
    with process(ANALYST, db, mode) as analyst:
        assert heard(analyst) == "1"
        publish(db, 2)
        assert ask(analyst, "SELECT max(value) FROM night") == "1"
        assert value_of(db) == 2


def test_what_an_old_shell_writes_does_not_reach_the_next_publication(tmp_path: Path) -> None:
    db = tmp_path / "claims.duckdb"
    publish(db, 1)
    with process(ANALYST, db, "write") as analyst:
        assert heard(analyst) == "1"
        publish(db, 2)
        assert ask(analyst, "INSERT INTO night VALUES (99)") == "1"
        assert db.with_name("claims.duckdb.wal").exists()
        publish(db, 3)
        assert value_of(db) == 3


def test_a_reader_never_sees_a_missing_or_half_written_file(tmp_path: Path) -> None:
    db = tmp_path / "claims.duckdb"
    publish(db, 1)
    with process(WRITER, db, "through") as writer:
        seen = set()
        while writer.poll() is None:
            seen.add(value_of(db))
            time.sleep(0.001)
    assert seen <= {1, 2}
    assert value_of(db) == 2


def test_two_runs_cannot_write_at_once(tmp_path: Path) -> None:
    db = tmp_path / "claims.duckdb"
    with process(WRITER, db, "writing") as writer:
        assert heard(writer) == "there"
        with pytest.raises(PublicationError, match=f"another run \\(process {writer.pid}\\) is writing claims.duckdb"):
            publish(db, 1)


def test_a_stale_lock_file_stops_nobody(tmp_path: Path) -> None:
    db = tmp_path / "claims.duckdb"
    db.with_name("claims.duckdb.lock").write_text("1\n", encoding="ascii")
    publish(db, 1)
    assert value_of(db) == 1


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PublicationError, match="does not exist"):
        publish(tmp_path / "nowhere" / "claims.duckdb", 1)


def test_the_working_copy_keeps_older_clients_able_to_open_it(tmp_path: Path) -> None:
    db = tmp_path / "claims.duckdb"
    publish(db, 1)
    publish(db, 2)
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{db}' AS product (READ_ONLY)")
        row = con.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'product'").fetchone()
    assert row is not None and row[0]["storage_version"].startswith("v1.5.0")
    assert os.stat(db).st_mode & 0o444 == 0o444


@pytest.mark.parametrize(
    ("machine", "enough", "allowed"),
    [("1GiB", 1024, "512.0 MiB"), ("64GiB", 1024, "1.0 GiB"), ("64GiB", ALONE, "2.0 GiB")],
)
def test_the_database_leaves_memory_to_settling(machine: str, enough: int, allowed: str) -> None:
    with duckdb.connect(config={"memory_limit": machine, "threads": 2}) as con:
        bound_memory(con, enough)
        assert con.execute("SELECT current_setting('memory_limit')").fetchall() == [(allowed,)]
