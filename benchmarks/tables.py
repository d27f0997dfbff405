"""Rounds in which every contender runs once, and their medians and paired ratios as a table."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

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
    """Print a line a contender and return the same as data."""
    click.echo(f"{race.title} ({race.runs} rounds; ratios against {race.against})")
    click.echo(
        f"  {'':<32}{'median s':>10}{'ratio':>8}{'least..most ratio':>20}{'GiB':>7}{'claims/s' if claims else '':>11}"
    )
    found: dict[str, object] = {}
    for name in race.contenders:
        seconds = statistics.median(run[name].seconds for run in race.rounds)
        ratios = sorted(run[name].seconds / run[race.against].seconds for run in race.rounds)
        gib = max(run[name].gib for run in race.rounds)
        spread = f"{ratios[0]:.2f}..{ratios[-1]:.2f}"
        ratio = statistics.median(ratios)
        rate = f"{claims / seconds:,.0f}" if claims else ""
        click.echo(f"  {name:<32}{seconds:>10.2f}{ratio:>8.2f}{spread:>20}{gib:>7.2f}{rate:>11}")
        found[name] = {"seconds": seconds, "ratio": ratio, "ratios": ratios, "gib": gib}
    click.echo("")
    return found


def described(claims: int, runs: int) -> str:
    """Machine, versions and size."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("polars", "duckdb", "pandera", "prefect", "pyarrow"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{claims:,} claims, {runs} rounds; {os.cpu_count()} cores, {memory:.0f} GiB, load {load:.1f} at the start\n"
        f"Python {platform.python_version()}, {libraries}\n"
    )
