"""Waves: the k-th portion of every member-year at once, so that what is left of a limit is exact and nothing loops over rows.

Portions are sorted by (wave, programme, member-year). Within a wave a member-year occurs once, so its counters can be read,
used and written back for all member-years together; the number of waves is that of the busiest member-year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from transforms.arithmetic import Fen
from transforms.formula import columns_of
from transforms.plan import RESULTS, Counter, Programme, Step, trees_of_step
from transforms.wave_formula import WaveFormula, wave_formula

__all__ = ["CounterState", "ProgrammeRows", "run_waves", "terms_of"]


@dataclass
class CounterState:
    """A running total for every key that occurs, and the limit it was last held against (-1: none)."""

    counter: Counter
    used: Fen
    limit: Fen
    touched: NDArray[np.bool_]


@dataclass
class ProgrammeRows:
    """The portions of one programme in wave order: their terms, their counter keys, and what the steps made of them."""

    programme: Programme
    wave: NDArray[np.int64]
    terms: Mapping[str, NDArray]
    keys: Mapping[str, NDArray[np.int64]]
    amounts: list[Fen] = field(default_factory=list)
    before: list[Fen | None] = field(default_factory=list)
    base: list[Fen | None] = field(default_factory=list)
    parameter: list[Fen | None] = field(default_factory=list)
    results: dict[str, Fen] = field(default_factory=dict)


def terms_of(programme: Programme, counters: Sequence[Counter]) -> set[str]:
    """Names of the portion columns that the steps of a programme read."""
    own = {counter.name for counter in counters} | {step.name for step in programme.steps}
    trees = [tree for step in programme.steps for tree in trees_of_step(step)]
    return set().union(*(columns_of(tree) for tree in trees)) - own


def run_waves(programmes: Sequence[ProgrammeRows], states: Mapping[str, CounterState]) -> None:
    """Run every programme over its rows; `programmes` come in running order (closings last), `states` by counter name."""
    runs = [_Run(rows, states) for rows in programmes if len(rows.wave)]
    waves = max((int(run.rows.wave[-1]) + 1 for run in runs), default=0)
    edges = [np.searchsorted(run.rows.wave, np.arange(waves + 1)) for run in runs]
    for wave in range(waves):
        for run, edge in zip(runs, edges, strict=True):
            if edge[wave] < edge[wave + 1]:
                run.settle(slice(int(edge[wave]), int(edge[wave + 1])))


class _Run:
    """A programme compiled for its rows."""

    def __init__(self, rows: ProgrammeRows, states: Mapping[str, CounterState]) -> None:
        self.rows = rows
        self.states = states
        self.steps = [_CompiledStep(step) for step in rows.programme.steps]
        self.counters = sorted({name for step in self.steps for name in step.counters(states)})
        size = len(rows.wave)
        rows.amounts = [np.zeros(size, np.int64) for _ in self.steps]
        rows.before = [np.zeros(size, np.int64) if step.first_counter else None for step in self.steps]
        rows.base = [np.zeros(size, np.int64) if step.base else None for step in self.steps]
        rows.parameter = [np.zeros(size, np.int64) if step.parameter else None for step in self.steps]
        rows.results = {
            name: np.zeros(size, np.int64) for name in RESULTS if any(s.step.column == name for s in self.steps)
        }

    def settle(self, part: slice) -> None:
        env = {name: column[part] for name, column in self.rows.terms.items()}
        keys = {name: self.rows.keys[name][part] for name in self.counters}
        env |= {name: self.states[name].used[keys[name]] for name in self.counters}
        for number, step in enumerate(self.steps):
            self._take(step, number, part, env, keys)
        for name in self.counters:
            self.states[name].used[keys[name]] = env[name]
            self.states[name].touched[keys[name]] = True

    def _take(self, step: _CompiledStep, number: int, part: slice, env: dict, keys: Mapping[str, NDArray]) -> None:
        rows = self.rows
        amount = np.broadcast_to(np.asarray(step.amount(env), dtype=np.int64), rows.wave[part].shape)
        applies = None if step.when is None else np.broadcast_to(np.asarray(step.when(env)), amount.shape)
        for value, store in ((step.base, rows.base[number]), (step.parameter, rows.parameter[number])):
            if value is not None and store is not None:
                store[part] = value(env) if applies is None else np.where(applies, value(env), 0)
        for name, limit_of in step.within:
            limit = np.broadcast_to(np.asarray(limit_of(env)), amount.shape)
            amount = np.minimum(amount, np.maximum(limit - env[name], 0))
            held, key = self.states[name].limit, keys[name]
            held[key] = limit if applies is None else np.where(applies, limit, held[key])
        if applies is not None:
            amount = np.where(applies, amount, 0)
        if step.first_counter is not None:
            store = rows.before[number]
            assert store is not None
            store[part] = env[step.first_counter]
        for name in step.all_counters:
            keeps = self.states[name].counter.keeps
            env[name] = np.maximum(env[name], amount) if keeps == "greatest" else env[name] + amount
        env[step.step.name] = amount
        rows.amounts[number][part] = amount
        if step.step.column:
            rows.results[step.step.column][part] += amount


class _CompiledStep:
    """A step whose formulas are functions on arrays."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.amount: WaveFormula = wave_formula(step.amount)
        self.when = None if step.when is None else wave_formula(step.when)
        self.base = None if step.base is None else wave_formula(step.base)
        self.parameter = None if step.parameter is None else wave_formula(step.parameter)
        self.within = [(name, wave_formula(limit)) for name, limit in step.within]
        self.all_counters = list(dict.fromkeys([*(name for name, _ in step.within), *step.counts]))
        self.first_counter = self.all_counters[0] if self.all_counters else None

    def counters(self, states: Mapping[str, CounterState]) -> set[str]:
        """Every counter that the step moves or reads."""
        read = set().union(*(columns_of(tree) for tree in trees_of_step(self.step)))
        return set(self.all_counters) | (read & set(states))
