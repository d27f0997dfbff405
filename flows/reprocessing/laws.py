"""What the law of a plan says otherwise than the laws under which the persons in its scope stand."""

from __future__ import annotations

from typing import Any

import duckdb

from flows.warehouse.law_tables import kept_law
from policies.law import Law
from policies.loading import Policy
from reports.policy_diff import diff, text_diff

__all__ = ["law_differences"]

_LAWS = "SELECT law, count(*) AS members FROM stands WHERE law IS NOT NULL AND law <> ? GROUP BY law ORDER BY members DESC, law"


def law_differences(con: duckdb.DuckDBPyConnection, law: Law) -> dict[str, list[dict[str, Any]]]:
    """`figures` and `texts` that differ, each with the number of persons for whom it is new (`members`).

    Read after `find_touched`, which leaves the table `stands`.
    """
    figures: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    for fingerprint, members in con.execute(_LAWS, [law.fingerprint]).fetchall():
        old = kept_law(con, fingerprint)
        if old is not None:
            one, other = _edited(old, law), _edited(law, old)
            figures += [{**vars(change), "members": members} for change in diff(one, other)]
            texts += [{**vars(change), "members": members} for change in text_diff(one, other)]
    return {"figures": figures, "texts": texts}


def _edited(law: Law, other: Law) -> list[Policy]:
    return [p for p in law.policies if law.fingerprints[p.policy] != other.fingerprints.get(p.policy)]
