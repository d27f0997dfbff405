"""How old a claim may be before only a person may change its settlement."""

from __future__ import annotations

import re

import polars as pl

from policies.law import Law
from policies.text import PolicyError

__all__ = ["reopen_limits"]

_SPAN = re.compile(r"(\d+) (days|months|years)")
_SCHEMA = {"policy_id": pl.String(), "reopen_limit": pl.String(), "months": pl.Int64(), "days": pl.Int64()}


def reopen_limits(law: Law) -> pl.DataFrame:
    """policy_id, reopen_limit as written, months and days, of every policy that sets one; raises PolicyError."""
    rows = []
    for policy in law.policies:
        if policy.reopen_limit is None:
            continue
        span = _SPAN.fullmatch(policy.reopen_limit)
        if span is None:
            sentence = f"`reopen_limit: {policy.reopen_limit}` is not a span of time such as `24 months`."
            raise PolicyError(policy.place("reopen_limit").fault(sentence))
        number, unit = int(span[1]), span[2]
        months = number * {"days": 0, "months": 1, "years": 12}[unit]
        rows.append((policy.policy, policy.reopen_limit, months, number if unit == "days" else 0))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
