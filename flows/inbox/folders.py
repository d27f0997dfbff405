"""The folders of an inbox: which deliveries are whole and due, and where each goes; nothing is ever deleted."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.intake.files import READY_FILE

__all__ = ["Due", "Inbox", "InboxError", "Readiness", "day_of", "latest_change"]

_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


class InboxError(Exception):
    """The inbox cannot be worked with; the sentence says what to do."""


@dataclass(frozen=True)
class Readiness:
    """When a folder counts as whole: with the ready file; or, unless that is `required`, `quiet` seconds unchanged."""

    quiet: float = 300
    required: bool = False

    def whole(self, folder: Path) -> bool:
        """Whether nobody is writing the folder any more."""
        if (folder / READY_FILE).exists():
            return True
        return not self.required and time.time() - latest_change(folder) >= self.quiet


@dataclass(frozen=True)
class Due:
    """What lies in the inbox: whole deliveries in order, those still being written, and what is no delivery."""

    whole: tuple[Path, ...]
    growing: tuple[str, ...]
    strays: tuple[str, ...]


class Inbox:
    """DIR with `incoming`, `done`, `failed` and `held`; the four folders are made where they are missing."""

    def __init__(self, root: Path) -> None:
        """Raises InboxError when there is no such folder or it cannot be written."""
        if not root.is_dir():
            raise InboxError(f"There is no folder {root}: give the inbox, the folder that holds incoming/.")
        self.root = root.resolve()
        self.incoming, self.done = self.root / "incoming", self.root / "done"
        self.failed, self.held = self.root / "failed", self.root / "held"
        for folder in (self.incoming, self.done, self.failed, self.held):
            try:
                folder.mkdir(exist_ok=True)
            except OSError as error:
                raise InboxError(f"The folder {folder} cannot be made: {error.strerror}.") from None

    def due(self, readiness: Readiness) -> Due:
        """What lies in incoming/; names with a day come first, by day, then the others by name."""
        found = sorted(self._visible(self.incoming), key=_order)
        folders = [path for path in found if path.is_dir()]
        whole = [folder for folder in folders if readiness.whole(folder)]
        growing = tuple(folder.name for folder in folders if folder not in whole)
        return Due(tuple(whole), growing, tuple(path.name for path in found if not path.is_dir()))

    def accepted(self, names: tuple[str, ...]) -> tuple[Path, ...]:
        """The held deliveries of these names. Raises InboxError when there is no such delivery."""
        held = {path.name: path for path in self._visible(self.held) if path.is_dir()}
        for name in names:
            if name not in held:
                known = ", ".join(sorted(held)) or "none"
                raise InboxError(f"No delivery {name} is held in {self.held} (held: {known}).")
        return tuple(held[name] for name in dict.fromkeys(names))

    def ordered(self, folders: tuple[Path, ...]) -> list[Path]:
        """Deliveries in the order in which they are taken."""
        return sorted(folders, key=_order)

    def latest_day(self) -> date | None:
        """The latest day among the deliveries in done/."""
        days = [day for path in self._visible(self.done) if (day := day_of(path.name)) is not None]
        return max(days, default=None)

    def move(self, folder: Path, place: Path, reason: str | None = None) -> Path:
        """Put a delivery into done/, failed/ or held/, its reason beside it; a name taken already gets a number.

        The reason is written first: a crash between leaves the delivery where it was. Raises InboxError.
        """
        target = _free(place / folder.name)
        try:
            if reason is not None:
                _reason(target).write_text(reason, encoding="utf-8")
            os.rename(folder, target)
            if _reason(folder).exists():  # it was held: why stays known
                os.rename(_reason(folder), _free(place / f"{target.name}.held.txt"))
        except OSError as error:
            raise InboxError(f"{folder} cannot be moved to {target}: {error.strerror}.") from None
        return target

    def _visible(self, place: Path) -> Iterator[Path]:
        return (path for path in place.iterdir() if not path.name.startswith("."))


def day_of(name: str) -> date | None:
    """The day with which the name of a delivery begins: 2025-03-02 or 20250302."""
    found = _DAY.match(name)
    if not found:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def latest_change(folder: Path) -> float:
    """When the folder or a file in it was last touched on this machine; a copied file's own date may be older."""
    times = [os.stat(folder).st_ctime]
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            try:
                times.append(os.lstat(Path(place) / name).st_ctime)
            except FileNotFoundError:
                times.append(time.time())  # it went away meanwhile: somebody is at work
    return max(times)


def _order(path: Path) -> tuple[bool, date, str]:
    day = day_of(path.name)
    return day is None, day or date.max, path.name


def _free(path: Path) -> Path:
    number = 2
    target = path
    while target.exists() or target.is_symlink():
        target = path.with_name(f"{path.name}-{number}")
        number += 1
    return target


def _reason(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.reason.txt")
