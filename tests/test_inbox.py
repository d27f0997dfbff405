"""An inbox of nights: order, what is still being written, refused and repeated deliveries, and the one turn on a database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nightly_world import World, bills, deliver, people, stopping_at

from flows.drift import Held
from flows.inbox.folders import Inbox, InboxError, Readiness, day_of
from flows.inbox.options import nights, serve
from flows.inbox.round import Fate, Round, run_round
from flows.inbox.turn import cut_short, turn, vacant
from flows.inbox.words import needs, told
from flows.intake.files import READY_FILE
from flows.night import Interrupted, Night, Outcome, Perform, directly, run_night
from flows.warehouse.audits import AuditFailure
from flows.warehouse.publication import PublicationError

NOW = Readiness(quiet=0)


class Bureau:
    """An inbox beside the small pool of the nightly tests."""

    def __init__(self, root: Path) -> None:
        self.world = World(root)
        (root / "inbox").mkdir()
        self.inbox = Inbox(root / "inbox")
        self.perform: Callable[[str], Perform] = lambda name: directly

    def drop(self, name: str, **tables: Any) -> Path:
        return deliver(self.inbox.incoming / name, **tables)

    def broken(self, name: str) -> Path:
        folder = self.inbox.incoming / name
        folder.mkdir()
        (folder / "claims.csv").write_bytes(b"claim_id,member_id\n\x00\xff\xfe")
        return folder

    def take(self, folder: Path, watched: bool) -> Outcome:
        return run_night(Night(folder, self.world.db, self.world.law), self.perform(folder.name))

    def round(self, readiness: Readiness = NOW, **given: Any) -> Round:
        return run_round(self.inbox, self.world.db, self.take, readiness, **given)

    def lies(self) -> dict[str, list[str]]:
        places = (self.inbox.incoming, self.inbox.done, self.inbox.failed, self.inbox.held)
        return {place.name: sorted(path.name for path in place.iterdir()) for place in places if any(place.iterdir())}


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return Bureau(tmp_path)


def fates(done: Round) -> list[tuple[str, str]]:
    return [(taken.name, taken.fate.value) for taken in done.taken]


def test_missed_nights_are_caught_up_in_the_order_of_days(bureau: Bureau) -> None:
    bureau.drop("correction", **bills(("d", "m1", "2025-03-04", "10")))
    bureau.drop("20250303", **bills(("c", "m1", "2025-03-03", "10")))
    bureau.drop("2025-03-02", **bills(("b", "m1", "2025-03-02", "10")))
    bureau.drop("2025-03-01", **people("m1"), **bills(("a", "m1", "2025-03-01", "10")))
    done = bureau.round()
    assert fates(done) == [(name, "published") for name in ("2025-03-01", "2025-03-02", "20250303", "correction")]
    assert bureau.lies() == {"done": ["2025-03-01", "2025-03-02", "20250303", "correction"]}
    assert sorted(bureau.world.paid()) == ["a", "b", "c", "d"]
    assert needs(done) is None and told(bureau.inbox, done).endswith("Quarantined rows: 0")
    assert bureau.round() == Round()


@pytest.mark.parametrize(
    ("name", "day"), [("2025-03-02b", "2025-03-02"), ("20250302", "2025-03-02"), ("2025-02-30", None)]
)
def test_the_day_of_a_name(name: str, day: str | None) -> None:
    assert str(day_of(name)) == str(day)


def test_what_is_still_being_written_waits_and_a_stray_file_is_left(bureau: Bureau) -> None:
    folder = bureau.drop("2025-03-01", **people("m1"))
    os.utime(folder / "members.csv", (0, 0))  # copied with its old date, and yet it arrived a moment ago
    (bureau.inbox.incoming / "notes.txt").touch()
    (bureau.inbox.incoming / ".2025-03-02").mkdir()
    done = bureau.round(Readiness(quiet=60))
    assert (done.taken, done.growing, done.strays) == ((), ("2025-03-01",), ("notes.txt",))
    assert bureau.round(Readiness(quiet=0, required=True)).growing == ("2025-03-01",)
    (folder / READY_FILE).touch()
    done = bureau.round(Readiness(quiet=60, required=True))
    assert fates(done) == [("2025-03-01", "published")]
    assert done.taken[0].outcome is not None and not done.taken[0].outcome.warnings


def test_a_refused_delivery_has_its_reason_beside_it_and_does_not_stop_the_next(bureau: Bureau) -> None:
    bureau.broken("2025-03-01")
    bureau.drop("2025-03-02", **people("m1"), **bills(("a", "m1", "2025-03-02", "10")))
    done = bureau.round()
    assert fates(done) == [("2025-03-01", "refused"), ("2025-03-02", "published")]
    assert bureau.lies() == {"done": ["2025-03-02"], "failed": ["2025-03-01", "2025-03-01.reason.txt"]}
    reason = (bureau.inbox.failed / "2025-03-01.reason.txt").read_text(encoding="utf-8")
    assert reason.startswith("claims.csv") and "Nothing of this delivery was published" in reason
    said = needs(done)
    assert said is not None and said.startswith(
        "1 of 2 deliveries taken up need a person: 2025-03-01 refused: claims.csv"
    )


def test_a_mended_delivery_comes_again_under_its_name(bureau: Bureau) -> None:
    bureau.broken("2025-03-01")
    bureau.round()
    bureau.broken("2025-03-01")
    bureau.round()
    bureau.drop("2025-03-01", **people("m1"), **bills(("a", "m1", "2025-03-02", "10")))
    assert fates(bureau.round()) == [("2025-03-01", "published")]
    bureau.drop("2025-03-01", **bills(("b", "m1", "2025-03-02", "10")))
    assert fates(bureau.round()) == [("2025-03-01", "published")]
    assert bureau.lies() == {
        "done": ["2025-03-01", "2025-03-01-2"],
        "failed": ["2025-03-01", "2025-03-01-2", "2025-03-01-2.reason.txt", "2025-03-01.reason.txt"],
    }


def test_a_crash_between_publishing_and_moving_is_recognised(bureau: Bureau) -> None:
    folder = bureau.drop("2025-03-01", **people("m1"), **bills(("a", "m1", "2025-03-01", "10")))
    run = bureau.take(folder, True).run.run_id
    done = bureau.round()
    assert fates(done) == [("2025-03-01", "known already")] and run in told(bureau.inbox, done)
    assert bureau.lies() == {"done": ["2025-03-01"]}
    assert bureau.world.rows("SELECT count(*) FROM run") == [(1,)]


def test_a_late_delivery_says_that_it_wins_over_later_days(bureau: Bureau) -> None:
    bureau.drop("2025-03-02", **people("m1"))
    bureau.round()
    bureau.drop("2025-03-01", **bills(("a", "m1", "2025-03-01", "10")))
    assert "came after 2025-03-02" in bureau.round().taken[0].sentence


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (AuditFailure("The parts add up: not so"), "failed"),
        (OSError(28, "No space left on device"), "incoming"),
        (PublicationError("another run is writing"), "incoming"),
        (Interrupted("Stopped; nothing was published"), "incoming"),
        (ZeroDivisionError("surprise"), "incoming"),
    ],
)
def test_trouble_that_is_not_the_deliverys_stops_the_round_and_is_safe_to_repeat(
    bureau: Bureau, error: Exception, place: str
) -> None:
    bureau.drop("2025-03-01", **people("m1"), **bills(("a", "m1", "2025-03-01", "10")))
    bureau.drop("2025-03-02", **people("m1"))
    bureau.perform = lambda name: stopping_at("audit", error) if name == "2025-03-01" else directly
    done = bureau.round()
    assert "2025-03-01" in bureau.lies()[place]
    assert done.untouched == (("2025-03-02",) if place == "incoming" else ())
    said = needs(done)
    assert said is not None and str(error).splitlines()[0] in said
    if place == "incoming":
        bureau.perform = lambda name: directly
        assert [fate for _, fate in fates(bureau.round())] == ["published", "published"]


def test_a_delivery_that_changes_while_it_is_read_stays(bureau: Bureau) -> None:
    folder = bureau.drop("2025-03-01", **people("m1"))

    def late(name: str, run: Callable[[], Any], /) -> Any:
        if name == "publish":
            deliver(folder / "more", **bills(("a", "m1", "2025-03-01", "10")))
        return run()

    bureau.perform = lambda name: late
    done = bureau.round()
    assert fates(done) == [("2025-03-01", "left")] and "changed while it was read" in done.taken[0].sentence
    assert bureau.lies() == {"incoming": ["2025-03-01"]}


def test_a_held_delivery_is_released_by_name(bureau: Bureau) -> None:
    bureau.drop("2025-03-01", **people("m1"), **bills(("a", "m1", "2025-03-01", "10")))

    def holding(folder: Path, watched: bool) -> Outcome:
        if watched:
            raise Held([])
        return bureau.take(folder, watched)

    run_round(bureau.inbox, bureau.world.db, holding, NOW)
    assert bureau.lies() == {"held": ["2025-03-01", "2025-03-01.reason.txt"]}
    with pytest.raises(InboxError, match=r"No delivery 2025-03-09 is held in .* \(held: 2025-03-01\)"):
        run_round(bureau.inbox, bureau.world.db, holding, NOW, ("2025-03-09",))
    assert run_round(bureau.inbox, bureau.world.db, holding, NOW) == Round()
    done = run_round(bureau.inbox, bureau.world.db, holding, NOW, ("2025-03-01",))
    assert done.taken[0].fate is Fate.PUBLISHED
    assert bureau.lies() == {"done": ["2025-03-01", "2025-03-01.held.txt"]}


def test_from_the_command_line_also_where_prefect_does_not_answer(bureau: Bureau) -> None:
    bureau.drop(
        "2025-03-01", **people("m1"), **bills(("a", "m1", "2025-03-01", "2000"), ("bad", "x", "2025-03-01", "1"))
    )
    bureau.broken("2025-03-02")
    command = [sys.executable, "-c", "from flows.cli import main; main()", "nights", "--quiet-for", "0"]
    given = ["--inbox", str(bureau.inbox.root), "--db", str(bureau.world.db), "--policies", str(bureau.world.law)]
    nobody = {"PREFECT_API_URL": "http://127.0.0.1:9/api", "PREFECT_HOME": str(bureau.world.root / "prefect")}
    done = subprocess.run(
        [*command, *given], env=os.environ | nobody, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 1
    assert done.stderr.startswith("baoxiao: 1 of 2 deliveries taken up need a person: 2025-03-02 refused: claims.csv")
    assert len(done.stderr.splitlines()) == 1 and "Note: Prefect did not start" in done.stdout
    assert done.stdout.rstrip().endswith("Quarantined rows: 2")
    assert bureau.world.paid() == {"a": 500}


def test_the_page_for_operators_names_options_and_messages_that_exist() -> None:
    page = (Path(__file__).parent.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    for name, command in (("nights", nights), ("serve", serve)):
        known = {option for parameter in command.params for option in parameter.opts}
        used = {word for line in re.findall(rf"baoxiao {name} (.*)", page) for word in re.findall(r"--[a-z-]+", line)}
        assert used and used <= known, used - known


def test_there_must_be_an_inbox(tmp_path: Path) -> None:
    with pytest.raises(InboxError, match="There is no folder"):
        Inbox(tmp_path / "nowhere")


def test_one_turn_at_a_time_and_a_death_in_it_is_known(tmp_path: Path) -> None:
    db = tmp_path / "claims.duckdb"
    assert vacant(db) and not cut_short(db)
    with turn(db, "run-1") as died:
        assert died is None and not vacant(db) and not cut_short(db)
        with pytest.raises(InboxError, match=f"Another round .process {os.getpid()}. is taking deliveries"), turn(db):
            pass
    assert vacant(db) and not cut_short(db)
    code = f"import os\nfrom pathlib import Path\nfrom flows.inbox.turn import turn\nwith turn(Path({str(db)!r}), 'run-2'): os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert vacant(db) and cut_short(db)
    with turn(db, "run-3") as died:
        assert died == "run-2"
    assert not cut_short(db)
