"""The claims and fee lines of a random member of Baoding or Hubei."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from .random_people import RandomMember

__all__ = ["Bills"]

Text = dict[str, Any]
VISITS = ("outpatient", "outpatient", "outpatient", "emergency")
EXCLUSIONS = (
    "work_injury", "third_party", "public_health", "abroad", "wellness", "checkup", "expedite", "named_surgeon",
    "premium_price", "private_nursing", "special_need_drug", "vip_ward", "cosmetic", "weight", "myopia",
    "congenital_defect", "drug_rehab", "prosthesis", "embryo_transfer", "artificial_insemination", "infertility",
    "appraisal", "research", "statutory_care", "other_law",
)  # fmt: skip
ITEM_KINDS = {
    "western_drug": 6, "service": 6, "patent_tcm": 2, "tcm_piece": 1, "tcm_granule": 1, "tcm_preparation": 1,
    "tcm_service": 1, "bed": 1, "consult_fee": 1, "material_domestic": 1, "material_imported": 1, "blood_product": 0.5,
    "health_product": 0.2, "other": 1,
}  # fmt: skip
DIAGNOSES = ("C34.1", "C34.1", "C00", "D48.9", "D49", "B99", "G80.0", "G80", "J18.9", "I10", "S72.0", "Z51.1", None)
HUBEI_DIAGNOSES = ("J18.9", "I10", "C34.1", "S72.0", "T98.3", "V01", "Y98", "Z00", "O80", "R99", None, None, None)
SHARES = ("0", "0.3", "0.3333", "0.5", "0.7", "0.9999", "1")
ROUND_AMOUNTS = (
    "50.00",
    "50.01",
    "49.99",
    "383.33",
    "383.34",
    "500.00",
    "500.01",
    "450",
    "750.01",
    "2000.00",
    "600.01",
)
TUNED_AMOUNTS = ("30924.44", "30924.45", "100000.00", "12000.00", "12000.01", "30000", "365636.36", "365636.37")


class Bills:
    """The claims of one member."""

    def __init__(self, member: RandomMember, name: str, provider_weights: dict[str, float]) -> None:
        """`name` goes before the provider codes."""
        self.member, self.name, self.dice = member, name, member.dice
        self.weights = provider_weights
        self.claims: list[Text] = []
        self.lines: list[Text] = []
        self.looks_far = member.years[0] >= 2028
        self.wealth = self.dice.weighted({"small": 4, "large": 2, "huge": 8 if self.looks_far else 1.5})

    def add_baoding(self) -> None:
        """One to twelve claims of one habit (few programmes) or of all."""
        habit = self.dice.pick(("all", "all", "visits", "stays"))
        weights = {"ordinary": 3, "two_disease": 2, "chronic": 4, "special": 3, "accident": 0.3, "inpatient": 5,
                   "maternity": 0.7, "by_disease": 2, "odd": 0.3}  # fmt: skip
        if habit == "visits":
            weights["inpatient"] = 0.5
        elif habit == "stays":
            weights = {"inpatient": 10, "ordinary": 1, "maternity": 0.5}
        if not self.member.is_female:
            del weights["maternity"]
        registered = {row["programme"] for row in self.member.rows["registrations"]}
        for programme in ("two_disease", "chronic", "special"):
            if programme in weights and programme not in registered:
                weights[programme] *= 0.1
        for _ in range(self.dice.number(1, 12)):
            self.baoding_claim(self.dice.weighted(weights))
        self.reverse_some()

    def add_hubei(self) -> None:
        for _ in range(self.dice.number(1, 9)):
            self.hubei_claim()
        self.reverse_some()

    # Claims

    def baoding_claim(self, kind: str) -> None:
        dice = self.dice
        claim = self.dated_claim(is_stay=kind in ("inpatient", "maternity"))
        if kind == "inpatient":
            claim |= {"benefit": dice.weighted({None: 9, "ordinary": 1, "accident": 0.3, "chronic": 0.1}),
                      "diagnosis_code": dice.pick(DIAGNOSES)}  # fmt: skip
        elif kind == "maternity":
            claim |= self.maternity_facts()
        elif kind == "odd":
            claim |= dice.pick(
                (
                    {"benefit": "special_drug"},
                    {"benefit": "prenatal"},
                    {"care_type": "ltc", "benefit": dice.pick(("ltc", "ordinary", None))},
                )
            )
        else:
            self.visit_facts(claim, kind)
        if kind != "maternity":
            self.injury_facts(claim)
        if dice.chance(0.02):
            claim["exclusion_code"] = claim.get("exclusion_code") or dice.pick(EXCLUSIONS)
        self.claims.append(claim)
        for _ in range(dice.weighted({1: 4, 2: 3, 3: 2, 5: 1})):
            self.line(claim, kind)

    def visit_facts(self, claim: Text, kind: str) -> None:
        """Care type, benefit and disease; a pharmacy mostly names the prescribing hospital."""
        dice = self.dice
        claim["benefit"] = None if kind == "by_disease" else kind
        claim["disease_code"] = self.disease(kind)
        if claim["provider_id"].startswith(self.name + "PH"):
            claim["care_type"] = "pharmacy"
            if dice.chance(0.85):
                claim["prescribing_provider_id"] = self.name + dice.pick(("L1", "L2", "L3", "T", "L0", "SH3", "TCM3"))

    def disease(self, kind: str) -> str | None:
        """Mostly one that the member is registered with."""
        if kind in ("ordinary", "accident") or self.dice.chance(0.03):
            return None
        programmes = ("chronic", "special", "two_disease") if kind == "by_disease" else (kind,)
        own = [row["code"] for row in self.member.rows["registrations"] if row["programme"] in programmes]
        if own and self.dice.chance(0.97):
            return self.dice.pick(own)
        others = {
            "chronic": ("MB01", "MB16", "MT_C3"),
            "special": ("MT02", "MT_C1", "MB19"),
            "two_disease": ("HTN", "DM"),
        }
        return self.dice.pick(others.get(kind, ("HTN", "MB15", "MT_C2")))

    def maternity_facts(self) -> Text:
        dice = self.dice
        modes = {"vaginal": 3, "caesarean_medical": 3, "caesarean_elective": 3, None: 0.3}
        return {
            "benefit": dice.weighted({"maternity": 3, None: 1}),
            "diagnosis_code": "O80.0",
            "delivery_mode": dice.weighted(modes),
            "maternity_case": dice.weighted({None: 3, "delivery": 6, "complication": 1, "abortion": 0.3}),
            "family_planning_compliant": dice.weighted({"true": 18, "false": 1, None: 1}),
            "spouse_allowance_received": dice.weighted({"false": 18, "true": 1, None: 1}),
            "babies": "1",
        }

    def injury_facts(self, claim: Text) -> None:
        dice = self.dice
        if not dice.chance(0.08):
            return
        causes = {"traffic": 3, "fight": 1.5, "other_third_party": 3, "accident": 3, "work": 0.3, "commuting": 0.3,
                  "unknown": 0.5, None: 1}  # fmt: skip
        claim["injury_cause"] = dice.weighted(causes)
        claim["own_liability"] = dice.weighted({None: 1, "none": 1, "minor": 1, "equal": 1, "main": 1, "full": 3})
        if dice.chance(0.6):
            claim["third_party_share"] = dice.pick(SHARES)
        if dice.chance(0.15):
            claim["exclusion_code"] = "third_party"

    def hubei_claim(self) -> None:
        dice = self.dice
        claim = self.dated_claim(is_stay=dice.chance(0.7))
        claim["diagnosis_code"] = dice.pick(HUBEI_DIAGNOSES)
        claim["is_emergency"] = dice.weighted({None: 6, "false": 2, "true": 3})
        claim["settlement_mode"] = dice.weighted({None: 3, "direct": 4, "manual": 1})
        self.injury_facts(claim)
        if (claim["diagnosis_code"] or "Z")[0] in "STVY" and dice.chance(0.8):
            claim["injury_cause"] = claim.get("injury_cause") or "accident"
        if dice.chance(0.02):
            claim["exclusion_code"] = claim.get("exclusion_code") or dice.pick(EXCLUSIONS)
        self.claims.append(claim)
        before = len(self.lines)
        for _ in range(dice.number(1, 4)):
            self.line(claim, "hubei")
        bill = sum((Decimal(line["amount"]) for line in self.lines[before:]), Decimal(0))
        share = dice.weighted({"0": 3, "0.5": 4, "0.62345": 3, "0.05": 3, "1": 0.3, None: 0.3})
        if share is not None:
            claim["basic_pay_given"] = str((bill * Decimal(share)).quantize(Decimal("0.01")))

    def dated_claim(self, *, is_stay: bool) -> Text:
        """Days, settlement time (sometimes the same second as another claim), provider, other payers."""
        dice = self.dice
        started = self.member.claim_day()
        if not is_stay and dice.chance(0.12):
            started = self.day_of_a_stay() or started
        if is_stay and dice.chance(0.08):
            started = max(date(started.year, 12, dice.number(15, 31)), started)
        ended = started + timedelta(days=dice.weighted({0: 0.5, 1: 1, 7: 5, 20: 3, 45: 0.5})) if is_stay else None
        number = len(self.claims) + 1
        claim: Text = {
            "claim_id": f"{self.member.id}{dice.pick('-aZ')}{number}",
            "member_id": self.member.id,
            "scheme": dice.weighted({None: 12, "resident": 7, "employee": 0.1}),
            "provider_id": self.name + dice.weighted(self.weights),
            "care_type": "inpatient" if is_stay else dice.pick(VISITS),
            "started_on": started.isoformat(),
            "ended_on": ended.isoformat() if ended else None,
            "settled_at": self.settlement_time(ended or started),
        }
        if dice.chance(0.06):
            column = dice.pick(("civil_servant_pay", "enterprise_pay", "other_pay"))
            claim[column] = dice.pick(("10.00", "250.55", "99999.99"))
        return claim

    def day_of_a_stay(self) -> date | None:
        stays = [claim for claim in self.claims if claim["care_type"] == "inpatient"]
        if not stays:
            return None
        stay = self.dice.pick(stays)
        first, last = date.fromisoformat(stay["started_on"]), date.fromisoformat(stay["ended_on"])
        return self.dice.pick((first, last, self.dice.day(first, last)))

    def settlement_time(self, day: date) -> str:
        dice = self.dice
        later = [claim["settled_at"] for claim in self.claims if claim["settled_at"][:10] >= day.isoformat()]
        if later and dice.chance(0.2):
            return str(dice.pick(later))
        settled_on = day + timedelta(days=dice.weighted({0: 8, 1: 2, 30: 2, 200: 1, 420: 0.5}))
        return datetime.combine(
            settled_on, time(dice.number(8, 17), dice.pick((0, 30)), dice.pick((0, 0, 59)))
        ).isoformat()

    # Lines

    def line(self, claim: Text, kind: str) -> None:
        dice = self.dice
        item_kind = "western_drug" if kind == "two_disease" and dice.chance(0.6) else dice.weighted(ITEM_KINDS)
        number = 1 + sum(1 for line in self.lines if line["claim_id"] == claim["claim_id"])
        line: Text = {
            "claim_id": claim["claim_id"],
            "line_no": str(number),
            "item_code": f"I{dice.number(1, 99)}",
            "item_kind": item_kind,
            "catalogue_class": dice.weighted({"A": 11, "B": 7, "C": 1.2}),
            "amount": self.amount(kind),
        }
        self.rate_facts(line, kind)
        self.ceiling(line)
        self.line_disease(claim, line, kind)
        if claim["ended_on"] and dice.chance(0.6):
            first, last = date.fromisoformat(claim["started_on"]), date.fromisoformat(claim["ended_on"])
            line["service_date"] = dice.day(first, last).isoformat()
        if dice.chance(0.03):
            line["exclusion_code"] = dice.pick(EXCLUSIONS)
        self.lines.append(line)

    def amount(self, kind: str) -> str:
        """From a few yuan to millions, with amounts on the rules' boundaries in between."""
        dice = self.dice
        if dice.chance(0.12):
            is_small = kind not in ("inpatient", "hubei") and self.wealth == "small"
            return str(dice.pick(ROUND_AMOUNTS if is_small else ROUND_AMOUNTS + TUNED_AMOUNTS))
        if self.wealth == "huge" and dice.chance(0.1 if self.looks_far else 0.015):
            return "10000000.00"
        top = {"small": 3_000, "large": 30_000, "huge": 350_000}[self.wealth]
        if kind in ("ordinary", "two_disease", "by_disease"):
            top = {"small": 250, "large": 800, "huge": 5_000}[self.wealth]
        elif kind == "maternity":
            top = 1_500
        elif kind in ("chronic", "special"):
            top = max(1_500, top // 5)
        fen = dice.number(1, top * 100)
        return str(Decimal(fen if dice.chance(0.7) else max(1, fen // 100) * 100).scaleb(-2))

    def rate_facts(self, line: Text, kind: str) -> None:
        dice = self.dice
        if dice.chance(0.15) or (kind == "hubei" and line["catalogue_class"] == "B" and dice.chance(0.98)):
            line["self_pay_rate"] = dice.pick(("0", "0.05", "0.1", "0.15", "0.3333", "1"))
        if dice.chance(0.15):
            flags = {None: 1, "true": 2, "false": 1}
            line |= {"drug_channel": dice.weighted({"negotiated": 5, "dual_channel": 1}),
                     "is_oncology": dice.weighted(flags), "was_regular_class_b": dice.weighted(flags)}  # fmt: skip

    def ceiling(self, line: Text) -> None:
        dice = self.dice
        chosen = dice.weighted({"none": 14, "given": 1, "price": 1, "half": 0.3})
        if chosen == "given":
            line["over_limit_amount"] = str((Decimal(line["amount"]) / dice.pick((3, 7, 1))).quantize(Decimal("0.01")))
        elif chosen == "price":
            quantity = dice.pick(("1", "3", "2.5", "0.3333"))
            price = (
                Decimal(line["amount"]) / Decimal(quantity) * dice.pick((Decimal("0.7"), Decimal(1), Decimal("1.2")))
            )
            line |= {"quantity": quantity, "limit_price": str(price.quantize(Decimal("0.01")))}
        elif chosen == "half":
            line["quantity"] = "2"

    def line_disease(self, claim: Text, line: Text, kind: str) -> None:
        """Other diseases of the same programme on some lines; lines alone name the disease on some claims."""
        dice = self.dice
        if kind in ("chronic", "special", "two_disease", "by_disease"):
            if dice.chance(0.1 if kind == "by_disease" else 0.3):
                line["disease_code"] = self.disease(kind)
            elif dice.chance(0.05):
                claim["disease_code"] = None
        elif dice.chance(0.05):
            line["disease_code"] = dice.pick(("HTN", "MB01", "MT02"))

    # Reversals

    def reverse_some(self) -> None:
        """Now and then a claim is taken back, at once or much later, by a bill of negative amounts."""
        dice = self.dice
        for claim in [claim for claim in self.claims if dice.chance(0.02)]:
            settled = datetime.fromisoformat(claim["settled_at"]) + timedelta(days=dice.pick((0, 0, 3, 300)))
            back = {**claim, "claim_id": f"{claim['claim_id']}R", "reverses_claim_id": claim["claim_id"]}
            back["settled_at"] = settled.isoformat()
            for line in [line for line in self.lines if line["claim_id"] == claim["claim_id"]]:
                kept = {key: line.get(key) for key in ("line_no", "item_kind", "catalogue_class", "service_date")}
                self.lines.append({**kept, "claim_id": back["claim_id"], "amount": f"-{line['amount']}"})
            self.claims.append(back)
