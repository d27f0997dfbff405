"""Who is insured: members, their enrolments by year, and the periods of their statuses."""

from __future__ import annotations

from schemas.codes import SCHEME, SEX
from schemas.column import Alias, Column, Kind
from schemas.status_codes import STATUS, WAIVER_REASON
from schemas.table import Table

__all__ = ["AREA", "AREA_HINT", "ENROLMENTS", "MEMBERS", "STATUSES", "member_id", "valid_from", "valid_to"]

AREA = r"^[0-9]{6}$"
AREA_HINT = "a 6-digit administrative division code such as 110105"


def member_id(meaning: str) -> Column:
    """The person a row is about."""
    return Column("member_id", Kind.TEXT, "人员编号", meaning, required=True, aliases=(Alias("psn_no"),), personal=True)


def valid_from(meaning: str) -> Column:
    return Column("valid_from", Kind.DATE, "开始日期", meaning, required=True, aliases=(Alias("begndate"),))


def valid_to(meaning: str) -> Column:
    return Column("valid_to", Kind.DATE, "结束日期", meaning, aliases=(Alias("enddate"),))


MEMBERS = Table(
    "members",
    "参保人员",
    "a person, insured or not",
    (
        member_id("the person's number with the insurer"),
        Column("sex", Kind.CODE, "性别", "sex", aliases=(Alias("gend"),), codes=SEX, unknown=("0", "9"), personal=True),
        Column("birth_date", Kind.DATE, "出生日期", "date of birth", aliases=(Alias("brdy"),), personal=True),
        Column("death_date", Kind.DATE, "死亡日期", "date of death", aliases=(Alias("die_date"),), personal=True),
    ),
    key=("member_id",),
)

ENROLMENTS = Table(
    "enrolments",
    "参保登记",
    "one benefit year of one person in one scheme; an interruption and a new start within the year are two rows",
    (
        member_id("the insured person"),
        Column(
            "scheme",
            Kind.CODE,
            "险种类型",
            "the scheme enrolled in",
            required=True,
            aliases=(Alias("insutype"),),
            codes=SCHEME,
        ),
        Column(
            "benefit_year",
            Kind.WHOLE,
            "待遇年度",
            "year of the cover",
            required=True,
            unit="year",
            aliases=(Alias("year"),),
            minimum=1990,
            maximum=2199,
        ),
        Column(
            "area_code",
            Kind.CODE,
            "参保地医保区划",
            "insured county or city",
            required=True,
            aliases=(Alias("insuplc_admdvs"), Alias("insu_admdvs")),
            pattern=AREA,
            pattern_hint=AREA_HINT,
        ),
        Column("coverage_from", Kind.DATE, "待遇开始日期", "first covered day; null: computed by the policy"),
        Column("coverage_to", Kind.DATE, "待遇结束日期", "last covered day; null: computed by the policy"),
        Column("paid_on", Kind.DATE, "缴费日期", "day the contribution was paid"),
        Column("registered_on", Kind.DATE, "参保登记日期", "day of enrolment", aliases=(Alias("psn_insu_date"),)),
        Column("waiver_reason", Kind.CODE, "免等待期原因", "why no waiting period applies", codes=WAIVER_REASON),
        Column("waiver_from", Kind.DATE, "免等待期起算日", "the day the reason refers to"),
        Column("repair_years", Kind.WHOLE, "修复年数", "missed years paid for later", unit="years", minimum=0),
        Column("repair_paid_on", Kind.DATE, "修复缴费日期", "day the missed years were paid"),
        Column(
            "consecutive_from",
            Kind.WHOLE,
            "连续参保起始年",
            "first year of unbroken enrolment, if known",
            unit="year",
            minimum=1990,
            maximum=2199,
        ),
        Column("unpaid_from", Kind.DATE, "欠费起始月", "first unpaid month, as its first day", unit="month"),
        Column("waiver_months", Kind.WHOLE, "免等待月数", "months of waiting waived", unit="months", minimum=0),
        Column("has_arrears", Kind.FLAG, "是否欠费", "contributions are owed"),
        Column("has_supplement", Kind.FLAG, "是否参加大额补助", "insured for the supplement", default=True),
        Column("has_maternity", Kind.FLAG, "是否参加生育保险", "insured for maternity", default=True),
        Column("ltc_paid", Kind.FLAG, "是否缴纳长护险", "long-term care contribution paid"),
    ),
    key=("member_id", "scheme", "benefit_year", "area_code"),
    several=True,
)

STATUSES = Table(
    "statuses",
    "身份时段",
    "a period in which a person has a status (employment, assistance, other cover)",
    (
        member_id("the person who has the status"),
        Column("status", Kind.CODE, "身份类别", "the status", required=True, codes=STATUS, personal=True),
        valid_from("first day of the status"),
        valid_to("last day of the status; null: open"),
    ),
    key=("member_id", "status", "valid_from"),
)
