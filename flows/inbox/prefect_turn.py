"""The turn on a database as Prefect sees it: a strict concurrency limit of one, freed when the run that held it died."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import UUID

from prefect import get_client, get_run_logger
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from flows.inbox.turn import cut_short, turn, vacant

__all__ = ["limit_name", "prefect_turn"]

PATIENCE = 5
"""Seconds after which a run that waits looks whether the one it waits for is still alive."""

_DIED = "The process of this run was killed; what was published stays, and the run {} takes the deliveries it left."


@contextmanager
def prefect_turn(db: Path, run_id: str) -> Iterator[None]:
    """Wait for the turn on a database and hold it; a run that died in its turn is shown as crashed.

    Raises InboxError when a round outside this Prefect server has the turn.
    """
    name = limit_name(db)
    with ExitStack() as stack, get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(name, 1)
        if cut_short(db):
            _renew(client, name)
        _wait(stack, client, name, db)
        died = stack.enter_context(turn(db, run_id))
        if died:
            _close(client, died, run_id)
        yield


def limit_name(db: Path) -> str:
    """The name of the concurrency limit of a database."""
    db = db.resolve()
    return f"baoxiao-{db.stem}-{hashlib.sha256(str(db).encode()).hexdigest()[:8]}"


def _wait(stack: ExitStack, client: SyncPrefectClient, name: str, db: Path) -> None:
    idle = 0
    while True:
        slot = concurrency(name, 1, timeout_seconds=PATIENCE, strict=True, raise_on_lease_renewal_failure=False)
        try:
            stack.enter_context(slot)
            return
        except TimeoutError:
            idle = idle + 1 if vacant(db) else 0
            if idle > 1:  # taken, but by nobody alive: its run died between the limit and the turn
                _renew(client, name)


def _renew(client: SyncPrefectClient, name: str) -> None:
    """A new limit of the same name: an old lease that runs out later cannot free a slot of it."""
    with suppress(ObjectNotFound):
        client.delete_global_concurrency_limit_by_name(name)
    client.upsert_global_concurrency_limit_by_name(name, 1)


def _close(client: SyncPrefectClient, died: str, by: str) -> None:
    """Show a run that died, and the night it was in, as crashed."""
    try:
        parent = UUID(died)
        nights = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[parent]))
        )
        runs = [client.read_flow_run(parent), *nights]
    except (ValueError, ObjectNotFound):
        return  # a round without this server
    for run in runs:
        if run.state is not None and not run.state.is_final():
            get_run_logger().warning("The run %s died in its turn.", run.name)
            client.set_flow_run_state(run.id, Crashed(message=_DIED.format(by)), force=True)
