"""Processes that settle buckets beside each other: threads of one process wait for its interpreter a third of the time.

A worker loads the program, reads what it is to do, then the number of one bucket after the other, from its standard input,
and answers each with what went wrong (mostly nothing). It ends when its input does: with the run, whatever became of that.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue

from transforms.settle import SettlingError

__all__ = ["Workers", "workers"]

Work = Callable[[int], object]


class _Worker:
    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path, "POLARS_MAX_THREADS": "1"},
            start_new_session=True,  # Ctrl-C stops the run, and with it this process
        )

    def take_up(self, work: Work) -> None:
        """What to do with every bucket that comes."""
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


class Workers:
    """Processes that are there, or about to be, and wait for a piece of work."""

    def __init__(self, team: Sequence[_Worker]) -> None:
        self._team = team

    def at(self, work: Work) -> Work:
        """A function that has the next free one do the work, which can be pickled; for as many threads as there are processes.

        It raises SettlingError when a process ended too early.
        """
        idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._team:
            worker.take_up(work)
            idle.put(worker)

        def do(number: int) -> None:
            worker = idle.get()
            try:
                worker.do(number)
            finally:
                idle.put(worker)

        return do

    def dismiss(self) -> None:
        """End the processes, whose memory others need now."""
        for worker in self._team:
            worker.end()


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """`count` processes, which take a second to load the program: whoever will need them starts them early."""
    with ExitStack() as stack:
        team = []
        for _ in range(count):
            team.append(_Worker())
            stack.callback(team[-1].end)
        yield Workers(team)


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
