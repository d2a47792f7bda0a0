"""The venue's words for what the exchange knows."""

from __future__ import annotations

from twinstar.sim.model import Kind, Order, Request, Side, Status, TimeInForce

SIDES = {side.value: side for side in Side}
TYPES = {
    "market": (Kind.MARKET, TimeInForce.GTC),
    "limit": (Kind.LIMIT, TimeInForce.GTC),
    "post_only": (Kind.LIMIT, TimeInForce.POST_ONLY),
    "fok": (Kind.LIMIT, TimeInForce.FOK),
    "ioc": (Kind.LIMIT, TimeInForce.IOC),
}
TYPE_NAMES = {meant: name for name, meant in TYPES.items()}
STATES = {
    Status.NEW: "live",
    Status.PARTLY_FILLED: "partially_filled",
    Status.FILLED: "filled",
    Status.CANCELED: "canceled",
    Status.EXPIRED: "canceled",
}
CANCELED_BY_USER, CANCELED_BY_SYSTEM = "1", "0"
CANCELED_BY_RULE = {TimeInForce.FOK: "13", TimeInForce.IOC: "14", TimeInForce.POST_ONLY: "31"}

# Algo orders have ids of their own, and so has the order that one becomes when it fires; here both are made of the
# exchange's one id.
ORDER_IDS = 2_000_000_000_000_000_000
ALGO_IDS = 1_000_000_000_000_000_000
# An algo order is of type "trigger" or "conditional". The exchange does not tell these apart: the wire keeps it in the
# client id, which the venue's alphabet keeps free of hyphens.
TRIGGER, NAMELESS = "trigger-", "trigger--"


def is_plain(order: Order) -> bool:
    """In the order book's house: no algo order, or one that has fired."""
    return order.triggered or not order.request.kind.is_trigger


def is_algo(order: Order) -> bool:
    return order.request.kind.is_trigger


def order_id(order: Order) -> str:
    return str(ORDER_IDS + order.id)


def algo_id(order: Order) -> str:
    return str(ALGO_IDS + order.id)


def client_id(order: Order) -> str:
    given = order.request.client_id or ""
    return "" if given.startswith(NAMELESS) else given.removeprefix(TRIGGER)


def is_trigger_type(request: Request) -> bool:
    return (request.client_id or "").startswith(TRIGGER)


def algo_type(order: Order) -> str:
    return "trigger" if is_trigger_type(order.request) else "conditional"


def algo_state(order: Order) -> str:
    if order.triggered:
        return "effective"
    return {Status.UNTRIGGERED: "live", Status.CANCELED: "canceled"}.get(order.status, "order_failed")


def order_type(order: Order) -> str:
    """What it is in the book: an algo order that has fired goes on as a market or limit order."""
    kind = Kind.LIMIT if order.request.kind.is_limit else Kind.MARKET
    return TYPE_NAMES[kind, order.request.time_in_force]


def cancel_source(order: Order) -> str:
    if order.status is Status.CANCELED:
        return CANCELED_BY_USER
    if order.status is Status.EXPIRED:
        return CANCELED_BY_RULE.get(order.request.time_in_force, CANCELED_BY_SYSTEM)
    return ""
