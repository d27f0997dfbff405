"""A Prefect server of our own for the time of `baoxiao serve`: on loopback, with its pages, gone when serving ends."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator

__all__ = ["ServeError", "own_server"]

COLD_START = 180
"""Seconds: the first start on a machine also makes Prefect's own database."""


class ServeError(Exception):
    """Serving cannot begin; the sentence says why."""


@contextlib.contextmanager
def own_server(port: int) -> Iterator[str]:
    """Start a server on 127.0.0.1 and yield the address of its API. Raises ServeError."""
    if _taken(port):
        raise ServeError(
            f"Port {port} is in use: give another --port, or set PREFECT_API_URL to the Prefect server that runs there."
        )
    server = subprocess.Popen(
        [sys.executable, "-m", __name__, str(port), str(os.getpid())],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _await(server, port)
        yield f"http://127.0.0.1:{port}/api"
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()
        server.wait()


def _await(server: subprocess.Popen[bytes], port: int) -> None:
    address = f"http://127.0.0.1:{port}/api/health"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + COLD_START
    while server.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), opener.open(address, timeout=2):
            return
        time.sleep(0.3)
    raise ServeError(f"Prefect's server did not start on port {port} within {COLD_START} seconds; see the lines above.")


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _run(port: int, parent: int) -> None:
    import uvicorn
    from prefect.server.api.server import create_app

    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    app = create_app(final=True)
    for name in ("docket", "asyncio"):  # a service that met a busy SQLite comes again in a few seconds
        logging.getLogger(name).setLevel(logging.CRITICAL)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


def _end_with(parent: int) -> None:
    """A killed parent cannot stop its server."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    _run(int(sys.argv[1]), int(sys.argv[2]))
