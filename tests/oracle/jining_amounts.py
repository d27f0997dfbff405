"""§10: the portions of a claim and their amounts before any fund pays; the counters of a year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from .ground import Row, cents
from .jining_checks import Case, Outcome
from .jining_lists import TCM_LINES, percent

PORTION_ORDER = (
    "special_drug",
    "rare_disease",
    "stay",
    "chronic",
    "two_disease",
    "ordinary",
    "accident",
    "childbirth",
    "delivery",
    "procedures",
    "care",
)
FULL_AMOUNT = {"special_drug", "rare_disease"}
CLASS_B_PREPAY_WAIVED = {"delivery", "care"}
OUT_OF_AREA_PREPAY = {"stay", "chronic", "ordinary"}
ZERO = Fraction(0)

Counters = dict[str, Fraction]


def new_counters() -> Counters:
    """Running totals of a year, all 0."""
    return defaultdict(Fraction)


@dataclass
class Portion:
    """The lines of a claim that one benefit pays, in yuan. Symbols of the page: S0, T0, Q, S, D, E."""

    kind: str
    key: str
    outcomes: list[Outcome]
    over_limit: Fraction = ZERO
    line_prepay: Fraction = ZERO
    s0_before_share: Fraction = ZERO
    t0: Fraction = ZERO
    s0: Fraction = ZERO
    q: Fraction = ZERO
    s: Fraction = ZERO
    d: Fraction = ZERO
    paid: Counters = field(default_factory=new_counters)

    @property
    def e(self) -> Fraction:
        """What is left after the deductible."""
        return self.s - self.d

    @property
    def first_line(self) -> Row:
        """The first line of the portion."""
        return self.outcomes[0].line

    @property
    def kept(self) -> Fraction:
        """The part of S0 that the third party's share leaves."""
        return self.s0 / self.s0_before_share if self.s0_before_share else Fraction(1)


def portions(case: Case) -> list[Portion]:
    """The portions of a claim in the order they are settled, with their amounts."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in case.taken:
        key = outcome.portion if outcome.portion[0] != "care" else ("care", "")
        groups.setdefault(key, []).append(outcome)
    in_order = sorted(groups.items(), key=lambda item: PORTION_ORDER.index(item[0][0]))
    return [_with_amounts(case, Portion(kind, key, outcomes)) for (kind, key), outcomes in in_order]


def _with_amounts(case: Case, portion: Portion) -> Portion:
    for outcome in portion.outcomes:
        over, prepay, contribution = line_amounts(outcome.line, portion.kind)
        portion.over_limit += over
        portion.line_prepay += prepay
        portion.s0_before_share += contribution
        portion.t0 += contribution if is_tcm(outcome.line) else ZERO
    share = case.claim["third_party_share"] or ZERO
    portion.s0 = portion.s0_before_share - cents(portion.s0_before_share * share)
    away = case.scheme == "employee" and case.terms == "temporary" and portion.kind in OUT_OF_AREA_PREPAY
    portion.q = cents(portion.s0 * percent(10)) if away else ZERO
    portion.s = portion.s0 - portion.q
    return portion


def line_amounts(line: Row, kind: str) -> tuple[Fraction, Fraction, Fraction]:
    """Over the limit, prepaid, and contribution to S0 of a line in a portion of this kind."""
    amount = line["amount"]
    if kind in FULL_AMOUNT:
        return ZERO, ZERO, amount
    if line["catalogue_class"] == "C":
        return ZERO, ZERO, ZERO
    over = _over_limit(line)
    rate = line["self_pay_rate"] or ZERO
    waived = line["catalogue_class"] == "A" or kind in CLASS_B_PREPAY_WAIVED
    prepay = ZERO if waived else cents((amount - over) * rate)
    return over, prepay, amount - over - prepay


def _over_limit(line: Row) -> Fraction:
    if line["over_limit_amount"] is not None:
        return min(line["over_limit_amount"], line["amount"])
    if line["limit_price"] is None or line["quantity"] is None:
        return ZERO
    return max(ZERO, line["amount"] - cents(line["limit_price"] * line["quantity"]))


def is_tcm(line: Row) -> bool:
    """中药饮片, 中医诊疗技术, and preparations that are not refused approval."""
    return line["item_kind"] in TCM_LINES and not (
        line["item_kind"] == "tcm_preparation" and line["is_approved"] is False
    )


def bracketed(amount: Fraction, brackets: list[tuple[int, int | None, int]]) -> Fraction:
    """Each bracket (from, to, percent) of a cumulative amount at its own rate; exact."""
    total = ZERO
    for floor, ceiling, points in brackets:
        top = amount if ceiling is None else min(amount, Fraction(ceiling))
        total += max(ZERO, top - floor) * percent(points)
    return total


def designated_is_tcm(case: Case, portion: Portion, providers: dict[str, Row]) -> bool:
    """在中医医疗机构定点: the treating provider if the registration lists it or lists none or it is away, else the
    first of the list."""
    claim, line = case.claim, portion.first_line
    day = line["service_date"] or claim["started_on"]
    disease = line["disease_code"] or claim["disease_code"]
    listed = case.person.chronic(day, disease)["provider_ids"]
    provider = case.provider
    if listed and provider["area_code"][:4] == "3708" and provider["provider_id"] not in listed:
        provider = providers.get(listed[0])
    return bool(provider and provider["is_tcm"])
