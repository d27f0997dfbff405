"""The command `publish`: a copy of the database for analysts, without what identifies or describes a person."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb

from flows.analysts.pseudonyms import key_of, key_place, pseudonym, use_key
from flows.warehouse.database import IN_FORCE, open_product, prepare_warehouse
from flows.warehouse.portions import portions
from flows.warehouse.publication import Workspace, publication
from flows.warehouse.step_lists import earlier_name, with_steps
from flows.warehouse.tables import STORED
from schemas import TABLES, VIEWS, Column, Kind, Table, View

__all__ = ["COPY", "CopyError", "publish"]

_PSEUDONYMOUS = ("member_id", "psn_no")
"""Personal columns that are replaced, so that rows of one person still join; the others are left out."""

COPY = Table(
    "published_copy",
    "分析副本",
    "says that the file is a copy for analysts, and of what",
    (
        Column("made_at", Kind.TIMESTAMP, "制作时间", "when the copy was made", required=True),
        Column("run_id", Kind.TEXT, "批次号", "the last run in it"),
        Column("with_personal", Kind.FLAG, "是否含个人信息", "personal columns are in it as they are", required=True),
        Column("left_out", Kind.LIST, "略去的列", "columns left out, as table.column", required=True),
    ),
)


class CopyError(Exception):
    """No copy was made; the sentence says why."""


def publish(db: Path, to: Path, with_personal: bool = False) -> str:
    """Write the copy in one move and return the words for the terminal.

    Raises CopyError, KeyFileError, NotAWarehouse and PublicationError; an older copy stays as it was.
    """
    _check(db, to)
    with publication(to, f"copy-{datetime.now():%Y%m%d%H%M%S}") as workspace:
        workspace.scratch.mkdir(parents=True)
        with closing(workspace.connect()) as con:
            if with_personal:
                prepare_warehouse(con)
            place = str(db).replace("'", "''")
            con.execute(f"ATTACH '{place}' AS source (READ_ONLY)")
            left_out = _whole(con) if with_personal else _without_personal(con, db)
            _mark(con, with_personal, left_out)
            con.execute("DETACH source")
        _settle_mode(workspace)
        workspace.publish()
    return _words(db, to, with_personal, left_out)


def _check(db: Path, to: Path) -> None:
    with closing(open_product(str(db))) as con:
        if _is_copy(con):
            raise CopyError(f"{db} is itself a copy; give the database that baoxiao nightly writes")
    if not to.exists():
        return
    if to.samefile(db):
        raise CopyError("the copy would take the place of the database; give another file with --to")
    with closing(open_product(str(to))) as con:
        if not _is_copy(con):
            raise CopyError(f"{to} is no copy for analysts and is left alone; give another file with --to")


def _is_copy(con: duckdb.DuckDBPyConnection) -> bool:
    query = "SELECT 1 FROM duckdb_tables() WHERE table_name = ?"
    return bool(con.execute(query, [COPY.name]).fetchall())


def _whole(con: duckdb.DuckDBPyConnection) -> list[str]:
    for table in STORED.values():
        _fill(con, table, {name: name for name in _present(con, table.name)})
    return []


def _without_personal(con: duckdb.DuckDBPyConnection, db: Path) -> list[str]:
    use_key(con, key_of(db))
    left_out = []
    for table in STORED.values():
        kept = _kept(table)
        left_out += _left_out(table)
        _run(con, kept.ddl(), *kept.comments())
        present = _present(con, table.name)
        _fill(con, kept, {column.name: _shown(column) for column in kept.columns if column.name in present})
    settlement = TABLES["settlement"]
    columns = ", ".join(f"v.{column.name}" for column in settlement.columns if _is_kept(column))
    _run(con, f"CREATE VIEW settlement AS {IN_FORCE.format(columns=columns)}", *settlement.comments())
    left_out += _show_portions(con)
    for view in VIEWS.values():
        left_out += _take_view(con, view)
    _take_macros(con)
    return left_out


def _show_portions(con: duckdb.DuckDBPyConnection) -> list[str]:
    kept = _kept(TABLES["settlement_portion"])
    query = portions("settlement_version", "split_portion", kept.names)
    _run(con, f"CREATE VIEW {kept.name} AS {query}", *kept.comments())
    return _left_out(TABLES[kept.name])


def _take_view(con: duckdb.DuckDBPyConnection, view: View) -> list[str]:
    """Make the view again; one that needs what is left out is taken over as a table of its rows today."""
    kept = tuple(column for column in view.columns if _is_kept(column))
    if kept == view.columns:
        try:
            _run(con, f"CREATE VIEW {view.name} AS {view.select()}", *view.comments())
            return []
        except duckdb.BinderException:
            pass
    table = Table(view.name, view.chinese, f"{view.meaning} (as of this copy)", kept)
    shown = ", ".join(f"{_shown(column)} AS {column.name}" for column in kept)
    _run(con, table.ddl(), f"INSERT INTO {view.name} SELECT {shown} FROM source.{view.name}", *table.comments())
    return _left_out(view)


def _take_macros(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        "SELECT function_name, array_to_string(parameters, ', '), macro_definition, comment FROM duckdb_functions() "
        "WHERE database_name = 'source' AND function_type = 'table_macro' AND NOT internal"
    ).fetchall()
    for name, parameters, definition, comment in found:
        con.execute(f"CREATE MACRO {name}({parameters}) AS TABLE {definition}")
        if comment:
            con.execute(f"COMMENT ON MACRO TABLE {name} IS '{comment.replace(chr(39), chr(39) * 2)}'")


def _kept(table: Table) -> Table:
    return replace(table, columns=tuple(column for column in table.columns if _is_kept(column)))


def _left_out(table: Table) -> list[str]:
    return [f"{table.name}.{column.name}" for column in table.columns if not _is_kept(column)]


def _is_kept(column: Column) -> bool:
    return not column.personal or column.name in _PSEUDONYMOUS


def _shown(column: Column) -> str:
    return pseudonym(column.name) if column.personal else column.name


def _present(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The columns of a table in the source: a database of an earlier version has fewer."""
    rows = _rows_of(con, table)
    return con.sql(rows).columns if rows else []


