"""The copy for analysts: nothing of a person in its bytes, rows of one person still join, and it replaces itself whole."""

from __future__ import annotations

import hashlib
import hmac
import re
import stat
from pathlib import Path
from typing import Any

import duckdb
import pytest
from nightly_world import World, claim, line, people, provider

from flows.analysts import copying
from flows.analysts.copying import CopyError, publish
from flows.analysts.pseudonyms import KeyFileError, key_place
from flows.cli import cli
from flows.terminal.failures import ended
from flows.warehouse.database import NotAWarehouse, open_product
from flows.warehouse.tables import STORED
from schemas import TABLES, VIEWS

MEMBERS = ("370811197005011234", "370811201508085678")
UNINSURED = "370811199909099999"
SECRETS = (*MEMBERS, UNINSURED, "1987-06-05", "1990-02-30", "I21.901", "ZXQ-DISEASE")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("world"))
    given = people(*MEMBERS)
    given["members"][0]["birth_date"] = "1987-06-05"
    given["members"].append({"member_id": "370811199002301111", "birth_date": "1990-02-30"})
    given["statuses"] = [{"member_id": MEMBERS[0], "status": "severe_mental_disorder", "valid_from": "2020-01-01"}]
    illness = {"diagnosis_code": "I21.901", "disease_code": "ZXQ-DISEASE", "benefit": "family_planning"}
    claims = [claim("a", MEMBERS[0], "2025-03-01", **illness), claim("b", MEMBERS[0], "2025-03-02")]
    stay = {"care_type": "inpatient", "ended_on": "2025-03-09"}
    claims += [claim("c", MEMBERS[1], "2025-03-03", **stay), claim("d", MEMBERS[1], "2025-03-04", provider_id="P9")]
    claims.append(claim("e", UNINSURED, "2025-03-04"))
    given["members"].append({"member_id": UNINSURED, "birth_date": "1999-09-09"})
    given["providers"].append(provider("P9", is_designated="false"))
    lines = [line("a", "5000"), line("b", "3000"), line("c", "20000"), line("d", "7"), line("e", "9")]
    world.night(**given, claims=claims, fee_lines=lines)
    world.night(claims=[claim("late", MEMBERS[0], "2025-01-05")], fee_lines=[line("late", "500")])
    return world


@pytest.fixture(scope="module")
def copy(world: World) -> Path:
    file = world.root / "analysts.duckdb"
    publish(world.db, file)
    return file


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute("SET VARIABLE least_stays = 1")
        return con.execute(query).fetchall()


def everything(file: Path) -> str:
    """Every cell of every table and view, as text."""
    with duckdb.connect(str(file), read_only=True) as con:
        names = [name for (name,) in con.execute("SELECT table_name FROM information_schema.tables").fetchall()]
        return "\n".join(str(con.execute(f"FROM {name}").fetchall()) for name in names)


def test_nothing_personal_is_in_its_bytes(world: World, copy: Path) -> None:
    here, there = world.db.read_bytes(), copy.read_bytes()
    texts = (everything(world.db).replace("datetime.date(1987, 6, 5)", "1987-06-05"), everything(copy))
    for secret in SECRETS:
        assert secret in texts[0], "the test looks for what is there"
        assert secret not in texts[1]
        assert secret.encode() not in there
    assert any(member.encode() in here for member in MEMBERS), "bytes of the database do show such texts"
    assert "severe_mental_disorder" not in texts[1].replace("other_assistance", "")
    assert "datetime.date(1987, 6, 5)" not in texts[1]


def test_no_personal_column_is_in_it_but_pseudonyms(copy: Path) -> None:
    tables = {**TABLES, **STORED}
    found = rows(copy, "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal")
    personal = {(table, column) for table, column in found if table in tables and tables[table][column].personal}
    assert personal and {column for _, column in personal} == {"member_id", "psn_no"}
    left_out = set(rows(copy, "SELECT unnest(left_out) FROM published_copy"))
    assert {("members.birth_date",), ("claims.diagnosis_code",), ("quarantine.message",)} <= left_out


def test_pseudonyms_are_keyed_and_join(world: World, copy: Path) -> None:
    key = bytes.fromhex(key_place(world.db).read_text())
    expected = [
        "P" + hmac.new(key, member.encode(), hashlib.sha256).hexdigest()[:20] for member in (*MEMBERS, UNINSURED)
    ]
    shown = [name for (name,) in rows(copy, "SELECT member_id FROM members")]
    assert sorted(shown) == sorted(expected)
    assert rows(
        copy,
        "SELECT count(DISTINCT s.member_id), count(*) FROM settlement AS s JOIN members USING (member_id) "
        "JOIN enrolments USING (member_id) JOIN claims USING (claim_id, member_id) JOIN nhsa_setlinfo ON psn_no = s.member_id",
    ) == [(2, 11)]


