"""Keys are found where they are, however the numbers lie."""

from __future__ import annotations

import numpy as np
import pytest

from flows.intake.keys import Array, Keys

DRAWS = np.random.default_rng(11)


def evenly(size: int) -> Array:
    return DRAWS.integers(0, 2**64, size, dtype=np.uint64, endpoint=False)


@pytest.mark.parametrize(
    "numbers",
    [
        np.zeros(0, np.uint64),
        np.array([2**64 - 1], np.uint64),
        np.array([0, 2**64 - 1, 1, 2**63], np.uint64),
        np.arange(40, dtype=np.uint64),
        evenly(1),
        evenly(5000),
        np.repeat(evenly(300), 3),
    ],
)
def test_every_key_has_its_place_and_value(numbers: Array) -> None:
    values = (numbers % np.uint64(1000)).astype(np.uint16)
    keys = Keys([numbers[:2], numbers[2:]], [values[:2], values[2:]])
    assert keys.numbers.tolist() == sorted(set(numbers.tolist()))
    wanted = np.concatenate([numbers, numbers[::-1], evenly(100)])
    places = keys.place(wanted)
    known = set(numbers.tolist())
    assert [place >= 0 for place in places] == [number in known for number in wanted.tolist()]
    found = places[places >= 0]
    assert (keys.numbers[found] == wanted[places >= 0]).all()
    assert (keys.values[found] == (wanted[places >= 0] % np.uint64(1000))).all()
