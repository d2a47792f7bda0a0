"""What it means that a call failed. No text of ccxt's is passed on: it holds signed URLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import ClientConnectorError, WSServerHandshakeError

from twinstar.builtin.ccxt.habits.habit import Refusal, Words
from twinstar.builtin.ccxt.wire import Exchanged
from twinstar.errors import AuthFailed, OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable

LONGEST_TEXT = 200
UNAUTHORIZED = 401


def order_failed(venue: str, error: BaseException, exchanged: Exchanged, words: Words) -> VenueError:
    """Only what is known for sure not to have changed anything is not `OutcomeUnknown`."""
    if exchanged.requests == 0:
        return VenueRejected(venue, f"not sent: {_own_words(error)}")
    if never_connected(error):
        return VenueUnavailable(venue, f"could not connect ({type(_root(error)).__name__})")
    refusal = refusal_in(exchanged, words)
    return (
        OutcomeUnknown(venue, _unanswered(error, exchanged))
        if refusal is None
        else _refused(venue, refusal, exchanged, words)
    )


def _refused(venue: str, refusal: Refusal, exchanged: Exchanged, words: Words) -> VenueError:
    if refusal.code in words.denied:
        return AuthFailed(venue, describe(refusal))
    if refusal.code in words.busy:
        return VenueUnavailable(venue, describe(refusal), retry_after_s=exchanged.retry_after_s)
    if refusal.code in words.refused and exchanged.status is not None and 400 <= exchanged.status < 500:
        return VenueRejected(venue, describe(refusal))
    return OutcomeUnknown(venue, f"HTTP {exchanged.status}, {describe(refusal)}")


def reading_failed(venue: str, what: str, error: BaseException, exchanged: Exchanged, words: Words) -> VenueError:
    refusal = refusal_in(exchanged, words)
    if refusal is not None and refusal.code in words.denied:
        return AuthFailed(venue, f"{what}: {describe(refusal)}")
    if refusal is not None:
        reason = describe(refusal)
    else:
        reason = _unanswered(error, exchanged) if exchanged.requests else _own_words(error)
    return VenueUnavailable(venue, f"{what}: {reason}", retry_after_s=exchanged.retry_after_s)


def line_lost(venue: str, stream: str, error: Any, words: Words, *, private: bool) -> VenueError:
    for cause in _chain(error):
        if isinstance(cause, WSServerHandshakeError):
            reason = f"{stream}: the handshake was answered with HTTP {cause.status}"
            denied = private and cause.status == UNAUTHORIZED
            return AuthFailed(venue, reason) if denied else VenueUnavailable(venue, reason)
    text = _clean(str(error)) or type(error).__name__
    if private and any(f"refused: {code}:" in text for code in words.denied):
        return AuthFailed(venue, f"{stream}: {text}")
    return VenueUnavailable(venue, f"{stream}: {text}")


def never_connected(error: BaseException) -> bool:
    return any(isinstance(cause, ClientConnectorError) for cause in _chain(error))


def refusal_in(exchanged: Exchanged, words: Words) -> Refusal | None:
    return None if exchanged.body is None else words.refusal(exchanged.body)


def describe(refusal: Refusal) -> str:
    return _clean(f"{refusal.code}: {refusal.text}")


def _unanswered(error: BaseException, exchanged: Exchanged) -> str:
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
