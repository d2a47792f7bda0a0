"""The venue's words for what the exchange knows."""

from __future__ import annotations

from twinstar.sim.model import Kind, Order, Reason, Request, Side, Status, TimeInForce
from twinstar.sim.wires.uuids import Uuids

ORDERS = Uuids("b1700000-0000-4000-8000-")
FILLS = Uuids("b1f00000-0000-5000-8000-")
PAYMENTS = Uuids("b1d00000-0000-5000-8000-")
TICKS = Uuids("b1c00000-0000-5000-8000-")

SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
SIDE_NAMES = {side: name for name, side in SIDES.items()}
TIMES_IN_FORCE = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "PostOnly": TimeInForce.POST_ONLY,
}
TIME_IN_FORCE_NAMES = {value: name for name, value in TIMES_IN_FORCE.items()}
STOP_KINDS = (Kind.STOP_MARKET, Kind.STOP_LIMIT)
RISING, FALLING = 1, 2
MARGIN_MODES = {"REGULAR_MARGIN": "cross", "ISOLATED_MARGIN": "isolated"}
MARGIN_MODE_NAMES = {mode: name for name, mode in MARGIN_MODES.items()}
LIQUIDATION = "autoclose-"  # how the client id of a forced order begins

_STATUSES = {
    Status.UNTRIGGERED: "Untriggered",
    Status.NEW: "New",
    Status.PARTLY_FILLED: "PartiallyFilled",
    Status.FILLED: "Filled",
    Status.CANCELED: "Cancelled",
    Status.EXPIRED: "Cancelled",
}
_UNFILLED = {TimeInForce.IOC: "EC_NoImmediateQtyToFill", TimeInForce.FOK: "EC_CancelForNoFullFill"}


def waits(order: Order) -> bool:
    """A conditional order that has not fired."""
    return order.request.kind.is_trigger and not order.triggered


def status(order: Order) -> str:
    """Of a conditional order it matters whether it had fired when it ended."""
    if would_take(order):
        return "Rejected"
    if waits(order) and order.status in (Status.CANCELED, Status.EXPIRED):
        return "Deactivated" if order.status is Status.CANCELED else "Rejected"
    return _STATUSES[order.status]


def would_take(order: Order) -> bool:
    """A post-only order that ended as it came."""
    return order.reason == Reason.WOULD_TAKE.value


def is_limit(request: Request) -> bool:
    return request.kind.is_limit


def time_in_force(request: Request) -> TimeInForce:
    """A market order is an IOC order to the venue."""
    return request.time_in_force if is_limit(request) else TimeInForce.IOC


def reduces(request: Request) -> bool:
    return request.reduce_only or request.close_position


def cancel_type(order: Order) -> str:
    if order.status is Status.CANCELED:
        return "CancelByUser"
    is_other = _found_nobody(order) or would_take(order)
    was_reduced = order.status is Status.EXPIRED and reduces(order.request) and not is_other
    return "CancelByReduceOnly" if was_reduced else "UNKNOWN"


def reject_reason(order: Order) -> str:
    if order.status is Status.CANCELED:
        return "EC_PerCancelRequest"
    if would_take(order):
        return "EC_PostOnlyWillTakeLiquidity"
    if order.status is not Status.EXPIRED or cancel_type(order) == "CancelByReduceOnly":
        return "EC_NoError"
    return "EC_Others" if waits(order) else _UNFILLED.get(time_in_force(order.request), "EC_Others")


def _found_nobody(order: Order) -> bool:
    return waits(order) or time_in_force(order.request) in _UNFILLED


def direction(request: Request) -> int:
    """Of the price that fires it: stops go with the price, take-profits against it."""
    if not request.kind.is_trigger:
        return 0
    return RISING if (request.kind in STOP_KINDS) is (request.side is Side.BUY) else FALLING


def create_type(order: Order) -> str:
    if (order.request.client_id or "").startswith(LIQUIDATION):
        return "CreateByLiq"
    return "CreateByStopOrder" if order.triggered else "CreateByUser"
