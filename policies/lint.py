"""The linter: everything that is wrong with the policy files of a folder, each fault with file, line and a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from policies.compiler import PoolCompiler
from policies.lint_codes import code_faults, programme_faults
from policies.lint_domains import Domains
from policies.lint_names import duplicate_faults, unused_faults
from policies.lint_quotes import quote_faults
from policies.lint_rules import citation_faults, rule_faults
from policies.lint_tables import gap_faults, row_faults
from policies.loading import POPULATION, Policy, builtin_folder, read_policies
from policies.text import Fault, PolicyError

__all__ = ["Fault", "check"]


def check(folder: Path | None = None, sources: Path | None = None) -> list[Fault]:
    """Every fault of every policy file, sorted by file and line; none: the law can be used and says nothing twice or for nothing.

    `folder`: null for the policies of the program. `sources`: folder with the documents that the policies quote; every quote is
    looked up in the one its policy names, where it is there.
    """
    root = folder or builtin_folder()
    try:
        return sorted(set(_faults(root, sources)))
    except PolicyError as error:
        return sorted(set(error.faults))


def _faults(root: Path, sources: Path | None) -> Iterator[Fault]:
    found: list[Fault] = []
    policies = read_policies(root, found)
    yield from found
    yield from _left_out(root, policies, {fault.file for fault in found})
    idle: list[tuple[Policy, list[Fault]]] = []
    for pool in dict.fromkeys(policy.pool for policy in policies):
        yield from _of_pool([policy for policy in policies if policy.pool == pool], idle)
    for policy in policies:
        yield from rule_faults(policy)
        yield from quote_faults(policy, sources)
    yield from _everywhere(idle)


def _of_pool(policies: list[Policy], idle: list[tuple[Policy, list[Fault]]]) -> Iterator[Fault]:
    """Faults of a pool; what is for nothing under one of its policies is added to `idle`."""
    compiler = PoolCompiler(policies)
    try:
        compiler.plan()
    except PolicyError as error:
        yield from error.faults
    yield from duplicate_faults(policies)
    domains = Domains(compiler)
    for policy in policies:
        yield from gap_faults(policy, domains)
        idle += [
            (policy, list(code_faults(compiler, policy, domains))),
            (policy, list(programme_faults(compiler, policy, domains))),
            (policy, list(row_faults(policy, domains))),
            (policy, list(citation_faults(policy))),
            (policy, list(unused_faults(policy))),
        ]


def _everywhere(idle: list[tuple[Policy, list[Fault]]]) -> Iterator[Fault]:
    """Faults that stand under every policy that has their file: a shared part may hold what only one of them needs."""
    found: dict[tuple[Path, int, str], set[str]] = {}
    for policy, faults in idle:
        for fault in faults:
            found.setdefault(_key(fault), set()).add(policy.policy)
    sharing = {
        file: {policy.policy for policy, _ in idle if file in policy.files} for file in {file for file, _, _ in found}
    }
    for _, faults in idle:
        yield from (fault for fault in faults if found[_key(fault)] >= sharing[fault.file])


def _key(fault: Fault) -> tuple[Path, int, str]:
    """What makes two faults the same under different policies: their advice may differ."""
    return fault.file, fault.line, fault.sentence.partition(";")[0]


def _left_out(root: Path, policies: list[Policy], told: set[Path]) -> Iterator[Fault]:
    """Files that are no policy and stand in none, unless faults kept a reader from getting to them."""
    read = {os.path.realpath(file) for policy in policies for file in policy.files}
    if any("*" in policy.lost for policy in policies) or any(os.path.realpath(file) not in read for file in told):
        return
    for file in sorted(root.rglob("*.yaml")):
        if file.name != POPULATION and os.path.realpath(file) not in read:
            yield Fault(file, 0, "no policy includes this file; include it, or give it `policy`, `pool` and `scheme`.")