def _rows_of(con: duckdb.DuckDBPyConnection, table: str) -> str | None:
    """A query for the rows of a table of the source, under the name that it has there."""
    query = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'source' AND table_name IN (?, ?)"
    found = con.execute(query, [table, earlier_name(table)]).fetchall()
    return with_steps(con, f"source.{found[0][0]}") if found else None


def _fill(con: duckdb.DuckDBPyConnection, table: Table, shown: dict[str, str]) -> None:
    if shown:
        columns = ", ".join(f"{expression} AS {name}" for name, expression in shown.items())
        con.execute(f"INSERT INTO {table.name} BY NAME SELECT {columns} FROM ({_rows_of(con, table.name)})")


def _mark(con: duckdb.DuckDBPyConnection, with_personal: bool, left_out: list[str]) -> None:
    _run(con, COPY.ddl(), *COPY.comments())
    con.execute(
        "INSERT INTO published_copy SELECT ?, (SELECT max_by(run_id, started_at) FROM source.run), ?, ?",
        [datetime.now().replace(microsecond=0), with_personal, left_out],
    )


def _run(con: duckdb.DuckDBPyConnection, *statements: str) -> None:
    for statement in statements:
        con.execute(statement)


def _settle_mode(workspace: Workspace) -> None:
    """The copy may be read by those who could read the older one; none: by those whom the folder lets in."""
    workspace.file.chmod(workspace.live.stat().st_mode & 0o777 if workspace.live.exists() else 0o644)


def _words(db: Path, to: Path, with_personal: bool, left_out: list[str]) -> str:
    if with_personal:
        return f"A copy with personal columns in {to}: treat it as the database itself."
    return (
        f"A copy for analysts in {to}: {len(left_out)} personal columns left out (table published_copy), "
        f"persons under pseudonyms.\nThe key of the pseudonyms stays in {key_place(db)}: keep it with the database, "
        "never with the copy."
    )
