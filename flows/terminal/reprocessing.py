"""The command `reprocess` on a terminal: make a plan and show it, ask, publish it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from flows.reprocessing.request import ReprocessError, Request
from flows.terminal.orchestration import apply_orchestrated, plan_orchestrated
from flows.terminal.plan_summary import applied_summary, plan_summary

__all__ = ["planned", "published"]


def planned(request: Request, plan_only: bool, yes: bool) -> str | None:
    """Make a plan and show it; its id when it is to be published now.

    Raises ReprocessError at once where it would have to ask and nobody can answer.
    """
    if not plan_only and not yes and not sys.stdin.isatty():
        raise ReprocessError(
            "publishing needs a confirmation and this is no terminal: make a plan with --plan and publish it with --apply, "
            "or say --yes"
        )
    plan, trouble = plan_orchestrated(request)
    click.echo(plan_summary(plan, trouble))
    if plan_only:
        click.echo(
            f"\nNothing was published. To publish it: baoxiao reprocess --db {request.db} --apply {plan.plan_id}"
        )
        return None
    if yes or click.confirm(f"\nPublish plan {plan.plan_id} in {request.db}?"):
        return plan.plan_id
    click.echo(f"Nothing was published. The plan is kept: {plan.folder}")
    return None


def published(db: Path, plan_id: str, policies: Path | None) -> None:
    """Publish a plan and tell what became of it."""
    applied, trouble = apply_orchestrated(db, plan_id, policies)
    click.echo(applied_summary(applied, trouble))
