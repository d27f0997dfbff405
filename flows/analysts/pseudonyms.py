"""Pseudonyms for persons: the same person has the same one in every copy, and without the key none leads back."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

import duckdb

__all__ = ["KeyFileError", "key_of", "key_place", "pseudonym", "use_key"]

_BLOCK = 64  # bytes of a block of SHA-256
_BYTES = 32
_DIGITS = 20


class KeyFileError(Exception):
    """The file of the key is not one; the sentence says what to do."""


def key_place(db: Path) -> Path:
    """Where the key stands: beside the bureau's database, for no one else to read."""
    return db.with_name(f"{db.name}.pseudonym-key")


def key_of(db: Path) -> bytes:
    """The key of the bureau's database, drawn at the first use. Raises KeyFileError."""
    place = key_place(db)
    with contextlib.suppress(FileExistsError):
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES) + "\n")
    try:
        key = bytes.fromhex(place.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise KeyFileError(f"{place} holds no key of {_BYTES} bytes: restore it, or remove it to begin new pseudonyms")
    return key


def use_key(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Let `pseudonym` work on this connection; nothing of the key is stored."""
    block = key.ljust(_BLOCK, b"\0")
    for name, mask in (("inner_block", 0x36), ("outer_block", 0x5C)):
        con.execute(f"SET VARIABLE {name} = ?::BLOB", [bytes(byte ^ mask for byte in block)])


def pseudonym(column: str) -> str:
    """SQL for the pseudonym of a text: P and 20 digits of its HMAC-SHA256."""
    inner = f"unhex(sha256(getvariable('inner_block') || encode({column})))"
    return f"'P' || left(sha256(getvariable('outer_block') || {inner}), {_DIGITS})"