def test_the_key_stays_with_the_database_for_no_one_else(world: World, copy: Path) -> None:
    place = key_place(world.db)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    key = place.read_text().strip()
    assert key.encode() not in copy.read_bytes() and bytes.fromhex(key) not in copy.read_bytes()
    assert key not in everything(copy)


def test_the_same_person_has_the_same_pseudonym_in_the_next_copy(world: World, copy: Path, tmp_path: Path) -> None:
    publish(world.db, tmp_path / "next.duckdb")
    query = "SELECT claim_id, member_id FROM settlement ORDER BY ALL"
    assert rows(copy, query) == rows(tmp_path / "next.duckdb", query)


@pytest.mark.parametrize("name", list(VIEWS))
def test_views_tell_the_same(world: World, copy: Path, name: str) -> None:
    columns = ", ".join(column.name for column in VIEWS[name].columns if not column.personal)
    query = f"SELECT {columns} FROM {name} ORDER BY ALL"
    assert rows(copy, query) == rows(world.db, query) != []


def test_it_has_a_comment_on_everything(copy: Path) -> None:
    assert (
        rows(
            copy,
            "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL UNION ALL "
            "SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL UNION ALL "
            "SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL",
        )
        == []
    )


def test_macros_come_along(world: World, tmp_path: Path) -> None:
    known = rows(
        world.db, "SELECT function_name FROM duckdb_functions() WHERE function_type = 'table_macro' AND NOT internal"
    )
    publish(world.db, tmp_path / "copy.duckdb")
    query = "SELECT function_name FROM duckdb_functions() WHERE function_type = 'table_macro' AND NOT internal"
    assert rows(tmp_path / "copy.duckdb", query) == known
    for (name,) in known:
        assert len(rows(tmp_path / "copy.duckdb", f"FROM {name}(DATE '2999-01-01')")) == 6


def test_with_personal_it_is_the_whole_database(world: World, tmp_path: Path) -> None:
    file = tmp_path / "whole.duckdb"
    assert "treat it as the database itself" in publish(world.db, file, with_personal=True)
    for name in (*STORED, *(name for name, table in TABLES.items() if table.view)):
        assert rows(file, f"FROM {name} ORDER BY ALL") == rows(world.db, f"FROM {name} ORDER BY ALL")
    assert rows(file, "SELECT with_personal, left_out FROM published_copy") == [(True, [])]


def test_a_copy_is_replaced_whole_or_not_at_all(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "copy.duckdb"
    publish(world.db, file)
    file.chmod(0o640)
    reader = duckdb.connect(str(file), read_only=True)
    publish(world.db, file)
    assert reader.execute("SELECT count(*) FROM settlement").fetchall() == [(6,)]
    reader.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    before = file.read_bytes()

    def failing(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(copying, "_mark", failing)
    with pytest.raises(RuntimeError):
        publish(world.db, file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["copy.duckdb"]


def test_what_is_no_copy_is_left_alone(world: World, copy: Path, tmp_path: Path) -> None:
    other = World(tmp_path)
    other.night(**people("m1"))
    with pytest.raises(CopyError, match="is no copy for analysts and is left alone"):
        publish(world.db, other.db)
    with pytest.raises(CopyError, match="would take the place of the database"):
        publish(world.db, world.db)
    with pytest.raises(CopyError, match="is itself a copy"):
        publish(copy, tmp_path / "second.duckdb")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(NotAWarehouse):
        publish(world.db, tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_no_delivery_goes_into_a_copy(world: World, copy: Path) -> None:
    before = copy.read_bytes()
    onto = World(world.root / "onto")
    copy.rename(onto.db)
    try:
        with pytest.raises(NotAWarehouse, match="this is a copy for analysts"):
            onto.night(**people("m7"))
    finally:
        onto.db.rename(copy)
    assert copy.read_bytes() == before


def test_a_damaged_key_is_told(world: World, tmp_path: Path) -> None:
    place = key_place(world.db)
    kept = place.read_text()
    place.write_text("short")
    try:
        with pytest.raises(KeyFileError, match="holds no key of 32 bytes"):
            publish(world.db, tmp_path / "x.duckdb")
    finally:
        place.write_text(kept)
    assert list(tmp_path.iterdir()) == []


def test_the_command(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(cli, ["publish", "--db", str(world.db), "--to", str(tmp_path / "c.duckdb")]) == 0
    assert re.search(r"\d+ personal columns left out", capsys.readouterr().out)
    assert ended(cli, ["publish", "--db", str(tmp_path / "none"), "--to", str(tmp_path / "c.duckdb")]) == 1
    assert (
        ended(cli, ["export", "fund_outlay", "--db", str(tmp_path / "c.duckdb"), "--to", str(tmp_path / "f.csv")]) == 0
    )
    open_product(str(tmp_path / "c.duckdb")).close()
