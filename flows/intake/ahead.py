"""Works on blocks in threads ahead of the one who takes them, a few at a time, and hands them on in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ahead"]

_THREADS = 2  # Polars and NumPy let go of the interpreter; most of their work on one column uses one core
_BLOCKS = 4
"""As many as keep the threads busy while one block takes longer than those after it."""

Block = TypeVar("Block")
Result = TypeVar("Result")


def ahead(work: Callable[[Block], Result], blocks: Iterable[Block]) -> Iterator[Result]:
    """`work` of every block, in their order; at most `_BLOCKS` of them are in memory before they are taken."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        for block in blocks:
            waiting.append(pool.submit(work, block))
            if len(waiting) >= _BLOCKS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
