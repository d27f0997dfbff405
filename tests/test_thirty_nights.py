"""Thirty nights as they happen - late, twice, broken, unfinished, killed, held - end where one straight run of them ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from flows.drift import watching
from flows.generation.delivery import Order, generate
from flows.generation.population import read_population
from flows.inbox.folders import Inbox, Readiness
from flows.inbox.round import Round, run_round
from flows.inbox.turn import cut_short, turn
from flows.night import Night, Outcome, directly, run_night
from policies.loading import builtin_folder

NIGHTS = 30
POOLS = ("130600", "370800")
BIG = 24
"""The night with a third of all claims: far outside the band."""

KILLED = """
import os, signal, sys
from pathlib import Path
from flows.inbox.folders import Inbox, Readiness
from flows.inbox.round import run_round
from flows.inbox.turn import turn
from flows.night import Night, run_night
root, db, step = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
def perform(name, run, /):
    result = run()
    if name == step:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
with turn(db):
    run_round(Inbox(root), db, lambda folder, watched: run_night(Night(folder, db), perform), Readiness(0))
"""

ANALYST = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
for line in sys.stdin:
    print(con.execute("SELECT count(*) || ' ' || sum(basic_pay) FROM settlement").fetchone()[0], flush=True)
"""


@dataclass
class Bureau:
    """The bureau's claims cut into nights, an inbox they are dropped into, and what became of them."""

    root: Path
    nights: dict[int, dict[str, pl.DataFrame]]
    fates: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.root / "inbox").mkdir(parents=True)
        self.inbox, self.db = Inbox(self.root / "inbox"), self.root / "claims.duckdb"

    def name(self, day: int) -> str:
        return f"2025-03-{day:02d}"

    def drop(self, day: int, into: Path | None = None, again: int | None = None) -> Path:
        folder = (into or self.inbox.incoming) / self.name(day)
        folder.mkdir(parents=True)
        for name, frame in self.nights[day].items():
            frames = [frame, self.nights[again][name]] if again and name in self.nights[again] else [frame]
            pl.concat(frames).write_parquet(folder / f"{name}.parquet")
        return folder

    def round(self, *accept: str) -> Round:
        with turn(self.db):
            done = run_round(self.inbox, self.db, self._take, Readiness(0), accept)
        for taken in done.taken:
            self.fates.setdefault(taken.name, []).append(taken.fate.value)
        return done

    def killed(self, step: str) -> None:
        command = [sys.executable, "-c", KILLED, str(self.inbox.root), str(self.db), step]
        assert subprocess.run(command, check=False, timeout=120).returncode == -signal.SIGKILL
        assert cut_short(self.db)

    def _take(self, folder: Path, watched: bool) -> Outcome:
        return run_night(Night(folder, self.db), watching(directly, self.db) if watched else directly)


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The claims of 300 members of two pools in one delivery, a few rows of it faulty."""
    folder = tmp_path_factory.mktemp("generated") / "all"
    populations = [read_population(pool, builtin_folder()) for pool in POOLS]
    generate(Order(populations, 300, 2025, 7, bad_rows=0.003), folder, "parquet")
    return folder


def cut(delivery: Path) -> dict[int, dict[str, pl.DataFrame]]:
    """The delivery in thirty parts: claims by their time, the people before them, some cover only on the tenth night."""
    tables = {file.stem: pl.read_parquet(file) for file in sorted(delivery.glob("*.parquet"))}
    claims = tables.pop("claims").sort("settled_at", "claim_id", nulls_last=True)
    lines = tables.pop("fee_lines")
    weights = [16 if day == BIG else 1 for day in range(1, NIGHTS + 1)]
    ends = [claims.height * sum(weights[:day]) // sum(weights) for day in range(NIGHTS + 1)]
    nights: dict[int, dict[str, pl.DataFrame]] = {}
    for day in range(1, NIGHTS + 1):
        mine = claims[ends[day - 1] : ends[day]]
        nights[day] = {"claims": mine, "fee_lines": lines.join(mine, on="claim_id", how="semi", maintain_order="left")}
    orphans = lines.join(claims, on="claim_id", how="anti", maintain_order="left")
    nights[NIGHTS]["fee_lines"] = pl.concat([nights[NIGHTS]["fee_lines"], orphans])
    late = pl.col("member_id").str.ends_with("7")
    nights[10] |= {name: tables[name].filter(late) for name in ("enrolments", "registrations")}
    nights[1] |= tables | {name: tables[name].filter(~late) for name in ("enrolments", "registrations")}
    return nights


@contextmanager
def analyst(db: Path) -> Iterator[Any]:
    session = subprocess.Popen(
        [sys.executable, "-c", ANALYST, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ask() -> str:
        assert session.stdin is not None and session.stdout is not None
        session.stdin.write("\n")
        session.stdin.flush()
        return session.stdout.readline().strip()

    try:
        yield ask
    finally:
        session.kill()
        session.communicate()


def live(bureau: Bureau) -> None:
    """What happens from night to night; a night's round follows what was dropped before it."""
    seen: str | None = None
    bureau.drop(1)
    bureau.round()
    with analyst(bureau.db) as ask:
        seen = ask()
        for day in range(2, NIGHTS + 1):
            happens(bureau, day)
        assert ask() == seen, "the session still reads what it opened"
    with analyst(bureau.db) as ask:
        assert ask() != seen


