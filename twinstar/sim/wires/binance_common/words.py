"""The words that spot and futures share."""

from __future__ import annotations

from twinstar.sim.model import Order, Side, Status, TimeInForce

SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
TIMES_IN_FORCE = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
STATUS_NAMES = {
    Status.UNTRIGGERED: "NEW",
    Status.NEW: "NEW",
    Status.PARTLY_FILLED: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELED: "CANCELED",
    Status.EXPIRED: "EXPIRED",
}
EXECUTION_TYPES = {"new": "NEW", "trade": "TRADE", "canceled": "CANCELED", "expired": "EXPIRED"}


def client_id(order: Order) -> str:
    """The venue gives an order without a client id one of its own."""
    return order.request.client_id or f"sim_{order.id}"
