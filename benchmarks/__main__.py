"""One command that measures everything and prints medians and paired ratios: `python -m benchmarks --claims 300000`."""

from __future__ import annotations

import json
import platform
import shutil
from functools import partial
from pathlib import Path

import click

from benchmarks import agreement, deliveries, growth
from benchmarks.processes import Measured, baoxiao, measured, module
from benchmarks.tables import Race, described, printed
from flows.warehouse.runs import code_version

PARTS = ("race", "script", "rows", "csv", "night", "small", "growth")


@click.command()
@click.option("--claims", default=300_000, show_default=True, help="Size of the deliveries.")
@click.option("--runs", default=3, show_default=True, help="Rounds; in each every contender runs once.")
@click.option("--members-by-row", default=2_000, show_default=True, help="Size for those that go row by row.")
@click.option("--night-claims", type=int, help="Claims of the night; default: one in a hundred.")
@click.option("--sizes", default="100000,300000", show_default=True, help="Sizes for the growth, in claims.")
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Parts to measure; default: all.")
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), default=Path("out/bench"), show_default=True)
def main(
    claims: int, runs: int, members_by_row: int, night_claims: int | None, sizes: str, only: tuple[str, ...], work: Path
) -> None:
    """Measure the program on synthetic deliveries against a floor and its peers. Everything runs as a process of its own."""
    work = work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    click.echo(described(claims, runs))
    wanted = only or PARTS
    results: dict[str, object] = {"machine": platform.platform(), "claims": claims, "runs": runs}
    if "race" in wanted:
        results["race"] = _race(work, claims, runs)
    if "script" in wanted:
        results["script"] = _script(work, claims, runs)
    if "rows" in wanted:
        results["rows"] = _rows(work, claims, members_by_row)
    if "csv" in wanted:
        results["csv"] = _csv(work, claims, runs)
    if "night" in wanted:
        results["night"] = _night(work, claims, night_claims or claims // 100, runs)
    if "small" in wanted:
        results["small"] = _small(work, claims, runs)
    if "growth" in wanted:
        results["growth"] = growth.measure(work, [int(size) for size in sizes.split(",")], _core)
    (work / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")


def _ours(delivery: Path, db: Path) -> Measured:
    """`baoxiao nightly` on a fresh database."""
    db.unlink(missing_ok=True)
    return measured(baoxiao("nightly", delivery, "--db", db))


def _core(delivery: Path, db: Path) -> Measured:
    db.unlink(missing_ok=True)
    return measured(module("core", delivery, db))


def _peer(name: str, delivery: Path, result: Path) -> Measured:
    result.unlink(missing_ok=True)
    return measured(module(name, delivery, result))


def _race(work: Path, claims: int, runs: int) -> dict[str, object]:
    full = deliveries.full(work, claims)
    race = Race("All benefits of the pool, whole processes", "floor", runs)
    race.add("floor", lambda: _peer("floor", full, work / "floor.duckdb"))
    race.add("baoxiao nightly", lambda: _ours(full, work / "ours.duckdb"))
    race.add("the same without orchestrator", lambda: _core(full, work / "core.duckdb"))
    race.add("settling alone", lambda: _peer("settling", full, work / "settling.duckdb"))
    return printed(race.run(), claims)


def _script(work: Path, claims: int, runs: int) -> dict[str, object]:
    plain = deliveries.plain(work, claims)
    ours, theirs = work / "plain-ours.duckdb", work / "plain-analyst.duckdb"
    race = Race("The analyst's benefits only", "analyst's SQL", runs)
    race.add("analyst's SQL", lambda: _peer("analyst", plain, theirs))
    race.add("baoxiao nightly", lambda: _ours(plain, ours))
    race.add("the same without orchestrator", lambda: _core(plain, work / "plain-core.duckdb"))
    race.add("settling alone", lambda: _peer("settling", plain, work / "plain-settling.duckdb"))
    found = printed(race.run(), claims)
    compared, differing = agreement.differing_from_script(ours, theirs)
    click.echo(f"  figures: {compared:,} claims compared in 12 columns, {differing:,} differ\n")
    return {**found, "compared": compared, "differing": differing}


def _rows(work: Path, claims: int, members: int) -> dict[str, object]:
    """Those that go row by row, on a part; their rate against ours at the full size."""
    plain = deliveries.plain(work, claims)
    few = deliveries.part(plain, members)
    ours = work / "few-ours.duckdb"
    _core(few, ours)
    found: dict[str, object] = {}
    whole = claims / _core(plain, work / "plain-core.duckdb").seconds
    click.echo(f"Row by row, {members:,} members; we settle {whole:,.0f} claims a second at {claims:,} claims")
    for name, label in (("rules", "zen-engine, row by row"), ("plain_settler", "plain sequential settler")):
        result = work / f"{name}.parquet"
        spent = _peer(name, few, result)
        compared, differing = agreement.differing_from_result(ours, result)
        rate = compared / spent.seconds
        click.echo(
            f"  {label:<28}{compared:>9,} claims {spent.seconds:>8.1f} s {rate:>9,.0f} claims/s  we: {whole / rate:>6.1f} times; "
            f"{differing} claims paid otherwise"
        )
        found[label] = {"claims": compared, "seconds": spent.seconds, "times": whole / rate, "differing": differing}
    click.echo("")
    return found


def _csv(work: Path, claims: int, runs: int) -> dict[str, object]:
    parquet, csv = deliveries.full(work, claims), deliveries.full(work, claims, "csv")
    race = Race("CSV against Parquet", "Parquet", runs)
    race.add("Parquet", lambda: _core(parquet, work / "core.duckdb"))
    race.add("CSV", lambda: _core(csv, work / "core-csv.duckdb"))
    return printed(race.run(), claims)


def _night(work: Path, claims: int, night: int, runs: int) -> dict[str, object]:
    """A night of new claims into a warehouse that holds the rest of the year, and into one a tenth of it."""
    full = deliveries.full(work, claims)
    last, rest, tenth = deliveries.night(full, night)
    race = Race(f"A night of {night:,} new claims, without orchestrator", "the year at once", runs)
    race.add("the year at once", lambda: _core(full, work / "core.duckdb"))
    for label, before in (("into the year", rest), ("into a tenth of it", tenth)):
        held = work / f"{before.name}-{code_version().rpartition('+')[2]}.duckdb"
        if not held.exists():
            _core(before, held)
        race.add(label, partial(_onto, held, last, work / "night.duckdb"))
    return printed(race.run())


def _onto(held: Path, last: Path, db: Path) -> Measured:
    """The time of the night itself on a copy of the warehouse."""
    shutil.copyfile(held, db)
    return measured(module("core", last, db))


def _small(work: Path, claims: int, runs: int) -> dict[str, object]:
    db = work / "ours.duckdb"
    if not db.exists():
        _ours(deliveries.full(work, claims), db)
    race = Race("Small commands", "baoxiao --help", runs)
    race.add("baoxiao --help", lambda: measured(baoxiao("--help")))
    race.add("baoxiao explain", lambda: measured(baoxiao("explain", "1306250000000001", "--db", db)))
    return printed(race.run())


if __name__ == "__main__":
    main()
