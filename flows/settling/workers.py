"""Processes that settle buckets beside each other: threads of one process wait for its interpreter a third of the time.

A worker reads what it is to do, then the number of one bucket after the other, from its standard input, and answers each
with what went wrong (mostly nothing). It ends when its input does: with the run, whatever became of that.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue

from transforms.settle import SettlingError

__all__ = ["workers"]

Work = Callable[[int], object]


class _Worker:
    def __init__(self, work: Work) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path, "POLARS_MAX_THREADS": "1"},
            start_new_session=True,  # Ctrl-C stops the run, and with it this process
        )
        self._tell(work)

    def do(self, number: int) -> None:
        """Settle one bucket; raises what that raises."""
        self._tell(number)
        assert self._process.stdout is not None
        try:
            error = pickle.load(self._process.stdout)
        except EOFError:
            raise SettlingError(self._epitaph()) from None
        if error is not None:
            raise error

    def end(self) -> None:
        """Kill the process: nothing that it does matters any more."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()

    def _tell(self, word: object) -> None:
        assert self._process.stdin is not None
        try:
            pickle.dump(word, self._process.stdin)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise SettlingError(self._epitaph()) from None

    def _epitaph(self) -> str:
        status = self._process.wait()
        why = "probably because the machine has too little memory" if status == -9 else f"with status {status}"
        return f"A process that settles claims ended too early, {why}; nothing was published. Run it again."


@contextmanager
def workers(count: int, work: Work) -> Iterator[Work]:
    """`count` processes for a piece of work that can be pickled; yields a function that has the next free one do it.

    The function is for `count` threads. Raises SettlingError when a process ended too early.
    """
    with ExitStack() as stack:
        idle: SimpleQueue[_Worker] = SimpleQueue()
        for _ in range(count):
            worker = _Worker(work)
            stack.callback(worker.end)
            idle.put(worker)

        def do(number: int) -> None:
            worker = idle.get()
            try:
                worker.do(number)
            finally:
                idle.put(worker)

        yield do


def _serve() -> None:
    words, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    work: Work = pickle.load(words)
    while True:
        try:
            number = pickle.load(words)
        except EOFError:
            return
        pickle.dump(_error_of(work, number), answers)
        answers.flush()


def _error_of(work: Work, number: int) -> Exception | None:
    try:
        work(number)
    except Exception as error:
        return error
    return None


if __name__ == "__main__":
    _serve()
