"""The venue's words for what the exchange knows."""

from __future__ import annotations

from twinstar.sim.model import Kind, Order, TimeInForce
from twinstar.sim.wires.binance_common import words
from twinstar.sim.wires.binance_common.words import STATUS_NAMES

PLAIN_TYPES = {"LIMIT": Kind.LIMIT, "MARKET": Kind.MARKET}
TRIGGER_TYPES = {
    "STOP": Kind.STOP_LIMIT,
    "STOP_MARKET": Kind.STOP_MARKET,
    "TAKE_PROFIT": Kind.TAKE_PROFIT_LIMIT,
    "TAKE_PROFIT_MARKET": Kind.TAKE_PROFIT_MARKET,
}
TYPES = PLAIN_TYPES | TRIGGER_TYPES
TYPE_NAMES = {kind: name for name, kind in TYPES.items()}
TIMES_IN_FORCE = words.TIMES_IN_FORCE | {"GTX": TimeInForce.POST_ONLY}
TIME_IN_FORCE_NAMES = {value: name for name, value in TIMES_IN_FORCE.items()}
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
