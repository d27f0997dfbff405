"""Real processes beside the test: started with a piece of code, listened to line by line, killed at the end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["STOPPING", "heard", "process"]

STOPPING = """
import sys, time
def perform(name, run, /):
    result = run()
    if name == sys.argv[-1]:
        print("there", flush=True)
        time.sleep(60)
    return result
"""
"""The start of a piece of code whose run stops after the step that its last argument names, and says so."""


@contextmanager
def process(code: str, *args: object) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def heard(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()
