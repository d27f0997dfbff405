"""Makes data/samples again: a small delivery of every pool in several forms, with a few faulty rows on purpose.

Run it as `python -m flows.generation.samples [FOLDER]`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from flows.generation.delivery import Order, drawn
from flows.generation.population import Population, Use, known_pools, read_population
from flows.generation.writing import as_delivered, as_text
from policies.loading import builtin_folder, load_policies
from schemas import DELIVERED, TABLES

__all__ = ["FOLDER", "write_samples"]

FOLDER = Path(__file__).parents[2] / "data" / "samples"
MEMBERS = 60
"""Of each pool."""
SEED = 13
NEWEST_YEAR = 2025
_LEAST_SHARE = 0.02  # of a rare use of care: with so few members it would not occur
_NEVER = 0.00005  # one case of such an illness would outweigh all others
_RARE_VISITS = 0.06
_MOST_VISITS = 5.0
_PARQUET = ("enrolments", "statuses")
_ENCODINGS = {"providers": "gb18030", "filings": "utf-8-sig"}


def write_samples(folder: Path = FOLDER) -> None:
    """Write every table of the sample delivery: CSV, the enrolments and statuses as Parquet, the providers in GB18030."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in _with_faults(_sample_tables(SEED)).items():
        if name in _PARQUET:
            frame.write_parquet(folder / f"{name}.parquet")
        else:
            (folder / f"{name}.csv").write_text(frame.write_csv(), encoding=_ENCODINGS.get(name, "utf-8"), newline="\n")


def _sample_tables(seed: int) -> dict[str, pl.DataFrame]:
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in DELIVERED}
    for pool, year in _years().items():
        population = _vivid(read_population(pool, builtin_folder()))
        for tables in drawn(Order([population], MEMBERS, year, seed, claims_per_member=2.4)):
            for name, frame in tables.items():
                parts[name].append(frame)
    return {name: as_delivered(TABLES[name], pl.concat(frames)) for name, frames in parts.items()}


def _years() -> dict[str, int]:
    """The newest year that the policies of each pool rule."""
    found = {}
    for policy in load_policies():
        last = policy.valid_to.year if policy.valid_to else NEWEST_YEAR
        found[policy.pool] = min(NEWEST_YEAR, last)
    return {pool: found[pool] for pool in known_pools(builtin_folder()) if pool in found}


def _vivid(population: Population) -> Population:
    """Rare uses of care occur, and nobody's visits fill half of the file."""
    care = {name: _oftener(use) for name, use in population.care.items()}
    others = {"reversed": 0.005, "lives_elsewhere": 0.03, "visit_before_stay": 0.5}
    return population.model_copy(update={"care": care, **others})


def _oftener(use: Use) -> Use:
    if _NEVER < use.share < _LEAST_SHARE:
        often = {"share": _LEAST_SHARE, "visits": min(use.visits, _MOST_VISITS), "ages": (0, 120)}
        return use.model_copy(update=often)
    return use.model_copy(update={"visits": use.visits * 4}) if use.visits < _RARE_VISITS else use


def _with_faults(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """One or two faulty rows in every table, as they come from real exports."""
    stay = pl.col("care_type") == "inpatient"
    text = {name: frame if name in _PARQUET else _in_text(frame) for name, frame in tables.items()}
    claims = _planted(text["claims"], stay, 3, "ended_on", "2019-12-31")
    return text | {
        "members": _planted(text["members"], None, 17, "birth_date", "1990-02-30"),
        "enrolments": _planted(text["enrolments"], None, 41, "area_code", "1301"),
        "statuses": _planted(text["statuses"], None, 9, "status", "贫困户"),
        "providers": pl.concat([text["providers"], _unknown_kind(text["providers"])]),
        "registrations": _planted(text["registrations"], None, 4, "programme", "慢病"),
        "filings": _planted(text["filings"], None, 2, "area_code", "北京"),
        "claims": _planted(claims, ~stay, 11, "provider_id", "H99999999999"),
        "fee_lines": _planted(
            _planted(text["fee_lines"], None, 120, "amount", "86.125"), None, 700, "amount", "1,280.00"
        ),
    }


def _in_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Every cell as it stands in a file."""
    times = pl.selectors.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S")
    return as_text(frame).with_columns(times).cast(pl.String)


def _planted(frame: pl.DataFrame, among: pl.Expr | None, nth: int, column: str, value: str) -> pl.DataFrame:
    """The frame with one cell replaced: in the nth of the rows, or of those that `among` names."""
    chosen = pl.int_range(pl.len()) >= 0 if among is None else among
    here = chosen & (chosen.cast(pl.Int64).cum_sum() == nth)
    return frame.with_columns(pl.when(here).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))


def _unknown_kind(providers: pl.DataFrame) -> pl.DataFrame:
    return providers.tail(1).with_columns(provider_id=pl.lit("P99999988888"), kind=pl.lit("药店"))


if __name__ == "__main__":
    write_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
