"""What is settled: claims and their fee lines."""

from __future__ import annotations

from schemas.codes import (
    BENEFIT,
    CARE_TYPE,
    CATALOGUE_CLASS,
    DELIVERY_MODE,
    DRUG_CHANNEL,
    INJURY_CAUSE,
    ITEM_KIND,
    LTC_SERVICE,
    MATERNITY_CASE,
    OWN_LIABILITY,
    SCHEME,
    SETTLEMENT_MODE,
)
from schemas.column import Alias, Column, Kind
from schemas.medical_types import MEDICAL_TYPE
from schemas.people import AREA, AREA_HINT, member_id
from schemas.status_codes import EXCLUSION
from schemas.table import Table

__all__ = ["CLAIMS", "CLAIM_LIMIT", "FEE_LINES", "claim_id"]

CLAIM_LIMIT = 10_000_000_000
"""Yuan. Nothing real comes near it, and sums of accepted amounts stay far inside 64 bits of fen."""


def claim_id(meaning: str) -> Column:
    return Column("claim_id", Kind.TEXT, "结算ID", meaning, required=True, aliases=(Alias("setl_id"),))


def _money(
    name: str,
    chinese: str,
    meaning: str,
    *aliases: str,
    required: bool = False,
    default: str | None = None,
    reversible: bool = False,
) -> Column:
    return Column(
        name,
        Kind.MONEY,
        chinese,
        meaning,
        required=required,
        default=default,
        unit="yuan",
        aliases=tuple(Alias(alias) for alias in aliases),
        minimum=0,
        maximum=CLAIM_LIMIT,
        reversible=reversible,
    )


_EXCLUSION = Column("exclusion_code", Kind.CODE, "不予支付原因", "why the funds may not pay", codes=EXCLUSION)


def _disease(meaning: str) -> Column:
    aliases = (Alias("dise_codg"), Alias("dise_no"), Alias("opsp_dise_code"))
    return Column("disease_code", Kind.CODE, "病种编码", meaning, aliases=aliases, personal=True)


CLAIMS = Table(
    "claims",
    "结算单",
    "one visit, purchase or stay presented for settlement",
    (
        claim_id("number of the claim"),
        member_id("the patient"),
        Column(
            "scheme",
            Kind.CODE,
            "险种类型",
            "scheme to settle in; null: the enrolment in force",
            aliases=(Alias("insutype"),),
            codes=SCHEME,
        ),
        Column(
            "provider_id",
            Kind.TEXT,
            "定点医药机构编号",
            "who gave the care",
            required=True,
            aliases=(Alias("fixmedins_code"),),
        ),
        Column("prescribing_provider_id", Kind.TEXT, "开方机构编号", "who prescribed what another provider dispensed"),
        Column("care_type", Kind.CODE, "就医方式", "kind of care", required=True, codes=CARE_TYPE),
        Column("benefit", Kind.CODE, "待遇类别", "benefit; null: the policy decides", codes=BENEFIT, personal=True),
        Column(
            "started_on",
            Kind.DATE,
            "开始日期",
            "day of the visit, purchase or admission",
            required=True,
            aliases=(Alias("begntime"), Alias("begndate")),
        ),
        Column(
            "ended_on",
            Kind.DATE,
            "结束日期",
            "discharge; null outside inpatient and ltc",
            aliases=(Alias("endtime"), Alias("enddate")),
        ),
        Column(
            "settled_at",
            Kind.TIMESTAMP,
            "结算时间",
            "when the provider settled",
            required=True,
            aliases=(Alias("setl_time"),),
        ),
        Column("settlement_mode", Kind.CODE, "结算方式", "online or reimbursed by hand", codes=SETTLEMENT_MODE),
        Column(
            "diagnosis_code",
            Kind.CODE,
            "主要诊断编码",
            "principal diagnosis, ICD-10",
            aliases=(Alias("diag_code"), Alias("maindiag_code")),
            personal=True,
        ),
        _disease("disease treated"),
        Column("inpatient_claim_id", Kind.TEXT, "所属住院结算ID", "the stay this visit belongs to"),
        Column("is_emergency", Kind.FLAG, "是否急诊", "emergency", default=False),
        Column("injury_cause", Kind.CODE, "外伤原因", "cause of an injury", codes=INJURY_CAUSE, personal=True),
        Column(
            "third_party_share",
            Kind.RATE,
            "第三方责任比例",
            "share a third party owes",
            unit="0..1",
            minimum=0,
            maximum=1,
        ),
        Column("own_liability", Kind.CODE, "本人责任", "liability of the injured person", codes=OWN_LIABILITY),
        Column("injured_on", Kind.DATE, "受伤日期", "day of the injury", personal=True),
        _EXCLUSION,
        Column("is_pure_tcm", Kind.FLAG, "是否纯中医疗法", "treated by Chinese medicine alone"),
        Column("delivery_mode", Kind.CODE, "分娩方式", "mode of delivery", codes=DELIVERY_MODE, personal=True),
        Column("is_difficult_labour", Kind.FLAG, "是否难产", "difficult labour", personal=True),
        Column("babies", Kind.WHOLE, "胎儿数", "babies born", aliases=(Alias("fetus_cnt"),), minimum=0, maximum=20),
        Column("birth_order", Kind.WHOLE, "胎次", "first, second, ... birth", aliases=(Alias("fetts"),), minimum=0),
        Column("gestational_days", Kind.WHOLE, "孕天数", "days of gestation", unit="days", minimum=0, maximum=400),
        Column("family_planning_compliant", Kind.FLAG, "是否符合计划生育政策", "complies with family planning rules"),
        Column("has_concurrent_disease", Kind.FLAG, "是否有并发症", "another disease treated in the same stay"),
        Column("maternity_case", Kind.CODE, "生育事项", "what the maternity claim is for", codes=MATERNITY_CASE),
        Column("spouse_allowance_received", Kind.FLAG, "配偶是否已领津贴", "the spouse's allowance was paid"),
        Column("ltc_service", Kind.CODE, "护理服务形式", "form of long-term care", codes=LTC_SERVICE),
        _money("employer_average_wage", "单位上年度月平均缴费工资", "employer's average monthly wage of last year"),
        _money(
            "civil_servant_pay",
            "公务员医疗补助",
            "already paid by that fund",
            "cvlserv_pay",
            default="0",
            reversible=True,
        ),
        _money(
            "enterprise_pay", "企业补充医疗保险", "already paid by that fund", "hifes_pay", default="0", reversible=True
        ),
        _money(
            "other_pay",
            "其他基金支出",
            "already paid by other funds that are not ours",
            "oth_pay",
            default="0",
            reversible=True,
        ),
        _money(
            "basic_pay_given",
            "已支付统筹金额",
            "basic pay of a city's settlement (provincial policy)",
            "hifp_pay",
            reversible=True,
        ),
        Column("reverses_claim_id", Kind.TEXT, "冲正结算ID", "the claim this one reverses"),
    ),
    key=("claim_id",),
    compounds=(MEDICAL_TYPE,),
)

