"""A tape: what went over the WebSockets of a story, a row a frame, in order."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from twinstar.errors import ConfigError

HIDDEN: Final = "hidden"
_HEARTBEAT: Final = re.compile(r"\W*(op|event|method|reqid|req_id|id)?\W*(ping|pong)\b", re.IGNORECASE)
_CREDENTIAL: Final = re.compile(r"[0-9A-Za-z+/=_-]{32,}")  # keys, signatures, tokens: no topic is as long in one piece


class Row(Struct, frozen=True, omit_defaults=True):
    """``after``: so many HTTP answers had been given. ``<`` is what the venue says, ``>`` what we say.

    A ``cut`` is an end that the story asked for. ``time_ms``: UTC, where a running service kept it.
    """

    line: int
    what: Literal["open", "<", ">", "close", "cut"]
    after: int = 0
    path: str = ""  # of the line that is opened
    text: str | None = None
    base64: str | None = None  # of a binary frame
    time_ms: int = 0

    @property
    def data(self) -> str | bytes:
        return b64decode(self.base64) if self.base64 is not None else self.text or ""


class Exchange(Struct, frozen=True):
    """A request and its answer; ``uri`` and ``body`` without what signs them."""

    time_ms: int
    method: str
    uri: str
    body: str
    status: int
    answer: str


def frame(line: int, what: Literal["<", ">"], after: int, data: str | bytes, time_ms: int = 0) -> Row:
    if isinstance(data, bytes):
        return Row(line, what, after, base64=b64encode(data).decode(), time_ms=time_ms)
    return Row(line, what, after, text=data if what == "<" else hide(data), time_ms=time_ms)


def hide(text: str) -> str:
    """Whatever looks like a key, a signature or a token."""
    return _CREDENTIAL.sub(HIDDEN, text)


def is_heartbeat(data: str | bytes) -> bool:
    """Sent by the clock and not by the story, so a replay has more or fewer of them."""
    return isinstance(data, str) and bool(_HEARTBEAT.match(data[:40]))


def write(path: Path, rows: Iterable[Row], secrets: Iterable[str]) -> None:
    text = "".join(msgspec.json.encode(row).decode() + "\n" for row in rows)
    path.write_text(without(text, secrets), encoding="utf-8")


def read(path: Path) -> Sequence[Row]:
    """Raise `ConfigError` naming the row that is none. No file: no line was opened."""
    rows = []
    for number, text in enumerate(path.read_bytes().splitlines() if path.exists() else (), 1):
        try:
            rows.append(msgspec.json.decode(text, type=Row))
        except msgspec.DecodeError as error:
            raise ConfigError(f"{path}:{number}: {error}; record it again with `twinstar record`") from error
    return rows


def without(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
