"""Random claims of a member: every benefit, with amounts at and around the limits of the page."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from .jining_lists import ABORTION_LIMITS, MEDICAL_INSTITUTIONS, PROCEDURE_LIMITS, SURGERY_LIMITS
from .jining_random_people import Draw, Life, Text, row

DRUG_KINDS = ("western_drug", "western_drug", "patent_tcm", "tcm_piece", "tcm_granule", "tcm_preparation")
OTHER_KINDS = ("service", "service", "bed", "tcm_service", "material_general", "consult_fee", "health_product", "other")
EXCLUSIONS = ("checkup", "public_health", "work_injury", "vip_ward", "cosmetic", "abroad", "third_party", "other_law")
EDGES = (
    1, 2, 10, 10000, 20000, 29999, 30000, 30001, 42858, 49000, 50000, 60000, 100000, 143333, 180000, 437500, 442500,
    973077, 1200000, 2000001, 2880000, 2880002,
)  # fmt: skip

# How often a claim of each kind is made, by what the member's life is about.
WEIGHTS: dict[str, dict[str, int]] = {
    "stays": {"stay": 8, "visit_and_stay": 2, "tcm_stay": 3, "outpatient": 2, "chronic": 1},
    "pools": {"big_stay": 8, "stay": 2, "big_chronic": 3, "outpatient": 1, "drug": 1},
    "outpatient": {"outpatient": 9, "big_outpatient": 3, "pharmacy": 3, "visit_and_stay": 1},
    "chronic": {"chronic": 9, "big_chronic": 4, "stay": 2, "chronic_in_stay": 1, "outpatient": 1},
    "two_disease": {"two_disease": 9, "outpatient": 3, "chronic": 1, "pharmacy": 1},
    "drugs": {"drug": 9, "stay": 1, "outpatient": 1},
    "care": {"care": 3, "care_and_more": 8, "stay": 2, "outpatient": 2, "chronic": 1},
    "maternity": {"delivery": 6, "abortion": 12, "procedure": 6, "prenatal": 1, "stay": 1, "outpatient": 1},
    "injury": {"injury": 8, "stay": 1, "outpatient": 1},
    "mixed": {
        "stay": 3, "visit_and_stay": 1, "outpatient": 4, "pharmacy": 2, "chronic": 2, "two_disease": 2, "drug": 2,
        "care": 1, "delivery": 1, "procedure": 1, "injury": 2, "odd": 2,
    },
}  # fmt: skip


class Biller:
    """Writes the claims of one member into a delivery."""

    def __init__(self, draw: Draw, one: Life, providers: list[Text]) -> None:
        self.draw, self.one, self.providers = draw, one, providers
        self.claims: list[Text] = []
        self.lines: list[Text] = []

    def bill(self, claims: int) -> None:
        """So many claims, and now and then the reversal of one of them."""
        while len(self.claims) < claims:
            name = self.draw.weighted(WEIGHTS[self.one.theme])
            name = name if self._suits(name) or self.draw.chance(10) else self.draw.choice(["stay", "outpatient"])
            getattr(self, name)()
        if self.draw.chance(8):
            self._reverse()

    def _suits(self, name: str) -> bool:
        """Whether the member is someone who has such claims paid."""
        one = self.one
        if name in ("abortion", "procedure", "prenatal"):
            fits = one.sex == "F" or name == "procedure" or self.draw.chance(25)
            return one.profile in ("active", "switcher", "flexible") and fits
        return {
            "delivery": (one.sex == "F" or self.draw.chance(30)) and one.profile in ("active", "switcher", "adult"),
            "chronic": bool(one.chronic),
            "big_chronic": bool(one.chronic),
            "two_disease": bool(one.two_disease) and not one.is_employee,
            "drug": bool(one.special or one.rare),
            "care": one.care is not None,
            "care_and_more": one.care is not None,
            "odd": self.draw.chance(30),
        }.get(name, True)

    # ---- the kinds

    def stay(self, **more) -> None:
        values = self._stay_days() | {"diagnosis_code": self._diagnosis()} | more
        self._claim(self._hospital(), values, self._lines(self._amount(30000, 3000000)))

    def tcm_stay(self) -> None:
        amounts = self._amount(100000, 2000000)
        lines = self._lines(amounts, kinds=("tcm_piece", "tcm_service", "tcm_preparation", "service", "patent_tcm"))
        self._claim(self._hospital(), self._stay_days() | {"is_pure_tcm": self.draw.choice([None, True, False])}, lines)

    def big_stay(self) -> None:
        amount = self._amount(5000000, 60000000)
        amount = 1_000_000_000 if self.draw.chance(3) else amount
        values = self._stay_days() | {"diagnosis_code": self._diagnosis()} | self._other_money(amount)
        self._claim(self._hospital(), values, self._lines(amount))

    def visit_and_stay(self) -> None:
        provider, days = self._hospital(), self._stay_days()
        before = self.draw.choice([0, 1, 2, 3, 3, 4])
        visit = {"care_type": self.draw.choice(["outpatient", "emergency"])}
        visit["benefit"] = self.draw.choice([None, "ordinary"])
        visit["started_on"] = days["started_on"] - timedelta(days=before)
        visit |= self._other_money(20000) if self.draw.chance(20) else {}
        stay_id = self._claim(provider, days, self._lines(self._amount(30000, 3000000)))
        visit["inpatient_claim_id"] = self.draw.choice([None, None, None, stay_id, self.claims[0]["claim_id"]])
        self._claim(provider, visit, self._lines(self._amount(1000, 60000)))

    def outpatient(self, low: int = 500, high: int = 60000, **more) -> None:
        values = {
            "care_type": self.draw.choice(["outpatient", "outpatient", "emergency"]),
            "benefit": self.draw.choice([None, None, "ordinary"]),
            "started_on": self._day(),
        }
        provider = self._any() if self.one.is_employee or self.draw.chance(20) else self._primary()
        self._claim(provider, values | more, self._lines(self._amount(low, high)))

    def big_outpatient(self) -> None:
        self.outpatient(100000, 700000)

    def pharmacy(self) -> None:
        kinds = DRUG_KINDS if self.draw.chance(70) else DRUG_KINDS + OTHER_KINDS
        values = {"care_type": "pharmacy", "started_on": self._day()}
        self._claim(self._of_kind("pharmacy"), values, self._lines(self._amount(500, 80000), kinds=kinds))

    def chronic(self, low: int = 10000, high: int = 400000) -> None:
        given = self.draw.choice(["chronic", "chronic", "special", None])
        values = {"care_type": "outpatient", "benefit": given, "started_on": self._day()}
        diseases = self.one.chronic or ["hypertension"]
        values["disease_code"] = self.draw.choice([*diseases * 4, None, "hepatitis_b"])
        lines = self._lines(self._amount(low, high))
        for line in lines:
            line["disease_code"] = self.draw.choice([None, None, None, *diseases * 3, "diabetes_insulin"])
        self._claim(self._any(), values | self._other_money(high, 10), lines)

    def big_chronic(self) -> None:
        self.chronic(2000000, 25000000)

    def chronic_in_stay(self) -> None:
        days = self._stay_days()
        self._claim(self._hospital(), days, self._lines(self._amount(30000, 2000000)))
        self.one.anchors.append(days["started_on"])
        self.chronic()

    def two_disease(self) -> None:
        values = {"care_type": "outpatient", "benefit": self.draw.choice(["two_disease", "two_disease", None])}
        values["started_on"] = self._day()
        lines = self._lines(self._amount(3000, 90000), kinds=DRUG_KINDS if self.draw.chance(75) else OTHER_KINDS)
        diseases = [*self.one.two_disease * 3, "hypertension", "diabetes", "diabetes_insulin", None]
        for line in lines:
            line["disease_code"] = self.draw.choice(diseases)
        self._claim(self._primary() if self.draw.chance(75) else self._any(), values, lines)

    def drug(self) -> None:
        lines = []
        rare = bool(self.one.rare) and self.draw.chance(50)
        high = 90000000 if rare else 40000000
        for line in self._lines(self._amount(100000, high), kinds=("western_drug",)):
            line["drug_channel"] = self.draw.choice(["rare_disease" if rare else "special_drug"] * 9 + ["negotiated"])
            line["item_code"] = self.draw.choice([*self.one.special * 8, "TY001", "TY009"])
            line["disease_code"] = self.draw.choice([*self.one.rare * 4, "gaucher", None])
            lines.append(line)
        benefit = self.draw.choice(["special_drug", "rare_disease", None, None])
        values = {"care_type": self.draw.choice(["outpatient", "pharmacy"]), "benefit": benefit}
        values["started_on"] = self._day()
        if self.draw.chance(20):
            values = self._stay_days() | {"benefit": benefit}
        provider = self._able("rare_disease") if self.draw.chance(92) else self._any()
        self._claim(provider, values, lines + (self._lines(self._amount(1000, 90000)) if self.draw.chance(30) else []))

    def care_and_more(self) -> None:
        """Care, and a visit, a stay or a chronic visit on one of its days, settled before or after it."""
        begin = self._day()
        self.care(begin, 6)
        day = begin + timedelta(days=self.draw.randint(0, 3))
        other = self.draw.choice(["visit", "visit", "visit", "stay", "chronic" if self.one.chronic else "stay"])
        if other == "visit":
            self.outpatient(started_on=day)
        elif other == "stay":
            self.stay(started_on=day - timedelta(days=2), ended_on=day + timedelta(days=self.draw.randint(0, 4)))
        else:
            self.one.anchors.append(day)
            self.chronic()

    def care(self, begin: date | None = None, days: int | None = None) -> None:
        service = self.draw.choice(["home", "institution"] * 2 + ["medical"] * 5 + [None])
        service = service or self.draw.choice(["home", None])
        begin, length = begin or self._day(), days or self.draw.randint(1, 12)
        values = {
            "care_type": "ltc",
            "benefit": self.draw.choice([None, "ltc"]),
            "ltc_service": service,
            "started_on": begin,
            "ended_on": begin + timedelta(days=length - 1),
        }
        lines = []
        for number in range(length):
            line = self._line(self.draw.choice([2500, 3000, 3001, 4500, 10000, 33333]), ("ltc_service",))
            lines.append(line | {"service_date": begin + timedelta(days=number // self.draw.choice([1, 1, 2]))})
        provider = self._able(f"ltc_{service or 'home'}") if self.draw.chance(92) else self._any()
        self._claim(provider, values, lines)

    def delivery(self) -> None:
        values = self._stay_days() if self.draw.chance(95) else {"care_type": "outpatient", "started_on": self._day()}
        values |= self._birth() | {"maternity_case": "delivery", "benefit": self.draw.choice(["maternity", None])}
        values["has_concurrent_disease"] = self.draw.choice([None, None, None, False, True])
        provider = self._able("maternity") if self.draw.chance(75) else self._hospital()
        self._claim(provider, values, self._lines(self._amount(100000, 900000)))

    def abortion(self) -> None:
        values = self._stay_days() if self.draw.chance(60) else {"care_type": "outpatient", "started_on": self._day()}
        values |= {"maternity_case": "abortion", "benefit": self.draw.choice(["maternity", "family_planning", None])}
        values["gestational_days"] = self.draw.choice([None, None, None, 30, 55, 56, 83, 84, 111, 112, 259, 260, 280])
        values["employer_average_wage"] = self.draw.choice([None, "6000.00", "5678.90"])
        codes = [None, None, *SURGERY_LIMITS, *ABORTION_LIMITS]
        if values["gestational_days"] is None:
            codes = self.draw.choice([[None], [None, *ABORTION_LIMITS], codes])
        self._claim(self._hospital(), values, self._coded(codes, self._amount(10000, 400000)))

    def procedure(self) -> None:
        values = {"care_type": "outpatient", "started_on": self._day()}
        values = self._stay_days() if self.draw.chance(15) else values
        values["benefit"] = self.draw.choice([None, "family_planning"])
        values["maternity_case"] = self.draw.choice([None, "family_planning"])
        few = ("outpatient_abortion", "iud_insertion", "iud_removal", "outpatient_abortion_iud")
        codes = self.draw.choice([few, tuple(PROCEDURE_LIMITS), (*few, None)])
        self._claim(self._hospital(), values, self._coded(codes, self._amount(5000, 250000)))

    def prenatal(self) -> None:
        benefit = self.draw.choice(["maternity", "prenatal", "maternity", "ordinary"])
        case = self.draw.choice([None, "prenatal", None, "complication", "complication"])
        days = self._stay_days() if case == "complication" else {"care_type": "outpatient", "started_on": self._day()}
        values = days | {"benefit": benefit, "maternity_case": case}
        self._claim(self._hospital(), values, self._lines(self._amount(5000, 300000)))

    def injury(self) -> None:
        liable = ["traffic", "fight", "other_third_party", "unknown", "commuting", "work"]
        cause = self.draw.choice(["accident"] * 8 + liable)
        shares = [None, None, None, "0", "0.3"] if cause == "accident" else [None, "0.3", "0.3333", "0.5", "0.85", "1"]
        more = {"injury_cause": cause, "third_party_share": self.draw.choice(shares)}
        if self.draw.chance(45):
            self._claim(self._hospital(), self._stay_days() | more, self._lines(self._amount(50000, 12000000)))
        else:
            more["benefit"] = self.draw.choice([None, "accident", "ordinary", "chronic" if self.one.chronic else None])
            self.outpatient(5000, 250000, **more)

    def odd(self) -> None:
        benefit = self.draw.choice(["dual_channel", "pku", "prenatal", "accident", "ltc", "two_disease", "maternity"])
        self.outpatient(benefit=benefit, exclusion_code=self.draw.choice([None, None, *EXCLUSIONS]))

    # ---- parts of a claim

    def _claim(self, provider: Text, values: dict, lines: list[dict]) -> str:
        claim_id = f"{self.one.member_id}-{len(self.claims) + 1:02d}"
        values = self._disturb(values)
        self.claims.append(
            row(
                **{
                    "claim_id": claim_id,
                    "member_id": self.one.member_id,
                    "provider_id": provider["provider_id"],
                    "settled_at": self._settled_at(values).isoformat(),
                }
                | values
            )
        )
        for number, line in enumerate(lines, 1):
            self.lines.append(row(claim_id=claim_id, line_no=number, **self._dated(line, values)))
        return claim_id

    def _disturb(self, values: dict) -> dict:
        """Rare things that any claim may carry."""
        if self.draw.chance(1):
            values["exclusion_code"] = self.draw.choice(EXCLUSIONS)
        if self.draw.chance(3) and values["care_type"] != "ltc":
            values.setdefault("third_party_share", self.draw.choice(["0", "0.2", "0.3333"]))
        if self.draw.chance(4):
            own = "employee" if self.one.is_employee else "resident"
            values.setdefault("scheme", self.draw.choice([own, own, "employee", "resident"]))
        if self.draw.chance(8):
            values.setdefault("is_emergency", self.draw.choice([True, False]))
        if self.draw.chance(6):
            values = self._other_money(100000, 80) | values
        return values

    def _settled_at(self, values: dict) -> datetime:
        over = values.get("ended_on") or values["started_on"]
        known = [datetime.fromisoformat(claim["settled_at"] or "") for claim in self.claims]
        later = [moment for moment in known if moment.date() >= over]
        if later and self.draw.chance(15):
            return self.draw.choice(later)
        day = over + timedelta(days=self.draw.choice([0, 0, 0, 0, 0, 1, 3, 40]))
        return datetime.combine(day, time(self.draw.choice([9, 10, 15]), self.draw.choice([0, 0, 1, 30])))

    def _reverse(self) -> None:
        named = self.draw.choice(self.claims)
        copy = [line for line in self.lines if line["claim_id"] == named["claim_id"]]
        claim_id = f"{self.one.member_id}-R{len(self.claims) + 1}"
        settled_at = datetime.fromisoformat(named["settled_at"] or "") + timedelta(days=self.draw.choice([0, 1, 30]))
        again = {"claim_id": claim_id, "reverses_claim_id": named["claim_id"], "settled_at": settled_at.isoformat()}
        self.claims.append(named | again)
        self.lines += [line | {"claim_id": claim_id} for line in copy]

    def _stay_days(self) -> dict:
        begin = self._day()
        end = begin + timedelta(days=self.draw.choice([0, 1, 2, 5, 5, 8, 12, 30]))
        return {"care_type": "inpatient", "started_on": begin, "ended_on": end}

    def _day(self) -> date:
        if self.draw.chance(60):
            return self.draw.choice(self.one.anchors) + timedelta(days=self.draw.randint(-4, 9))
        if self.draw.chance(4):
            return self.draw.choice([date(2024, 12, 28), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)])
        if self.one.profile == "newborn" or self.draw.chance(40):
            return self.draw.choice(self.one.anchors) + timedelta(days=self.draw.randint(0, 60))
        return self.draw.day(date(2025, 1, 1), date(2026, 3, 31) if self.draw.chance(10) else date(2025, 12, 31))

    def _diagnosis(self) -> str | None:
        return self.draw.choice([None, "J18.9", "I63.9", "C50.9", "C34.1", "F20.0", "D12.0", "O14.1"])

    def _birth(self) -> dict:
        return {
            "delivery_mode": self.draw.choice([None, "vaginal", "caesarean_medical", "caesarean_elective"]),
            "is_difficult_labour": self.draw.choice([None, None, False, True]),
            "babies": self.draw.choice([None, 1, 1, 2, 3]),
            "birth_order": self.draw.choice([1, 1, 2, 2, 3, 3, 4, None]),
            "employer_average_wage": self.draw.choice([None, "6000.00", "5678.90", "8333.33"]),
        }

    def _other_money(self, scale: int, percent: int = 35) -> dict:
        if not self.draw.chance(percent):
            return {}
        names = self.draw.sample(["civil_servant_pay", "enterprise_pay", "other_pay"], self.draw.choice([1, 1, 2, 3]))
        return {name: yuan(self.draw.randint(1, max(2, scale // 10))) for name in names}

    # ---- where

    def _pick(self, fits) -> Text:
        return self.draw.choice([provider for provider in self.providers if fits(provider)])

    def _at_home(self, provider: Text) -> bool:
        return (provider["area_code"] or "").startswith("3708") and provider.get("is_designated") is None

    def _away(self, percent: int = 14) -> Text | None:
        if self.one.away and self.draw.chance(45):
            return self._pick(lambda provider: provider["area_code"] in self.one.away)
        if self.draw.chance(percent / 2):
            return self._pick(lambda provider: (provider["area_code"] or "").startswith(("3701", "3702")))
        return self._pick(lambda provider: not self._at_home(provider)) if self.draw.chance(percent / 5) else None

    def _hospital(self) -> Text:
        return self._away() or self._pick(lambda provider: self._at_home(provider) and provider["kind"] == "hospital")

    def _of_kind(self, kind: str) -> Text:
        return self._pick(lambda provider: provider["kind"] == kind and self._at_home(provider))

    def _primary(self) -> Text:
        return self._away() or self._pick(lambda provider: self._at_home(provider) and _is_primary(provider))

    def _any(self) -> Text:
        return self._away() or self._pick(self._at_home)

    def _able(self, capability: str) -> Text:
        able = [p for p in self.providers if capability in (p.get("capabilities") or "") and self._at_home(p)]
        return self.draw.choice(able) if able else self._any()

    # ---- lines

    def _amount(self, low: int, high: int) -> int:
        """Fen; some at the limits of the page."""
        if self.draw.chance(12):
            return self.draw.choice(EDGES)
        amount = self.draw.randint(low, high)
        return amount if self.draw.chance(70) else max(100, amount // 10000 * 10000)

    def _lines(self, total: int, kinds: tuple[str, ...] = DRUG_KINDS + OTHER_KINDS) -> list[dict]:
        """Lines that add up to the total."""
        parts = self.draw.choice([1, 1, 2, 3, 4]) if total >= 100 else 1
        cuts = sorted(self.draw.randint(0, total) for _ in range(parts - 1))
        amounts = [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]
        return [self._line(amount, kinds) for amount in amounts]

    def _coded(self, codes, total: int) -> list[dict]:
        return [line | {"procedure_code": self.draw.choice(codes)} for line in self._lines(total, ("service",))]

    def _line(self, amount: int, kinds: tuple[str, ...]) -> dict:
        line: dict = {"item_kind": self.draw.choice(kinds), "amount": yuan(amount)}
        line["catalogue_class"] = self.draw.choice("AAAAAABBBC")
        if line["catalogue_class"] == "B" or self.draw.chance(5):
            line["self_pay_rate"] = self.draw.choice(["0", "0.05", "0.1", "0.2", "0.3", "0.1234", "1", None])
        if self.draw.chance(8):
            line |= {"quantity": self.draw.choice(["1", "2", "3.5", "0.3333", None]), "unit_price": None}
            line["limit_price"] = self.draw.choice([None, *[yuan(self.draw.randint(0, max(1, amount)))] * 5])
        if self.draw.chance(4):
            line["over_limit_amount"] = yuan(self.draw.randint(0, amount + 100))
        if line["item_kind"].startswith("tcm"):
            line["is_approved"] = self.draw.choice([None, True, False])
        if self.draw.chance(1.5):
            line["exclusion_code"] = self.draw.choice(EXCLUSIONS)
        if self.draw.chance(1):
            line["drug_channel"] = self.draw.choice(["special_drug", "rare_disease", "negotiated", "dual_channel"])
        return line

    def _dated(self, line: dict, values: dict) -> dict:
        """A day of service for some lines: of the stay, and now and then elsewhere."""
        if line.get("service_date") or not self.draw.chance(45 if values["care_type"] == "inpatient" else 10):
            return line
        begin, end = values["started_on"], values.get("ended_on") or values["started_on"]
        day = self.draw.day(begin, end) if self.draw.chance(90) else begin + timedelta(days=self.draw.randint(-40, 40))
        return line | {"service_date": day}


def _is_primary(provider: Text) -> bool:
    in_kind = provider["kind"] in MEDICAL_INSTITUTIONS
    return in_kind and (provider["kind"] != "hospital" or provider["level"] in (None, "1"))


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"
