"""Which claims have lines, and which may have one twice: where the numbers of a claim's lines rise, none is told twice.

What is remembered grows with the claims alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.intake.keys import Array, Keys, number, numbered, repeated, run_starts
from flows.intake.parts import Parts

__all__ = ["Lines", "Runs", "runs_of"]

_NONE = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Runs:
    """Lines of one claim that stand together in a block: the claim's place (-1: unknown), how many, whether they rise."""

    places: Array
    sizes: Array
    rising: Array
    first: int
    last: int
    """`line_no` of the first and the last line of the block."""
    strays: Array
    """The numbers of the lines of unknown claims."""

    @property
    def known(self) -> Array:
        """Of each line whether its claim is known."""
        return np.repeat(self.places >= 0, self.sizes)

    def buckets(self, claims: Keys) -> Array:
        """The bucket of each line, which is that of its claim, or the first one."""
        known = self.places >= 0
        of_runs = np.zeros(known.size, np.uint16)
        of_runs[known] = claims.values[self.places[known]]
        return np.repeat(of_runs, self.sizes)


def runs_of(lines: pl.DataFrame, claims: Keys) -> Runs:
    """The runs of a block of typed lines."""
    claim, line = lines["claim_id"].hash().to_numpy(), lines["line_no"].fill_null(_NONE).to_numpy()
    starts = run_starts(claim)
    places, sizes = claims.place(claim[starts]), np.diff(starts, append=claim.size)
    rises = np.append(True, line[1:] > line[:-1])[: line.size]
    rises[starts] = True
    known = places >= 0
    unknown = lines.clear() if known.all() else lines.filter(pl.Series(~np.repeat(known, sizes)))
    rising = np.logical_and.reduceat(rises, starts) if starts.size else rises
    first, last = (int(line[0]), int(line[-1])) if line.size else (0, 0)
    return Runs(places, sizes, rising, first, last, numbered(unknown, "claim_id", "line_no"))


class Lines:
    """The runs of all blocks, taken in the order of the file."""

    def __init__(self, claims: Keys) -> None:
        self.found = np.zeros(claims.numbers.size, np.bool_)
        self.doubtful = self.found.copy()
        self._claims = claims
        self._strays: list[Array] = []
        self._last = -1, _NONE

    def take(self, runs: Runs) -> None:
        """A claim whose lines stand in two places, or do not rise, is doubtful; one that a block divides is not."""
        self._strays.append(runs.strays)
        if not runs.places.size:
            return
        place, line = self._last
        known = runs.places >= 0
        places = runs.places[known]
        again = self.found[places]
        if place == runs.places[0] >= 0 and line < runs.first:
            again[0] = False
        ordered = np.sort(places)
        self.doubtful[places[again | ~runs.rising[known]]] = True
        self.doubtful[ordered[1:][ordered[1:] == ordered[:-1]]] = True
        self.found[places] = True
        self._last = int(runs.places[-1]), runs.last

    def repeated(self, parts: Parts) -> pl.Series:
        """The numbers of lines that occur twice, where those of doubtful claims are read again, bucket by bucket."""
        claims, buckets = self._claims.numbers[self.doubtful], self._claims.values[self.doubtful]
        found = [repeated(self._strays)]
        for bucket in np.unique(buckets):
            some = pl.Series(claims[buckets == bucket]).implode()
            rows = parts.delivered(int(bucket)).select("claim_id", "line_no").filter(number("claim_id").is_in(some))
            found.append(repeated([numbered(rows.collect(), "claim_id", "line_no")]))
        return pl.concat(found)
