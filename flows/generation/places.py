"""Providers of a pool and of the places where its members go, and the choice among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.generation.draws import Indexes, choices, weighted
from flows.generation.population import Group, Population
from schemas import TABLES

__all__ = ["Providers", "draw_providers"]

_ELSEWHERE_IN_POOL = 0.12  # visits to another county of the pool
_NUMBERS = "一二三四五六七八九"


@dataclass(frozen=True)
class Providers:
    """The rows, and for each group of providers where those of a county stand: first row and number of rows."""

    frame: pl.DataFrame
    first: dict[str, Indexes]
    count: dict[str, Indexes]
    away_weights: list[float]
    away_places: tuple[str, ...]
    away_first: int
    away_groups: int

    @property
    def levels(self) -> Indexes:
        """Charging level of each row, 0 where it has none."""
        return self.frame["level"].fill_null(0).to_numpy().astype(np.int64)

    def choose(self, rng: np.random.Generator, at: dict[str, float], county: Indexes) -> Indexes:
        """A row for each visit: a group by weight, most often in the county of the member, else in the whole pool."""
        found = np.empty(len(county), dtype=np.int64)
        group = weighted(rng, list(at.values()), len(county))
        travels = rng.random(len(county)) < _ELSEWHERE_IN_POOL
        for number, name in enumerate(at):
            here = group == number
            first, count = self.first[name], self.count[name]
            place = np.where(travels[here] | (count[county[here]] == 0), len(first) - 1, county[here])
            found[here] = first[place] + (rng.random(place.size) * count[place]).astype(np.int64)
        return found

    def choose_away(self, rng: np.random.Generator, place: Indexes) -> Indexes:
        """A row in each place outside the pool."""
        return self.away_first + place * self.away_groups + rng.integers(self.away_groups, size=len(place))


def draw_providers(population: Population, members: int, rng: np.random.Generator) -> Providers:
    """Providers for so many members; every group exists."""
    rows: list[pl.DataFrame] = []
    first, count = {}, {}
    total = 0
    here = {name: group for name, group in population.providers.items() if not group.away}
    for name, group in here.items():
        counties = _counties(population, group, members, rng)
        number = np.bincount(counties, minlength=len(population.counties))
        first[name] = total + np.append(np.cumsum(number) - number, 0)
        count[name] = np.append(number, len(counties))
        rows.append(_rows(population, group, counties, total))
        total += len(counties)
    away = [group for group in population.providers.values() if group.away]
    rows += [_away_rows(population, away, total)]
    frame = pl.concat(rows).select(TABLES["providers"].names)
    weights = [place.weight for place in population.elsewhere.values()]
    return Providers(frame, first, count, weights, tuple(population.elsewhere), total, len(away))


def _counties(population: Population, group: Group, members: int, rng: np.random.Generator) -> Indexes:
    """The county of each provider of a group, in order; large groups reach every county."""
    number = max(group.least, len(group.names), round(group.per_100k * members / 100_000))
    every = min(number, len(population.counties)) if number >= len(population.counties) else 0
    rest = weighted(rng, [place.weight for place in population.counties.values()], number - every)
    return np.sort(np.concatenate([np.arange(every), rest]))


def _rows(population: Population, group: Group, counties: Indexes, total: int) -> pl.DataFrame:
    codes, places = list(population.counties), list(population.counties.values())
    seen = np.arange(len(counties)) - np.searchsorted(counties, counties)
    named = [
        group.names[n] if n < len(group.names) else f"{places[county].name}{_ordinal(nth)}{group.name}"
        for n, (county, nth) in enumerate(zip(counties, seen, strict=True))
    ]
    return _frame(population.pool, group, [codes[county] for county in counties], named, total)


def _away_rows(population: Population, groups: list[Group], total: int) -> pl.DataFrame:
    rows: list[pl.DataFrame] = []
    for code, place in population.elsewhere.items():
        for group in groups:
            rows.append(_frame(population.pool, group, [code], [f"{place.name}{group.name}"], total + len(rows)))
    return pl.concat(rows)


def _frame(pool: str, group: Group, areas: list[str], names: list[str], total: int) -> pl.DataFrame:
    prefix = "P" if group.kind == "pharmacy" else "H"
    ids = [f"{prefix}{area}{pool[:4] if group.away else ''}{total + number:05d}" for number, area in enumerate(areas)]
    table = TABLES["providers"]
    given = choices(np.random.default_rng(0), "providers", group.columns, len(areas))
    return pl.DataFrame(
        {"provider_id": ids, "name": names, "kind": [group.kind] * len(ids), "area_code": areas} | given,
        schema_overrides={"provider_id": pl.String},
    ).select(
        *(_column(name, given, group, table.frame_schema()[name]) for name in table.names),
    )


def _column(name: str, given: dict[str, pl.Series], group: Group, dtype: pl.DataType) -> pl.Expr:
    if name in ("provider_id", "name", "kind", "area_code") or name in given:
        return pl.col(name)
    if name == "level":
        return pl.lit(group.level, dtype=pl.Int64).alias(name)
    if name == "capabilities":
        return pl.lit(list(group.capabilities), dtype=dtype).alias(name)
    return pl.lit(name == "is_designated" or None, dtype=dtype).alias(name)


def _ordinal(nth: int) -> str:
    """Nothing for the first, 第二 for the second, then numbers."""
    if nth == 0:
        return ""
    return f"第{_NUMBERS[nth]}" if nth < len(_NUMBERS) else f"第{nth + 1}"
