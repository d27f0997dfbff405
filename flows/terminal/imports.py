"""Imports of large packages without the collector of garbage: what they make stays, so looking through it is lost time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["large_imports"]


@contextmanager
def large_imports() -> Iterator[None]:
    """Import inside; what was made by then is never looked through again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
