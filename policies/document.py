"""The shape of a policy file: what may stand where. Every figure is a parameter with a unit, a rule and the quoted sentence."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

__all__ = [
    "WRITTEN_AS", "Bracket", "Case", "Change", "CheckEntry", "CounterEntry", "FactEntry", "NoteEntry", "Parameter", "PolicyDocument",
    "ProgrammeEntry", "Source", "StepEntry", "Unit",
]  # fmt: skip

Unit = Literal[
    "yuan",
    "percent",
    "points",
    "days",
    "months",
    "years",
    "date",
    "month_day",
    "count",
    "code",
    "codes",
    "area",
    "brackets",
    "factor",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


class Source(_Strict):
    """The document that the figures and quotes of a policy come from."""

    title: str
    file: str
    issued: str | None = None


class Bracket(_Strict):
    """A band of a cumulative amount: (above, to] in yuan and the share of it that is paid."""

    above: str
    to: str | None = None
    pay: str


class Change(_Strict):
    """A dated amendment of a parameter: it names only what changed."""

    from_: date = Field(alias="from")
    known_from: date | None = None
    value: Any = None
    codes: list[str] | None = None
    table: list[dict[str, Any]] | None = None
    brackets: list[Bracket] | None = None
    rule: str | None = None
    quote: str


class Parameter(_Strict):
    """A figure or list of the law: one value, a list of codes, a table by facts (first matching row wins) or brackets."""

    rule: str
    unit: Unit
    quote: str
    value: Any = None
    codes: list[str] | None = None
    by: list[str] | None = None
    table: list[dict[str, Any]] | None = None
    brackets: list[Bracket] | None = None
    domain: dict[str, list[Any]] | None = None
    about: str | None = None
    known_from: date | None = None
    changes: list[Change] = []

    @model_validator(mode="after")
    def _one_form(self) -> Parameter:
        given = [name for name in ("value", "codes", "table", "brackets") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of value, codes, table or brackets")
        if (self.table is not None) != (self.by is not None):
            raise ValueError("a table needs `by`, the facts it depends on, and `by` needs a table")
        return self


class Case(_Strict):
    """A row of `first`: when the condition holds the fact is the code (`is`) or the value of the formula (`then`)."""

    when: str | None = None
    is_: Any = Field(default=None, alias="is")
    then: str | None = None
    otherwise: str | None = None
    rule: str | None = None

    @model_validator(mode="after")
    def _one_value(self) -> Case:
        if len(self.model_fields_set & {"is_", "then", "otherwise"}) != 1:
            raise ValueError("a case says what the fact is: either `is`, a code, or `then`, a formula")
        return self


class FactEntry(_Strict):
    """A named column: a formula, or the first case that holds."""

    formula: str | None = None
    first: list[Case] | None = None
    kind: Literal["flag", "text", "date", "money", "number"] | None = None
    rule: str | None = None
    about: str | None = None

    @model_validator(mode="after")
    def _formula_or_cases(self) -> FactEntry:
        if (self.formula is None) == (self.first is None):
            raise ValueError("a fact is a `formula` or a list of cases (`first`)")
        return self


class CheckEntry(_Strict):
    """A fact that refuses a claim. `each` repeats the check for every code of a list, written `{}` in `reason` and `each` in `when`."""

    reason: str | None = None
    reasons_of: Literal["claim", "line", "charge"] | None = None
    value: str | None = None
    by: str | None = None
    each: str | None = None
    when: str
    outcome: Literal["denied", "pended"]
    stage: int = 1
    later: bool = False
    rule: str | None = None

    @model_validator(mode="after")
    def _one_reason(self) -> CheckEntry:
        if (self.reason is None) == (self.reasons_of is None):
            raise ValueError("give either `reason` or `reasons_of` with `value`")
        return self


class CounterEntry(_Strict):
    """A running total, each benefit year anew unless said otherwise."""

    per: Literal["year", "claim", "member"] = "year"
    by: list[str] = []
    keeps: Literal["sum", "greatest"] = "sum"
    shared: bool = False
    unit: Literal["yuan", "count"] = "yuan"
    about: str | None = None


class StepEntry(_Strict):
    """A line of a waterfall, or `use`: a named list of steps put in its place."""

    use: str | None = None
    step: str | None = None
    amount: str | None = None
    when: str | None = None
    within: dict[str, str] = {}
    counts: list[str] = []
    into: str | None = None
    base: str | None = None
    parameter: str | None = None
    rule: str | None = None
    unit: Literal["yuan", "count"] = "yuan"

    @model_validator(mode="after")
    def _step_or_use(self) -> StepEntry:
        if (self.use is None) == (self.step is None) or (self.step is not None and self.amount is None):
            raise ValueError("a step has a name (`step`) and an `amount`, or is `use: NAME`")
        return self


class ProgrammeEntry(_Strict):
    """The steps of the portions of a benefit; `closing` steps run once a claim after its portions, `when` says for which claims."""

    benefit: str | None = None
    always: str | None = None
    closing: bool = False
    when: str | None = None
    steps: list[StepEntry]
    about: str | None = None

    @model_validator(mode="after")
    def _closing_when(self) -> ProgrammeEntry:
        if self.when is not None and not self.closing:
            raise ValueError("`when` stands in a closing programme; other programmes take the charges sent to them")
        return self


class NoteEntry(_Strict):
    """A code on paid claims that moves no money."""

    note: str
    when: str
    rule: str | None = None


#: How an entry that may be written in two ways is written; no key of a file, and left out of the paths of faults.
WRITTEN_AS = ("as a formula", "as a mapping", "as a list", "as a file")


def _written_as(value: Any) -> str:
    return "as a mapping" if isinstance(value, dict | FactEntry) else "as a formula"


def _steps_written_as(value: Any) -> str:
    return "as a list" if isinstance(value, list) else "as a file"


Facts = dict[
    str,
    Annotated[
        Annotated[str, Tag("as a formula")] | Annotated[FactEntry, Tag("as a mapping")], Discriminator(_written_as)
    ],
]
NamedSteps = Annotated[
    Annotated[list[StepEntry], Tag("as a list")] | Annotated[str, Tag("as a file")], Discriminator(_steps_written_as)
]


class PolicyDocument(_Strict):
    """A policy file, or a part of one that others include (without `policy`)."""

    policy: str | None = None
    pool: str | None = None
    scheme: Literal["resident", "employee"] | None = None
    source: Source | None = None
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    reopen_limit: str | None = None
    account_in_fund_total: bool = False
    include: list[str] = []
    rules: dict[str, str] = {}
    parameters: dict[str, Parameter] = {}
    functions: dict[str, str] = {}
    enrolment: Facts = {}
    year: Facts = {}
    registration: Facts = {}
    filing: Facts = {}
    chooses_enrolment_among: str | None = None
    chooses_enrolment_by: list[str] = []
    claim: Facts = {}
    line: Facts = {}
    charge: Facts = {}
    portion: Facts = {}
    iterate: list[list[str]] = []
    checks: list[CheckEntry] = []
    counters: dict[str, CounterEntry] = {}
    steps: dict[str, NamedSteps] = {}
    programmes: dict[str, ProgrammeEntry] = {}
    notes: list[NoteEntry] = []
