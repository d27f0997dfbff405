"""Shows on a terminal which step of a run is under way; silent where the output is not a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Progress", "progress"]


class Progress(Protocol):
    """What a run tells of itself."""

    def step(self, name: str) -> None:
        """A step begins."""

    def advance(self, done: int, count: int) -> None:
        """`done` of `count` parts of the present step are ready."""


class Silent:
    """Progress that nobody watches."""

    def step(self, name: str) -> None:
        return None

    def advance(self, done: int, count: int) -> None:
        return None


@contextmanager
def progress() -> Iterator[Progress]:
    """Progress on standard error while the block runs."""
    if not sys.stderr.isatty():
        yield Silent()
        return
    from flows.terminal.progress_bar import Bar

    with Bar() as bar:
        yield bar
