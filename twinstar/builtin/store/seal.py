"""Finding damage anywhere in a Parquet file.

Parquet's own checksums cover the pages, but neither their headers nor the footer: one flipped bit there moves a decimal
point. The seal lies between the pages and the footer, where readers, who follow the footer's offsets, never look.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"TWINSEAL"
_DIGEST = 8
_LENGTH = len(_MAGIC) + 2 * _DIGEST
_END = 8  # the footer's length and Parquet's magic


class Damaged(Exception):
    """The file is not what was written."""


def sealed(content: bytes) -> bytes:
    """A Parquet file, with its seal put in."""
    at = len(content) - _footer_length(content)
    return content[:at] + _seal(content[:at], content[at:]) + content[at:]


def check(content: bytes) -> None:
    """Raise `Damaged` unless every byte is as it was sealed."""
    at = len(content) - _footer_length(content)
    pages, seal, footer = content[: at - _LENGTH], content[at - _LENGTH : at], content[at:]
    if seal != _seal(pages, footer):
        raise Damaged("its seal does not fit")


def check_footer(path: Path) -> None:
    """The same for the footer alone, without reading the pages."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        footer_length = _footer_length(_last(file, min(_END, size)))
        if footer_length + _LENGTH > size:
            raise Damaged("it is cut short")
        end = _last(file, footer_length + _LENGTH)
    seal, footer = end[:_LENGTH], end[_LENGTH:]
    if not seal.startswith(_MAGIC) or not seal.endswith(_digest(footer)):
        raise Damaged("the seal of its footer does not fit")


def _seal(pages: bytes, footer: bytes) -> bytes:
    return _MAGIC + _digest(pages) + _digest(footer)


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=_DIGEST).digest()


def _last(file: BinaryIO, count: int) -> bytes:
    file.seek(-count, 2)
    return file.read(count)


def _footer_length(content: bytes) -> int:
    return int.from_bytes(content[-_END:-4], "little") + _END
