"""Prefect's settings for a run from the command line: patient at a cold start, quiet, no telemetry, no proxy."""

from __future__ import annotations

import os

__all__ = ["SETTINGS", "apply_settings"]

SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}


def apply_settings() -> None:
    """Set what the environment does not set itself; to be called before Prefect is imported."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1", "localhost"]))
