"""Checks that the peers pay what we pay, claim by claim: a race between different results says nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb

__all__ = ["differing_from_result", "differing_from_script"]

_COLUMNS = (
    "claim_id, status, reasons, total_amount, out_of_scope_amount, over_limit_amount, prepay_amount, in_scope_amount, "
    "deductible_amount, basic_pay, critical_illness_pay, personal_pay, critical_illness_base"
)


def differing_from_script(ours: Path, theirs: Path) -> tuple[int, int]:
    """Claims compared, and those for which the analyst's script has another status, reason or amount than we."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{ours}' AS ours (READ_ONLY); ATTACH '{theirs}' AS theirs (READ_ONLY)")
        both = f"SELECT {_COLUMNS} FROM ours.settlement", f"SELECT {_COLUMNS} FROM theirs.settlement"
        return _counted(con, *both)


def differing_from_result(ours: Path, result: Path) -> tuple[int, int]:
    """Claims compared, and those that are paid otherwise in a Parquet file of payments in fen."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{ours}' AS ours (READ_ONLY)")
        paid = "(basic_pay * 100)::BIGINT AS basic_pay, (critical_illness_pay * 100)::BIGINT AS critical_illness_pay"
        mine = f"SELECT claim_id, {paid} FROM ours.settlement"
        return _counted(con, mine, f"SELECT claim_id, basic_pay, critical_illness_pay FROM read_parquet('{result}')")


def _counted(con: duckdb.DuckDBPyConnection, mine: str, other: str) -> tuple[int, int]:
    row = con.execute(
        f"SELECT (SELECT count(*) FROM ({mine})), "
        f"(SELECT count(DISTINCT claim_id) FROM ((({mine}) EXCEPT ({other})) UNION ALL (({other}) EXCEPT ({mine}))))"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])
