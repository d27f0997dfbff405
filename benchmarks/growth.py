"""Time and memory over several sizes, the exponent of a power law through them, and a plot."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from benchmarks import deliveries
from benchmarks.processes import Measured

__all__ = ["exponent", "measure"]

PLOT = Path(__file__).with_name("growth.png")


def measure(work: Path, sizes: Sequence[int], run: Callable[[Path, Path], Measured]) -> dict[str, object]:
    """Run every size once, print it, and plot it where matplotlib is installed."""
    found = {size: run(deliveries.full(work, size), work / f"growth-{size}.duckdb") for size in sorted(sizes)}
    click.echo("Growth (a fresh database, without orchestrator)")
    for size, spent in found.items():
        click.echo(
            f"  {size:>12,} claims {spent.seconds:>9.1f} s {spent.cpu:>9.1f} s of processor time {spent.gib:>6.2f} GiB"
        )
    time = exponent(list(found), [spent.seconds for spent in found.values()])
    cpu = exponent(list(found), [spent.cpu for spent in found.values()])
    memory = exponent(list(found), [spent.gib for spent in found.values()])
    click.echo(f"  fitted: time ~ claims^{time:.2f}, processor time ~ claims^{cpu:.2f}, memory ~ claims^{memory:.2f}")
    _plot(found, time, memory)
    points = {
        str(size): {"seconds": spent.seconds, "cpu": spent.cpu, "gib": spent.gib} for size, spent in found.items()
    }
    return {"points": points, "time_exponent": time, "memory_exponent": memory}


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The slope of a straight line through the logarithms, by least squares; not a number for a single size."""
    x, y = [math.log(size) for size in sizes], [math.log(value) for value in values]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    across = sum((a - mean_x) ** 2 for a in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / across if across else math.nan


def _plot(found: dict[int, Measured], time: float, memory: float) -> None:
    try:
        import matplotlib
    except ImportError:
        click.echo("  no plot: matplotlib is not installed (`./do bench` installs it)")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axis, values, label in (
        (axes[0], [spent.seconds for spent in found.values()], f"seconds, exponent {time:.2f}"),
        (axes[1], [spent.gib for spent in found.values()], f"peak memory in GiB, exponent {memory:.2f}"),
    ):
        axis.loglog(list(found), values, marker="o")
        axis.set_xlabel("claims")
        axis.set_title(label)
        axis.grid(True, which="both", alpha=0.3)
    figure.savefig(PLOT, dpi=110)
    click.echo(f"  plot: {PLOT.name}")
