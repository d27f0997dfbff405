"""A delivery is the same however small its blocks and buckets are; a night too, with what was there before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from nightly_world import World, bills, claim, line, people

import schemas
from flows.generation.delivery import Order, generate
from flows.generation.population import read_population
from flows.intake import Delivery, read_delivery
from flows.intake.fingerprint import Fingerprint
from flows.intake.keys import Keys, numbered, repeated
from policies.loading import builtin_folder


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some hundred claims with many faults of all kinds."""
    folder = tmp_path_factory.mktemp("inbox")
    generate(Order([read_population("130600", builtin_folder())], 200, 2025, 3, None, 0.05), folder / "a", "csv")
    return folder / "a"


def same(one: Delivery, other: Delivery) -> None:
    assert one.quarantine.height and one.quarantine.equals(other.quarantine)
    assert (one.totals, one.warnings, one.fingerprint) == (other.totals, other.warnings, other.fingerprint)
    for name in schemas.DELIVERED:
        assert one.tables[name].equals(other.tables[name])


@pytest.mark.parametrize(("rows", "lines"), [(50, 500_000), (1_000_000, 100), (70, 60)])
def test_blocks_and_buckets_change_nothing(inbox: Path, rows: int, lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_delivery(inbox)
    monkeypatch.setattr("flows.intake.table._ROWS", rows)
    same(whole, read_delivery(inbox, lines_per_bucket=lines))


def test_a_claim_and_its_lines_lie_in_the_bucket_of_the_member(inbox: Path) -> None:
    delivery = read_delivery(inbox, lines_per_bucket=100)
    claims, lines = delivery.bills["claims"], delivery.bills["fee_lines"]
    assert claims.count > 3
    members = []
    for bucket in range(claims.count):
        mine = claims.accepted(bucket).collect()
        members.append(set(mine["member_id"]))
        assert set(lines.accepted(bucket).collect()["claim_id"]) <= set(mine["claim_id"])
    assert sum(map(len, members)) == len(set().union(*members))


def test_the_files_go_with_the_delivery(inbox: Path) -> None:
    delivery = read_delivery(inbox)
    folder = delivery.bills["claims"].folder.parent
    assert folder.exists()
    del delivery
    assert not folder.exists()


@pytest.mark.parametrize("lines_per_bucket", [1, 3, 1000])
def test_nights_in_buckets_of_any_size_pay_the_same(tmp_path: Path, lines_per_bucket: int) -> None:
    world = World(tmp_path)
    members = [f"m{number}" for number in range(6)]
    first = [(f"a{m}{n}", m, f"2025-0{n}-01", "700") for m in members for n in (1, 2, 3)]
    world.night(lines_per_bucket=lines_per_bucket, **people(*members), **bills(*first))
    again = [claim("am01", "m0", "2025-01-01"), claim("b", "m0", "2025-01-15"), claim("c", "m5", "2025-02-15")]
    lines = [line("am01", "700"), line("b", "100"), line("c", "200"), line("c", "5", 2)]
    world.night(lines_per_bucket=lines_per_bucket, claims=again, fee_lines=lines)
    found = world.paid()
    assert {name: int(pay) for name, pay in found.items() if name[:3] in ("am0", "am5", "b", "c")} == {
        "am01": 0, "b": 0, "am02": 250, "am03": 350, "am51": 0, "am52": 200, "c": 102, "am53": 350,
    }  # fmt: skip
    assert world.rows("SELECT count(*) FROM settlement") == [(20,)]


def test_keys_are_found_in_any_order() -> None:
    numbers = np.array([5, 5, 9, 1, 5, 7, 7], np.uint64)
    keys = Keys([np.array([9, 1, 5], np.uint64)], [np.array([90, 10, 50], np.uint16)])
    places = keys.place(numbers)
    assert [int(keys.values[place]) if place >= 0 else None for place in places] == [50, 50, 90, 10, 50, None, None]
    assert Keys([]).place(numbers).tolist() == [-1] * 7
    assert repeated([numbers]).to_list() == [5, 7]
    assert repeated([]).is_empty()


def test_the_number_of_a_line_is_that_of_its_claim_and_place() -> None:
    rows = pl.DataFrame({"claim_id": ["a", "a", None, "b", "a"], "line_no": [1, 2, 3, 1, None]})
    assert len(set(numbered(rows, "claim_id", "line_no"))) == 3


def test_texts_of_any_length_have_different_numbers() -> None:
    texts = ["", "a", "a\0", "ab", *("x" * size for size in range(1, 40)), *("x" * size + "y" for size in range(40))]

    def digest(*values: str) -> str:
        fingerprint = Fingerprint("t")
        fingerprint.add(pl.DataFrame({"text": values}))
        return fingerprint.hexdigest()

    assert len({digest(text) for text in texts}) == len(texts)
    short_alone, with_a_long_one = Fingerprint("t"), Fingerprint("t")
    short_alone.add(pl.DataFrame({"text": ["short"]}))
    short_alone.add(pl.DataFrame({"text": ["longer than twelve bytes"]}))
    with_a_long_one.add(pl.DataFrame({"text": ["short", "longer than twelve bytes"]}))
    assert short_alone.hexdigest() == with_a_long_one.hexdigest()


def test_the_fingerprint_is_the_same_in_every_version() -> None:
    fingerprint = Fingerprint("t", pl.DataFrame({"flag": [False]}))
    rows = {"text": ["a", "longer than twelve bytes", None], "fen": [1, -1, None]}
    fingerprint.add(pl.DataFrame(rows))
    assert fingerprint.hexdigest()[:16] == "87ba70da58e87eb8"
