"""The waterfall of a pool: portions in settlement order through the steps of their programme, year after year where years depend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.facts import establish
from transforms.frames import Frames
from transforms.order import Whole, numbered, ordered, within
from transforms.plan import RESULTS, Counter, Plan, Programme
from transforms.waves import CounterState, ProgrammeRows, run_waves, terms_of

__all__ = ["SettlingError", "Waterfall"]


class SettlingError(Exception):
    """A term that a step needs is unknown for a claim: the policy has no row for it."""


class Waterfall:
    """Runs the programmes of a plan over the portions of the frames and keeps what the steps made."""

    def __init__(self, frames: Frames, plan: Plan) -> None:
        self.frames = frames
        self.plan = plan
        self.done: list[ProgrammeRows] = []
        self.portion_of: list[Whole] = []
        self._number_units()
        self.key_ids = {counter.name: self._key_ids(counter) for counter in plan.counters}
        self.states = {counter.name: self._state(counter) for counter in plan.counters}

    def run(self) -> None:
        """Settle every portion; raises SettlingError where a policy table has no row for a claim."""
        if not self.plan.late:
            self._run_part()
            return
        portions = self.frames.frame["portion"]
        members = portions["@member"].to_numpy()
        for year in sorted(portions["settlement_year"].unique().to_list()):
            self.frames.frame["portion"] = portions.filter(pl.col("settlement_year") == year)
            for name in _names(self.plan):
                for level in ("year", "portion"):
                    if name in self.frames.frame[level].columns:
                        self.frames.frame[level] = self.frames.frame[level].drop(name)
            establish(self.frames, self.plan.late)
            first = len(self.done)
            self._run_part()
            self._post_year(year, first, members)
        self.frames.frame["portion"] = portions

    def results(self) -> list[pl.Series]:
        """Every result column in the order of the portions, closings included."""
        totals = {name: np.zeros(self.frames.frame["portion"].height, np.int64) for name in RESULTS}
        for rows, portions in zip(self.done, self.portion_of, strict=True):
            for name, amounts in rows.results.items():
                totals[name][portions] += amounts
        return [pl.Series(name, amounts) for name, amounts in totals.items()]

    def _number_units(self) -> None:
        self.frames.need("portion", ["@member", "settlement_year"])
        portions = self.frames.frame["portion"]
        unit = numbered(portions["@member"].to_numpy(), portions["settlement_year"].to_numpy())
        self.frames.frame["portion"] = portions.with_columns(
            (pl.col("@claim") != pl.col("@claim").shift(-1)).fill_null(True).alias("@last"),
            pl.Series("@unit", unit), pl.Series("@wave", within(unit)),
        )  # fmt: skip

    def _key_ids(self, counter: Counter) -> str:
        """Name of the portion column with the dense number of the counter's key."""
        if counter.per == "claim" and not counter.keys:
            return "@claim"
        if counter.per == "member" and not counter.keys:
            return "@member"
        if not counter.keys:
            return "@unit"
        owner = {"claim": "@claim", "member": "@member", "year": "@unit"}[counter.per]
        column = "@key " + " ".join((owner, *counter.keys))
        self.frames.need("portion", [*counter.keys])
        frame = self.frames.frame["portion"]
        if column not in frame.columns:
            keys = [frame[owner], *(_coded(frame[key]) for key in counter.keys)]
            self.frames.put("portion", [pl.Series(column, numbered(*(key.to_numpy() for key in keys)))])
        return column

    def _state(self, counter: Counter) -> CounterState:
        greatest = self.frames.frame["portion"][self.key_ids[counter.name]].max()
        size = 0 if greatest is None else int(greatest) + 1  # type: ignore[arg-type]
        return CounterState(counter, np.zeros(size, np.int64), np.full(size, -1, np.int64), np.zeros(size, np.bool_))

    def _run_part(self) -> None:
        self.frames.need("portion", [p.when for p in self.plan.programmes if p.when is not None])
        batch = []
        for programme in sorted(self.plan.programmes, key=lambda programme: programme.closing):
            mine = pl.col("policy") == programme.policy
            mine &= pl.col("@last") if programme.closing else pl.col("programme") == programme.name
            if programme.when is not None:
                mine &= pl.col(programme.when)
            places = self.frames.frame["portion"].select(mine.arg_true()).to_series()
            if places.len():
                batch.append(self._rows(programme, places.to_numpy()))
        run_waves([rows for rows, _ in batch], self.states)
        self.done += [rows for rows, _ in batch]
        self.portion_of += [portion for _, portion in batch]

    def _rows(self, programme: Programme, places: NDArray[np.uint32]) -> tuple[ProgrammeRows, Whole]:
        """The portions at `places`, wave by wave, and their numbers."""
        names = sorted(terms_of(programme, self.plan.counters))
        self.frames.need("portion", names)
        portions = self.frames.frame["portion"]
        places = places[ordered(*(portions[name].to_numpy()[places] for name in ("@wave", "@unit")))]
        counters = [counter for counter in self.plan.counters if counter.policy in (None, programme.policy)]
        numbers = {self.key_ids[counter.name] for counter in counters}
        chosen = portions.select(sorted({*names, *numbers, "@wave", "@portion", "@claim"}))[places]
        self._refuse_unknown(programme, chosen, names)
        own = {number: chosen[number].cast(pl.Int64).to_numpy() for number in numbers}
        keys = {counter.name: own[self.key_ids[counter.name]] for counter in counters}
        terms = {name: chosen[name].to_numpy() for name in names}
        settled = ProgrammeRows(programme, chosen["@wave"].to_numpy(), terms, keys)
        return settled, chosen["@portion"].cast(pl.Int64).to_numpy()

    def _refuse_unknown(self, programme: Programme, rows: pl.DataFrame, names: Iterable[str]) -> None:
        for name in names:
            if rows[name].null_count():
                claim = self.frames.frame["claim"]["claim.claim_id"][rows.filter(pl.col(name).is_null())["@claim"][0]]
                raise SettlingError(
                    f"Policy {programme.policy} gives no value for `{name}` of claim {claim} ({programme.name}): "
                    f"add the missing row to the policy file."
                )

    def _post_year(self, year: int, first: int, members: Whole) -> None:
        """What the portions of the year were paid, for the facts of later years; `members` are those of all portions."""
        years = self.frames.frame["year"]
        here = pl.col("year.number") == year
        for name in ("basic_pay", "critical_illness_pay"):
            paid = np.zeros(self.frames.frame["member"].height, np.int64)
            for rows, portions in zip(self.done[first:], self.portion_of[first:], strict=True):
                if name in rows.results:
                    np.add.at(paid, members[portions], rows.results[name])
            of_row = pl.lit(pl.Series(paid[years["@member"].to_numpy()]))
            years = years.with_columns(pl.when(here).then(of_row).otherwise(f"year.{name}").alias(f"year.{name}"))
        self.frames.frame["year"] = years


def _coded(key: pl.Series) -> pl.Series:
    """A number for each value of a key, whatever its type; an unknown value is one of its own."""
    return key.rank("dense").cast(pl.Int64).fill_null(0)


def _names(plan: Plan) -> Sequence[str]:
    return [name for node in plan.late for name in ([node.name] if hasattr(node, "name") else [])]
