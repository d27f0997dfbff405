"""Runs a command as a process of its own and measures it: wall time and peak memory, with all processes that it starts."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Measured", "baoxiao", "measured", "module"]

ROOT = Path(__file__).parents[1]
_PAUSE = 0.02


@dataclass(frozen=True)
class Measured:
    """Seconds from start to end, seconds of processor time, and the most memory held at once in GiB; its children count too."""

    seconds: float
    cpu: float
    gib: float


def measured(command: Sequence[str]) -> Measured:
    """Raises RuntimeError with the end of its output when the command fails."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    os.sync()  # what the one before it wrote is not on its account
    begun, used = time.perf_counter(), _processor_time()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT)
        most = 0
        while process.poll() is None:
            most = max(most, _most_memory(process.pid), sum(map(_memory, _family(process.pid))))
            time.sleep(_PAUSE)
        seconds = time.perf_counter() - begun
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)} failed:\n{said.read()[-2000:]}")
    return Measured(seconds, _processor_time() - used, most / 2**20)


def _processor_time() -> float:
    """Of all processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _most_memory(process: int) -> int:
    """The most memory that the process held at once so far, in KiB, as Linux counts it."""
    return _status(process, "VmHWM")


def _memory(process: int) -> int:
    """The memory that the process holds now, in KiB."""
    return _status(process, "VmRSS")


def _status(process: int, name: str) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith(name)]
    return int(found[0]) if found else 0


def _family(process: int) -> list[int]:
    """The process with its children and theirs, each of its threads having its own."""
    children: list[int] = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children += map(int, file.read_text(encoding="ascii").split())
        except OSError:  # the thread has ended
            continue
    return [process, *(one for child in children for one in _family(child))]


def module(name: str, *arguments: object) -> list[str]:
    """A module of this folder as a command."""
    return [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)]


def baoxiao(*arguments: object) -> list[str]:
    """Our own command line."""
    return [sys.executable, "-c", "from flows.cli import main; main()", *map(str, arguments)]
