"""What a change costs: money by fund, policy, benefit, person group and month, and who pays less or more."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import duckdb

from reports.html.reading import Row, rows_of
from reports.night_source import FUNDS as OWN_FUNDS
from schemas import MONEY_COLUMNS

__all__ = ["BINS", "FUNDS", "Money", "prepare_money", "read_money"]

FUNDS = (*OWN_FUNDS, "allowance_pay")
"""What a change costs includes the allowance that is paid on top of a bill."""

BINS = (-1000, -300, -100, 0, 100, 300, 1000)
"""Yuan by which a member gains, between the bars of the distribution; exactly 0 has a bar of its own."""

_LARGEST = 10
_FUNDS_OLD, _FUNDS_NEW = (" + ".join(f"{side}.{name}" for name in FUNDS) for side in ("o", "n"))
_DELTAS = ", ".join(f"n.{name} - o.{name} AS {name}" for name in MONEY_COLUMNS)
_ASSISTANCE = """
    'extreme_poverty', 'orphan', 'de_facto_orphan', 'minimum_living', 'low_income_edge', 'registered_poor',
    'monitored_unstable', 'monitored_edge', 'monitored_sudden', 'returned_poor', 'lifted_poverty', 'expenditure_hardship',
    'low_income_family', 'severely_disabled', 'disabled_no_capacity', 'entitled_group', 'child_in_difficulty',
    'hard_up_worker_family', 'retrenched_1960s', 'temporary_aid_major_illness', 'county_approved_hardship', 'other_special'
"""
_CLAIM = f"""
    CREATE OR REPLACE TEMP TABLE impact_claim AS
    SELECT n.claim_id, n.member_id, coalesce(n.policy_id, o.policy_id) AS policy_id, c.cause, c.reach,
        coalesce(if(d.care_type = 'inpatient', d.ended_on, NULL), d.started_on) AS day,
        o.status AS old_status, n.status AS new_status, o.personal_pay AS old_personal, n.personal_pay AS new_personal,
        {_FUNDS_OLD} AS old_funds, {_FUNDS_NEW} AS new_funds,
        n.allowance_pay - o.allowance_pay + o.personal_pay - n.personal_pay AS gain, {_DELTAS},
        {", ".join(f"o.{name} AS old_{name}, n.{name} AS new_{name}" for name in FUNDS)}
    FROM impact_new AS n JOIN impact_old AS o USING (claim_id)
    LEFT JOIN impact_cause AS c USING (claim_id) LEFT JOIN claims AS d USING (claim_id)
"""
_MEMBER = f"""
    CREATE OR REPLACE TEMP TABLE impact_member AS
    WITH person AS (
        SELECT member_id, max(day) AS day, count(*) AS claims, sum(gain) AS gain, sum(old_personal) AS old_personal,
            sum(new_personal) AS new_personal, sum(new_funds - old_funds) AS funds, min(policy_id) AS policy_id
        FROM impact_claim GROUP BY member_id
    ),
    status AS (
        SELECT p.member_id, list(s.status) AS found FROM person AS p JOIN statuses AS s ON s.member_id = p.member_id
            AND s.valid_from <= p.day AND (s.valid_to IS NULL OR s.valid_to >= p.day) GROUP BY p.member_id
    )
    SELECT p.*, CASE
            WHEN list_has_any(s.found, [{_ASSISTANCE}]) THEN 'assistance'
            WHEN list_contains(s.found, 'retired') THEN 'retired'
            WHEN list_has_any(s.found, ['active', 'flexible']) THEN 'employed'
            WHEN list_has_any(s.found, ['student', 'university_student', 'minor', 'child']) THEN 'children'
            WHEN list_contains(s.found, 'elderly') THEN 'elderly'
            WHEN list_contains(s.found, 'nonworking') THEN 'adults'
            WHEN m.birth_date IS NULL THEN 'not_known'
            WHEN m.birth_date + INTERVAL 18 YEAR > p.day THEN 'children'
            WHEN m.birth_date + INTERVAL 60 YEAR <= p.day THEN 'elderly'
            ELSE 'adults' END AS person_group
    FROM person AS p LEFT JOIN status AS s USING (member_id) LEFT JOIN members AS m USING (member_id)
"""
_BY = """
    SELECT {by} AS name, {more}count(*) AS claims, count(DISTINCT member_id) AS members, sum(old_funds) AS old_funds,
        sum(new_funds) AS new_funds, sum(new_funds - old_funds) AS funds, sum(personal_pay) AS personal_pay
    FROM impact_claim GROUP BY ALL ORDER BY {order}
"""
_BENEFITS = f"""
    WITH side AS (
        SELECT claim_id, coalesce(benefit, programme, '') AS benefit, {" + ".join(FUNDS)} AS new_funds, 0 AS old_funds
        FROM impact_new_portion
        UNION ALL
        SELECT claim_id, coalesce(benefit, programme, ''), 0, {" + ".join(FUNDS)} FROM impact_old_portion
    )
    SELECT benefit AS name, count(DISTINCT claim_id) AS claims, sum(old_funds) AS old_funds, sum(new_funds) AS new_funds,
        sum(new_funds - old_funds) AS funds
    FROM side GROUP BY benefit ORDER BY abs(sum(new_funds - old_funds)) DESC, benefit
