"""How a run performs its named steps, and what it says when it is stopped from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from flows.warehouse.publication import Workspace

__all__ = ["READING", "Interrupted", "Perform", "directly", "saying_what_is_left"]

READING = ("copy the database", "read the delivery")
"""Steps that only read or copy files: trouble with them may pass."""

T = TypeVar("T")


class Perform(Protocol):
    """Runs a named step and returns what it returns."""

    def __call__(self, name: str, step: Callable[[], T], /) -> T: ...


class Interrupted(Exception):
    """The run was stopped from outside; the sentence says what state is left."""


def directly(name: str, step: Callable[[], T]) -> T:
    """Perform a step without an orchestrator."""
    return step()


@contextmanager
def saying_what_is_left(workspace: Workspace) -> Iterator[None]:
    """Raises Interrupted for Ctrl-C and for an orchestrator's word that a run is terminated."""
    try:
        yield
    except Exception:
        raise
    except BaseException:
        raise Interrupted(_state(workspace)) from None


def _state(workspace: Workspace) -> str:
    if workspace.published:
        return f"Stopped after the database was published: {workspace.live} holds this run."
    if workspace.live.exists():
        return f"Stopped; nothing was published: {workspace.live} is as the last run left it."
    return f"Stopped; nothing was published: there is no {workspace.live} yet."