def happens(bureau: Bureau, day: int) -> None:
    if day == 5:
        return  # comes late, with the eighth
    if day == 8:
        bureau.drop(5)
    if day == 9:
        bureau.drop(7)  # a second time
    if day == 11:
        broken = bureau.drop(11) / "claims.parquet"
        broken.write_bytes(broken.read_bytes()[:500])
        bureau.round()
        return
    if day == 12:
        bureau.drop(11)  # mended
    if day in (14, 15):
        bureau.drop(day)
        return  # no round: the machine is down, three nights come at once
    if day == 22:
        unfinished = bureau.drop(22)
        unfinished.rename(unfinished.with_name(f".{unfinished.name}"))
        bureau.round()
        unfinished.with_name(f".{unfinished.name}").rename(unfinished)
        return
    bureau.drop(day, again=25 if day == 26 else None)  # the 26th has the claims of the 25th too
    if day in (18, 20):
        bureau.killed({18: "append what changed", 20: "publish"}[day])
    bureau.round(*([bureau.name(BIG)] if day == BIG + 1 else []))


def test_thirty_lived_nights_end_like_one_straight_run(delivery: Path, tmp_path: Path) -> None:
    bureau = Bureau(tmp_path / "lived", cut(delivery))
    live(bureau)
    straight = tmp_path / "straight.duckdb"
    run_night(Night(delivery, straight))
    odd = {day: fates for day, fates in bureau.fates.items() if fates != ["published"]}
    assert odd == {
        "2025-03-07": ["published", "known already"],
        "2025-03-11": ["refused", "published"],
        "2025-03-20": ["known already"],
        "2025-03-24": ["held", "published"],
    }
    assert len(bureau.fates) == NIGHTS
    for query in (
        "SELECT * EXCLUDE (run_id, version) FROM settlement ORDER BY claim_id",
        "SELECT * FROM accumulator ORDER BY ALL",
        "SELECT DISTINCT table_name, row_key, column_name, rule, value FROM quarantine ORDER BY ALL",
    ):
        assert rows(bureau.db, query) == rows(straight, query)
    assert len(rows(bureau.db, "SELECT 1 FROM adjustment")) > 20
    left = {place.name for place in bureau.inbox.root.iterdir() if any(place.iterdir())}
    assert left == {"done", "failed"} and len(list(bureau.inbox.done.iterdir())) == NIGHTS + 2


def rows(db: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(db), read_only=True) as con:
        return con.execute(query).fetchall()
