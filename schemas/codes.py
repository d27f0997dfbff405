"""The allowed values of enumerated columns, each with its Chinese term and the codes of NHSA interfaces for it."""

from __future__ import annotations

from schemas.column import Code, Vocabulary

__all__ = [
    "ADMIN_TIER",
    "BENEFIT",
    "CARE_TYPE",
    "CATALOGUE_CLASS",
    "DELIVERY_MODE",
    "DISEASE_CLASS",
    "DRUG_CHANNEL",
    "FILING_KIND",
    "INJURY_CAUSE",
    "ITEM_KIND",
    "LTC_SERVICE",
    "MATERNITY_CASE",
    "OWN_LIABILITY",
    "PROGRAMME",
    "SCHEME",
    "SETTLEMENT_MODE",
    "SETTLEMENT_STATUS",
    "SEX",
]


def _codes(*entries: tuple[str, str] | tuple[str, str, str]) -> Vocabulary:
    """(value, Chinese term[, aliases separated by blanks]); the Chinese term itself is accepted too."""
    return tuple(Code(value, chinese, (*"".join(rest).split(), chinese)) for value, chinese, *rest in entries)


SEX = _codes(("M", "男", "1"), ("F", "女", "2"))

SCHEME = _codes(
    ("employee", "职工基本医疗保险", "310 510 职工"),
    ("resident", "城乡居民基本医疗保险", "390 居民 城乡居民"),
)

CARE_TYPE = _codes(
    ("outpatient", "门诊"),
    ("emergency", "急诊"),
    ("inpatient", "住院"),
    ("pharmacy", "药店购药"),
    ("ltc", "长期护理"),
)

BENEFIT = _codes(
    ("ordinary", "普通"),
    ("two_disease", "两病"),
    ("chronic", "门诊慢性病"),
    ("special", "门诊特殊病"),
    ("accident", "意外伤害"),
    ("special_drug", "特药"),
    ("rare_disease", "罕见病"),
    ("dual_channel", "双通道"),
    ("pku", "苯丙酮尿症"),
    ("maternity", "生育"),
    ("prenatal", "产前检查"),
    ("family_planning", "计划生育"),
    ("ltc", "长期护理"),
)

SETTLEMENT_MODE = _codes(("direct", "联网结算"), ("manual", "手工报销"))

INJURY_CAUSE = _codes(
    ("work", "工伤"),
    ("commuting", "上下班途中"),
    ("traffic", "交通事故"),
    ("fight", "打架斗殴"),
    ("accident", "无第三方的意外"),
    ("other_third_party", "其他第三方责任"),
    ("unknown", "原因不明"),
)

OWN_LIABILITY = _codes(
    ("none", "无责任"),
    ("minor", "次要责任"),
    ("equal", "同等责任"),
    ("main", "主要责任"),
    ("full", "全部责任"),
)

DELIVERY_MODE = _codes(
    ("vaginal", "顺产"),
    ("caesarean_medical", "有指征剖宫产"),
    ("caesarean_elective", "无指征剖宫产"),
)

MATERNITY_CASE = _codes(
    ("delivery", "分娩"),
    ("complication", "妊娠并发症"),
    ("abortion", "流产引产"),
    ("family_planning", "计划生育手术"),
    ("prenatal", "产前检查"),
)

LTC_SERVICE = _codes(("home", "居家护理"), ("institution", "机构护理"), ("medical", "医疗专护"))

ITEM_KIND = _codes(
    ("western_drug", "西药", "09 9"),
    ("patent_tcm", "中成药", "11"),
    ("tcm_piece", "中药饮片", "10"),
    ("tcm_granule", "中药配方颗粒"),
    ("tcm_preparation", "治疗性中药制剂"),
    ("blood", "血液"),
    ("blood_product", "血液制品"),
    ("service", "诊疗项目", "03 04 05 06 07 3 4 5 6 7"),
    ("tcm_service", "中医诊疗项目"),
    ("consult_fee", "诊察费", "02 12 13 2"),
    ("bed", "床位费", "01 1"),
    ("material_general", "普通医用材料", "08 8"),
    ("material_domestic", "国产医用材料"),
    ("material_imported", "进口医用材料"),
    ("material_special", "特殊医用材料"),
    ("special_food", "特殊食品"),
    ("health_product", "保健品"),
    ("ltc_service", "长期护理服务"),
    ("other", "其他", "14"),
)

CATALOGUE_CLASS = _codes(("A", "甲类", "01 1 甲"), ("B", "乙类", "02 2 乙"), ("C", "目录外", "03 3 丙 丙类 自费"))

DISEASE_CLASS = _codes(("A", "甲类", "甲"), ("B", "乙类", "乙"))

DRUG_CHANNEL = _codes(
    ("negotiated", "国家谈判药"),
    ("dual_channel", "双通道"),
    ("separate_payment", "单独支付"),
    ("local_special", "特定病药品"),
    ("special_drug", "特药"),
    ("rare_disease", "罕见病药品"),
)

ADMIN_TIER = _codes(("municipal", "市级"), ("county", "县级"), ("other", "其他"))

PROGRAMME = _codes(
    ("chronic", "门诊慢性病"),
    ("special", "门诊特殊病"),
    ("two_disease", "两病"),
    ("special_drug", "特药"),
    ("rare_disease", "罕见病"),
    ("negotiated_drug", "谈判药"),
    ("blood", "用血"),
    ("pku", "苯丙酮尿症"),
    ("ltc", "长期护理"),
)

FILING_KIND = _codes(("long_term", "长期异地居住"), ("referral", "转诊"), ("temporary", "临时外出"))

SETTLEMENT_STATUS = _codes(("paid", "已结算"), ("denied", "不予支付"), ("pended", "待核实"))
