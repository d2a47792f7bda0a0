"""What the venue's codes mean, row by row.

Source: the error code page of apidocs.lighter.xyz, and the families in its OpenAPI (2026-07). A code that is not here
means nothing for sure: an order that is answered with it is in doubt, a question is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

import twinstar as ts


class Meaning(Enum):
    REFUSED = "refused"  # nothing was changed, and asking again would not help
    LATER = "later"  # nothing was changed; ask again later
    DENIED = "denied"  # a person must act: the keys, the account
    NONCE = "nonce"  # nothing was changed: another number is next
    HARMLESS = "harmless"  # it is as it was asked for
    UNKNOWN = "unknown"


class Code(Exception):
    """The venue answered with a code that is no success."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {plain(text)}")
        self.code = code


OK: Final = 200
CODES: Final[Mapping[int, Meaning]] = {
    21100: Meaning.DENIED,  # account not found
    21104: Meaning.NONCE,
    21105: Meaning.NONCE,  # of a batch
    21108: Meaning.DENIED,  # public key
    21109: Meaning.DENIED,  # API key not found
    21120: Meaning.DENIED,  # signature
    21121: Meaning.REFUSED,  # a batch of several keys
    21136: Meaning.DENIED,  # the signer is too old
    21149: Meaning.REFUSED,  # integrator
    21501: Meaning.REFUSED,
    21505: Meaning.REFUSED,
    21506: Meaning.LATER,  # too many transactions are pending
    21507: Meaning.REFUSED,
    21508: Meaning.REFUSED,
    21511: Meaning.REFUSED,
    21514: Meaning.REFUSED,
    **dict.fromkeys(range(21600, 21621), Meaning.REFUSED),  # market and its state
    **dict.fromkeys(range(21700, 21745), Meaning.REFUSED),  # fields, counts and margin of an order
    21728: Meaning.UNKNOWN,  # an order with our index is there: look which
    **dict.fromkeys(range(22400, 22404), Meaning.REFUSED),  # range of candles
    **dict.fromkeys(range(23000, 23005), Meaning.LATER),  # limits
    29400: Meaning.REFUSED,  # parameter
    29401: Meaning.DENIED,  # token
    29404: Meaning.REFUSED,
    30003: Meaning.HARMLESS,  # already subscribed
    30005: Meaning.REFUSED,  # channel
    30009: Meaning.LATER,  # too many messages
    30010: Meaning.LATER,  # too many of them unanswered
    **dict.fromkeys(range(61000, 61010), Meaning.DENIED),  # tokens
}
STATUSES: Final[Mapping[int, Meaning]] = {
    401: Meaning.DENIED,
    403: Meaning.DENIED,
    405: Meaning.LATER,  # the firewall's
    429: Meaning.LATER,
}
MISSING: Final = 21700  # no such order: over by the time it was to be canceled


def meaning_of(code: int | None, status: int | None = None) -> Meaning:
    if code is not None and code in CODES:
        return CODES[code]
    return STATUSES.get(status or 0, Meaning.UNKNOWN)


def raised(venue: str, meaning: Meaning, reason: str, *, order: bool) -> ts.errors.VenueError:
    """``order``: it was a transaction, so that what is not known to be refused may have happened."""
    match meaning:
        case Meaning.REFUSED | Meaning.HARMLESS:
            return ts.errors.VenueRejected(venue, reason)
        case Meaning.LATER | Meaning.NONCE:
            return ts.errors.VenueUnavailable(venue, reason)
        case Meaning.DENIED:
            return ts.errors.AuthFailed(venue, reason)
        case Meaning.UNKNOWN:
            kind = ts.errors.OutcomeUnknown if order else ts.errors.VenueUnavailable
            return kind(venue, reason)


def plain(text: str) -> str:
    """One printable line: it goes to the log."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:400]).split())[:200]
