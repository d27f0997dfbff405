"""The law in force: every policy loaded and compiled, and the same law as tables for the audit database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from policies.compiler import compile_pool
from policies.loading import Policy, load_policies
from policies.tables import parameter_frame, policy_frame, step_frame
from transforms.plan import Plan

__all__ = ["Law", "fingerprint", "load"]


@dataclass(frozen=True)
class Law:
    """Policies with their plans; `fingerprint` changes with every byte of the law.

    `known_on`: changes that became known later are left out; None: none is.
    """

    policies: tuple[Policy, ...]
    plans: tuple[Plan, ...]
    fingerprint: str
    fingerprints: dict[str, str] = field(default_factory=dict)
    known_on: date | None = None

    @cached_property
    def policy(self) -> pl.DataFrame:
        """Table `policy`."""
        return policy_frame(self.policies, self.fingerprints)

    @cached_property
    def policy_parameter(self) -> pl.DataFrame:
        """Table `policy_parameter`."""
        return parameter_frame(self.policies)

    @cached_property
    def policy_step(self) -> pl.DataFrame:
        """Table `policy_step`."""
        return step_frame(self.policies)


def load(folder: Path | None = None, as_of: date | None = None) -> Law:
    """Load every policy of a folder (null: those of the program), as the law was known on `as_of`.

    Raises PolicyError with file, line and a sentence.
    """
    policies = load_policies(folder, as_of)
    pools: dict[str, list[Policy]] = {}
    for policy in policies:
        pools.setdefault(policy.pool, []).append(policy)
    plans = tuple(compile_pool(group) for group in pools.values())
    fingerprints = {policy.policy: fingerprint(policy, as_of) for policy in policies}
    whole = hashlib.sha256(repr(sorted(fingerprints.items())).encode()).hexdigest()[:16]
    return Law(tuple(policies), plans, whole, fingerprints, as_of)


def fingerprint(policy: Policy, as_of: date | None) -> str:
    """A hash of the policy's files as they are now, and of what was known of them."""
    digest = hashlib.sha256()
    for file in policy.files:
        digest.update(file.read_bytes())
    known = "" if as_of is None else "".join(str(len(p.changes)) for p in policy.parameters.values())
    digest.update(known.encode())
    return digest.hexdigest()[:16]
