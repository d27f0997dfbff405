"""baoding-resident settled claim by claim: page sections 2.4 to 2.6, with the order of section 1."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from .baoding_checks import (
    DRUG_KINDS,
    chronic_codes,
    is_child,
    is_visit,
    level,
    line_disease,
    pay_point,
    programme_of,
    reasons,
    usable_diseases,
)
from .baoding_cover import enrolled_years, neutral_years, paid_row, settlement_year
from .baoding_hubei import (
    AID_STATUSES,
    Bill,
    Person,
    bills_by_member,
    is_stay,
    over_limit,
    policy_row,
    third_party_share,
    total,
)
from .ground import Row, Tables, add_months, cents, in_force, in_settlement_order, refused_result, result

__all__ = ["settle"]

NOTHING = Fraction(0)
TCM_KINDS = ("tcm_piece", "tcm_granule", "patent_tcm", "tcm_preparation", "tcm_service")
NEAR_PROVINCES = ("13", "11", "12")  # Hebei, Beijing, Tianjin
PERSON_TYPES = (
    "active", "retired", "flexible", "elderly", "nonworking", "student", "university_student", "minor", "child",
)  # fmt: skip
LOW_INCOME = (
    "extreme_poverty", "minimum_living", "low_income_edge", "monitored_unstable", "monitored_edge",
    "monitored_sudden", "returned_poor", "expenditure_hardship",
)  # fmt: skip
PSYCHIATRIC = tuple(f"MB{number}" for number in range(20, 29))
BASIC_CAP = 200_000
STANDARD = {"T": 100, "1": 300, "2": 600, "3": 2000}
RATE_NEAR = {"T": 90, "1": 90, "2": 75, "3": 55}
RATE_FAR = {"T": 80, "1": 80, "2": 65, "3": 55}
LUMP_SUM = {"vaginal": 1000, "caesarean_medical": 2000, "caesarean_elective": 1000}
CI_BRACKETS = ((15_016, 100_000, 60), (100_000, 150_000, 70), (150_000, None, 80))


@dataclass
class Year:
    """The accumulators of a member's benefit year; all start at 0."""

    ci_cap: Fraction
    basic: Fraction = NOTHING
    burden: Fraction = NOTHING  # Y, the base of critical illness
    critical_illness: Fraction = NOTHING
    borne: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    paid: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    special_standard: int = 0
    charged_groups: set[str] = field(default_factory=set)


@dataclass
class Portion:
    """One benefit of a claim: E and its TCM part T; after settling also what was borne and paid."""

    name: str
    in_scope: Fraction = NOTHING
    tcm: Fraction = NOTHING
    due: Fraction = NOTHING
    pay: Fraction = NOTHING
    room: Fraction | None = None

    @property
    def borne(self) -> Fraction:
        return min(self.in_scope, self.due)


def settle(tables: Tables) -> dict[str, Row]:
    """Every claim's settlement by claim id."""
    settled: dict[str, Row] = {}
    for person in bills_by_member(tables):
        settled |= settle_person(person)
    return settled


def settle_person(person: Person) -> dict[str, Row]:
    """Benefit years ascend; within a year claims go by settlement time and claim id."""
    settled: dict[str, Row] = {}
    bills = {bill.claim["claim_id"]: bill for bill in person.bills}
    years: dict[int, Year] = {}
    by_year: dict[int, list[Row]] = defaultdict(list)
    for bill in person.bills:
        by_year[benefit_year(person, bill)].append(bill.claim)
    for number in sorted(by_year):
        years[number] = Year(ci_cap(person, number, years))
        for claim in in_settlement_order(by_year[number]):
            settled[claim["claim_id"]] = settle_bill(person, bills[claim["claim_id"]], number, years[number])
    return settled


def benefit_year(person: Person, bill: Bill) -> int:
    return bill.benefit_date.year if bill.reversal_reasons else settlement_year(person, bill)


def settle_bill(person: Person, bill: Bill, number: int, year: Year) -> Row:
    heading = policy_heading(person, bill, number)
    if bill.reversal_reasons:
        return refused_result(bill.claim, total(bill), heading, "denied", bill.reversal_reasons)
    if heading["policy_id"] is None:
        return refused_result(bill.claim, total(bill), heading, "pended", ["no_policy_in_force"])
    denials, pendings = reasons(person, bill)
    if denials or pendings:
        status = "denied" if denials else "pended"
        return refused_result(bill.claim, total(bill), heading, status, denials + pendings)
    programme = programme_of(person, bill)
    money = pay_maternity(person, bill, number, year) if programme == "maternity" else pay(person, bill, number, year)
    return result(bill.claim, total(bill), heading, money, notes(person, bill, number))


