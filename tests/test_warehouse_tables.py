"""The database that is published: types, comments, the views of the contract, exact yuan, other files left alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from nightly_world import World, bills, claim, line, people

from flows.warehouse.database import NotAWarehouse, open_product
from flows.warehouse.publication import PublicationError
from schemas import DELIVERED, MONEY_COLUMNS, OUTPUT, TABLES


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("world"))
    claims = [claim("odd", "m1", "2025-03-01"), claim("large", "m2", "2025-03-01"), claim("none", "m2", "2025-04-01")]
    lines = [line("odd", "0.29"), line("odd", "1.15", 2), line("odd", "8.07", 3, quantity="0.3333", unit_price="24.21")]
    lines += [line("large", "10000000.00"), line("large", "0.01", 2, catalogue_class="C")]
    world.night(**people("m1", "m2"), claims=claims, fee_lines=lines)
    return world


def test_every_table_and_column_has_a_comment(world: World) -> None:
    assert (
        world.rows(
            "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL UNION ALL "
            "SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL UNION ALL "
            "SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
        )
        == []
    )


@pytest.mark.parametrize("name", [*DELIVERED, *OUTPUT])
def test_columns_of_the_schema_come_first_and_in_order(world: World, name: str) -> None:
    described = world.rows(f"SELECT column_name, column_type FROM (DESCRIBE {name})")
    expected = TABLES[name].names
    assert [column for column, _ in described][: len(expected)] == expected
    if name != "settlement_step":
        types = {column.name: column.sql_type for column in TABLES[name].columns}
        assert {column: kind for column, kind in described if column in types} == types


@pytest.mark.parametrize("name", [name for name in OUTPUT if TABLES[name].view])
def test_views_have_the_columns_of_the_schema_and_no_others(world: World, name: str) -> None:
    assert [column for (column,) in world.rows(f"SELECT column_name FROM (DESCRIBE {name})")] == TABLES[name].names


def test_yuan_are_exact(world: World) -> None:
    assert world.rows("SELECT amount FROM fee_lines WHERE claim_id = 'odd' ORDER BY line_no") == [
        (Decimal("0.29"),),
        (Decimal("1.15"),),
        (Decimal("8.07"),),
    ]
    assert world.rows("SELECT quantity, unit_price FROM fee_lines WHERE line_no = 3") == [
        (Decimal("0.3333"), Decimal("24.21"))
    ]
    assert world.rows(
        "SELECT total_amount, out_of_scope_amount, personal_pay FROM settlement WHERE claim_id = 'large'"
    ) == [(Decimal("10000000.01"), Decimal("0.01"), Decimal("9995000.01"))]


def test_a_claim_without_lines_is_settled_at_zero(world: World) -> None:
    zero = ", ".join(MONEY_COLUMNS)
    assert world.rows(f"SELECT {zero} FROM settlement WHERE claim_id = 'none'") == [(0,) * len(MONEY_COLUMNS)]


def test_steps_redo_every_payment(world: World) -> None:
    """Base, parameter and running totals are shown in yuan and shares, and lead to the amounts of the portion."""
    assert world.rows(
        "SELECT name, base, parameter, amount, total_before, total_after, rule_id, quote FROM settlement_step "
        "WHERE claim_id = 'large' ORDER BY step_no"
    ) == [
        ("deductible", 10_000_000, 1000, 1000, 0, 1000, "T-1", "年度起付标准为1000元。"),
        ("basic", 9_999_000, Decimal("0.5"), 5000, 0, 5000, "T-2", "起付标准以上的部分报销50%。"),
    ]


def test_older_clients_can_open_it(world: World) -> None:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{world.db}' AS product (READ_ONLY)")
        tags = con.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'product'").fetchall()[0][0]
    assert tags["storage_version"].startswith("v1.5.0")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    with duckdb.connect(str(world.db)) as con:
        con.execute("CREATE TABLE mine AS SELECT 1 AS value")
    with pytest.raises(NotAWarehouse, match="holds other tables"):
        world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "1")))
    assert world.rows("FROM mine") == [(1,)]


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.db.write_text("not a database", encoding="ascii")
    with pytest.raises(PublicationError, match="is no database"):
        world.night(**people("m1"), **bills(("a", "m1", "2025-03-01", "1")))
    with pytest.raises(NotAWarehouse, match="no database of baoxiao"):
        open_product(str(world.db))


def test_a_missing_database_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotAWarehouse, match="there is no database"):
        open_product(str(tmp_path / "none.duckdb"))
