"""The spot market's words for what the exchange knows."""

from __future__ import annotations

from twinstar.sim.model import Kind, Order, TimeInForce

TYPES = {
    "LIMIT": Kind.LIMIT,
    "LIMIT_MAKER": Kind.LIMIT,
    "MARKET": Kind.MARKET,
    "STOP_LOSS": Kind.STOP_MARKET,
    "STOP_LOSS_LIMIT": Kind.STOP_LIMIT,
    "TAKE_PROFIT": Kind.TAKE_PROFIT_MARKET,
    "TAKE_PROFIT_LIMIT": Kind.TAKE_PROFIT_LIMIT,
}
TYPE_NAMES = {kind: name for name, kind in TYPES.items() if name != "LIMIT_MAKER"}


def type_name(order: Order) -> str:
    is_maker = order.request.time_in_force is TimeInForce.POST_ONLY
    return "LIMIT_MAKER" if is_maker else TYPE_NAMES[order.request.kind]


def in_force(order: Order) -> str:
    known = {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}
    return known.get(order.request.time_in_force, "GTC")


def is_working(order: Order) -> bool:
    """In the book, or past it: a stop works once it has fired."""
    return order.triggered or not order.request.kind.is_trigger
