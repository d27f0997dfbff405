"""Chinese for the rules that a delivered row must keep, told as what was wrong with the row."""

from __future__ import annotations

__all__ = ["RULES", "SUFFIXES"]

RULES = {
    "claim_already_delivered_with_other_content": "该单已按其他内容接收，应先冲正",
    "claim_id_is_unique": "结算ID重复",
    "claim_is_whole": "同单另有行不合格，整单退回",
    "claim_of_line_exists": "明细没有对应的结算单",
    "death_not_before_birth": "死亡日期早于出生日期",
    "discharge_is_given": "缺少出院日期",
    "discharge_not_before_admission": "出院日期早于入院日期",
    "key_is_unique": "主键重复",
    "line_number_unique_in_claim": "单内明细序号重复",
    "med_type_is_known": "医疗类别不在规定范围内",
    "member_exists": "没有该参保人员",
    "period_not_reversed": "结束日期早于开始日期",
    "provider_exists": "没有该医药机构",
    "row_has_all_fields": "列数不完整",
}

SUFFIXES = {
    "_is_given": "未填写",
    "_is_known": "不在规定范围内",
    "_is_well_formed": "格式不符",
    "_not_negative": "为负数",
    "_within_limit": "超出允许范围",
    "_is_a_date": "不是日期",
    "_is_a_number": "不是数字",
    "_is_a_timestamp": "不是时间",
    "_is_a_whole_number": "不是整数",
    "_is_a_flag": "不是是否标志",
    "_has_two_decimals": "超过两位小数",
    "_has_four_decimals": "超过四位小数",
}
