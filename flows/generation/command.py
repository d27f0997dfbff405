"""The command `generate`: checks what is asked for, draws the delivery and says what was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.generation.delivery import Order, generate
from flows.generation.population import PopulationError, read_population
from flows.terminal.progress import progress
from policies.loading import builtin_folder, load_policies
from policies.text import PolicyError

__all__ = ["generated"]


def generated(
    folder: Path,
    pools: Sequence[str],
    members: int,
    year: int,
    seed: int,
    form: str,
    claims_per_member: float | None,
    bad_rows: float,
) -> str:
    """Write the delivery and return the words for the terminal. Raises PopulationError with nothing written."""
    if folder.exists() and any(folder.iterdir()):
        raise PopulationError(f"{folder} is not empty: give a new folder, a delivery is written whole.")
    populations = [read_population(pool, builtin_folder()) for pool in dict.fromkeys(pools)]
    order = Order(populations, members, year, seed, claims_per_member, bad_rows)
    with progress() as show:
        show.step("draw the members")
        rows = generate(order, folder, form, show.advance)
    lines = [f"  {name:<14}{count:>14,}" for name, count in rows.items()]
    return "\n".join([f"A synthetic delivery in {folder}:", *lines, *_without_law(pools, year)])


def _without_law(pools: Sequence[str], year: int) -> list[str]:
    """Pools whose claims of the year cannot be settled."""
    try:
        policies = load_policies()
    except PolicyError:
        return []  # told by every command that needs the law
    ruled = {p.pool for p in policies if p.valid_from.year <= year <= (p.valid_to.year if p.valid_to else year)}
    spans = {p.pool: f"{p.valid_from:%Y}-{f'{p.valid_to:%Y}' if p.valid_to else ''}" for p in policies}
    return [
        f"Note: no policy of pool {pool} is in force in {year} ({spans.get(pool, 'none at all')}): its claims will be pended."
        for pool in dict.fromkeys(pools)
        if pool not in ruled
    ]