"""
_GROUPS = """
    SELECT person_group AS name, count(*) AS members, count(*) FILTER (gain > 0) AS gaining,
        count(*) FILTER (gain < 0) AS losing, sum(gain) AS gain, min(gain) AS least, max(gain) AS greatest,
        quantile_disc(gain, 0.5) AS median, sum(funds) AS funds
    FROM impact_member GROUP BY ALL ORDER BY members DESC, name
"""
_SPREAD = """
    SELECT person_group AS name, {bin} AS bin, count(*) AS members FROM impact_member GROUP BY ALL
"""
_TOP = f"SELECT * FROM impact_member WHERE gain {{sign}} 0 ORDER BY abs(gain) DESC, member_id LIMIT {_LARGEST}"
_HELD = f"""
    SELECT claim_id, member_id, benefit_date, reopen_limit, {" + ".join(f"{name}_delta" for name in FUNDS)} AS funds,
        personal_pay_delta AS personal_pay
    FROM impact_held ORDER BY abs({" + ".join(f"{name}_delta" for name in FUNDS)}) DESC, claim_id
"""
_UNAFFECTED = f"""
    SELECT s.policy_id AS name, count(*) AS claims, count(c.claim_id) AS changed,
        count(*) - count(c.claim_id) AS unchanged, sum({" + ".join(f"s.{name}" for name in FUNDS)})
            FILTER (c.claim_id IS NULL) AS unchanged_funds,
        count(DISTINCT s.member_id) AS members, count(DISTINCT c.member_id) AS changed_members
    FROM settlement AS s LEFT JOIN impact_claim AS c USING (claim_id)
    WHERE s.policy_id IS NOT NULL GROUP BY ALL ORDER BY changed DESC, name
"""


@dataclass(frozen=True)
class Money:
    """The money of a change. Rows are dictionaries of column names; amounts are yuan."""

    funds: list[Row]
    policies: list[Row]
    months: list[Row]
    causes: list[Row]
    benefits: list[Row]
    groups: list[Row]
    spread: dict[str, list[int]]
    gains: list[Row]
    losses: list[Row]
    unaffected: list[Row]
    held: list[Row]

    @property
    def delta(self) -> Decimal:
        """What all funds pay more."""
        return sum((row["funds"] for row in self.funds), Decimal(0))

    @property
    def old(self) -> Decimal:
        return sum((row["old_funds"] for row in self.funds), Decimal(0))

    @property
    def new(self) -> Decimal:
        return sum((row["new_funds"] for row in self.funds), Decimal(0))

    @property
    def outlay(self) -> Decimal:
        """What the funds pay under the policies concerned, before the change, on all claims."""
        others = (Decimal(row["unchanged_funds"] or 0) for row in self.unaffected if row["changed"])
        return sum(others, self.old)

    @property
    def claims(self) -> int:
        return sum(row["claims"] for row in self.policies)

    def people(self, side: str) -> int:
        """Members in all, `gaining` or `losing`."""
        return sum(row[side] for row in self.groups)


def prepare_money(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables `impact_claim` and `impact_member` from the sides of a change."""
    con.execute(_CLAIM)
    con.execute(_MEMBER)


def read_money(con: duckdb.DuckDBPyConnection) -> Money:
    """Read the sums after `prepare_money`."""
    return Money(
        funds=_funds(con),
        policies=rows_of(con, _BY.format(by="policy_id", more="", order="abs(sum(new_funds - old_funds)) DESC, name")),
        months=rows_of(con, _BY.format(by="strftime(day, '%Y-%m')", more="", order="name")),
        causes=rows_of(con, _BY.format(by="cause", more="reach, ", order="claims DESC, name, reach")),
        benefits=rows_of(con, _BENEFITS),
        groups=rows_of(con, _GROUPS),
        spread=_spread(con),
        gains=rows_of(con, _TOP.format(sign=">")),
        losses=rows_of(con, _TOP.format(sign="<")),
        unaffected=rows_of(con, _UNAFFECTED),
        held=rows_of(con, _HELD),
    )


def _funds(con: duckdb.DuckDBPyConnection) -> list[Row]:
    sums = ", ".join(
        f"coalesce(sum(old_{name}), 0) AS old_{name}, coalesce(sum(new_{name}), 0) AS new_{name}, "
        f"count(*) FILTER (old_{name} <> new_{name}) AS claims_{name}"
        for name in FUNDS
    )
    row = rows_of(con, f"SELECT {sums} FROM impact_claim")[0]
    return [
        {"name": name, "old_funds": row[f"old_{name}"], "new_funds": row[f"new_{name}"],
         "funds": row[f"new_{name}"] - row[f"old_{name}"], "claims": row[f"claims_{name}"]}
        for name in FUNDS
        if row[f"old_{name}"] or row[f"new_{name}"]
    ]  # fmt: skip


def _spread(con: duckdb.DuckDBPyConnection) -> dict[str, list[int]]:
    """Members of each group by bar: losses from the largest, no change, gains to the largest."""
    half = len(BINS) // 2
    losses = " ".join(f"WHEN gain <= {edge} THEN {n}" for n, edge in enumerate(BINS[:half]))
    gains = " ".join(f"WHEN gain < {edge} THEN {half + 2 + n}" for n, edge in enumerate(BINS[half + 1 :]))
    case = f"CASE {losses} WHEN gain < 0 THEN {half} WHEN gain = 0 THEN {half + 1} {gains} ELSE {len(BINS) + 1} END"
    found: dict[str, list[int]] = {}
    for row in rows_of(con, _SPREAD.format(bin=case)):
        found.setdefault(row["name"], [0] * (len(BINS) + 2))[row["bin"]] = row["members"]
    return found
