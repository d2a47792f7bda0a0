"""Finding damage anywhere in a Parquet file, and telling what is in it without reading it.

Parquet's own checksums cover the pages, but neither their headers nor the footer: one flipped bit there moves a decimal
point. The seal lies between the pages and the footer, where readers, who follow the footer's offsets, never look.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeAlias
from zlib import crc32

import msgspec
from msgspec import Struct

from twinstar.builtin.store.digits import Form
from twinstar.builtin.store.words import Series
from twinstar.domain import InstrumentId, Timeframe

_MAGIC = b"TWINSEA2"
_DIGEST = 4
_END = 8  # the footer's length and Parquet's magic
_LENGTH_AT = 4 + len(_MAGIC)  # the body's length, before the magic
_TRAILER = _DIGEST + _LENGTH_AT


class Damaged(Exception):
    """The file is not what was written."""


OnDamage: TypeAlias = Callable[[Path, Damaged], None]


class Label(Struct, frozen=True, array_like=True):
    """What is in a file. ``form`` is that of the whole series, as it was when this was written."""

    symbol: str
    venue: str
    timeframe: Timeframe
    rows: int
    first_open_ms: int
    last_open_ms: int
    form: Form

    @property
    def series(self) -> Series:
        return InstrumentId(self.symbol, self.venue), self.timeframe


class _Seal(Struct, frozen=True, array_like=True):
    label: Label
    pages: bytes
    footer: bytes


def sealed(content: bytes, label: Label) -> bytes:
    """A Parquet file, with its seal put in."""
    at = len(content) - _footer_length(content)
    pages, footer = content[:at], content[at:]
    body = msgspec.msgpack.encode(_Seal(label, _digest(pages), _digest(footer)))
    return b"".join((pages, body, _digest(body), len(body).to_bytes(4, "little"), _MAGIC, footer))


def check(content: bytes) -> Label:
    """Raise `Damaged` unless every byte is as it was sealed."""
    at = len(content) - _footer_length(content)
    seal, length = _read(content[:at], content[at:])
    if seal.pages != _digest(memoryview(content)[: at - length]):
        raise Damaged("its seal does not fit")
    return seal.label


def read_label(path: Path) -> Label:
    """The same without the pages, which are not read. Raise `FileNotFoundError`, `Damaged`."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        footer_length = _footer_length(_last(file, min(_END, size)))
        body_length = int.from_bytes(_last(file, min(size, footer_length + _LENGTH_AT))[:4], "little")
        length = footer_length + _TRAILER + body_length
        if length > size:
            raise Damaged("it is cut short")
        end = _last(file, length)
    return _read(end[:-footer_length], end[-footer_length:])[0].label


def _read(before: bytes, footer: bytes) -> tuple[_Seal, int]:
    """The seal at the end of ``before``, which is what precedes the footer, and its length."""
    length = int.from_bytes(before[-_LENGTH_AT : -len(_MAGIC)], "little")
    body, digest = before[-_TRAILER - length : -_TRAILER], before[-_TRAILER:-_LENGTH_AT]
    if not before.endswith(_MAGIC) or digest != _digest(body):
        raise Damaged("it has no seal, or a broken one")
    seal = msgspec.msgpack.decode(body, type=_Seal)
    if seal.footer != _digest(footer):
        raise Damaged("the seal of its footer does not fit")
    return seal, _TRAILER + length


def _digest(content: bytes | memoryview) -> bytes:
    return crc32(content).to_bytes(_DIGEST, "little")


def _last(file: BinaryIO, count: int) -> bytes:
    file.seek(-count, 2)
    return file.read(count)


def _footer_length(content: bytes) -> int:
    return int.from_bytes(content[-_END:-4], "little") + _END
