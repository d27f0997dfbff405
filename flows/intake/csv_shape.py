"""Counts the records of a CSV file and the fields of each, in one vectorised pass over its bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["Shape", "shape_of"]

_STEP = 1 << 24
_COMMA, _NEWLINE, _RETURN, _QUOTE = 44, 10, 13, 34

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Shape:
    """Records (the header is one), those with another number of fields than the header, and how the file ends."""

    records: int
    ragged: dict[int, int]
    ends_with_newline: bool
    ends_in_quotes: bool
    has_stray_quotes: bool


@dataclass
class _State:
    """What one step hands to the next: where we are inside a record."""

    records: int = 0
    commas: int = 0
    start: int = 0
    quoted: bool = False
    stray: bool = False
    ragged: dict[int, int] = field(default_factory=dict)


def shape_of(path: Path, fields: int) -> Shape:
    """A record ends at a line break outside quotation marks; a mark is stray unless it opens or closes a field."""
    data: Bytes = np.memmap(path, dtype=np.uint8, mode="r")
    state = _State()
    for start in range(0, data.size, _STEP):
        _step(data, start, state, fields)
    ends_with_newline = data[-1] == _NEWLINE
    if not ends_with_newline:
        _close(np.array([data.size]), np.array([state.commas]), data, state, fields)
    return Shape(state.records, state.ragged, bool(ends_with_newline), state.quoted, state.stray)


def _step(data: Bytes, start: int, state: _State, fields: int) -> None:
    block = data[start : start + _STEP]
    commas, newlines = block == _COMMA, block == _NEWLINE
    quotes = block == _QUOTE
    if state.quoted or quotes.any():
        inside = (np.cumsum(quotes, dtype=np.int32) + state.quoted) % 2 == 1
        state.stray = state.stray or _has_stray(data, start, quotes, inside)
        state.quoted = bool(inside[-1])
        commas &= ~inside
        newlines &= ~inside
    ends = np.flatnonzero(newlines)
    running = np.cumsum(commas, dtype=np.int32)
    total = state.commas + int(running[-1])
    if ends.size:
        _close(ends + start, state.commas + running[ends].astype(np.int64), data, state, fields)
        state.commas = total - (state.commas + int(running[ends[-1]]))
    else:
        state.commas = total


def _close(ends: npt.NDArray[np.int64], commas: npt.NDArray[np.int64], data: Bytes, state: _State, fields: int) -> None:
    """Book the records that end at the given places; an empty line is no ragged row."""
    found = np.diff(commas, prepend=0) + 1
    starts = np.concatenate(([state.start], ends[:-1] + 1))
    lengths = ends - starts
    blank = (lengths == 0) | ((lengths == 1) & (data[starts] == _RETURN))
    for place in np.flatnonzero((found != fields) & ~blank):
        state.ragged[state.records + int(place)] = int(found[place])
    state.records += ends.size
    state.start = int(ends[-1]) + 1


def _has_stray(data: Bytes, start: int, quotes: Mask, inside: Mask) -> bool:
    """An opening mark follows a separator (or a mark, which it doubles); a closing one stands before a separator."""
    places = np.flatnonzero(quotes)
    opening = places[inside[places]] + start
    closing = places[~inside[places]] + start
    before = data[np.maximum(opening - 1, 0)]
    after = data[np.minimum(closing + 1, data.size - 1)]
    opens = np.isin(before, (_COMMA, _NEWLINE, _QUOTE)) | (opening == 0) | ((opening == 3) & (before == 0xBF))
    closes = np.isin(after, (_COMMA, _NEWLINE, _RETURN, _QUOTE)) | (closing == data.size - 1)
    return not (opens.all() and closes.all())
