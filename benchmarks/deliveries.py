"""The deliveries that are measured on, generated once into the work folder and kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl

from flows.generation.delivery import Order, generate
from flows.generation.population import Population, read_population
from flows.generation.writing import as_text
from policies.loading import builtin_folder

__all__ = ["CLAIMS_PER_MEMBER", "full", "night", "part", "plain", "text_rows"]

POOL = "130600"
YEAR = 2025
SEED = 20250101
CLAIMS_PER_MEMBER = 3.5  # with the bills of the pool about 40,000,000 lines for 10,500,000 claims
_PLAIN_CARE = (
    "ordinary", "stay", "child_stay", "severe_stay", "stroke_sequelae", "angina", "diabetes_severe", "hypertension_severe",
    "rheumatoid", "schizophrenia", "asthma",
)  # fmt: skip
_PLAIN_STATUSES = ("student", "university_student", "elderly", "nonworking")


def full(work: Path, claims: int, form: str = "parquet") -> Path:
    """All of life of one pool and year."""
    return _made(work / f"full-{claims}-{form}", lambda out: _generate(out, _population(), claims, form))


def plain(work: Path, claims: int) -> Path:
    """Only what the analyst's script settles: ordinary visits, chronic disease, stays; nobody late, new-born, dead or poor."""
    return _made(work / f"plain-{claims}", lambda out: _generate(out, _plain_population(), claims, "parquet"))


def part(delivery: Path, members: int) -> Path:
    """The first members of a delivery with their claims."""
    return _made(
        delivery.with_name(f"{delivery.name}-of-{members}"), lambda out: _first_members(delivery, members, out)
    )


def night(delivery: Path, claims: int) -> tuple[Path, Path, Path]:
    """The claims settled last, `claims` of them, as a night of their own; the rest; and a tenth of the rest.

    The tenth holds all members of the night.
    """
    last = delivery.with_name(f"{delivery.name}-night-{claims}")
    rest = delivery.with_name(f"{delivery.name}-before-{claims}")
    tenth = delivery.with_name(f"{delivery.name}-tenth-{claims}")
    scan = (
        pl.scan_parquet(delivery / "claims.parquet")
        .select("claim_id", "member_id", "settled_at", "started_on")
        .collect()
    )
    ordered = scan.sort("settled_at", "claim_id")
    new, old = ordered.tail(claims), ordered.head(ordered.height - claims)
    known = new["member_id"].unique()
    members = pl.scan_parquet(delivery / "members.parquet").select("member_id").collect().to_series()
    some = pl.concat(
        [known, members.filter(~members.is_in(known.implode())).head(max(0, members.len() // 10 - known.len()))]
    )
    few = old.filter(pl.col("member_id").is_in(some.implode()))
    _made(last, lambda out: _claims_only(delivery, new["claim_id"], out))
    _made(rest, lambda out: _with_claims(delivery, old["claim_id"], out))
    _made(tenth, lambda out: _with_claims(delivery, few["claim_id"], out, some))
    return last, rest, tenth


def _made(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder, made whole or not at all."""
    if not folder.exists():
        unfinished = folder.with_name(folder.name + ".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        make(unfinished)
        unfinished.rename(folder)
    return folder


def _generate(out: Path, population: Population, claims: int, form: str) -> None:
    members = round(claims / CLAIMS_PER_MEMBER)
    generate(Order([population], members, YEAR, SEED, CLAIMS_PER_MEMBER), out, form)


def _population() -> Population:
    return read_population(POOL, builtin_folder())


def _plain_population() -> Population:
    everything = _population()
    care = {name: use for name, use in everything.care.items() if name in _PLAIN_CARE}
    statuses = tuple(status for status in everything.statuses if status.status in _PLAIN_STATUSES)
    without = {"late_payers": 0.0, "born_this_year": 0.0, "dies": 0.0, "reversed": 0.0, "visit_before_stay": 0.0}
    return everything.model_copy(update={"care": care, "statuses": statuses, **without})


def _first_members(delivery: Path, members: int, out: Path) -> None:
    chosen = pl.scan_parquet(delivery / "members.parquet").select("member_id").head(members).collect().to_series()
    claims = pl.scan_parquet(delivery / "claims.parquet").filter(pl.col("member_id").is_in(chosen.implode()))
    _with_claims(delivery, claims.select("claim_id").collect().to_series(), out, chosen)


def _claims_only(delivery: Path, claims: pl.Series, out: Path) -> None:
    out.mkdir(parents=True)
    for name in ("claims", "fee_lines"):
        scan = pl.scan_parquet(delivery / f"{name}.parquet")
        scan.join(claims.to_frame("claim_id").lazy(), on="claim_id", how="semi", maintain_order="left").sink_parquet(
            out / f"{name}.parquet"
        )


def _with_claims(delivery: Path, claims: pl.Series, out: Path, members: pl.Series | None = None) -> None:
    _claims_only(delivery, claims, out)
    for file in delivery.glob("*.parquet"):
        if file.stem in ("claims", "fee_lines"):
            continue
        scan = pl.scan_parquet(file)
        if members is not None and "member_id" in scan.collect_schema():
            scan = scan.join(members.to_frame("member_id").lazy(), on="member_id", how="semi", maintain_order="left")
        scan.sink_parquet(out / file.name)


def text_rows(delivery: Path) -> dict[str, list[dict[str, str | None]]]:
    """A small delivery as rows of text, as a plain settler wants them."""
    times = pl.selectors.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S")
    frames = {file.stem: as_text(pl.read_parquet(file)) for file in sorted(delivery.glob("*.parquet"))}
    return {name: frame.with_columns(times).cast(pl.String).to_dicts() for name, frame in frames.items()}
