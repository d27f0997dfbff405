"""Finds out how a CSV file is encoded and hands it on as UTF-8: UTF-8 with or without a mark, or GB18030."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.intake.error import DeliveryError

__all__ = ["as_utf8"]

_BLOCK = 1 << 24
_ASCII = bytes(range(128))
_DAMAGED = 0.2
"""Text in GB18030 read as UTF-8 is wrong nearly everywhere; below this share it is UTF-8 with damage."""


@contextmanager
def as_utf8(path: Path) -> Iterator[tuple[Path, str]]:
    """A UTF-8 file with the same text, and the encoding found; a copy lives as long as the context.

    Raises DeliveryError when the file is neither UTF-8 nor GB18030.
    """
    _refuse_utf16(path)
    error = _first_error(path)
    if error is None:
        yield path, "utf-8"
        return
    if _damaged_share(path) < _DAMAGED:
        raise error
    with TemporaryDirectory(prefix="baoxiao-") as scratch:
        copy = Path(scratch) / path.name
        _transcode(path, copy, error)
        yield copy, "gb18030"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            yield block


def _refuse_utf16(path: Path) -> None:
    with path.open("rb") as handle:
        if handle.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise DeliveryError(f"{path.name} is encoded in UTF-16: save it as UTF-8 or GB18030.")


def _first_error(path: Path) -> DeliveryError | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    for block in _blocks(path):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return _refused(path, line + bytes(error.object).count(b"\n", 0, error.start))
        line += block.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _refused(path, line)
    return None


def _refused(path: Path, line: int) -> DeliveryError:
    return DeliveryError(
        f"{path.name}, line {line}, holds bytes that are neither UTF-8 nor GB18030: save the file again in one of them."
    )


def _damaged_share(path: Path) -> float:
    """Bytes that UTF-8 cannot read, as a share of those outside ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    wrong = foreign = 0
    for block in _blocks(path):
        wrong += decoder.decode(block).count("\ufffd")
        foreign += len(block.translate(None, _ASCII))
    return wrong / max(foreign, 1)


def _transcode(path: Path, copy: Path, error: DeliveryError) -> None:
    decoder = codecs.getincrementaldecoder("gb18030")()
    with copy.open("w", encoding="utf-8", newline="") as out:
        try:
            for block in _blocks(path):
                out.write(decoder.decode(block))
            out.write(decoder.decode(b"", final=True))
        except UnicodeDecodeError:
            raise error from None
