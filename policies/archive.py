"""The texts of a law as they are kept beside what it settled, and the law made of such texts again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from policies.law import Law, fingerprint, load
from policies.text import PolicyError

__all__ = ["restored", "texts"]


def texts(law: Law) -> dict[str, str]:
    """Every file of the law by its path inside the folder; raises PolicyError when one changed since the law was loaded."""
    for policy in law.policies:
        if fingerprint(policy, law.known_on) != law.fingerprints[policy.policy]:
            raise PolicyError(policy.place("policy").fault("the policy was edited while it was used; start again."))
    files = {file.resolve() for policy in law.policies for file in policy.files}
    root = Path(os.path.commonpath([file.parent for file in files]))
    return {file.relative_to(root).as_posix(): file.read_bytes().decode() for file in sorted(files)}


def restored(kept: Mapping[str, str], known_on: date | None) -> Law:
    """The law of kept texts; raises PolicyError where this version of the program does not understand them any more."""
    with tempfile.TemporaryDirectory(prefix="baoxiao-law-") as folder:
        for name, text in kept.items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        return load(Path(folder), known_on)
