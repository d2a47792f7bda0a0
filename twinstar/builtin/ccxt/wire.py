"""What goes over the wire on behalf of one call of ours: whether anything was sent, and what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec
from msgspec import Struct

MAX_BAN_S = 3_600.0

# Numbers with a fraction stay text, so that no float ever touches a price.
_decode = msgspec.json.Decoder(float_hook=str).decode


class Exchanged(Struct, kw_only=True):
    """The requests of one call, and its last answer."""

    requests: int = 0
    sent_s: float = 0.0  # the last of them; monotonic
    answered_s: float = 0.0
    status: int | None = None
    retry_after_s: float = 0.0
    date: str | None = None
    body: Any = None


_current: ContextVar[Exchanged | None] = ContextVar("exchanged", default=None)


@contextmanager
def exchanging() -> Iterator[Exchanged]:
    """Whatever is requested inside, and nothing else, is noted in what this gives."""
    exchanged = Exchanged()
    token = _current.set(exchanged)
    try:
        yield exchanged
    finally:
        _current.reset(token)


def current() -> Exchanged | None:
    """Of the call that we are in."""
    return _current.get()


def note_request(now_s: float) -> None:
    if (exchanged := _current.get()) is not None:
        exchanged.requests += 1
        exchanged.sent_s = now_s
        exchanged.status, exchanged.retry_after_s, exchanged.date, exchanged.body = None, 0.0, None, None


def note_answer(status: int, headers: Mapping[str, str], body: str, now_s: float) -> None:
    if (exchanged := _current.get()) is not None:
        exchanged.answered_s = now_s
        exchanged.status = status
        exchanged.retry_after_s = _retry_after_s(_header(headers, "retry-after"))
        exchanged.date = _header(headers, "date")
        exchanged.body = json_or_none(body)


def json_of(text: str | bytes) -> Any:
    """Raise `ValueError` for what is not JSON."""
    return _decode(text)


def json_or_none(text: str) -> Any:
    try:
        return _decode(text)
    except (ValueError, RecursionError):
        return None


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for known, value in headers.items() if known.lower() == name), None)


def _retry_after_s(said: str | None) -> float:
    """Seconds only; a date or nonsense counts as not said."""
    return min(float(said), MAX_BAN_S) if said and said.isascii() and said.isdigit() else 0.0
