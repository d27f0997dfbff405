"""The national codes of the funds (基金支付类型 fund_pay_type), and which of them are a convention of ours."""

from __future__ import annotations

from schemas.codes import SCHEME
from schemas.column import Code
from schemas.views.view import View, code, text

__all__ = ["NHSA_FUND"]

_LISTED, _CONVENTION = "listed", "convention"

_CODES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("employee", "basic", "310100", "职工基本医疗保险统筹基金", "hifp_pay", _LISTED),
    ("resident", "basic", "390100", "城乡居民基本医疗保险基金", "hifp_pay", _LISTED),
    ("employee", "supplement", "330100", "大额医疗费用补助基金", "hifob_pay", _LISTED),
    ("resident", "supplement", "330100", "大额医疗费用补助基金", "hifob_pay", _CONVENTION),
    ("resident", "critical_illness", "390200", "城乡居民大病医疗保险基金", "hifmi_pay", _LISTED),
    ("employee", "critical_illness", "330100", "大额医疗费用补助基金", "hifmi_pay", _CONVENTION),
    ("employee", "medical_aid", "610100", "医疗救助基金", "maf_pay", _LISTED),
    ("resident", "medical_aid", "610100", "医疗救助基金", "maf_pay", _LISTED),
    ("employee", "maternity", "510100", "生育基金", "oth_pay", _LISTED),
    ("resident", "maternity", "510100", "生育基金", "oth_pay", _CONVENTION),
    ("employee", "ltc", "410100", "长期护理保险基金", "oth_pay", _CONVENTION),
    ("resident", "ltc", "410100", "长期护理保险基金", "oth_pay", _CONVENTION),
    ("employee", "civil_servant", "320100", "公务员医疗补助基金", "cvlserv_pay", _LISTED),
    ("resident", "civil_servant", "320100", "公务员医疗补助基金", "cvlserv_pay", _LISTED),
    ("employee", "enterprise", "370100", "企业补充医疗保险基金", "hifes_pay", _LISTED),
    ("resident", "enterprise", "370100", "企业补充医疗保险基金", "hifes_pay", _LISTED),
    ("employee", "other", "999997", "其他基金", "oth_pay", _CONVENTION),
    ("resident", "other", "999997", "其他基金", "oth_pay", _CONVENTION),
)

_TERMS = {
    "basic": "基本医疗保险统筹基金",
    "supplement": "大额医疗费用补助",
    "critical_illness": "大病保险",
    "medical_aid": "医疗救助",
    "maternity": "生育保险",
    "ltc": "长期护理保险",
    "civil_servant": "公务员医疗补助",
    "enterprise": "企业补充医疗保险",
    "other": "其他基金",
}

NHSA_FUND = View(
    "nhsa_fund",
    "医保基金支付类型对照",
    "the national code of every fund, by scheme",
    (
        code("scheme", "险种类型", "scheme", SCHEME),
        code("fund", "基金", "the fund, as we name it", tuple(Code(*term) for term in _TERMS.items())),
        text("fund_pay_type", "基金支付类型", "national code of the fund", nhsa="fund_pay_type"),
        text("fund_pay_type_name", "基金支付类型名称", "its name", nhsa="fund_pay_type_name"),
        text("interface_field", "接口字段", "the field of setlinfo that holds the amount"),
        code(
            "standing",
            "依据",
            "whether the code is that of the national list or a convention where the list has none that fits",
            (Code(_LISTED, "国家代码"), Code(_CONVENTION, "约定")),
        ),
    ),
    key=("scheme", "fund"),
    query=f"SELECT * FROM (VALUES {', '.join(str(row) for row in _CODES)}) "
    "AS t(scheme, fund, fund_pay_type, fund_pay_type_name, interface_field, standing)",
)
