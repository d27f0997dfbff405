"""Publishes a DuckDB file by atomic replacement: one writer, a private working copy, never a half-written product."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from flows.warehouse.memory import bound_memory

__all__ = ["PublicationError", "Workspace", "publication"]

CATALOG = "warehouse"
STORAGE_VERSION = "v1.5.0"  # clients from DuckDB 1.5 on open the product
_FICLONE = 0x40049409  # Linux: share the blocks of a file instead of copying them


class PublicationError(Exception):
    """The database file cannot be written now; the sentence says who or what stands in the way."""


class Workspace:
    """The private copy a run writes to, and a scratch folder beside it; nothing here is seen by readers."""

    def __init__(self, live: Path, run_id: str) -> None:
        self.live = live
        self.folder = live.parent / f".{live.name}.{run_id}.work"
        self.file = self.folder / live.name
        self.scratch = self.folder / "scratch"
        self.published = False

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection whose default catalogue is the working copy; spills go to the scratch folder.

        Raises PublicationError when the file is no DuckDB database.
        """
        version = "" if self.file.exists() else f"(STORAGE_VERSION '{STORAGE_VERSION}')"
        con = duckdb.connect()
        con.execute(f"SET temp_directory = '{_quoted(self.scratch / 'spill')}'")
        con.execute("SET preserve_insertion_order = false")
        bound_memory(con)
        try:
            con.execute(f"ATTACH '{_quoted(self.file)}' AS {CATALOG} {version}")
        except duckdb.IOException as error:
            con.close()
            raise PublicationError(f"{self.live} is no database; give another file with --db") from error
        con.execute(f"USE {CATALOG}")
        return con

    def prepare(self) -> None:
        """Take a private copy of the published file (none exists before the first run)."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        if self.live.exists():
            _copy(self.live, self.file)
            shutil.copymode(self.live, self.file)

    def publish(self) -> None:
        """Put the closed working copy in the place of the live file; readers keep the file they opened.

        Raises PublicationError when the working copy was not closed cleanly.
        """
        if _wal(self.file).exists():
            raise PublicationError(f"the working copy {self.file} was not closed cleanly, so it is not published")
        _sync(self.file)
        _wal(self.live).unlink(missing_ok=True)  # a shell left open for writing: its log would spoil the new file
        os.replace(self.file, self.live)
        self.published = True
        _sync(self.live.parent)


@contextlib.contextmanager
def publication(live: Path, run_id: str) -> Iterator[Workspace]:
    """Hold the right to publish `live` and give a workspace, removed at the end whatever happens.

    Raises PublicationError when another run holds that right or the folder cannot be written.
    """
    live = live.resolve()
    if not live.parent.is_dir():
        raise PublicationError(f"the folder {live.parent} for the database does not exist")
    with _single_writer(live):
        _remove_leftovers(live)
        workspace = Workspace(live, run_id)
        try:
            yield workspace
        finally:
            shutil.rmtree(workspace.folder, ignore_errors=True)


@contextlib.contextmanager
def _single_writer(live: Path) -> Iterator[None]:
    path = live.with_name(live.name + ".lock")
    handle = _locked(path)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _locked(path: Path) -> int:
    """The open lock file, ours alone; the system frees the lock of a process that died."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise PublicationError(f"the folder {path.parent} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            name = path.name.removesuffix(".lock")
            raise PublicationError(
                f"another run (process {holder}) is writing {name} now; start again when it has ended"
            ) from None
        if _is_current(handle, path):
            return handle
        os.close(handle)


def _is_current(handle: int, path: Path) -> bool:
    """Whether the locked file is still the one of that name (its last holder removes it)."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), os.stat(path))
    return False


def _remove_leftovers(live: Path) -> None:
    for folder in live.parent.glob(f".{glob.escape(live.name)}.*.work"):
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
            return
        except OSError:
            pass
    shutil.copyfile(source, target)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
