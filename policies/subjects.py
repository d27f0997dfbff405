"""Subjects of parameters: the comment line that stands above them in their file, else what the file says of itself."""

from __future__ import annotations

import re
from pathlib import Path

from policies.loading import Policy

__all__ = ["subjects"]

_HEADING = re.compile(r"  # (?![A-Z]+-\d)(.{1,60})$")
_ENTRY = re.compile(r"  (\w+):")


def subjects(policy: Policy) -> dict[str, str]:
    """Parameter to its subject, in the order of the files."""
    found: dict[str, str] = {}
    for file in policy.files[1:] + policy.files[:1]:
        found |= {name: subject for name, subject in _in_file(file).items() if name in policy.parameters}
    return found


def _in_file(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    subject = _own_words(lines, file)
    found: dict[str, str] = {}
    inside = False
    for line in lines:
        if line and not line.startswith((" ", "#")):
            inside = line.startswith("parameters:")
        elif inside and (heading := _HEADING.match(line)):
            subject = re.sub(r"^[\d., ]+", "", heading[1])
        elif inside and (entry := _ENTRY.match(line)):
            found[entry[1]] = subject
    return found


def _own_words(lines: list[str], file: Path) -> str:
    """What the first comment of a file says before its colon."""
    first = lines[0].removeprefix("#").strip() if lines and lines[0].startswith("#") else ""
    words = re.split(r"[:：.。]", first)[0]
    return words if 4 < len(words) <= 60 else file.stem.replace("_", " ")
