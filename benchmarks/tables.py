"""Rounds in which every contender runs once, and their medians and paired ratios as a table."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import click

from benchmarks.processes import Measured

__all__ = ["Race", "described", "printed"]


@dataclass
class Race:
    """Contenders that run in turn; ratios are taken within a round, where the machine is the same."""

    title: str
    against: str
    runs: int
    contenders: dict[str, Callable[[], Measured]] = field(default_factory=dict)
    rounds: list[dict[str, Measured]] = field(default_factory=list)

    def add(self, name: str, run: Callable[[], Measured]) -> None:
        self.contenders[name] = run

    def run(self) -> Race:
        """All rounds, interleaved."""
        for _ in range(self.runs):
            self.rounds.append({name: run() for name, run in self.contenders.items()})
        return self


def printed(race: Race, claims: int | None = None) -> dict[str, object]:
    """Print a line a contender and return the same as data; with `claims` also how many are settled a second."""
    click.echo(f"{race.title} ({race.runs} rounds; ratios against {race.against})")
    heads = f"{'median s':>10}{'ratio':>8}{'least..most':>15}{'cpu s':>9}{'cpu ratio':>11}{'GiB':>7}"
    click.echo(f"  {'':<32}{heads}{'claims/s' if claims else '':>11}")
    found = {name: _measures(race, name) for name in race.contenders}
    for name, of in found.items():
        ratios = sorted(of["ratios"])
        figures = f"{of['seconds']:>10.2f}{of['ratio']:>8.2f}{f'{ratios[0]:.2f}..{ratios[-1]:.2f}':>15}"
        figures += f"{of['cpu']:>9.1f}{of['cpu_ratio']:>11.2f}{of['gib']:>7.2f}"
        rate = f"{claims / of['seconds']:,.0f}" if claims else ""
        click.echo(f"  {name:<32}{figures}{rate:>11}")
    click.echo("")
    return dict(found)


def _measures(race: Race, name: str) -> dict[str, Any]:
    """Medians over the rounds, and ratios taken within each round."""
    mine, theirs = ([run[who] for run in race.rounds] for who in (name, race.against))
    ratios = [one.seconds / other.seconds for one, other in zip(mine, theirs, strict=True)]
    return {
        "seconds": statistics.median(one.seconds for one in mine),
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "cpu": statistics.median(one.cpu for one in mine),
        "cpu_ratio": statistics.median(one.cpu / other.cpu for one, other in zip(mine, theirs, strict=True)),
        "gib": max(one.gib for one in mine),
    }


def described(claims: int, runs: int) -> str:
    """Machine, versions and size."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("polars", "duckdb", "pandera", "prefect", "pyarrow"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{claims:,} claims, {runs} rounds; {os.cpu_count()} cores, {memory:.0f} GiB, load {load:.1f} at the start\n"
        f"Python {platform.python_version()}, {libraries}\n"
    )
