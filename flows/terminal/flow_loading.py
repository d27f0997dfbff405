"""Loads a flow while its Prefect server starts, which then takes as long as the slower of the two."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from importlib import import_module
from types import ModuleType

from flows.terminal.imports import large_imports
from flows.terminal.prefect_server import Server

__all__ = ["load_flow"]

_AT_FIRST_FLOW = ("prefect.flow_engine", "prefect.task_engine", "prefect.utilities.visualization", "fastapi.encoders")
"""What Prefect imports when a flow begins, which would come after the wait."""


def load_flow(module: str) -> tuple[ModuleType, Callable[[], None]]:
    """The module of a flow, and what waits until its server answers; to be called before the flow.

    Unless the settings name a server, one is started that ends with this process. The wait raises ServeError, or the
    OSError that kept a server from starting.
    """
    with large_imports():
        server_ready = _server()
        loaded = import_module(module)
        for name in _AT_FIRST_FLOW:
            with suppress(ImportError):
                import_module(name)
        return loaded, server_ready


def _server() -> Callable[[], None]:
    ending = ExitStack()
    atexit.register(ending.close)  # registered before Prefect's own, which end first and may still need the server
    from prefect.settings import PREFECT_API_URL

    if PREFECT_API_URL.value():
        return lambda: None
    try:
        server = Server()
    except OSError as error:
        return _failing(error)
    ending.callback(server.stop)
    return lambda: _use(server)


def _failing(error: OSError) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def _use(server: Server) -> None:
    from prefect.context import refresh_global_settings_context
    from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS

    server.wait(PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value())
    os.environ["PREFECT_API_URL"] = server.address
    refresh_global_settings_context()