def policy_heading(person: Person, bill: Bill, number: int) -> Row:
    row = policy_row(person, bill.claim, number)
    scheme = bill.claim["scheme"] or (row["scheme"] if row else None)
    insured_here = row is not None and row["area_code"].startswith("1306") and scheme == "resident"
    policy_id = "baoding-resident" if insured_here and number >= 2024 else None
    year = bill.benefit_date.year if policy_id is None else number  # A-29 moves what this policy settles, nothing else
    return {"policy_id": policy_id, "benefit_year": year, "scheme": scheme}


# 2.4 Lines


def self_pay_rate(line: Row) -> Fraction:
    """A-36, BD-CT-02 … 06: the first that applies."""
    if line["self_pay_rate"] is not None:
        return line["self_pay_rate"]
    if line["drug_channel"] == "negotiated":
        if line["was_regular_class_b"]:
            return Fraction(5, 100)
        return Fraction(20 if line["is_oncology"] and line["item_kind"] == "western_drug" else 5, 100)
    return Fraction(5 if line["catalogue_class"] == "B" and line["item_kind"] in DRUG_KINDS else 0, 100)


def is_out_by_date(person: Person, bill: Bill, line: Row, number: int) -> bool:
    """After death, or after the year of admission when that year pays a stay over its end (A-29)."""
    day = bill.line_date(line)
    moved = bill.benefit_date.year != number
    return person.dead_before(day) or (moved and day > date(number, 12, 31))


def portion_name(person: Person, bill: Bill, line: Row, programme: str) -> str | None:
    """The portion a line belongs to; None: outside the programme."""
    if programme == "two_disease":
        code = line["disease_code"] or bill.claim["disease_code"]
        is_usable = code in usable_diseases(person, bill.day) and line["item_kind"] in DRUG_KINDS
        return code if is_usable else None
    if programme in ("chronic", "special"):
        disease = line_disease(person, bill, line, programme)
        if disease is None or disease[0] == "special":
            return "special"
        return "psychiatric" if disease[1] in PSYCHIATRIC else "chronic"
    return programme


def payable_lines(person: Person, bill: Bill, number: int) -> list[tuple[Row, str]]:
    """The lines in scope, each with its portion."""
    programme = programme_of(person, bill) or ""
    named = [(line, portion_name(person, bill, line, programme)) for line in bill.lines]
    return [
        (line, name)
        for line, name in named
        if name is not None
        and line["exclusion_code"] is None
        and line["catalogue_class"] != "C"
        and not is_out_by_date(person, bill, line, number)
    ]


def portions(person: Person, bill: Bill, number: int) -> tuple[list[Portion], dict[str, Fraction]]:
    """The portions in their order of settlement, and the claim's over-limit and prepaid parts."""
    programme = programme_of(person, bill) or ""
    names = {portion_name(person, bill, line, programme) for line in bill.lines} - {None}
    order = ["special", "psychiatric", "chronic", "HTN", "DM", "ordinary", "inpatient"]
    found = {name: Portion(name) for name in order if name in names}
    parts = {"over_limit_amount": NOTHING, "prepay_amount": NOTHING}
    for line, name in payable_lines(person, bill, number):
        above = over_limit(line)
        prepay = cents((line["amount"] - above) * self_pay_rate(line))
        in_scope = line["amount"] - above - prepay
        parts["over_limit_amount"] += above
        parts["prepay_amount"] += prepay
        found[name].in_scope += in_scope
        found[name].tcm += in_scope if line["item_kind"] in TCM_KINDS else 0
    for portion in found.values():
        take_third_party_share(portion, third_party_share(bill.claim))
    return list(found.values()), parts


def take_third_party_share(portion: Portion, share: Fraction) -> None:
    """A-37: E' is rounded, T' is not."""
    if share > 0 and portion.in_scope > 0:
        reduced = cents(portion.in_scope * (1 - share))
        portion.tcm = portion.tcm * reduced / portion.in_scope
        portion.in_scope = reduced


# 2.5 Deductible and payment


def pay(person: Person, bill: Bill, number: int, year: Year) -> dict[str, Fraction]:
    """All portions of a claim that is no delivery, each followed by its critical illness payment."""
    money: dict[str, Fraction] = defaultdict(Fraction)
    found, parts = portions(person, bill, number)
    money |= parts
    for portion in found:
        TERMS[portion.name](person, bill, year, portion)
        basic = take_basic(year, portion)
        money["in_scope_amount"] += portion.in_scope
        money["deductible_amount"] += portion.borne
        money["basic_pay"] += basic
        money["critical_illness_base"] += portion.in_scope - basic
        money["critical_illness_pay"] += take_critical_illness(year, portion.in_scope - basic)
    return dict(money)


def take_basic(year: Year, portion: Portion) -> Fraction:
    """What the pool pays within the programme's room and the 200,000 of the year; moves the accumulators."""
    basic = min(portion.pay, BASIC_CAP - year.basic)
    if portion.room is not None:
        basic = min(basic, portion.room)
    year.basic += basic
    year.borne[portion.name] += portion.borne
    year.paid[portion.name] += basic
    return basic


