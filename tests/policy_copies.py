"""Copies of the real policies in folders of their own, with planted changes."""

from __future__ import annotations

import shutil
from pathlib import Path

from policies.loading import POPULATION, builtin_folder

__all__ = ["city_copy", "line_of", "planted"]


def city_copy(target: Path, city: str = "baoding") -> Path:
    """The policy files of a city, copied into a folder."""
    shutil.copytree(builtin_folder() / city, target / city, ignore=shutil.ignore_patterns(POPULATION))
    return target / city


def planted(folder: Path, this: str, by: str) -> Path:
    """Replace the first occurrence of a text in the files of the folder; returns the file it stood in."""
    for file in sorted(folder.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        if this in text:
            file.write_text(text.replace(this, by, 1), encoding="utf-8")
            return file
    raise AssertionError(f"`{this}` stands in no file of {folder}; plant the fault elsewhere.")


def line_of(folder: Path, mark: str, nth: int = 1, name: str = "*.yaml") -> tuple[str, int]:
    """The name of the file and the number of the nth line that holds the mark; line 0 for no mark."""
    found = [
        (file.name, number)
        for file in sorted(folder.rglob(name))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if mark in line
    ]
    return found[nth - 1] if mark else (found[0][0], 0)
