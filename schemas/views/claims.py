"""The view `claim_context`: what an analyst groups a claim by, its pool, months, hospital level and person group."""

from __future__ import annotations

from schemas.bills import CLAIMS
from schemas.column import Code, Column, Kind
from schemas.places import PROVIDERS
from schemas.settlements import SETTLEMENT
from schemas.views.view import View, code, count, day, text

__all__ = ["ASSISTANCE", "CARE_TYPE_COLUMN", "CLAIM_CONTEXT", "LEVEL", "PERSON", "POOL", "SCHEME_COLUMN", "YEAR"]

ELDERLY_FROM = 60
ADULT_FROM = 18

_ASSISTED = {
    "extreme_poverty": ("特困", ("extreme_poverty", "orphan", "de_facto_orphan")),
    "minimum_living": ("低保", ("minimum_living",)),
    "low_income": ("低收入", ("low_income_edge", "low_income_family", "expenditure_hardship")),
    "poverty_relief": (
        "脱贫监测",
        (
            "registered_poor", "monitored_unstable", "monitored_edge", "monitored_sudden", "returned_poor",
            "lifted_poverty",
        ),
    ),
    "other_assistance": (
        "其他救助对象",
        (
            "severely_disabled", "disabled_no_capacity", "entitled_group", "child_in_difficulty",
            "hard_up_worker_family", "retrenched_1960s", "temporary_aid_major_illness", "severe_mental_disorder",
            "family_planning_special", "county_approved_hardship", "other_special",
        ),
    ),
}  # fmt: skip

POOL = text(
    "pool", "统筹区", "area code of the pool whose policy settled the claim; none: of the person's last enrolment"
)
SCHEME_COLUMN = code(
    "scheme", "险种类型", "the scheme settled in; none: of the person's last enrolment", SETTLEMENT["scheme"].codes
)
YEAR = count("benefit_year", "待遇年度", "year of the benefit date", "year")
CARE_TYPE_COLUMN = code("care_type", "就医方式", "kind of care", CLAIMS["care_type"].codes)
LEVEL = code(
    "level_group",
    "机构等级",
    "charging level of the provider as now stored",
    (
        Code("tertiary", "三级"),
        Code("secondary", "二级"),
        Code("primary", "一级"),
        Code("unrated", "未定级"),
    ),
)
PERSON = code(
    "person_group",
    "人群类别",
    f"by the statuses stored for the benefit date, for residents without one by age: a child under {ADULT_FROM}, "
    f"elderly from {ELDERLY_FROM} years",
    (
        Code("active", "在职职工"),
        Code("flexible", "灵活就业人员"),
        Code("retired", "退休职工"),
        Code("child_or_student", "学生儿童"),
        Code("adult", "成年居民"),
        Code("elderly", "老年居民"),
    ),
)
ASSISTANCE = code(
    "assistance_group",
    "救助类别",
    "by the statuses stored for the benefit date, the first that fits",
    (*(Code(name, chinese) for name, (chinese, _) in _ASSISTED.items()), Code("none", "无")),
    personal=True,
)


def _any(*statuses: str) -> str:
    return f"list_has_any(statuses, {list(statuses)})"


_ASSISTANCE = " ".join(f"WHEN {_any(*statuses)} THEN '{name}'" for name, (_, statuses) in _ASSISTED.items())

_PERSON = f"""
    CASE scheme
        WHEN 'employee' THEN CASE
            WHEN {_any("retired")} THEN 'retired' WHEN {_any("flexible")} THEN 'flexible' ELSE 'active' END
        WHEN 'resident' THEN CASE
            WHEN {_any("student", "university_student", "minor", "child")} THEN 'child_or_student'
            WHEN {_any("elderly")} THEN 'elderly'
            WHEN {_any("nonworking")} THEN 'adult'
            WHEN age < {ADULT_FROM} THEN 'child_or_student'
            WHEN age >= {ELDERLY_FROM} THEN 'elderly'
            ELSE 'adult' END
    END
"""

_QUERY = f"""
    WITH dated AS (
        SELECT claim_id, s.member_id, s.provider_id, s.scheme AS settled_scheme, s.benefit_year,
            s.policy_id, s.policy_version, s.status,
            c.care_type, c.started_on, c.ended_on, c.settled_at,
            CASE c.care_type WHEN 'inpatient' THEN coalesce(c.ended_on, c.started_on) ELSE c.started_on END AS benefit_date
        FROM settlement AS s JOIN claims AS c USING (claim_id)
    ),
    held AS (
        SELECT d.claim_id, list(t.status) AS statuses
        FROM dated AS d JOIN statuses AS t ON t.member_id = d.member_id
            AND d.benefit_date >= t.valid_from AND (t.valid_to IS NULL OR d.benefit_date <= t.valid_to)
        GROUP BY d.claim_id
    ),
    pools AS (SELECT policy_id, version, any_value(pool) AS pool FROM policy GROUP BY ALL),
    homes AS (
        SELECT member_id, max_by(left(area_code, 4) || '00', benefit_year) AS pool, max_by(scheme, benefit_year) AS scheme
        FROM enrolments GROUP BY ALL
    ),
    gathered AS (
        SELECT d.*, coalesce(t.statuses, []) AS statuses, date_sub('year', m.birth_date, d.benefit_date) AS age,
            coalesce(l.pool, h.pool) AS pool, coalesce(d.settled_scheme, h.scheme) AS scheme,
            p.name AS provider_name, p.kind AS provider_kind, p.level
        FROM dated AS d
        LEFT JOIN held AS t USING (claim_id)
        LEFT JOIN members AS m ON m.member_id = d.member_id
        LEFT JOIN pools AS l ON l.policy_id = d.policy_id AND l.version = d.policy_version
        LEFT JOIN homes AS h ON h.member_id = d.member_id
        LEFT JOIN providers AS p ON p.provider_id = d.provider_id
    )
    SELECT *, date_trunc('month', benefit_date) AS benefit_month, date_trunc('month', settled_at) AS settled_month,
        CASE care_type WHEN 'inpatient' THEN greatest(date_diff('day', started_on, ended_on), 1) END AS stay_days,
        CASE level WHEN 3 THEN 'tertiary' WHEN 2 THEN 'secondary' WHEN 1 THEN 'primary' ELSE 'unrated' END AS level_group,
        {_PERSON} AS person_group,
        CASE {_ASSISTANCE} ELSE 'none' END AS assistance_group
    FROM gathered
"""

CLAIM_CONTEXT = View(
    "claim_context",
    "结算单分析属性",
    "one row a claim: what an analyst groups it by; join it to settlement with claim_id",
    (
        *(SETTLEMENT[name] for name in ("claim_id", "member_id", "provider_id")),
        text("provider_name", "定点医药机构名称", "name of the provider"),
        code("provider_kind", "机构类别", "kind of provider", PROVIDERS["kind"].codes),
        LEVEL,
        POOL,
        SCHEME_COLUMN,
        YEAR,
        SETTLEMENT["policy_id"],
        SETTLEMENT["status"],
        CARE_TYPE_COLUMN,
        day("benefit_date", "待遇日期", "discharge of a stay, else the first day: it decides year and policy version"),
        day("benefit_month", "待遇月份", "first day of the month of the benefit date"),
        day("settled_month", "结算月份", "first day of the month in which the provider settled"),
        Column("settled_at", Kind.TIMESTAMP, "结算时间", "when the provider settled"),
        count("stay_days", "住院天数", "nights in hospital, at least 1; null outside stays", "days"),
        PERSON,
        ASSISTANCE,
    ),
    key=("claim_id",),
    query=_QUERY,
)
