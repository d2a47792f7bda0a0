"""The venue's words for what the exchange knows."""

from __future__ import annotations

from twinstar.sim.model import Kind, Order, Request, Side, Status, TimeInForce

SIDES = {side.value.upper(): side for side in Side}
TYPES = {
    "MARKET": Kind.MARKET,
    "LIMIT": Kind.LIMIT,
    "STOP_MARKET": Kind.STOP_MARKET,
    "STOP": Kind.STOP_LIMIT,
    "TAKE_PROFIT_MARKET": Kind.TAKE_PROFIT_MARKET,
    "TAKE_PROFIT": Kind.TAKE_PROFIT_LIMIT,
}
TYPE_NAMES = {kind: name for name, kind in TYPES.items()}
FORCES = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "PostOnly": TimeInForce.POST_ONLY,
}
MODES = {"CROSSED": "cross", "ISOLATED": "isolated"}
MODE_NAMES = {mode: name for name, mode in MODES.items()}
STATES = {
    Status.UNTRIGGERED: "NEW",
    Status.NEW: "PENDING",
    Status.PARTLY_FILLED: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELED: "CANCELLED",
    Status.EXPIRED: "CANCELLED",
}
PUSHED = {**STATES, Status.NEW: "NEW", Status.CANCELED: "CANCELED", Status.EXPIRED: "EXPIRED"}
WORKING_TYPE = "CONTRACT_PRICE"  # the simulated exchange fires on the last price

# A stop is an order, and so is what it becomes when it fires: each has an id, made of the exchange's one.
ORDER_IDS = 1_790_000_000_000_000_000
TRIGGER_IDS = 1_780_000_000_000_000_000


def is_trigger(order: Order) -> bool:
    return order.request.kind.is_trigger


def order_id(order: Order) -> int:
    return ORDER_IDS + order.id


def trigger_id(order: Order) -> int:
    return TRIGGER_IDS + order.id


def trigger_status(order: Order) -> str:
    """When it fires it counts as filled, of nothing: what is filled is the order that it became."""
    if order.triggered:
        return "FILLED"
    return "FAILED" if order.status is Status.EXPIRED else STATES[order.status]


def client_id(order: Order) -> str:
    """Of a trigger order, and of what it became, the venue keeps none; the exchange's ledger does."""
    return "" if is_trigger(order) else order.request.client_id or ""


def became_type(request: Request) -> str:
    return "LIMIT" if request.kind.is_limit else "MARKET"


def reduces(request: Request) -> bool:
    return request.reduce_only or request.close_position