def terms_ordinary(person: Person, bill: Bill, year: Year, portion: Portion) -> None:
    """BD-OP-01, 02."""
    at_university = person.has(bill.day, "university_student")
    rate, limit = (80, 300) if at_university else (60, 200)
    portion.due = max(NOTHING, 50 - year.borne["ordinary"])
    portion.pay = cents((portion.in_scope - portion.borne) * Fraction(rate, 100))
    portion.room = max(NOTHING, limit - year.paid["ordinary"])


def terms_two_disease(person: Person, bill: Bill, year: Year, portion: Portion) -> None:
    """BD-2D-02 … 04."""
    portion.pay = cents(portion.in_scope / 2)
    portion.room = {"HTN": 225, "DM": 375}[portion.name] - year.paid[portion.name]


def terms_chronic(person: Person, bill: Bill, year: Year, portion: Portion) -> None:
    """BD-MB-03 … 07; psychiatric diseases have no deductible."""
    if portion.name == "chronic":
        portion.due = max(NOTHING, 500 - year.borne["chronic"])
    portion.pay = cents((portion.in_scope - portion.borne) * Fraction(70, 100))
    paid = year.paid["chronic"] + year.paid["psychiatric"]
    portion.room = max(NOTHING, chronic_limit(person, bill.day) - paid)


def chronic_limit(person: Person, day: date) -> int:
    """BD-MB-04 … 07 by the registrations in force; MB51 and MB52 are one disease."""
    codes = {"MB51" if code == "MB52" else code for code in chronic_codes(person, day)}
    others = codes - set(PSYCHIATRIC)
    if codes & set(PSYCHIATRIC):
        return 4000 if others else 2500
    return 3000 if len(others) >= 2 else 1500


def terms_special(person: Person, bill: Bill, year: Year, portion: Portion) -> None:
    """BD-MT-03, 04: the highest standard of the year is borne once."""
    year.special_standard = max(year.special_standard, standard(bill))
    portion.due = max(NOTHING, year.special_standard - year.borne["special"])
    portion.pay = pay_by_level(person, bill, portion)


def terms_inpatient(person: Person, bill: Bill, year: Year, portion: Portion) -> None:
    """BD-IP-01, 02, 08, 09: of two rules that lower the deductible the smaller due."""
    due = Fraction(standard(bill))
    if person.has(bill.day, *LOW_INCOME):
        due = max(NOTHING, due - year.borne["inpatient"])
    group = yearly_group(bill)
    if group in year.charged_groups:
        due = NOTHING
    if group:
        year.charged_groups.add(group)
    portion.due = due
    portion.pay = pay_by_level(person, bill, portion)


def yearly_group(bill: Bill) -> str | None:
    """Tumour (C00 … D48) or 脑瘫 (G80) treated inside the city."""
    category = (bill.claim["diagnosis_code"] or "")[:3]
    if not bill.provider["area_code"].startswith("1306"):
        return None
    if "C00" <= category <= "D48":
        return "tumour"
    return "cerebral_palsy" if category == "G80" else None


def standard(bill: Bill) -> int:
    """BD-IP-01, 02."""
    provider = pay_point(bill)
    assert provider is not None
    own = STANDARD[level(provider) or ""]
    is_near = provider["area_code"].startswith(NEAR_PROVINCES)
    return min(300, own) if is_near and provider["is_public"] and provider["is_tcm"] else own


def pay_by_level(person: Person, bill: Bill, portion: Portion) -> Fraction:
    """BD-IP-03 … 07: r, and 5 points more for the TCM part."""
    provider = pay_point(bill)
    assert provider is not None
    at = level(provider) or ""
    points = (RATE_NEAR if provider["area_code"].startswith(NEAR_PROVINCES) else RATE_FAR)[at]
    if at in ("2", "3") and is_student_or_child(person, bill.day):
        points += 10
    rate = Fraction(min(100, points), 100)
    rate_tcm = Fraction(min(100, points + 5), 100)
    if portion.in_scope == 0:
        return NOTHING
    after = portion.in_scope - portion.borne
    return cents(after * rate + after * portion.tcm / portion.in_scope * (rate_tcm - rate))


def is_student_or_child(person: Person, day: date) -> bool:
    """A recorded person type goes before the age."""
    if person.has(day, *PERSON_TYPES):
        return person.has(day, "student", "university_student", "minor", "child")
    return is_child(person, day) is True


TERMS = {
    "ordinary": terms_ordinary,
    "HTN": terms_two_disease,
    "DM": terms_two_disease,
    "psychiatric": terms_chronic,
    "chronic": terms_chronic,
    "special": terms_special,
    "inpatient": terms_inpatient,
}