FEE_LINES = Table(
    "fee_lines",
    "费用明细",
    "one line of the bill of a claim",
    (
        claim_id("the claim the line belongs to"),
        Column(
            "line_no",
            Kind.WHOLE,
            "明细序号",
            "number of the line within the claim",
            required=True,
            aliases=(Alias("feedetl_sn"),),
            minimum=0,
        ),
        Column(
            "service_date",
            Kind.DATE,
            "费用发生日期",
            "day of the service; null: the claim's first day",
            aliases=(Alias("fee_ocur_time"),),
        ),
        Column(
            "item_code",
            Kind.CODE,
            "医疗目录编码",
            "code of the item",
            aliases=(Alias("med_list_codg"), Alias("hilist_code")),
        ),
        Column(
            "item_name",
            Kind.TEXT,
            "项目名称",
            "name of the item",
            aliases=(Alias("medins_list_name"), Alias("hilist_name"), Alias("med_list_name")),
        ),
        Column(
            "item_kind",
            Kind.CODE,
            "收费项目类别",
            "kind of item",
            required=True,
            aliases=(Alias("med_chrgitm_type"),),
            codes=ITEM_KIND,
        ),
        Column(
            "catalogue_class",
            Kind.CODE,
            "收费项目等级",
            "class of the catalogue; C is outside it",
            required=True,
            aliases=(Alias("chrgitm_lv"),),
            codes=CATALOGUE_CLASS,
        ),
        _money(
            "amount", "明细项目费用总额", "charge of the line", "det_item_fee_sumamt", required=True, reversible=True
        ),
        Column(
            "quantity",
            Kind.QUANTITY,
            "数量",
            "how many",
            aliases=(Alias("cnt"),),
            minimum=0,
            maximum=1_000_000_000,
            reversible=True,
        ),
        _money("unit_price", "单价", "price of one", "pric"),
        _money("limit_price", "定价上限金额", "highest price of one that counts", "pric_uplmt_amt"),
        _money(
            "over_limit_amount",
            "超限价金额",
            "given instead of quantity and limit_price",
            "overlmt_amt",
            reversible=True,
        ),
        Column(
            "self_pay_rate",
            Kind.RATE,
            "自付比例",
            "share the person pays first; null: the policy's",
            unit="0..1",
            aliases=(Alias("selfpay_prop"),),
            minimum=0,
            maximum=1,
        ),
        Column(
            "drug_channel",
            Kind.CODE,
            "药品支付渠道",
            "special way a drug is paid",
            aliases=(Alias("hi_nego_drug_flag", {"1": "negotiated", "0": None}),),
            codes=DRUG_CHANNEL,
        ),
        Column("is_oncology", Kind.FLAG, "是否抗肿瘤药", "drug against tumours", personal=True),
        Column("was_regular_class_b", Kind.FLAG, "是否曾为常规乙类", "was an ordinary class B drug before"),
        _disease("what the line treats"),
        Column("procedure_code", Kind.CODE, "计划生育项目编码", "family planning or abortion procedure", personal=True),
        Column(
            "is_approved",
            Kind.FLAG,
            "是否事前审批",
            "prior approval given",
            aliases=(Alias("hosp_appr_flag", {"0": None, "1": "1", "2": "0"}),),
        ),
        Column("benefit", Kind.CODE, "待遇类别", "benefit; null: the claim's", codes=BENEFIT, personal=True),
        Column(
            "catalogue_area",
            Kind.CODE,
            "目录所属区划",
            "whose catalogue the class is from",
            pattern=AREA,
            pattern_hint=AREA_HINT,
        ),
        _EXCLUSION,
    ),
    key=("claim_id", "line_no"),
)
