"""Turns the end of a command into an exit status and, where it failed, one sentence on the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

__all__ = ["ended"]

_KNOWN = {
    ("flows.intake.error", "DeliveryError"),
    ("flows.warehouse.publication", "PublicationError"),
    ("flows.generation.population", "PopulationError"),
    ("flows.warehouse.database", "NotAWarehouse"),
    ("flows.warehouse.audits", "AuditFailure"),
    ("flows.steps", "Interrupted"),
    ("flows.reprocessing.request", "ReprocessError"),
    ("flows.inbox.command", "NightsNeedAPerson"),
    ("flows.inbox.folders", "InboxError"),
    ("flows.terminal.prefect_server", "ServeError"),
    ("flows.analysts.question", "ExportError"),
    ("flows.analysts.copying", "CopyError"),
    ("flows.analysts.pseudonyms", "KeyFileError"),
    ("policies.text", "PolicyError"),
    ("transforms.waterfall", "SettlingError"),
    ("reports.explain_source", "UnknownClaim"),
    ("reports.night_source", "UnknownRun"),
    ("reports.statement_source", "DoesNotTie"),
    ("reports.statement_source", "UnknownMember"),
}
"""Errors whose text is written for the user, by the name of their class: naming them here must not import them."""


def ended(command: click.Command, arguments: Sequence[str]) -> int:
    """Run a command and return its exit status: 0 done, 1 nothing was done and why, 2 wrong usage."""
    try:
        status = command.main(list(arguments), prog_name="baoxiao", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _failed("Stopped; nothing was changed.")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _failed(_sentence(error))


def _failed(sentence: str) -> int:
    click.echo(f"baoxiao: {sentence}", err=True)
    return 1


def _sentence(error: Exception) -> str:
    if {(cls.__module__, cls.__name__) for cls in type(error).__mro__} & _KNOWN:
        return str(error)
    log = _write_log(error)
    if isinstance(error, OSError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror}{place}; nothing was published. Details: {log}"
    return f"an unexpected error stopped the program and nothing was published. Details for its makers: {log}"


def _write_log(error: Exception) -> Path:
    text = "".join(traceback.format_exception(error))
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    with tempfile.NamedTemporaryFile(
        "w", prefix=f"baoxiao-{stamp}-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(f"{' '.join(sys.argv)}\n{text}")
    return Path(log.name)
