"""Portions: the charges of a claim that one benefit takes together, opened in the order in which they are settled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.codes import CODE, changed, is_text
from transforms.frames import Frames
from transforms.order import Whole, within
from transforms.plan import Programme

__all__ = ["open_charges", "open_portions"]


def open_charges(frames: Frames) -> None:
    """Lines as they are settled: those of a visit that joined a stay belong to the stay (`@visit` keeps the visit)."""
    claims, lines = frames.frame["claim"], frames.frame["line"]
    owner = pl.int_range(claims.height, dtype=pl.UInt32, eager=True)
    if "merged_into" in claims.columns:
        index = claims.select(pl.col("claim.claim_id"), owner.alias("@owner"))
        stays = claims.select("merged_into").join(
            index, left_on="merged_into", right_on="claim.claim_id", how="left", maintain_order="left"
        )
        owner = stays["@owner"].fill_null(owner)
    frames.put("claim", [owner.alias("@owner")])
    frames.alike.add(("charge", "line"))
    frames.frame["charge"] = lines.select(
        owner.gather(lines["@claim"]).alias("@claim"), lines["@claim"].alias("@visit"),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("@line"),
    )  # fmt: skip


def open_portions(frames: Frames, programmes: Sequence[Programme]) -> None:
    """Group the charges of paid claims by programme and key; gives charges `@portion` and opens the frame `portion`."""
    opening = _Opening(frames, [programme for programme in programmes if not programme.closing])
    frames.frame["portion"] = opening.portions()
    frames.put("charge", [opening.portion_of_charge()])


class _Opening:
    """Numbers instead of names: a portion is one packed number (claim, programme, key), found once by sorting."""

    def __init__(self, frames: Frames, programmes: Sequence[Programme]) -> None:
        self.frames = frames
        self.programmes = programmes
        frames.put("claim", [(pl.col("status") == "paid").alias("@paid")])
        frames.need("charge", ["programme", "portion_key", "portion_order", "policy", "@paid"])
        charges = frames.frame["charge"]
        self.key_names = charges["portion_key"].drop_nulls().unique().sort()
        key = _codes(charges["portion_key"], self.key_names.to_list())
        self.base = len(self.key_names) + 1
        number = _numbers(charges, programmes)
        self.taken = np.flatnonzero(charges["@paid"].to_numpy() & (number >= 0))
        claim = charges["@claim"].to_numpy().astype(np.int64)[self.taken]
        packed = (claim * len(programmes) + number[self.taken]) * self.base + key[self.taken]
        self.packed, self.first, self.inverse = np.unique(packed, return_index=True, return_inverse=True)
        self.order = self._orders(charges)
        self.sorted = self._with_always()

    def _orders(self, charges: pl.DataFrame) -> Whole:
        """The least `portion_order` (a number, or a code by code point) of the charges of each portion; 0 where none is given."""
        given = charges["portion_order"]
        if given.null_count() == len(given):
            return np.zeros(len(self.packed), np.int64)
        if is_text(given):
            given = given.rank("dense").cast(pl.Int64)
        least = np.full(len(self.packed), np.iinfo(np.int64).max)
        np.minimum.at(least, self.inverse, given.fill_null(0).to_numpy()[self.taken])
        return least

    def _with_always(self) -> pl.DataFrame:
        """Portions in settlement order, those that programmes open without a charge among them."""
        groups = pl.DataFrame({"packed": self.packed, "first": self.taken[self.first], "order": self.order})
        count = len(self.programmes)
        has = np.zeros(self.frames.frame["claim"].height * count, np.bool_)
        has[self.packed // self.base] = True
        opened = [self._without_charge(n, p, has) for n, p in enumerate(self.programmes) if p.always is not None]
        rows = pl.concat([groups.with_columns(pl.col("first").cast(pl.Int64)), *opened])
        rows = rows.with_columns(pair=pl.col("packed") // self.base).with_columns(
            claim=pl.col("pair") // count,
            programme=pl.col("pair") % count,
            found=pl.int_range(pl.len(), dtype=pl.UInt32),
        )
        ranks = pl.Series([programme.order for programme in self.programmes], dtype=pl.Int64)
        rows = rows.with_columns(rank=ranks.gather(rows["programme"]))
        return rows.sort("claim", "rank", "order", "first", "packed")

    def _without_charge(self, number: int, programme: Programme, has: NDArray[np.bool_]) -> pl.DataFrame:
        assert programme.always is not None
        self.frames.need("claim", [programme.always])
        claims = self.frames.frame["claim"]
        wanted = claims.select(
            (pl.col("policy") == programme.policy) & (pl.col("@owner") == pl.int_range(pl.len(), dtype=pl.UInt32))
            & pl.col("@paid") & pl.col(programme.always)
        ).to_series()  # fmt: skip
        pairs = np.flatnonzero(wanted.fill_null(False).to_numpy()).astype(np.int64) * len(self.programmes) + number
        missing = pairs[~has[pairs]]
        zeros = np.zeros(len(missing), np.int64)
        return pl.DataFrame({"packed": missing * self.base + len(self.key_names), "first": zeros, "order": zeros})

    def portions(self) -> pl.DataFrame:
        """The frame `portion`: claim, policy, programme, benefit, number within the claim and key."""
        rows = self.sorted
        names = pl.DataFrame(
            [(p.policy, p.name, p.benefit) for p in self.programmes],
            schema=dict.fromkeys(("policy", "programme", "benefit"), CODE), orient="row",
        )  # fmt: skip
        key = rows["packed"] % self.base
        named = pl.when(key < len(self.key_names)).then(key).cast(pl.UInt32)
        return pl.DataFrame(
            [
                rows["claim"].cast(pl.UInt32).alias("@claim"),
                *(names[name].gather(rows["programme"]) for name in names.columns),
                pl.Series("portion_no", within(rows["claim"].to_numpy()) + 1, dtype=pl.Int64),
                self.key_names.gather(pl.select(named).to_series()).alias("portion.key"),
                pl.int_range(rows.height, dtype=pl.UInt32, eager=True).alias("@portion"),
            ]
        )

    def portion_of_charge(self) -> pl.Series:
        """`@portion` of every charge, null where no portion took it."""
        place = np.empty(self.sorted.height, np.int64)
        place[self.sorted["found"].to_numpy()] = np.arange(self.sorted.height)
        found = np.full(self.frames.frame["charge"].height, -1, np.int64)
        found[self.taken] = place[self.inverse]
        return pl.Series("@portion", found).replace(-1, None).cast(pl.UInt32)


def _numbers(charges: pl.DataFrame, programmes: Sequence[Programme]) -> Whole:
    """The position of a charge's programme among those of its policy, -1 for none."""
    policies = sorted({programme.policy for programme in programmes})
    names = sorted({programme.name for programme in programmes})
    table = np.full((len(policies) + 1, len(names) + 1), -1, np.int64)
    for number, programme in enumerate(programmes):
        table[policies.index(programme.policy), names.index(programme.name)] = number
    policy = _codes(charges["policy"], policies)
    programme_code = _codes(charges["programme"], names)
    return table[policy, programme_code]


def _codes(values: pl.Series, names: Sequence[str]) -> Whole:
    place = pl.Enum(names)
    codes = changed(values, lambda texts: texts.cast(place, strict=False).to_physical(), pl.Int64())
    return codes.fill_null(len(names)).to_numpy()
