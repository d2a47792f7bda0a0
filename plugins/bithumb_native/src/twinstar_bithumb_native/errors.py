"""What Bithumb's errors mean, row by row, and what is to be done about them. Pure.

Names: apidocs.bithumb.com, 주요 에러 코드 (2026-10-27), without those of deposits. Those marked with ? other
clients have seen, or Upbit has them.
Only what is in here counts as refused: an order that is answered with any other name is in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct

import twinstar as ts

LONGEST_TEXT: Final = 200


class Doing(Enum):
    ORDER = "order"
    CANCEL = "cancel"
    READ = "read"
    STREAM = "stream"  # opening a public line
    LOGIN = "login"  # opening the line of the account


class Meaning(Enum):
    REFUSED = "refused"  # nothing was changed, and asking again would not help
    LATER = "later"  # nothing was changed, and later it may be
    MISTIMED = "mistimed"  # nothing was changed: it was dated wrongly
    DENIED = "denied"  # nothing was changed: our keys, or our address, are not good for this
    EARLY = "early"  # nothing was changed: the order cannot be canceled yet
    MISSING = "missing"  # there is no such order, or none that could be canceled
    EXISTS = "exists"  # there is an order with that id
    UNKNOWN = "unknown"  # it may have happened


_R, _L, _D = Meaning.REFUSED, Meaning.LATER, Meaning.DENIED
MEANINGS: Final[Mapping[str, Meaning]] = {
    # Parameters, which some endpoints only number.
    "400": _R,
    "404": _R,
    "invalid_parameter": _R,
    "validation_error": _R,  # ?
    "invalid_price": _R,
    "invalid_price_ask": _R,
    "invalid_price_bid": _R,
    "under_price_limit_ask": _R,
    "under_price_limit_bid": _R,
    "currency does not have a valid value": _R,
    "under_min_total": _R,  # ?
    "over_max_total": _R,  # ?
    # Money. How the venue calls too little of it is not documented: these are Upbit's.
    "insufficient_funds_ask": _R,  # ?
    "insufficient_funds_bid": _R,  # ?
    "cross_trading": _R,
    "bank_account_required": _R,
    # Who asks.
    "invalid_query_payload": _D,
    "jwt_verification": _D,  # also where a key lacks the right (?)
    "invalid_access_key": _D,  # ?
    "NotAllowIP": _D,
    "out_of_scope": _D,
    "blocked_member_id": _D,
    "two_factor_auth_required": _D,
    "INVALID_AUTH": _D,  # ? of a socket
    "expired_jwt": Meaning.MISTIMED,
    # How often.
    "too_many_requests": _L,  # ?
    "too_many_orders": _L,  # ?
    # Orders.
    "order_not_ready": Meaning.EARLY,
    "order_not_found": Meaning.MISSING,
    "duplicate_client_order_id": Meaning.EXISTS,  # ?
    # Subscriptions.
    "WRONG_FORMAT": _R,  # ? and those below
    "NO_TICKET": _R,
    "NO_TYPE": _R,
    "NO_CODES": _R,
    "INVALID_PARAM": _R,
    "INVALID_PARAM_FORMAT": _R,
    "server_error": Meaning.UNKNOWN,
}
TOO_MANY: Final = 429
UNAUTHORIZED: Final = 401

_E = ts.errors
_AUTH, _NO, _WAIT, _DOUBT = _E.AuthFailed, _E.VenueRejected, _E.VenueUnavailable, _E.OutcomeUnknown
_REMEDIES: Final[Mapping[Meaning, tuple[type[_E.VenueError], ...]]] = {
    # ................ order . cancel  read . stream  login
    Meaning.REFUSED: (_NO, _NO, _NO, _WAIT, _WAIT),
    Meaning.LATER: (_WAIT, _WAIT, _WAIT, _WAIT, _WAIT),
    Meaning.MISTIMED: (_WAIT, _WAIT, _WAIT, _WAIT, _WAIT),
    Meaning.DENIED: (_AUTH, _AUTH, _AUTH, _WAIT, _AUTH),
    Meaning.EARLY: (_DOUBT, _WAIT, _WAIT, _WAIT, _WAIT),
    Meaning.MISSING: (_DOUBT, _NO, _NO, _WAIT, _WAIT),
    Meaning.EXISTS: (_DOUBT, _DOUBT, _WAIT, _WAIT, _WAIT),
    Meaning.UNKNOWN: (_DOUBT, _DOUBT, _WAIT, _WAIT, _WAIT),
}


class Refusal(Struct, frozen=True):
    """As the venue words it; of a parameter that is wrong the name is a number."""

    name: str | int
    message: str = ""

    def __str__(self) -> str:
        """One line of printable text."""
        text = f"{self.name}: {self.message}"[:LONGEST_TEXT]
        return "".join(c if c.isprintable() else " " for c in text)


def meaning_of(status: int, refusal: Refusal | None) -> Meaning:
    """By the name, whatever the status, HTTP 200 too; but a server in trouble proves nothing."""
    known = MEANINGS.get(str(refusal.name)) if refusal is not None else None
    if known is not None and 200 <= status < 500:
        return known
    return Meaning.LATER if status == TOO_MANY else Meaning.UNKNOWN


def remedy(meaning: Meaning, doing: Doing) -> type[_E.VenueError]:
    """The error to raise; its place in `twinstar.errors` says what the caller does."""
    return _REMEDIES[meaning][list(Doing).index(doing)]
