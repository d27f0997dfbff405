"""The longer vocabularies: statuses of a person, waivers of waiting, kinds and abilities of providers, exclusions."""

from __future__ import annotations

from schemas.column import Code, Vocabulary

__all__ = ["CAPABILITY", "EXCLUSION", "PROVIDER_KIND", "STATUS", "WAIVER_REASON"]


def _codes(text: str) -> Vocabulary:
    """One entry a line: the value, a blank, the Chinese term."""
    pairs = (line.split() for line in text.strip().splitlines())
    return tuple(Code(value, chinese, (chinese,)) for value, chinese in pairs)


STATUS = _codes("""
active 在职
retired 退休
flexible 灵活就业
elderly 老年居民
nonworking 非从业居民
student 中小学生
university_student 大学生
minor 未成年人
child 儿童
extreme_poverty 特困
orphan 孤儿
de_facto_orphan 事实无人抚养儿童
minimum_living 低保
low_income_edge 低保边缘
registered_poor 建档立卡
monitored_unstable 脱贫不稳定
monitored_edge 边缘易致贫
monitored_sudden 突发严重困难
returned_poor 返贫致贫
lifted_poverty 其他脱贫人口
expenditure_hardship 支出型困难
low_income_family 低收入家庭
severely_disabled 重度残疾
disabled_no_capacity 丧失劳动能力
entitled_group 优抚对象
child_in_difficulty 困境儿童
hard_up_worker_family 特困职工家庭
retrenched_1960s 精减退职职工
temporary_aid_major_illness 因病临时救助对象
severe_mental_disorder 严重精神障碍患者
family_planning_special 计划生育特殊家庭
county_approved_hardship 县级认定的困难人员
other_special 其他特殊困难人员
in_service 服役
imprisoned 服刑
community_corrections 社区矫正
medical_parole 保外就医
employee_cover 职工医保在保
resident_cover 居民医保在保
other_scheme 其他医疗保障在保
family_doctor_signed 签约家庭医生
civil_servant 公务员
online_settlement_suspended 暂停联网结算
blacklisted 失信人员
residence_proof 居住证明
""")

WAIVER_REASON = _codes("""
newborn 新生儿
employee_2y 职工连续参保满二年
transfer_in 医保关系转入
employee_to_resident 职工转居民
unemployed 失业
veteran_or_released 退役或刑满释放
employee_break_3m 职工中断三个月内
hukou_move_first 户籍迁入首次参保
medical_aid 医疗救助对象
veteran 退役军人
veteran_spouse 随军配偶
graduate_unemployed 未就业毕业生
released_prisoner 刑满释放人员
special_group 特殊人群
other 其他
""")

PROVIDER_KIND = _codes("""
hospital 医院
township_centre 乡镇卫生院
community_centre 社区卫生服务中心
community_station 社区卫生服务站
village_clinic 村卫生室
clinic 诊所
pharmacy 零售药店
nursing_home 养老护理机构
home_care 居家护理机构
""")

CAPABILITY = _codes("""
chronic 慢特病定点
special_drug 特药定点
rare_disease 罕见病定点
negotiated_drug 谈判药定点
designated_pharmacy 定点药店
pku 苯丙酮尿症定点
maternity 生育协议机构
cross_province 跨省联网
ltc_home 居家护理定点
ltc_institution 机构护理定点
ltc_medical 医疗专护定点
oncology 肿瘤专科
haematology 血液专科
nephrology_dialysis 肾病透析
transplant 器官移植
""")

EXCLUSION = _codes("""
work_injury 工伤保险支付
third_party 第三人负担
public_health 公共卫生负担
abroad 境外就医
wellness 养生保健
checkup 体检
expedite 加急费
named_surgeon 点名手术
premium_price 优质优价
private_nursing 自请特别护理
special_need_drug 特需用药
vip_ward 特需病房
cosmetic 美容整形
weight 减肥增重
myopia 近视矫正
congenital_defect 先天缺陷矫正
drug_rehab 戒毒
prosthesis 假体辅具
embryo_transfer 胚胎移植
artificial_insemination 人工授精
infertility 不孕不育
appraisal 鉴定费
research 科研试验
statutory_care 法定免费医疗
other_law 法律另有规定
""")
