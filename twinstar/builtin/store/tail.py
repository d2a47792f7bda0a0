"""The tail: what was said last, of all series, in one file that only grows.

A file is a row of frames: magic, length, CRC-32 of the payload, payload (MessagePack, the words of one commit). So a
commit is there as a whole or not at all, and costs one write and one sync however many series it is about. Words are
taken as they are, in text: exact at any size, and quicker to encode than to turn into integers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

import msgspec

from twinstar.builtin import disk
from twinstar.builtin.store.seal import Damaged, OnDamage
from twinstar.builtin.store.words import Word, Words

_DIRECTORY = "_tail"  # `_`: readers of the whole store pass it over
_MAGIC = b"TWINTAI1"
_HEAD = len(_MAGIC) + 8
_sync = getattr(os, "fdatasync", os.fsync)  # the former is not everywhere
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Word]).decode


class Tail:
    """The file that is being written. It is made when there is something to write."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.path: Path | None = None
        self.rows = 0
        self._fd = self._end = 0

    def write(self, words: Sequence[Word]) -> None:
        """On disk when it returns. Raise `OSError` when it is not."""
        payload = _encode(words)
        frame = _MAGIC + len(payload).to_bytes(4, "little") + crc32(payload).to_bytes(4, "little") + payload
        try:
            self._write(frame)
        except OSError as e:
            where = self.path or self._directory / _DIRECTORY
            raise OSError(e.errno, f"{e.strerror}: {len(frame)} bytes are needed", str(where)) from e
        self._end += len(frame)
        self.rows += len(words)

    def close(self) -> None:
        if self.path is not None:
            os.close(self._fd)

    def _write(self, frame: bytes) -> None:
        """Behind the last frame that is known to be on disk: over whatever a failed attempt has left there."""
        if self.path is None:
            self._create()
        written = 0
        while written < len(frame):
            written += os.pwrite(self._fd, frame[written:], self._end + written)
        _sync(self._fd)

    def _create(self) -> None:
        disk.make_directory(self._directory / _DIRECTORY)
        path = _next(self._directory)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self.path = path
        disk.sync_directory(path.parent)


def files(directory: Path) -> list[Path]:
    """Oldest first."""
    return sorted((directory / _DIRECTORY).glob("*.tail"), key=_number)


def drop(paths: Iterable[Path]) -> None:
    """Oldest first, each for good before the next: what is left after a crash is always the newest words."""
    for path in paths:
        path.unlink(missing_ok=True)
        disk.sync_directory(path.parent)


def read(directory: Path, on_damage: OnDamage) -> Words:
    """What the files of the tail say, beside whoever writes them: a file that is gone has been merged."""
    words: Words = {}
    for path in files(directory):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        for word in _words(path, content, on_damage):
            words.setdefault(word.series, {})[word.open_ms] = word
    return words


def _words(path: Path, content: bytes, on_damage: OnDamage) -> Iterator[Word]:
    end = 0
    for begin, payload in _frames(content):
        if begin != end:
            on_damage(path, Damaged(f"{begin - end} bytes from {end} on"))
        end = begin + _HEAD + len(payload)
        yield from _decode(payload)
    # What follows the last frame was being written when the process died: nobody was told that it is stored.


def _frames(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each frame that is whole, and where it begins; what is between them is passed over."""
    at = content.find(_MAGIC)
    while at >= 0:
        length, crc = (int.from_bytes(content[at + n : at + n + 4], "little") for n in (8, 12))
        payload = content[at + _HEAD : at + _HEAD + length]
        if payload and len(payload) == length and crc32(payload) == crc:
            yield at, payload
            at += _HEAD + length - 1
        at = content.find(_MAGIC, at + 1)


def _next(directory: Path) -> Path:
    taken = files(directory)
    number = _number(taken[-1]) + 1 if taken else 1
    return directory / _DIRECTORY / f"{number:08}.tail"


def _number(path: Path) -> int:
    return int(path.stem)
