"""A database, a copy and a plan of an earlier version keep every step of every claim; nothing is settled otherwise for it."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from earlier_version import FORMS, VERSIONS, as_of_earlier_version
from nightly_world import World, bills, claim, people, write_law

from flows.analysts.copying import publish
from flows.night import Night, run_night
from flows.reprocessing.planning import make_plan
from flows.reprocessing.plans import MANIFEST, Plan
from flows.reprocessing.request import Request
from flows.terminal.plan_page import plan_page
from flows.warehouse.database import open_product, prepare_warehouse
from flows.warehouse.portions import portions
from reports.explain import explain_claim
from schemas import TABLES

pytestmark = pytest.mark.parametrize("form", FORMS)
SAMPLES = Path(__file__).parent.parent / "data" / "samples"
STEPS = "FROM settlement_step ORDER BY ALL"
PORTIONS = "FROM settlement_portion ORDER BY ALL"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.night(**people("m1", "m2"), **bills(("a", "m1", "2025-03-01", "2000"), ("b", "m2", "2025-03-01", "2000")))
    made.night(claims=[claim("none", "m2", "2025-04-01")])
    return made


def shown(world: World, claim_id: str) -> str:
    out = io.StringIO()
    with closing(open_product(str(world.db))) as con:
        explain_claim(con, claim_id, out)
    return out.getvalue()


def test_portions_and_steps_of_every_real_programme_are_the_same_after_the_change_of_form(
    tmp_path: Path, form: str
) -> None:
    db = tmp_path / "claims.duckdb"
    run_night(Night(SAMPLES, db))
    with duckdb.connect(str(db)) as con:
        portions = con.execute(PORTIONS).fetchall()
    as_of_earlier_version(db, form)
    with duckdb.connect(str(db)) as con:
        before = con.execute(STEPS).fetchall()
        con.execute("BEGIN")
        prepare_warehouse(con)
        con.execute("COMMIT")
        assert con.execute(STEPS).fetchall() == before != []
        assert con.execute(PORTIONS).fetchall() == portions
        assert con.sql("FROM settlement_portion").columns == TABLES["settlement_portion"].names
        assert con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'settlement_portion'").fetchall() == []
        assert con.execute("SELECT 1 FROM settlement_step WHERE parameter IS NULL LIMIT 1").fetchall() == [(1,)]


def test_the_next_night_changes_the_form_and_no_settlement(world: World, form: str) -> None:
    versions = f"SELECT {VERSIONS} FROM settlement_version WHERE claim_id <> 'c' ORDER BY ALL"
    steps, before = world.rows(STEPS), world.rows(versions)
    as_of_earlier_version(world.db, form)
    assert world.rows(STEPS) == steps
    world.night(**bills(("c", "m1", "2025-05-01", "100")))
    assert world.rows("FROM settlement_step WHERE claim_id <> 'c' ORDER BY ALL") == steps
    assert world.rows(versions) == before
    texts = "SELECT steps FROM settlement_portion WHERE claim_id IN ('b', 'none') ORDER BY claim_id"
    assert world.rows(texts) == [("1:100000 2:5000",), (None,)]


def test_a_settlement_that_comes_out_otherwise_is_one(world: World, form: str) -> None:
    """The old portion stands in a row of its own, the new one with its settlement; both have their steps."""
    as_of_earlier_version(world.db, form)
    world.night(**bills(("early", "m1", "2025-02-01", "500")))
    query = "SELECT version, count(*), sum(in_scope_amount) FROM settlement_portion WHERE claim_id = 'a' GROUP BY 1 ORDER BY 1"
    assert world.rows(query) == [(1, 1, 2000), (2, 1, 2000)]
    assert world.rows("SELECT reach FROM adjustment") == [("accumulator_moved",)]
    used = "SELECT version, total_before FROM settlement_step WHERE claim_id = 'a' AND name = 'deductible' ORDER BY 1"
    assert world.rows(used) == [(1, 0), (2, 500)]


def test_a_claim_can_be_explained_before_the_next_night(world: World, form: str) -> None:
    before = shown(world, "a")
    as_of_earlier_version(world.db, form)
    assert shown(world, "a") == before


@pytest.mark.parametrize("with_personal", [True, False])
def test_a_copy_has_the_form_of_this_version(world: World, with_personal: bool, form: str) -> None:
    query = "SELECT claim_id, version, portion_no, steps FROM settlement_portion ORDER BY ALL"
    before = world.rows(query)
    as_of_earlier_version(world.db, form)
    copy = world.root / "copy.duckdb"
    publish(world.db, copy, with_personal)
    with duckdb.connect(str(copy), read_only=True) as con:
        assert con.execute(query).fetchall() == before


def in_earlier_form(plan: Plan, form: str) -> None:
    """The portions of a plan as they were written, all in one file, with the hashes of the files."""
    version, split, portion = (plan.file(name) for name in ("new_version", "new_split_portion", "new_portion"))
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE version AS FROM '{version}'; CREATE TABLE split AS FROM '{split}'")
        con.execute(f"CREATE VIEW portion AS {portions('version', 'split')}")
        con.execute(f"COPY (SELECT {FORMS[form]} FROM portion) TO '{portion}' (FORMAT parquet)")
        con.execute(f"COPY (SELECT {VERSIONS} FROM version) TO '{version}' (FORMAT parquet)")
    split.unlink()
    files = {name: digest for name, digest in plan.manifest["files"].items() if name != split.name}
    files |= {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (version, portion)}
    (plan.folder / MANIFEST).write_text(json.dumps(plan.manifest | {"files": files}), encoding="utf-8")


def test_a_plan_made_before_is_told_as_it_was(world: World, form: str) -> None:
    write_law(world.law, "60%")
    plan = make_plan(Request(world.db, world.law))
    page = plan_page(world.db, plan.plan_id)
    in_earlier_form(plan, form)
    assert plan_page(world.db, plan.plan_id) == page
