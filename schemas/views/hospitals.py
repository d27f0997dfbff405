"""Hospitals by what a stay costs there, of those with enough stays for a comparison."""

from __future__ import annotations

from schemas.column import Column, Kind
from schemas.settlements import SETTLEMENT
from schemas.views.claims import LEVEL, YEAR
from schemas.views.exact import mean, mean_count, ratio
from schemas.views.funds import OWN_PAY
from schemas.views.view import View, amount, count, share, text

__all__ = ["ENOUGH_STAYS", "HOSPITAL_RANKING"]

ENOUGH_STAYS = 10

HOSPITAL_RANKING = View(
    "hospital_ranking",
    "医院次均住院费用排名",
    f"hospitals of one level and year by cost of a stay; only those with {ENOUGH_STAYS} stays or more, or as many as "
    "SET VARIABLE least_stays asks for",
    (
        YEAR,
        LEVEL,
        count("cost_rank", "排名", "1: the dearest of its level in the year"),
        SETTLEMENT["provider_id"],
        text("provider_name", "定点医药机构名称", "name of the hospital"),
        count("stays", "住院人次", "paid stays", "stays"),
        count("members", "住院人数", "persons", "persons"),
        amount("total_amount", "医疗费总额", "the bills"),
        amount("mean_cost", "次均费用", "total_amount for each stay, to the fen"),
        Column("mean_days", Kind.QUANTITY, "平均住院日", "days of a stay", unit="days"),
        share("actual_rate", "实际报销比例", "what the funds pay of total_amount"),
        share(
            "out_of_scope_share", "政策范围外费用占比", "of total_amount: outside the scope or above a price ceiling"
        ),
    ),
    key=("benefit_year", "provider_id"),
    query=f"""
        SELECT *, rank() OVER (PARTITION BY benefit_year, level_group ORDER BY mean_cost DESC) AS cost_rank
        FROM (
            SELECT x.benefit_year, x.level_group, s.provider_id, any_value(x.provider_name) AS provider_name,
                count(*) AS stays, count(DISTINCT s.member_id) AS members, sum(s.total_amount) AS total_amount,
                {mean("sum(s.total_amount)", "count(*)")} AS mean_cost,
                {mean_count("sum(x.stay_days)", "count(x.stay_days)")} AS mean_days,
                {ratio(f"sum({OWN_PAY})", "sum(s.total_amount)")} AS actual_rate,
                {ratio("sum(s.out_of_scope_amount + s.over_limit_amount)", "sum(s.total_amount)")} AS out_of_scope_share
            FROM settlement AS s JOIN claim_context AS x USING (claim_id)
            WHERE s.status = 'paid' AND x.care_type = 'inpatient'
            GROUP BY x.benefit_year, x.level_group, s.provider_id
            HAVING count(*) >= coalesce(getvariable('least_stays')::BIGINT, {ENOUGH_STAYS})
        )
    """,
)
