"""The figures from which synthetic deliveries of a pool are drawn, read from data and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

__all__ = [
    "Bill",
    "Group",
    "Place",
    "Population",
    "PopulationError",
    "Registration",
    "Share",
    "Slot",
    "Use",
    "known_pools",
    "read_population",
]

EVERYWHERE = Path(__file__).with_name("everywhere.yaml")
FILE = "population.yaml"
Weights = dict[str, float]
Given = dict[str, Any]
"""Columns with a value, or with several values and their weights."""


class PopulationError(Exception):
    """The figures of a pool are missing or cannot be used; the sentence says which."""


class _Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Figures):
    """A county of the pool, or a place outside it where members are treated, with its share."""

    name: str
    weight: float = 1.0


class Group(_Figures):
    """Providers of one kind: `per_100k` members, at least `least`; `names` are those of single ones."""

    kind: str
    name: str
    level: int | None = None
    per_100k: float = 1.0
    least: int = 1
    names: tuple[str, ...] = ()
    columns: Given = {}
    capabilities: tuple[str, ...] = ()
    away: bool = False


class Share(_Figures):
    """Part of the members: by age, sex and scheme."""

    share: float = 1.0
    ages: tuple[int, int] = (0, 120)
    sex: str | None = None
    schemes: tuple[str, ...] = ("resident", "employee")


class Status(Share):
    """A status of persons; `ends`: the share whose status ended within the year."""

    status: str
    ends: float = 0.0


class Registration(_Figures):
    """A recognition. `renewed`: begins on 1 January; `bound`: names its provider, where the person is then treated."""

    programme: str
    code: str
    renewed: bool = False
    bound: bool = False
    recognised_at: str | None = None
    columns: Given = {}


class Use(Share):
    """A way in which members use care: who, how often (`visits` a year, gamma-distributed with shape `spread`), where."""

    visits: float
    spread: float = 0.0
    steady: bool = False
    care: Weights
    benefit: str | None = None
    disease: str | None = None
    registration: Registration | None = None
    diagnoses: Weights = {}
    at: Weights
    away: float = 0.0
    filed: float = 0.75
    days: float = 0.0
    bill: str
    scale: float = 1.0
    columns: Given = {}
    given_basic_pay: float = 0.0


class Slot(_Figures):
    """A kind of fee line: median price in yuan, spread of its logarithm, most pieces, shares of catalogue classes."""

    item: str
    code: str | None = None
    kind: str
    weight: float = 1.0
    yuan: float
    spread: float = 0.5
    pieces: int = 1
    classes: Weights = {"A": 1.0}
    columns: Given = {}


class Bill(_Figures):
    """The lines of a claim: their mean number, the most there may be, what they are."""

    lines: float
    most: int
    slots: tuple[Slot, ...]


class Population(_Figures):
    """A pool: its places, people, providers and how care is used. Shares are 0..1."""

    pool: str
    title: str
    counties: dict[str, Place]
    elsewhere: dict[str, Place]
    ages: tuple[float, ...]
    employees: float = 0.0
    born_this_year: float = 0.6
    dies: float = 0.006
    paid_from: str = "09-05"
    paid_to: str = "12-24"
    late_payers: float = 0.015
    lives_elsewhere: float = 0.01
    reversed: float = 0.0005
    visit_before_stay: float = 0.05
    self_pay_rates: dict[str, float] = {}
    statuses: tuple[Status, ...] = ()
    providers: dict[str, Group]
    bills: dict[str, Bill]
    care: dict[str, Use]

    @model_validator(mode="after")
    def _names_exist(self) -> Population:
        for name, use in self.care.items():
            recogniser = use.registration.recognised_at if use.registration else None
            groups = {*use.at, *([recogniser] if recogniser else [])}
            lost = sorted(groups - set(self.providers)) + sorted({use.bill} - set(self.bills))
            if lost:
                raise ValueError(
                    f"care {name} names {', '.join(lost)}, which is neither a group of providers nor a bill"
                )
        if not any(group.away for group in self.providers.values()):
            raise ValueError("no group of providers is `away`")
        return self


def known_pools(policies: Path) -> dict[str, Path]:
    """The files of figures by pool."""
    found = {}
    for file in sorted(policies.rglob(FILE)):
        found[str(_content(file).get("pool"))] = file
    return found


def read_population(pool: str, policies: Path) -> Population:
    """The figures of a pool: those of everywhere with what the pool says otherwise. Raises PopulationError."""
    files = known_pools(policies)
    if pool not in files:
        raise PopulationError(f"There are no figures for the pool {pool}; there are those of {', '.join(files)}.")
    merged = _merged(_content(EVERYWHERE), _content(files[pool]))
    try:
        return Population.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PopulationError(f"{files[pool]}: {place}: {first['msg']}") from None


def _content(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise PopulationError(f"{file} cannot be read: {error}") from None
    return dict(found)


def _merged(below: Any, above: Any) -> Any:
    """Mappings are joined, everything else is replaced; an entry that is null is left out."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    joined = {key: _merged(below.get(key), above[key]) if key in above else below[key] for key in {**below, **above}}
    return {key: value for key, value in joined.items() if value is not None}
