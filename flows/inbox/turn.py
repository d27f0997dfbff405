"""Only one round at a time works on a database; a round that died leaves its mark, so that the next one can tell."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from flows.inbox.folders import InboxError

__all__ = ["cut_short", "turn", "vacant"]


@contextlib.contextmanager
def turn(db: Path, mark: str = "") -> Iterator[str | None]:
    """Hold the turn on a database; yields the mark of a round that died in its turn, None when the last one ended well.

    Raises InboxError when another round has the turn. The system frees the turn of a process that died.
    """
    handle = _opened(_path(db))
    try:
        if not _locked(handle):
            process = _read(handle).partition(" ")[0] or "unknown"
            raise InboxError(
                f"Another round (process {process}) is taking deliveries into {db.name}; start again when it has ended."
            )
        left = _read(handle)
        _write(handle, f"{os.getpid()} {mark}")
        try:
            yield left.partition(" ")[2] if left else None
        finally:
            _write(handle, "")
    finally:
        os.close(handle)


def cut_short(db: Path) -> bool:
    """Whether the last round on the database died in its turn and none works now."""
    return bool(_path(db).exists() and _path(db).read_text().strip()) and vacant(db)


def vacant(db: Path) -> bool:
    """Whether no round works on the database."""
    if not _path(db).exists():
        return True
    handle = _opened(_path(db))
    try:
        return _locked(handle)
    finally:
        os.close(handle)


def _path(db: Path) -> Path:
    db = db.resolve()
    return db.with_name(f"{db.name}.nights")


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise InboxError(f"The folder {path.parent} for the database cannot be written: {error.strerror}.") from None


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(handle: int) -> str:
    return os.pread(handle, 200, 0).decode(errors="replace").strip()


def _write(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0)
