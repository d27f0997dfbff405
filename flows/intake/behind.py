"""Does work in a thread behind the one who hands it over, one piece at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["Behind"]


class Behind:
    """Raises what a piece of work raised when the next one is handed over, or at `wait`."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._last: Future[object] | None = None

    def do(self, work: Callable[[], object]) -> None:
        """Have the work done; waits until the piece before it is done, so that at most one is in memory."""
        self.wait()
        self._last = self._pool.submit(work)

    def wait(self) -> None:
        """Return when everything handed over is done."""
        last, self._last = self._last, None
        if last:
            last.result()

    def stop(self) -> None:
        """End the thread, after the piece of work that it is at."""
        self._pool.shutdown(wait=True)
