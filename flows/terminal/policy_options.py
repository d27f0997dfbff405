"""The commands on policies: check the files, print a policy's tables, compare two versions of the law."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

__all__ = ["policy"]

_FOLDER = click.Path(file_okay=False, path_type=Path)
_EITHER = click.Path(exists=True, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])

Language = Literal["en", "zh"]
Form = Literal["text", "md"]

_language = click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of the page."
)
_form = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "md"]),
    default="text",
    show_default=True,
    help="Terminal or Markdown.",
)
_policies = click.option(
    "--policies", type=_FOLDER, help="Folder of policy files instead of those that come with the program."
)


@click.group()
def policy() -> None:
    """Check, show and compare policies, the law as data."""


@policy.command()
@click.argument("folder", type=_FOLDER, required=False)
@click.option("--sources", type=_FOLDER, help="Folder of the source documents: every quote is looked up there.")
def check(folder: Path | None, sources: Path | None) -> None:
    """Report every fault of the policy files in FOLDER (those of the program without it), with file and line."""
    from reports.policy_commands import check_policies

    sys.exit(check_policies(folder, sources, sys.stdout))


@policy.command()
@click.argument("policy_id")
@click.option("--on", type=_DAY, default=datetime.now, show_default="today", help="The day whose figures are shown.")
@_policies
@_language
@_form
def show(policy_id: str, on: datetime, policies: Path | None, lang: Language, form: Form) -> None:
    """Print the benefit tables of a policy, such as baoxiao policy show POLICY_ID --on 2025-03-01."""
    from reports.policy_commands import show_policy

    show_policy(policies, policy_id, on.date(), sys.stdout, lang, form)


@policy.command()
@click.argument("old", type=_EITHER, required=False)
@click.argument("new", type=_EITHER, required=False)
@click.option("--from", "first", type=_DAY, help="Instead of OLD and NEW: the figures of this day ...")
@click.option("--to", "last", type=_DAY, help="... against those of this day.")
@click.option("--policy", "policy_id", help="Only this policy (with --from and --to).")
@_policies
@_language
@_form
def diff(
    old: Path | None, new: Path | None, first: datetime | None, last: datetime | None, policy_id: str | None,
    policies: Path | None, lang: Language, form: Form,
) -> None:  # fmt: skip
    """Compare two versions of the law: OLD and NEW are folders or files."""
    from reports.policy_commands import diff_days, diff_policies

    if old is not None and new is not None:
        diff_policies(old, new, sys.stdout, lang, form)
    elif first is not None and last is not None:
        diff_days(policies, first.date(), last.date(), sys.stdout, lang, form, policy_id)
    else:
        raise click.UsageError("Give OLD and NEW, or --from and --to.")
