"""Prefect's server as a process of our own: on loopback, deaf to the terminal's Ctrl-C, gone with the process it serves."""

from __future__ import annotations

import contextlib
import errno
import http.client
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import NoReturn

from flows.terminal.imports import large_imports

__all__ = ["ServeError", "Server", "own_server"]

COLD_START = 180
"""Seconds: the first start on a machine also makes Prefect's own database."""
ENDING = 10
"""Seconds for a server to write down what it has heard."""

_PAGELESS = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"}


class ServeError(Exception):
    """Serving cannot begin; the sentence says why."""


@contextlib.contextmanager
def own_server(port: int) -> Iterator[str]:
    """A server with its pages on a port: the address of its API once it answers. Raises ServeError."""
    server = Server(port, pages=True)
    try:
        server.wait()
        yield server.address
    finally:
        server.stop()


class Server:
    """A server that is starting: its `address` answers when `wait` has returned."""

    def __init__(self, port: int = 0, pages: bool = False) -> None:
        """Start it on a port of 127.0.0.1 (0: any free one). Raises ServeError when the port is in use."""
        with _listening(port) as listener:
            self.port: int = listener.getsockname()[1]
            self._pid: int | None = _start(listener, pages)
        self._told = "; see the lines above" if pages else ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def wait(self, patience: float = COLD_START) -> None:
        """Wait until it answers: it has the socket from the start, so one question waits as long. Raises ServeError."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/api/health")
            if connection.getresponse().status == 200:
                return
        raise ServeError(f"Prefect's server did not start on port {self.port} within {patience:g} seconds{self._told}.")

    def stop(self) -> None:
        """End it; it is killed when it does not end by itself."""
        if self._pid is None:
            return
        pid, self._pid = self._pid, None
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + ENDING
        while not os.waitpid(pid, os.WNOHANG)[0]:
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=100)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise ServeError(
            f"Port {port} is in use: give another --port, or set PREFECT_API_URL to the Prefect server that runs there."
        ) from None


def _start(listener: socket.socket, pages: bool) -> int:
    """The process's id. Forked where nothing speaks against it, it need not import Prefect's client again."""
    parent = os.getpid()
    if _one_thread():
        return os.fork() or _forked(listener, parent, pages)
    listener.set_inheritable(True)
    arguments = [str(listener.fileno()), str(parent), str(int(pages))]
    return os.posix_spawn(sys.executable, [sys.executable, "-m", __name__, *arguments], os.environ)


def _one_thread() -> bool:
    """Whether this process is known to have one thread: a lock held by another would stay locked in a fork."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _forked(listener: socket.socket, parent: int, pages: bool) -> NoReturn:
    """Serve; nothing of the parent that the fork copied (its exit handlers, its stack) may run here."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _serve(listener, parent, pages)
    finally:
        os._exit(1)


def _serve(listener: socket.socket, parent: int, pages: bool) -> None:
    os.setsid()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _quiet(0, *([] if pages else [1, 2]))
    os.environ.update({} if pages else _PAGELESS)
    with large_imports():
        import uvicorn
        from prefect.context import refresh_global_settings_context
        from prefect.server.api.server import create_app

        refresh_global_settings_context()
        app = create_app()
    for name in ("docket", "asyncio"):  # a service that met a busy SQLite comes again in a few seconds
        logging.getLogger(name).setLevel(logging.CRITICAL)
    uvicorn.Server(uvicorn.Config(app, lifespan="on", log_level="error")).run([listener])


def _quiet(*streams: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in streams:
        os.dup2(nothing, stream)


def _end_with(parent: int) -> None:
    """A killed parent cannot stop its server."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    _fd, _parent, _pages = map(int, sys.argv[1:])
    _serve(socket.socket(fileno=_fd), _parent, bool(_pages))
