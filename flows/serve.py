"""The command `serve`: deploys the flow `nights` with its schedule and runs it from this process, night after night."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flows.inbox.command import Settings
from flows.inbox.folders import Inbox
from flows.inbox.turn import cut_short
from flows.terminal.prefect_server import ServeError, own_server
from flows.terminal.prefect_settings import apply_settings

__all__ = ["serve_nights"]

PLANNING = 90
"""Seconds; a server plans the runs of a new schedule within five, of a changed one within sixty."""


def serve_nights(settings: Settings, when: tuple[str, str], name: str | None, port: int, say: Any = print) -> None:
    """Serve until stopped, `when` a schedule and its zone say, as the deployment `name` (None: that of the database).

    Raises ServeError or InboxError when serving cannot begin.
    """
    Inbox(settings.inbox)
    if not settings.db.resolve().parent.is_dir():
        raise ServeError(f"There is no folder {settings.db.resolve().parent} for the database: make it.")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")  # the log of a run belongs on its page
    apply_settings()
    schedule, name = _schedule(*when), name or settings.db.stem
    with _server(port) as address:
        deployment = _deployed(settings, schedule, name)
        first = _planned(deployment, ZoneInfo(when[1]))
        say(f"Serving {settings.inbox} into {settings.db}, shown at {_pages(address)}; next run {first} ({when[1]}).")
        if cut_short(settings.db):
            say("The last round was cut short; it is taken up now.")
            _trigger(deployment)
        _work(_pool(name))


def _schedule(cron: str, timezone: str) -> Any:
    from prefect.client.schemas.schedules import CronSchedule

    try:
        return CronSchedule(cron=cron, timezone=timezone)
    except ValueError:
        raise ServeError(
            f'"{cron}" in {timezone} is no schedule: give five fields and a zone such as "0 2 * * *" (every day at two) '
            "in Asia/Shanghai."
        ) from None


@contextlib.contextmanager
def _server(port: int) -> Iterator[str]:
    """The server that the settings name, else one of our own."""
    from prefect.context import refresh_global_settings_context
    from prefect.settings import PREFECT_API_URL

    named = PREFECT_API_URL.value()
    if named:
        yield str(named)
        return
    with own_server(port) as address:
        os.environ["PREFECT_API_URL"] = address
        refresh_global_settings_context()
        yield address


def _deployed(settings: Settings, schedule: Any, name: str) -> Any:
    """The deployment `nights/NAME`, made or brought up to date."""
    from prefect import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists
    from prefect.types.entrypoint import EntrypointType

    from flows.inbox.flow import nights

    with get_client(sync_client=True) as client, contextlib.suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=_pool(name), type="process"))
    _not_anothers(settings, name)
    deployment: Any = nights.to_deployment(
        name=name,
        schedules=[schedule],
        parameters=settings.parameters(),
        work_pool_name=_pool(name),
        tags=[_host()],
        entrypoint_type=EntrypointType.MODULE_PATH,
        description="Takes the deliveries of the inbox in the order of their days.",
    )
    return deployment.apply()


def _not_anothers(settings: Settings, name: str) -> None:
    """Raises ServeError when the name is in use on this server for another database or from another machine."""
    from prefect import get_client
    from prefect.exceptions import ObjectNotFound

    with get_client(sync_client=True) as client, contextlib.suppress(ObjectNotFound):
        known = client.read_deployment_by_name(f"nights/{name}")
        if known.parameters.get("db") != settings.parameters()["db"] or known.tags != [_host()]:
            raise ServeError(
                f"Prefect has a deployment nights/{name} for {known.parameters.get('db')} on {' '.join(known.tags)}: give "
                "another --name, or delete that one in Prefect when it is no longer in use."
            )


def _planned(deployment: Any, zone: ZoneInfo) -> str:
    """When the first run is planned. Raises ServeError when the server plans none: then no night would ever begin."""
    from prefect import get_client
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterId,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.sorting import FlowRunSort

    which = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
    scheduled = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
    order = FlowRunSort.EXPECTED_START_TIME_ASC
    end = time.monotonic() + PLANNING
    with get_client(sync_client=True) as client:
        while time.monotonic() < end:
            runs = client.read_flow_runs(deployment_filter=which, flow_run_filter=scheduled, sort=order, limit=1)
            if runs and runs[0].expected_start_time:
                return f"{runs[0].expected_start_time.astimezone(zone):%Y-%m-%d %H:%M}"
            time.sleep(1)
    raise ServeError(
        f"Prefect's server planned no run within {PLANNING} seconds, so its scheduler does not work: look into its log."
    )


def _trigger(deployment: Any) -> None:
    from prefect import get_client

    with get_client(sync_client=True) as client:
        client.create_flow_run_from_deployment(deployment)


def _work(pool: str) -> None:
    """Run the worker until a signal; a night under way is stopped with it and taken up by the next start."""
    from prefect.workers.process import ProcessWorker

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # connections of a stopped night
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(ProcessWorker(work_pool_name=pool, limit=1).start(printer=lambda *_: None))


def _pool(name: str) -> str:
    """The work pool of a deployment: the paths of its runs are those of one machine, so no other worker may take them."""
    return f"baoxiao-{name}"


def _host() -> str:
    return f"machine {socket.gethostname()}"


def _pages(address: str) -> str:
    return address.removesuffix("/api")
