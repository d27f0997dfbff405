"""What is asked of a reprocessing: a database, a law, and whose settlements may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.intake import LINES_PER_BUCKET
from policies.law import Law, load

__all__ = ["ReprocessError", "Request"]


class ReprocessError(Exception):
    """Reprocessing is refused or cannot be done; the sentence says why and what to do."""


@dataclass(frozen=True)
class Request:
    """The database, the folder of policies (None: built in), and limits of the scope (None: no limit).

    pool, scheme: persons with such an enrolment. since: persons with a claim whose benefit date is on or after it. Whoever is
    in the scope is settled as a whole. as_of: the law as it was known on this day; ages of claims count to it, else to today.
    """

    db: Path
    policies: Path | None = None
    pool: str | None = None
    scheme: str | None = None
    since: date | None = None
    as_of: date | None = None
    lines_per_bucket: int = LINES_PER_BUCKET

    def law(self) -> Law:
        """The law to settle under. Raises PolicyError, and ReprocessError where it has no such pool."""
        law = load(self.policies, self.as_of)
        pools = sorted({policy.pool for policy in law.policies})
        if self.pool is not None and self.pool not in pools:
            raise ReprocessError(f"no policy is for the pool {self.pool}; there are {', '.join(pools)}")
        return law

    def limits(self) -> dict[str, str | None]:
        """The limits of the scope as text."""
        given = (self.pool, self.scheme, self.since, self.as_of)
        return {
            name: None if value is None else str(value)
            for name, value in zip(("pool", "scheme", "from", "as_of"), given, strict=True)
        }

    @staticmethod
    def restored(db: Path, policies: Path | None, limits: Mapping[str, str | None]) -> Request:
        """The request that `limits` came from."""
        days = {
            name: None if (text := limits[name]) is None else date.fromisoformat(text) for name in ("from", "as_of")
        }
        return Request(db, policies, limits["pool"], limits["scheme"], days["from"], days["as_of"])
