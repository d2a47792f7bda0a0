"""What Bithumb's errors mean, row by row. Pure.

Names: apidocs.bithumb.com, 주요 에러 코드 (2026-10-27), without those of deposits. Those marked with ? other
clients have seen, or Upbit has them.
Only what is in here counts as refused: an order that is answered with any other name is in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

import twinstar as ts

LONGEST_TEXT: Final = 200
_R, _L, _D = ts.Meaning.REFUSED, ts.Meaning.LATER, ts.Meaning.DENIED
MEANINGS: Final[Mapping[str, ts.Meaning]] = {
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
    "expired_jwt": ts.Meaning.MISTIMED,
    # How often.
    "too_many_requests": _L,  # ?
    "too_many_orders": _L,  # ?
    # Orders.
    "order_not_ready": ts.Meaning.EARLY,
    "order_not_found": ts.Meaning.MISSING,
    "duplicate_client_order_id": ts.Meaning.EXISTS,  # ?
    # Subscriptions.
    "WRONG_FORMAT": _R,  # ? and those below
    "NO_TICKET": _R,
    "NO_TYPE": _R,
    "NO_CODES": _R,
    "INVALID_PARAM": _R,
    "INVALID_PARAM_FORMAT": _R,
    "server_error": ts.Meaning.UNKNOWN,
}
TOO_MANY: Final = 429
UNAUTHORIZED: Final = 401


class Refusal(Struct, frozen=True):
    """As the venue words it; of a parameter that is wrong the name is a number."""

    name: str | int
    message: str = ""

    def __str__(self) -> str:
        """One line of printable text."""
        text = f"{self.name}: {self.message}"[:LONGEST_TEXT]
        return "".join(c if c.isprintable() else " " for c in text)


def meaning_of(status: int, refusal: Refusal | None) -> ts.Meaning:
    """By the name, whatever the status, HTTP 200 too; but a server in trouble proves nothing."""
    known = MEANINGS.get(str(refusal.name)) if refusal is not None else None
    if known is not None and 200 <= status < 500:
        return known
    return ts.Meaning.LATER if status == TOO_MANY else ts.Meaning.UNKNOWN
