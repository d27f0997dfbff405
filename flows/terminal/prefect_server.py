"""Prefect's temporary server as a process of its own: deaf to the terminal's Ctrl-C, gone with the run it serves."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import Any

import uvicorn
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL, get_current_settings

__all__ = ["start_server"]

_SWITCHES = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}


class AttendedServer(SubprocessASGIServer):
    """The server that Prefect would start by itself, but one that neither a stop nor a kill of the run leaves behind."""

    def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
        settings = get_current_settings().to_environment_variables(exclude_unset=True)
        return subprocess.Popen(
            [sys.executable, "-m", __name__, str(self.port), str(os.getpid())],
            env={**os.environ, **_SWITCHES, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def start_server() -> None:
    """Start the temporary server unless the settings name one; Prefect uses it from then on."""
    if PREFECT_API_URL.value() is None:
        AttendedServer().start()


def _serve(port: int, parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        log_level="error",
        lifespan="on",
    )


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
