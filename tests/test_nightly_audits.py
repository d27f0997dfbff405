"""Every fact that must hold before publishing is seen when it is broken, and named in a sentence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from nightly_world import World, bills, people

from flows.warehouse.audits import AUDITS, AuditFailure, audit
from schemas import MONEY_COLUMNS

BREAKS = {
    "parts_sum_to_total": "UPDATE settlement_version SET prepay_amount = 0.01 WHERE claim_id = 'a' AND version = 2",
    "payers_sum_to_total": "UPDATE settlement_version SET ltc_pay = 0.01 WHERE claim_id = 'a' AND version = 2",
    "no_amount_is_negative": "UPDATE settlement_version SET allowance_pay = -1 WHERE claim_id = 'a' AND version = 2",
    "refused_claim_pays_nothing": "UPDATE settlement_version SET status = 'denied' WHERE claim_id = 'a'",
    "portions_sum_to_settlement": "INSERT INTO split_portion FROM settlement_portion WHERE claim_id = 'a' AND version = 2",
    "adjustments_explain_every_change": "UPDATE adjustment SET basic_pay_delta = 0 WHERE claim_id = 'a'",
    "adjustments_explain_every_yuan": "INSERT INTO adjustment SELECT * REPLACE ('other' AS claim_id, 0 AS from_version) "
    "FROM adjustment WHERE claim_id = 'a'",
    "one_version_is_in_force": "INSERT INTO settlement_version SELECT * REPLACE (3 AS version) FROM settlement_version "
    "WHERE claim_id = 'a' AND version = 2; DELETE FROM settlement_version WHERE claim_id = 'z'",
    "settlements_match_claims": "INSERT INTO claims SELECT * REPLACE ('m9' AS member_id, 'x' AS claim_id) FROM claims LIMIT 1",
    "bills_are_sums_of_lines": "UPDATE fee_lines SET amount = amount + 0.01 WHERE claim_id = 'a'",
    "delivered_is_accepted_and_quarantined": "UPDATE control_total SET amount_accepted = amount_accepted - 0.01",
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A database after two nights, and its last run."""
    world = World(tmp_path_factory.mktemp("world"))
    world.night(**people("m1", "m2"), **bills(("a", "m1", "2025-03-01", "2000"), ("z", "m2", "2025-05-01", "9")))
    last = world.night(**bills(("b", "m1", "2025-02-01", "500")))
    return world.db, last.run.run_id


@pytest.fixture
def audited(published: tuple[Path, str], tmp_path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """A copy of the database in the state in which it is audited, and its last run."""
    db, run_id = published
    with duckdb.connect(str(shutil.copy(db, tmp_path))) as con:
        con.execute(
            "CREATE TEMP TABLE changed AS SELECT claim_id, max(version) AS to_version FROM settlement_version GROUP BY 1"
        )
        con.execute("CREATE TEMP TABLE affected AS SELECT DISTINCT member_id FROM members")
        yield con, run_id


def _breaks(audited: tuple[duckdb.DuckDBPyConnection, str], change: str, fact: str) -> None:
    """The change is found by the audit, which names the fact."""
    con, run_id = audited
    con.execute(change)
    with pytest.raises(AuditFailure, match=fact):
        audit(con, run_id)


def test_a_sound_database_passes(audited: tuple[duckdb.DuckDBPyConnection, str]) -> None:
    audit(*audited)


@pytest.mark.parametrize("name", [fact.name for fact in AUDITS])
def test_a_broken_fact_is_named(audited: tuple[duckdb.DuckDBPyConnection, str], name: str) -> None:
    _breaks(audited, BREAKS[name], name)


@pytest.mark.parametrize("column", MONEY_COLUMNS)
def test_no_money_column_is_left_out_of_the_history(
    audited: tuple[duckdb.DuckDBPyConnection, str], column: str
) -> None:
    change = f"UPDATE adjustment SET {column}_delta = {column}_delta + 0.01"
    _breaks(audited, change, f"adjustments_explain_every_change.*{column}")


def _split(con: duckdb.DuckDBPyConnection) -> None:
    """Let the claim have two portions, which add up to its settlement."""
    con.execute("CREATE TEMP TABLE whole AS FROM settlement_portion WHERE claim_id = 'a' AND version = 2")
    for number, share in ((1, "{0} - 1"), (2, "1")):
        amounts = ", ".join(f"{share.format(name)} AS {name}" for name in MONEY_COLUMNS)
        con.execute(f"INSERT INTO split_portion SELECT * REPLACE ({number} AS portion_no, {amounts}) FROM whole")
    con.execute("UPDATE settlement_version SET portions = 2 WHERE claim_id = 'a' AND version = 2")


def test_several_portions_of_a_claim_are_added_up(audited: tuple[duckdb.DuckDBPyConnection, str]) -> None:
    _split(audited[0])
    audit(*audited)


@pytest.mark.parametrize("column", MONEY_COLUMNS)
def test_no_money_column_is_left_out_of_the_portions(
    audited: tuple[duckdb.DuckDBPyConnection, str], column: str
) -> None:
    _split(audited[0])
    change = f"UPDATE split_portion SET {column} = {column} + 0.01 WHERE claim_id = 'a' AND portion_no = 2"
    _breaks(audited, change, f"portions_sum_to_settlement.*{column}")


@pytest.mark.parametrize("condition", ["portion_no = 2", "TRUE"])
def test_portions_cannot_be_lost(audited: tuple[duckdb.DuckDBPyConnection, str], condition: str) -> None:
    _split(audited[0])
    _breaks(audited, f"DELETE FROM split_portion WHERE {condition}", "portions_sum_to_settlement.*portions")


def test_every_settlement_has_portions(audited: tuple[duckdb.DuckDBPyConnection, str]) -> None:
    change = "UPDATE settlement_version SET portions = NULL WHERE claim_id = 'a'"
    _breaks(audited, change, "portions_sum_to_settlement.*total_amount")
