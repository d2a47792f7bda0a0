"""The venue's words for what the exchange knows."""

from __future__ import annotations

from twinstar.sim.model import Kind, Order, Side, Status, TimeInForce

SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
PLAIN_TYPES = {"LIMIT": Kind.LIMIT, "MARKET": Kind.MARKET}
TRIGGER_TYPES = {
    "STOP": Kind.STOP_LIMIT,
    "STOP_MARKET": Kind.STOP_MARKET,
    "TAKE_PROFIT": Kind.TAKE_PROFIT_LIMIT,
    "TAKE_PROFIT_MARKET": Kind.TAKE_PROFIT_MARKET,
}
TYPES = PLAIN_TYPES | TRIGGER_TYPES
TYPE_NAMES = {kind: name for name, kind in TYPES.items()}
TIMES_IN_FORCE = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.POST_ONLY,
}
TIME_IN_FORCE_NAMES = {value: name for name, value in TIMES_IN_FORCE.items()}
STATUS_NAMES = {
    Status.UNTRIGGERED: "NEW",
    Status.NEW: "NEW",
    Status.PARTLY_FILLED: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELED: "CANCELED",
    Status.EXPIRED: "EXPIRED",
}

# Conditional orders live in the venue's algo service with ids of their own, far from order ids; the order that a
# triggered one becomes has an order id. Here both are made of the exchange's one id.
ALGO_IDS = 1_000_000_000_000_000


def is_plain(order: Order) -> bool:
    """In the order book's house: not conditional, or a conditional one that has fired."""
    return order.triggered or not order.request.kind.is_trigger


def algo_id(order: Order) -> int:
    return ALGO_IDS + order.id


def algo_status(order: Order) -> str:
    if order.triggered:
        return "TRIGGERED" if order.status.is_open else "FINISHED"
    return STATUS_NAMES[order.status]


def working_type(order: Order) -> str:
    """What an order is in the book: a fired stop goes on as a market or a limit order."""
    return "LIMIT" if order.request.kind.is_limit else "MARKET"


def client_id(order: Order) -> str:
    """The venue gives an order without a client id one of its own."""
    return order.request.client_id or f"sim_{order.id}"
