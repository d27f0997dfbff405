"""The commands `policy check`, `policy show` and `policy diff`: what they write; the command line only names them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, TextIO

from rich.console import Console

from policies.law import load
from policies.lint import check
from policies.loading import builtin_folder, load_policies
from reports.policy_changes import changes_page
from reports.policy_diff import between, diff, policies_at, text_diff
from reports.policy_page import Page
from reports.policy_tables import UnknownPolicy, show
from reports.policy_words import Language

__all__ = ["Form", "check_policies", "diff_days", "diff_policies", "show_policy"]

Form = Literal["text", "md"]

_WIDTH = (100, 140)


def check_policies(folder: Path | None, sources: Path | None, file: TextIO) -> int:
    """Write every fault, one a line; the exit status: 0 when there is none, else 1."""
    faults = check(folder, sources)
    for fault in faults:
        file.write(f"{fault}\n")
    found = "No fault" if not faults else "One fault" if len(faults) == 1 else f"{len(faults)} faults"
    file.write(f"{found} in the policy files of {folder or builtin_folder()}.\n")
    return 1 if faults else 0


def show_policy(
    folder: Path | None, policy: str, on: date, file: TextIO, language: Language = "en", form: Form = "text"
) -> None:
    """Write the page of a policy on a day. Raises PolicyError, UnknownPolicy."""
    _write(show(load(folder), policy, on, language), file, form)


def diff_policies(old: Path, new: Path, file: TextIO, language: Language = "en", form: Form = "text") -> None:
    """Write what differs between two folders or files. Raises PolicyError."""
    one, other = policies_at(old), policies_at(new)
    _write(changes_page(diff(one, other), text_diff(one, other), language), file, form)


def diff_days(
    folder: Path | None, first: date, last: date, file: TextIO, language: Language = "en", form: Form = "text",
    policy: str | None = None,
) -> None:  # fmt: skip
    """Write the figures that differ between two days, of all policies or of one. Raises PolicyError, UnknownPolicy."""
    policies = [one for one in load_policies(folder) if policy in (None, one.policy)]
    if not policies:
        raise UnknownPolicy(f"There is no policy {policy}.")
    _write(changes_page(between(policies, first, last), (), language), file, form)


def _write(page: Page, file: TextIO, form: Form) -> None:
    if form == "md":
        file.write(page.markdown() + "\n")
        return
    console = Console(file=file, highlight=False)
    console.width = min(max(console.width, _WIDTH[0]), _WIDTH[1])
    with console.capture() as written:
        console.print(page)
    file.write("\n".join(line.rstrip() for line in written.get().splitlines()) + "\n")
