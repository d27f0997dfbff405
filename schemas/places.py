"""Where care is given and what is recognised: providers, registrations of diseases, filings for care elsewhere."""

from __future__ import annotations

from schemas.codes import ADMIN_TIER, DISEASE_CLASS, FILING_KIND, PROGRAMME
from schemas.column import Alias, Code, Column, Kind
from schemas.people import AREA, AREA_HINT, member_id, valid_from, valid_to
from schemas.status_codes import CAPABILITY, PROVIDER_KIND
from schemas.table import Table

__all__ = ["FILINGS", "PROVIDERS", "REGISTRATIONS"]

LEVEL = (Code("1", "一级", ("一级",)), Code("2", "二级", ("二级",)), Code("3", "三级", ("三级",)))

HOSPITAL_LEVEL: dict[str, str | None] = {
    # 01-04 三级特等/甲等/乙等/丙等, 05-07 二级甲等/乙等/丙等, 08-10 一级甲等/乙等/丙等, 11 无等级
    **dict.fromkeys(("01", "02", "03", "04", "1", "2", "3", "4"), "3"),
    **dict.fromkeys(("05", "06", "07", "5", "6", "7"), "2"),
    **dict.fromkeys(("08", "09", "10", "8", "9"), "1"),
    "11": None,
}

PHARMACY_ONLY: dict[str, str | None] = {"2": "pharmacy"}
"""NHSA `fixmedins_type` 2 is 定点零售药店; its 1 (定点医疗机构) does not say which kind, so `kind` must be given."""

PROVIDERS = Table(
    "providers",
    "医药机构",
    "a hospital, clinic, pharmacy or care home",
    (
        Column(
            "provider_id",
            Kind.TEXT,
            "定点医药机构编号",
            "the provider's number with the insurer",
            required=True,
            aliases=(Alias("fixmedins_code"),),
        ),
        Column("name", Kind.TEXT, "定点医药机构名称", "name of the provider", aliases=(Alias("fixmedins_name"),)),
        Column(
            "kind",
            Kind.CODE,
            "机构类别",
            "kind of provider",
            required=True,
            aliases=(Alias("fixmedins_type", PHARMACY_ONLY),),
            codes=PROVIDER_KIND,
        ),
        Column(
            "level",
            Kind.WHOLE,
            "收费等级",
            "charging level 1, 2 or 3; null: none",
            aliases=(Alias("hosp_lv", HOSPITAL_LEVEL),),
            codes=LEVEL,
        ),
        Column("admin_tier", Kind.CODE, "行政层级", "administrative tier of a public provider", codes=ADMIN_TIER),
        Column("is_public", Kind.FLAG, "是否公立", "publicly owned"),
        Column("is_tcm", Kind.FLAG, "是否中医医疗机构", "institution of Chinese medicine"),
        Column(
            "area_code",
            Kind.CODE,
            "机构所在地医保区划",
            "where the provider is; 71, 81, 82 and 900000 are abroad",
            required=True,
            aliases=(Alias("fix_blng_admdvs"), Alias("admdvs")),
            pattern=AREA,
            pattern_hint=AREA_HINT,
        ),
        Column("is_designated", Kind.FLAG, "是否定点", "under contract with the insurer", default=True),
        Column("zero_markup_drugs", Kind.FLAG, "是否药品零差率", "sells drugs without markup"),
        Column("capabilities", Kind.LIST, "服务能力", "what the provider is designated for", codes=CAPABILITY),
    ),
    key=("provider_id",),
)

REGISTRATIONS = Table(
    "registrations",
    "待遇认定",
    "a disease, drug or disability level recognised for a person",
    (
        member_id("the person recognised"),
        Column(
            "programme", Kind.CODE, "认定类别", "what it entitles to", required=True, codes=PROGRAMME, personal=True
        ),
        Column(
            "code",
            Kind.CODE,
            "认定编码",
            "disease code, drug item code or long-term care disability level 0 to 5",
            required=True,
            aliases=(Alias("opsp_dise_code"),),
            personal=True,
        ),
        Column("disease_class", Kind.CODE, "病种类别", "class of the disease", codes=DISEASE_CLASS),
        valid_from("first day of the entitlement"),
        valid_to("last day; null: open"),
        Column("provider_ids", Kind.LIST, "定点机构", "providers it is bound to; null: any"),
        Column("surgery_date", Kind.DATE, "手术日期", "day of the operation", personal=True),
        Column("stopped_on", Kind.DATE, "停止日期", "first day without the entitlement"),
        Column("topup_from", Kind.DATE, "提标日期", "first day of a raised limit"),
        Column(
            "recognised_by",
            Kind.TEXT,
            "鉴定定点医药机构编号",
            "provider that recognised it",
            aliases=(Alias("ide_fixmedins_no"),),
        ),
        Column("evidence_level", Kind.WHOLE, "证据等级", "level of the evidence", minimum=0, maximum=9),
        Column("applied_on", Kind.DATE, "申请日期", "day of the application", aliases=(Alias("appy_date"),)),
        Column("disabled_on", Kind.DATE, "失能日期", "day from which the person is disabled", personal=True),
        Column("notice_to", Kind.DATE, "公示截止日期", "last day of the public notice"),
    ),
    key=("member_id", "programme", "code", "valid_from"),
)

FILINGS = Table(
    "filings",
    "异地就医备案",
    "leave to be treated in another area",
    (
        member_id("the person who filed"),
        Column("kind", Kind.CODE, "备案类别", "kind of filing", required=True, codes=FILING_KIND),
        Column(
            "area_code",
            Kind.CODE,
            "就医地医保区划",
            "the area filed for, a province ends in 0000",
            required=True,
            aliases=(Alias("mdtrtarea_admdvs"),),
            pattern=AREA,
            pattern_hint=AREA_HINT,
        ),
        valid_from("first day of the filing"),
        valid_to("last day; null: open"),
        Column("applied_on", Kind.DATE, "申请日期", "day of the application", aliases=(Alias("appy_date"),)),
    ),
    key=("member_id", "kind", "area_code", "valid_from"),
)