def pay_maternity(person: Person, bill: Bill, number: int, year: Year) -> dict[str, Fraction]:
    """BD-MA-01 … 04: the lump sum or the lower cost; classes do not matter (A-35), no critical illness."""
    cost = sum(
        (
            line["amount"]
            for line in bill.lines
            if line["exclusion_code"] is None and not is_out_by_date(person, bill, line, number)
        ),
        NOTHING,
    )
    portion = Portion("maternity", in_scope=cost, pay=min(Fraction(LUMP_SUM[bill.claim["delivery_mode"]]), cost))
    return {"in_scope_amount": cost, "basic_pay": take_basic(year, portion)}


# 2.6 Critical illness


def take_critical_illness(year: Year, burden: Fraction) -> Fraction:
    """The step of the rounded, capped cumulative payment (A-10, A-11)."""
    year.burden += burden
    so_far = min(year.ci_cap, cents(ci_of(year.burden)))
    paid = so_far - year.critical_illness
    year.critical_illness = so_far
    return paid


def ci_of(burden: Fraction) -> Fraction:
    return sum(
        (
            max(NOTHING, (burden if upper is None else min(burden, Fraction(upper))) - lower) * Fraction(rate, 100)
            for lower, upper, rate in CI_BRACKETS
        ),
        NOTHING,
    )


def ci_cap(person: Person, number: int, years: dict[int, Year]) -> Fraction:
    """BD-CI-05 … 12: 300,000 with rewards and reductions of the history since 2025 (A-34)."""
    rewards = 2000 * (continuity_steps(person, number) + zero_claim_years(person, number, years))
    return Fraction(300_000 + min(60_000, rewards) - reduction(person, number))


def continuity_steps(person: Person, number: int) -> int:
    """C: every year of an unbroken run after its fourth."""
    enrolled, neutral = enrolled_years(person), neutral_years(person)
    run = steps = 0
    for y in range(2025, number + 1):
        if y in enrolled:
            run += 1
            steps += run > 4
        elif y not in neutral:
            run = 0
    return steps


def reduction(person: Person, number: int) -> int:
    """2,000 for each missed year G after an enrolled one, at most 60,000."""
    enrolled, neutral = enrolled_years(person), neutral_years(person)
    missed = sum(
        1
        for y in range(2025, number + 1)
        if y not in enrolled and y not in neutral and any(earlier < y for earlier in enrolled)
    )
    return min(60_000, 2000 * missed)


def zero_claim_years(person: Person, number: int, years: dict[int, Year]) -> int:
    """Z: paid years on whose claims nothing was paid; back to 0 when a reward was used (A-47)."""
    balance = 0
    for y in range(2025, number):
        year = years.get(y)
        paid = year.basic + year.critical_illness if year else NOTHING
        if paid_row(person, y) is not None and paid == 0:
            balance += 1
        if year and year.critical_illness > 300_000 - reduction(person, y):
            balance = 0
    return balance


# Notes


def notes(person: Person, bill: Bill, number: int) -> list[str]:
    """What moves no money, in the page's order."""
    programme = programme_of(person, bill)
    found = []
    if number > 2024 and programme != "maternity":
        found.append("ci_threshold_carried_forward")
    if lacks_filing(person, bill):
        found.append("no_filing")
    if is_edge_day(person, bill):
        found.append("edge_day")
    if programme != "maternity" and any(is_unrated_class_b(line) for line, _ in payable_lines(person, bill, number)):
        found.append("class_b_rate_missing")
    if person.has(bill.day, *AID_STATUSES):
        found.append("aid_eligible")
    return found


def lacks_filing(person: Person, bill: Bill) -> bool:
    """A stay in another province without a filing for the city or the whole province (BD-OA-04, 05)."""
    area = bill.provider["area_code"]
    if not is_stay(bill.claim) or area.startswith(NEAR_PROVINCES):
        return False
    return not any(
        (row["area_code"][:4] == area[:4] or row["area_code"] == area[:2] + "0000") and filing_runs(row, bill.day)
        for row in person.filings
    )


def filing_runs(row: Row, day: date) -> bool:
    """A temporary or referral filing without end lasts a year less a day."""
    if row["valid_to"] is None and row["kind"] in ("temporary", "referral"):
        return row["valid_from"] <= day <= add_months(row["valid_from"], 12) - timedelta(days=1)
    return in_force(row, day)


def is_edge_day(person: Person, bill: Bill) -> bool:
    return is_visit(bill.claim) and any(bill.day in (stay["started_on"], stay["ended_on"]) for stay in person.stays)


def is_unrated_class_b(line: Row) -> bool:
    return (
        line["catalogue_class"] == "B"
        and line["self_pay_rate"] is None
        and line["drug_channel"] != "negotiated"
        and line["item_kind"] not in DRUG_KINDS
    )
