"""Bithumb's refusals: HTTP status and name as the venue has them; the messages are ours.

Names: apidocs.bithumb.com, 주요 에러 코드 (2026-10-27). It names no error for too little money, a total that is too
small or large, a volume off its step or too many requests: these are as Upbit's, or as other clients have seen them.
"""

from __future__ import annotations

from collections.abc import Mapping

from twinstar.sim.model import Reason, Refusal
from twinstar.sim.wires.krw.errors import Denial

WORDING: Mapping[str, tuple[int, str]] = {
    "invalid_access_key": (401, "The access key is not known."),
    "jwt_verification": (401, "The JWT token could not be verified."),
    "expired_jwt": (401, "The JWT token has expired."),
    "invalid_query_payload": (401, "The JWT query could not be verified."),
    "out_of_scope": (401, "The key may not do this."),
    "NotAllowIP": (401, "This IP address is not allowed."),
    "blocked_member_id": (403, "The member is blocked."),
    "invalid_parameter": (400, "Invalid parameter. Check the given value!"),
    "invalid_price_bid": (400, "The price does not keep to the order unit."),
    "invalid_price_ask": (400, "The price does not keep to the order unit."),
    "under_min_total": (400, "The order is below the minimum total."),
    "over_max_total": (400, "The order is above the maximum total."),
    "insufficient_funds_bid": (400, "There is not enough money for this order."),
    "insufficient_funds_ask": (400, "There is not enough of the coin for this order."),
    "order_not_found": (404, "The order was not found."),
    "order_not_ready": (422, "The order is not ready yet."),
    "too_many_requests": (429, "Too many requests."),
    "too_many_orders": (429, "Too many orders and cancels of one coin."),
}

# Of what the exchange itself refuses; a name that ends in "_" gets the order's side.
BY_REASON: Mapping[Reason, str] = {
    Reason.BAD_TICK: "invalid_price_",
    Reason.TOO_CHEAP: "under_min_total",
    Reason.NO_FUNDS: "insufficient_funds_",
    Reason.UNKNOWN_ORDER: "order_not_found",
    Reason.NOT_OPEN: "order_not_found",
}

# The gateways of both venues ask for these; Bithumb has one name for them.
ALIKE = {"no_authorization_token": "jwt_verification", "nonce_used": "jwt_verification"}


def denied(name: str) -> Denial:
    name = ALIKE.get(name, name)
    status, message = WORDING[name]
    return Denial(status, name, message)


def invalid(name: str) -> Denial:
    """A fault of one parameter: the name is a number."""
    return Denial(400, 400, f"Invalid parameter: {name}. Check the given value!")


def of_refusal(refusal: Refusal, side: str) -> Denial:
    """``side`` is bid or ask."""
    name = BY_REASON.get(refusal.reason, "invalid_parameter")
    return denied(name + side if name.endswith("_") else name)
