"""What the venue's codes mean, row by row.

Source: the error code page of apidocs.lighter.xyz, and the families in its OpenAPI (2026-07). A code that is not here
means nothing for sure: an order that is answered with it is in doubt, a question is asked again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import twinstar as ts


class Code(Exception):
    """The venue answered with a code that is no success."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {plain(text)}{WAYS_OUT.get(code, '')}")
        self.code = code


class TooFar(ts.errors.VenueRejected):
    """The worst price of a stop is too far from its own: with less room it may be taken."""


OK: Final = 200
_SECRET: Final = re.compile(r"[0-9A-Za-z+/]{40,}")  # nothing else that is said is as long in one piece
TOO_FAR: Final = 21735  # the worst price of a stop, from its own
WAYS_OUT: Final[Mapping[int, str]] = {TOO_FAR: " (lower stop_slippage_percent)"}
TOKEN: Final = frozenset({29401, *range(61000, 61010)})  # it, not the key it was made with
CODES: Final[Mapping[int, ts.Meaning]] = {
    401: ts.Meaning.DENIED,  # these are HTTP's
    403: ts.Meaning.DENIED,
    405: ts.Meaning.LATER,  # the firewall's
    429: ts.Meaning.LATER,
    21100: ts.Meaning.DENIED,  # account not found
    21104: ts.Meaning.LATER,  # another number is next
    21105: ts.Meaning.LATER,  # the same, of a batch
    21108: ts.Meaning.DENIED,  # public key
    21109: ts.Meaning.DENIED,  # API key not found
    21120: ts.Meaning.DENIED,  # signature
    21121: ts.Meaning.REFUSED,  # a batch of several keys
    21136: ts.Meaning.DENIED,  # the signer is too old
    21149: ts.Meaning.REFUSED,  # integrator
    21501: ts.Meaning.REFUSED,
    21505: ts.Meaning.REFUSED,
    21506: ts.Meaning.LATER,  # too many transactions are pending
    21507: ts.Meaning.REFUSED,
    21508: ts.Meaning.REFUSED,
    21511: ts.Meaning.REFUSED,
    21514: ts.Meaning.REFUSED,
    **dict.fromkeys(range(21600, 21621), ts.Meaning.REFUSED),  # market and its state
    **dict.fromkeys(range(21700, 21745), ts.Meaning.REFUSED),  # fields, counts and margin of an order
    21728: ts.Meaning.UNKNOWN,  # an order with our index is there: look which
    **dict.fromkeys(range(22400, 22404), ts.Meaning.REFUSED),  # range of candles
    **dict.fromkeys(range(23000, 23005), ts.Meaning.LATER),  # limits
    29400: ts.Meaning.REFUSED,  # parameter
    29404: ts.Meaning.REFUSED,
    30003: ts.Meaning.UNCHANGED,  # already subscribed
    30005: ts.Meaning.REFUSED,  # channel
    30009: ts.Meaning.LATER,  # too many messages
    30010: ts.Meaning.LATER,  # too many of them unanswered
    **dict.fromkeys(TOKEN, ts.Meaning.DENIED),
}


def meaning_of(code: int, status: int = OK) -> ts.Meaning:
    """The venue's own word; where that says nothing, HTTP's."""
    return CODES.get(code) or CODES.get(status, ts.Meaning.UNKNOWN)


def raised(venue: str, meaning: ts.Meaning, reason: str, *, order: bool) -> ts.errors.VenueError:
    """``order``: it was a transaction, so that what is not known to be refused may have happened."""
    return ts.remedy(meaning, ts.Doing.ORDER if order else ts.Doing.READ)(venue, reason)


def refusal(venue: str, code: int, text: str) -> ts.errors.VenueError:
    """Of a transaction, at once or after it was taken."""
    return TooFar(venue, text) if code == TOO_FAR else raised(venue, meaning_of(code), text, order=True)


def plain(text: str) -> str:
    """One printable line without keys, tokens and signatures: it goes to the log."""
    words = "".join(c if c.isprintable() else " " for c in _SECRET.sub("…", text[:400])).split()
    return " ".join(words)[:200]
