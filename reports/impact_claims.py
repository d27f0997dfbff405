"""Claims of a change worked side by side: every step under the old law and under the new, with the quoted sentences."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from reports.html.reading import Row, rows_of

__all__ = ["worked_claims"]

SHOWN = 20

_CHOSEN = f"""
    WITH kind AS (
        SELECT claim_id, min_by(coalesce(benefit, programme, ''), portion_no) AS benefit FROM impact_new_portion GROUP BY ALL
    ),
    placed AS (
        SELECT c.*, k.benefit, row_number() OVER (
            PARTITION BY c.policy_id, k.benefit, c.cause, sign(c.gain) ORDER BY abs(c.gain) DESC, c.claim_id
        ) AS place
        FROM impact_claim AS c LEFT JOIN kind AS k USING (claim_id)
    )
    SELECT p.*, d.care_type, d.started_on, d.ended_on, d.provider_id, q.name AS provider_name, o.reasons AS old_reasons,
        n.reasons AS new_reasons, n.total_amount
    FROM placed AS p LEFT JOIN claims AS d USING (claim_id) LEFT JOIN providers AS q ON q.provider_id = d.provider_id
    JOIN impact_old AS o USING (claim_id) JOIN impact_new AS n USING (claim_id)
    ORDER BY gain = 0, place, abs(gain) DESC, claim_id LIMIT {SHOWN}
"""
"""The largest of every kind first, so that no kind of change is missing."""
_STEPS = """
    SELECT * FROM impact_{side}_step WHERE claim_id IN ({claims}) ORDER BY claim_id, portion_no, step_no
"""


def worked_claims(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """At most twenty claims, those that gain most first; each has `steps`, rows of an old and a new step."""
    claims = sorted(rows_of(con, _CHOSEN), key=lambda claim: (-claim["gain"], claim["claim_id"]))
    names = ", ".join(_quoted(claim["claim_id"]) for claim in claims) or "NULL"
    old, new = (rows_of(con, _STEPS.format(side=side, claims=names)) for side in ("old", "new"))
    for claim in claims:
        own = [[step for step in side if step["claim_id"] == claim["claim_id"]] for side in (old, new)]
        claim["steps"] = [step for step in _paired(*own) if step["told"]]
        claim["quotes"] = _quotes(claim["steps"])
    return claims


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _paired(old: list[Row], new: list[Row]) -> list[Row]:
    """Steps of both sides by portion, programme and name, in the order of the new law."""
    one, other = ({_place(step): step for step in steps} for steps in (old, new))
    return [
        {"name": place[2], "old": one.get(place), "new": other.get(place), "differs": _differ(one.get(place), other.get(place)),
         "change": _amount(other.get(place)) - _amount(one.get(place)), "told": _told(one.get(place), other.get(place))}
        for place in dict.fromkeys([*other, *one])
    ]  # fmt: skip


def _place(step: Row) -> tuple[int, str, str]:
    return step["portion_no"], step["programme"] or "", step["name"] or str(step["step_no"])


def _amount(step: Row | None) -> Decimal:
    return Decimal(step["amount"] or 0) if step else Decimal(0)


def _differ(old: Row | None, new: Row | None) -> bool:
    if old is None or new is None:
        return True
    return any(old[name] != new[name] for name in ("base", "parameter", "amount", "quote"))


def _told(*steps: Row | None) -> bool:
    """Whether a step did anything on either side."""
    return any(step and (step["amount"] or step["base"]) for step in steps)


def _quotes(steps: list[Row]) -> list[Row]:
    """The sentence behind each step; where it was changed, the old one before the new one."""
    found: dict[tuple[str, str | None, str | None], list[str]] = {}
    for step in steps:
        old, new = ((side or {}).get("quote") for side in (step["old"], step["new"]))
        rule = (step["new"] or step["old"])["rule_id"] or ""
        if old or new:
            found.setdefault((rule, old, new), []).append(step["name"])
    return [{"rule": rule, "old": old, "new": new, "steps": names} for (rule, old, new), names in found.items()]
