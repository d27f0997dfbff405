"""Page section 1, common ground of baoding-resident and hubei-resident: facts of a day, policy, exclusions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from .ground import Row, Tables, cents, group_by, in_force, reversals

__all__ = [
    "AID_STATUSES",
    "Bill",
    "Person",
    "bills_by_member",
    "exclusion_reasons",
    "is_stay",
    "over_limit",
    "policy_row",
    "third_party_share",
    "total",
]

# the order in which exclusions are listed; outpatient_during_stay is Baoding's and has no code of its own.
EXCLUSION_ORDER = (
    "work_injury", "third_party", "public_health", "abroad", "wellness", "checkup", "expedite", "named_surgeon",
    "premium_price", "private_nursing", "special_need_drug", "vip_ward", "cosmetic", "weight", "myopia",
    "congenital_defect", "drug_rehab", "prosthesis", "embryo_transfer", "artificial_insemination", "infertility",
    "appraisal", "research", "outpatient_during_stay", "statutory_care", "other_law",
)  # fmt: skip
AID_STATUSES = (
    "extreme_poverty", "orphan", "de_facto_orphan", "minimum_living", "low_income_edge", "registered_poor",
    "monitored_unstable", "monitored_edge", "monitored_sudden", "returned_poor", "lifted_poverty",
    "expenditure_hardship", "low_income_family", "severely_disabled", "disabled_no_capacity", "entitled_group",
    "child_in_difficulty", "hard_up_worker_family", "retrenched_1960s", "temporary_aid_major_illness",
    "severe_mental_disorder", "family_planning_special", "county_approved_hardship", "other_special",
)  # fmt: skip
ABROAD = ("71", "81", "82", "90")


@dataclass(frozen=True)
class Bill:
    """A claim with its lines (by line number) and its providers."""

    claim: Row
    lines: list[Row]
    provider: Row
    prescriber: Row | None
    reversal_reasons: list[str]

    @property
    def day(self) -> date:
        """d: the day of the visit or of admission."""
        return self.claim["started_on"]

    @property
    def benefit_date(self) -> date:
        """Discharge of a stay, else d."""
        return self.claim["ended_on"] if is_stay(self.claim) else self.day

    def line_date(self, line: Row) -> date:
        return line["service_date"] or self.day


@dataclass(frozen=True)
class Person:
    """What is known of a member; `stays` are all stays of the member that were not reversed."""

    member: Row
    enrolments: list[Row]
    statuses: list[Row]
    registrations: list[Row]
    filings: list[Row]
    bills: list[Bill]

    @property
    def stays(self) -> list[Row]:
        return [bill.claim for bill in self.bills if is_stay(bill.claim) and not bill.reversal_reasons]

    def has(self, day: date, *statuses: str) -> bool:
        return any(row["status"] in statuses and in_force(row, day) for row in self.statuses)

    def registered(self, day: date, *programmes: str) -> list[tuple[str, str]]:
        """Programme and code of the registrations in force on the day."""
        return [
            (row["programme"], row["code"])
            for row in self.registrations
            if row["programme"] in programmes
            and in_force(row, day)
            and (row["stopped_on"] is None or day < row["stopped_on"])
        ]

    def dead_before(self, day: date) -> bool:
        """The day of death itself is alive."""
        return self.member["death_date"] is not None and day > self.member["death_date"]


def bills_by_member(tables: Tables) -> list[Person]:
    """Every member with a claim, with all that belongs to the member."""
    providers = {row["provider_id"]: row for row in tables["providers"]}
    lines = group_by(tables["fee_lines"], "claim_id")
    reversed_claims = reversals(tables["claims"])
    members = {row["member_id"]: row for row in tables["members"]}
    enrolments, statuses, registrations, filings = (
        group_by(tables[table], "member_id") for table in ("enrolments", "statuses", "registrations", "filings")
    )
    people = []
    for member_id, claims in group_by(tables["claims"], "member_id").items():
        bills = [
            Bill(
                claim,
                sorted(lines.get(claim["claim_id"], []), key=lambda line: line["line_no"]),
                providers[claim["provider_id"]],
                providers.get(claim["prescribing_provider_id"]),
                reversed_claims.get(claim["claim_id"], []),
            )
            for claim in claims
        ]
        people.append(
            Person(
                members[member_id],
                enrolments.get(member_id, []),
                statuses.get(member_id, []),
                registrations.get(member_id, []),
                filings.get(member_id, []),
                bills,
            )
        )
    return people


def is_stay(claim: Row) -> bool:
    return claim["care_type"] == "inpatient" and claim["ended_on"] is not None


def total(bill: Bill) -> Fraction:
    return sum((line["amount"] for line in bill.lines), Fraction(0))


def policy_row(person: Person, claim: Row, benefit_year: int) -> Row | None:
    """The enrolment row that gives scheme and area: the nearest year, of two the earlier, then resident first."""
    rows = [row for row in person.enrolments if row["scheme"] == claim["scheme"]] or person.enrolments
    return min(
        rows,
        key=lambda row: (
            abs(row["benefit_year"] - benefit_year),
            row["benefit_year"],
            row["scheme"] != "resident",
        ),
        default=None,
    )


def over_limit(line: Row) -> Fraction:
    """The part above the line's price ceiling."""
    above = Fraction(0)
    if line["over_limit_amount"] is not None:
        above = line["over_limit_amount"]
    elif line["quantity"] is not None and line["limit_price"] is not None:
        above = max(Fraction(0), line["amount"] - cents(line["quantity"] * line["limit_price"]))
    return min(above, line["amount"])


def third_party_share(claim: Row) -> Fraction:
    """A-37: what a third party owes of the claim."""
    if claim["third_party_share"] is not None:
        return claim["third_party_share"]
    if claim["exclusion_code"] == "third_party":
        return Fraction(1)
    if claim["injury_cause"] in ("traffic", "fight", "other_third_party"):
        return Fraction(0 if claim["own_liability"] == "full" else 1)
    return Fraction(0)


def exclusion_reasons(bill: Bill, share: Fraction, *, during_stay: bool = False) -> list[str]:
    """One reason for each exclusion that the claim as a whole meets, in the page's order."""
    claim = bill.claim
    met = {claim["exclusion_code"]} - {"third_party"}
    if claim["injury_cause"] in ("work", "commuting"):
        met.add("work_injury")
    if share >= 1:
        met.add("third_party")
    if bill.provider["area_code"].startswith(ABROAD):
        met.add("abroad")
    if during_stay:
        met.add("outpatient_during_stay")
    return [code if code == "outpatient_during_stay" else f"excluded_{code}" for code in EXCLUSION_ORDER if code in met]
