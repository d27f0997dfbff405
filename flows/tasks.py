"""The steps of a run as Prefect tasks; only those that read or copy files are tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.steps import READING, Perform
from flows.terminal.progress import Progress

__all__ = ["Course", "as_tasks"]


T = TypeVar("T")


@dataclass
class Course(Generic[T]):
    """How far the latest run of a flow in this process came: what an orchestrator that fails on its way cannot report."""

    begun: bool = False
    outcome: T | None = None
    error: Exception | None = None

    def begin(self) -> None:
        """A run begins."""
        self.begun, self.outcome, self.error = True, None, None


def _may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """Whether the step failed on a file that may be there, or whole, a moment later."""
    return isinstance(state.result(raise_on_failure=False), OSError)


@task(cache_policy=NO_CACHE, persist_result=False)
def perform(step: Callable[[], Any]) -> Any:
    """One step of a run."""
    return step()


_reading = perform.with_options(retries=2, retry_delay_seconds=[2, 10], retry_condition_fn=_may_pass)


def as_tasks(show: Progress) -> Perform:
    """Perform each step as a task of its name."""

    def run(name: str, step: Callable[[], Any], /) -> Any:
        show.step(name)
        kind = _reading if name in READING else perform
        return kind.with_options(name=name)(step)

    return run
