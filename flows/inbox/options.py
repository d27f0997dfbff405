"""The commands `nights` and `serve` with their options; what they do is loaded when they are called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["nights", "serve"]

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_SHARED = (
    click.option("--inbox", type=_FOLDER, required=True, help="The folder with incoming/, done/, failed/ and held/."),
    click.option("--db", type=_FILE, required=True, help="The database to publish; made when it does not exist."),
    click.option("--policies", type=_FOLDER, help="Folder of policy files instead of those of the program."),
    click.option(
        "--reports", type=_FOLDER, help="Folder for the nights' pages; default: reports/ beside the database."
    ),
    click.option(
        "--quiet-for",
        type=click.FloatRange(0),
        default=300,
        show_default=True,
        help="Seconds without a change after which a delivery counts as whole.",
    ),
    click.option("--ready-file", is_flag=True, help="Take only deliveries in which the sender has put a file _READY."),
    click.option(
        "--notify", "notify_block", help="Prefect notification block told of trouble, such as slack-webhook/ops."
    ),
)


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_SHARED):
        command = option(command)
    return command


@click.command()
@_shared
@click.option("--accept", multiple=True, metavar="NAME", help="Take this held delivery too, unlike others as it is.")
def nights(accept: tuple[str, ...], **given: Any) -> None:
    """Take every delivery that lies in the inbox, in the order of days."""
    from flows.inbox.command import Settings, take_nights

    words, trouble = take_nights(Settings(**given), accept)
    click.echo(words)
    if trouble:
        raise trouble


@click.command()
@_shared
@click.option("--cron", default="0 2 * * *", show_default=True, help="When to look into the inbox.")
@click.option("--timezone", default="Asia/Shanghai", show_default=True, help="The time zone of --cron.")
@click.option("--port", type=click.IntRange(1, 65535), default=4200, show_default=True, help="Port of the own server.")
@click.option("--name", help="Name of the deployment in Prefect; default: the database's.")
def serve(cron: str, timezone: str, port: int, name: str | None, **given: Any) -> None:
    """Take the deliveries of the inbox on a schedule, shown in Prefect, until stopped."""
    from flows.inbox.command import Settings
    from flows.serve import serve_nights

    serve_nights(Settings(**given), (cron, timezone), name, port, click.echo)
