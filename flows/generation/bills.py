"""The fee lines of claims, drawn from the bills of a population."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import polars as pl

from flows.generation.draws import Indexes, Numbers, choices, positions
from flows.generation.population import Bill, Population
from schemas import TABLES

__all__ = ["Bills"]

_LEVEL_PRICE = np.array([0.75, 0.65, 0.9, 1.3])
_SEVERITY = 0.35
_CEILING = 0.08  # lines with a price limit
_ROW_COLUMNS = ("is_oncology", "was_regular_class_b", "drug_channel", "procedure_code")


class Bills:
    """All kinds of lines of a population under each other, with the weights of their bill."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._names = list(population.bills)
        self._bills: list[Bill] = list(population.bills.values())
        self._slots = [slot for bill in self._bills for slot in bill.slots]
        uses = list(population.care.values())
        self._bill_of_use = np.array([self._names.index(use.bill) for use in uses])
        self._scale_of_use = np.array([use.scale for use in uses])
        self._on_lines = np.array([use.disease == "lines" for use in uses])

    @cached_property
    def _bounds(self) -> Numbers:
        """Bill n takes the slots whose bounds lie in (n, n + 1]."""
        shares = []
        for number, bill in enumerate(self._bills):
            weights = np.cumsum([slot.weight for slot in bill.slots])
            shares.append(number + weights / weights[-1])
        return np.concatenate(shares)

    @cached_property
    def _table(self) -> pl.DataFrame:
        """What is fixed for a kind of line."""
        rng = np.random.default_rng(0)
        rows = []
        for slot in self._slots:
            given = choices(rng, "fee_lines", slot.columns, 1)
            named = {"item_code": slot.code, "item_name": slot.item, "item_kind": slot.kind}
            rows.append(pl.DataFrame(named | given, schema_overrides={"item_code": pl.String}))
        schema = TABLES["fee_lines"].frame_schema()
        table = pl.concat(rows, how="diagonal")
        absent = [pl.lit(None, schema[name]).alias(name) for name in _ROW_COLUMNS if name not in table.columns]
        return table.with_columns(absent).select("item_code", "item_name", "item_kind", *_ROW_COLUMNS)

    def draw(self, claims: pl.DataFrame, level: Indexes, rng: np.random.Generator) -> pl.DataFrame:
        """Lines of `claims` (columns `use`, `start`, `end`, `disease`, `care_type`) in their order; `claim` is the row."""
        use = claims["use"].to_numpy()
        bill = self._bill_of_use[use]
        most = np.array([bill.most for bill in self._bills])[bill]
        mean = np.array([bill.lines for bill in self._bills])[bill]
        counts = np.minimum(most, 1 + rng.poisson(mean - 1))
        claim = np.repeat(np.arange(claims.height), counts)
        slot = np.searchsorted(self._bounds, bill[claim] + rng.random(claim.size), side="left").clip(
            max=len(self._slots) - 1
        )
        factor = self._scale_of_use[use] * _LEVEL_PRICE[level] * np.exp(_SEVERITY * rng.standard_normal(claims.height))
        lines = self._table[slot].with_columns(
            claim=pl.Series(claim), line_no=pl.Series(positions(counts) + 1), **self._money(slot, factor[claim], rng)
        )
        lines = lines.with_columns(catalogue_class=self._classes(slot, rng))
        return lines.with_columns(
            self._limit(lines, rng), self._rate(), self._service_day(claims, claim, rng), self._disease(claims, claim)
        )

    def _money(self, slot: Indexes, factor: Numbers, rng: np.random.Generator) -> dict[str, pl.Series]:
        """Unit price in fen, pieces in ten-thousandths, and their product."""
        median = np.array([slot.yuan for slot in self._slots]) * 100
        spread = np.array([slot.spread for slot in self._slots])
        pieces = np.array([slot.pieces for slot in self._slots])
        drawn = median[slot] * factor * np.exp(spread[slot] * rng.standard_normal(slot.size))
        price = np.maximum(1, np.rint(drawn)).astype(np.int64)
        number = 1 + (rng.random(slot.size) * pieces[slot]).astype(np.int64)
        named = {"unit_price": price, "quantity": number * 10_000, "amount": price * number}
        return {name: pl.Series(name, values, dtype=pl.Int64) for name, values in named.items()}

    def _classes(self, slot: Indexes, rng: np.random.Generator) -> pl.Series:
        shares = np.array([[kind.classes.get(name, 0) for name in "ABC"] for kind in self._slots])
        bounds = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)[:, :2]
        drawn = rng.random(slot.size)
        number = (drawn >= bounds[slot, 0]).astype(np.int64) + (drawn >= bounds[slot, 1])
        return pl.Series("catalogue_class", ["A", "B", "C"]).gather(number)

    def _limit(self, lines: pl.DataFrame, rng: np.random.Generator) -> pl.Expr:
        limited = pl.Series(rng.random(lines.height) < _CEILING)
        share = pl.Series(rng.integers(80, 121, lines.height), dtype=pl.Int64)
        limit = (pl.col("unit_price") * share // 100).clip(lower_bound=1)
        return (
            pl.when(limited & pl.col("item_kind").is_in(["western_drug", "material_imported", "bed"]))
            .then(limit)
            .alias("limit_price")
        )

    def _rate(self) -> pl.Expr:
        """The shares that the pool's catalogue gives for class B; elsewhere they are left to the policy."""
        rates = {kind: round(rate * 10_000) for kind, rate in self._population.self_pay_rates.items()}
        given = pl.col("item_kind").replace_strict(rates, default=1000 if rates else None, return_dtype=pl.Int64)
        return pl.when(pl.col("catalogue_class") == "B").then(given).alias("self_pay_rate")

    def _service_day(self, claims: pl.DataFrame, claim: Indexes, rng: np.random.Generator) -> pl.Series:
        """A day of the stay; visits leave it to the day of the claim."""
        start, end = claims["start"].to_numpy()[claim], claims["end"].to_numpy()[claim]
        day = pl.Series(start + (rng.random(claim.size) * (end - start + 1)).astype(np.int64), dtype=pl.Int32)
        is_long = pl.Series(end > start)
        return pl.select(pl.when(is_long).then(day).cast(pl.Date).alias("service_date")).to_series()

    def _disease(self, claims: pl.DataFrame, claim: Indexes) -> pl.Series:
        on_lines = pl.Series(self._on_lines[claims["use"].to_numpy()])
        disease = pl.select(pl.when(on_lines).then(claims["disease"])).to_series()
        return disease.gather(claim).alias("disease_code")
