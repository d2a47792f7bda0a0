"""What it means that a call failed. No text of ccxt's is passed on: it holds signed URLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import ClientConnectorError, WSServerHandshakeError

from twinstar.builtin.ccxt.habits.habit import Refusal, Words
from twinstar.builtin.ccxt.wire import Exchanged
from twinstar.domain.meanings import Doing, Meaning, remedy
from twinstar.errors import AuthFailed, BadMessage, VenueError, VenueRejected, VenueUnavailable

LONGEST_TEXT = 200
UNAUTHORIZED = 401


def order_failed(venue: str, doing: Doing, error: BaseException, exchanged: Exchanged, words: Words) -> VenueError:
    """Only what is known for sure not to have changed anything is not `OutcomeUnknown`."""
    if exchanged.requests == 0:
        return VenueRejected(venue, f"not sent: {_own_words(error)}")
    if never_connected(error):
        return VenueUnavailable(venue, f"could not connect ({type(_root(error)).__name__})")
    return _raised(remedy(meaning_of(exchanged, words), doing), venue, _said(error, exchanged, words), exchanged)


def reading_failed(venue: str, what: str, error: BaseException, exchanged: Exchanged, words: Words) -> VenueError:
    if exchanged.requests == 0:
        return VenueUnavailable(venue, f"{what}: {_own_words(error)}")
    reason = f"{what}: {_said(error, exchanged, words)}"
    if exchanged.status is not None and exchanged.status < 300 and refusal_in(exchanged, words) is None:
        return BadMessage(venue, reason)
    return _raised(remedy(meaning_of(exchanged, words), Doing.READ), venue, reason, exchanged)


def meaning_of(exchanged: Exchanged, words: Words) -> Meaning:
    """By the code, else by the status; where neither says anything for sure, it may have happened."""
    refusal = refusal_in(exchanged, words)
    code = words.codes.get(refusal.code) if refusal is not None else None
    if code is None:
        code = words.statuses.get(exchanged.status or 0)
        return code.meaning if code is not None else Meaning.UNKNOWN
    return code.meaning if exchanged.status in words.proving or not code.meaning.needs_proof else Meaning.UNKNOWN


def _raised(kind: type[VenueError], venue: str, reason: str, exchanged: Exchanged) -> VenueError:
    if issubclass(kind, VenueUnavailable):
        return kind(venue, reason, retry_after_s=exchanged.retry_after_s)
    return kind(venue, reason)


def _said(error: BaseException, exchanged: Exchanged, words: Words) -> str:
    refusal = refusal_in(exchanged, words)
    if refusal is None:
        return _unanswered(error, exchanged, words)
    known = refusal.code in words.codes
    return describe(refusal) if known else f"HTTP {exchanged.status}, {describe(refusal)}"


def line_lost(venue: str, stream: str, error: Any, words: Words, *, private: bool) -> VenueError:
    for cause in _chain(error):
        if isinstance(cause, WSServerHandshakeError):
            reason = f"{stream}: the handshake was answered with HTTP {cause.status}"
            denied = private and cause.status == UNAUTHORIZED
            return AuthFailed(venue, reason) if denied else VenueUnavailable(venue, reason)
    text = _clean(str(error)) or type(error).__name__
    kind = remedy(_complaint(text, words), Doing.LOGIN if private else Doing.STREAM)
    return kind(venue, f"{stream}: {text}")


def _complaint(text: str, words: Words) -> Meaning:
    """What the venue said against a subscription, if that is why the line was lost."""
    named = (code.meaning for name, code in words.codes.items() if f"refused: {name}:" in text)
    return next(named, Meaning.UNKNOWN)


def never_connected(error: BaseException) -> bool:
    return any(isinstance(cause, ClientConnectorError) for cause in _chain(error))


def refusal_in(exchanged: Exchanged, words: Words) -> Refusal | None:
    return None if exchanged.body is None else words.refusal(exchanged.body)


def describe(refusal: Refusal) -> str:
    return _clean(f"{refusal.code}: {refusal.text}")


def _unanswered(error: BaseException, exchanged: Exchanged, words: Words) -> str:
    if exchanged.status is not None and exchanged.status in words.statuses:
        return f"HTTP {exchanged.status}: {words.statuses[exchanged.status].text}"
    said = f"HTTP {exchanged.status}, " if exchanged.status is not None else ""
    return f"{said}no answer that can be read ({type(_root(error)).__name__})"


def _own_words(error: BaseException) -> str:
    """Raised before anything was signed; what follows a question mark is cut nevertheless."""
    return _clean(f"{type(error).__name__}: {error}")


def _clean(text: str) -> str:
    """One line of printable text without a query string."""
    shown = "".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST_TEXT])
    words = (word.partition("?")[0] + "?…" if "://" in word and "?" in word else word for word in shown.split())
    return " ".join(words)[:LONGEST_TEXT]


def _root(error: BaseException) -> BaseException:
    *_, last = _chain(error)
    return last


def _chain(error: Any) -> Iterator[BaseException]:
    """The error, what it wraps, what caused it."""
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        wrapped = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        error = error.__cause__ or wrapped
