"""Orders and executions as a request asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from twinstar.sim.model import Execution, Order, Reason, Refusal
from twinstar.sim.wires.binance_common import errors
from twinstar.sim.wires.binance_common.params import Params
from twinstar.sim.wires.binance_common.words import client_id

T = TypeVar("T")


def find(orders: Sequence[Order], params: Params) -> Order:
    """By the venue's id, else the newest with the client's."""
    number = params.integer_or_none("orderId")
    wanted = params.text_or_none("origClientOrderId")
    if number is None and wanted is None:
        raise errors.one_of_missing("origClientOrderId", "orderId")
    for order in reversed(orders):
        if order.id == number or (number is None and client_id(order) == wanted):
            return order
    raise Refusal(Reason.UNKNOWN_ORDER)


def orders_asked(orders: Sequence[Order], params: Params) -> Sequence[Order]:
    first_id = params.integer_or_none("orderId") or 0
    found = [order for order in orders if order.id >= first_id and _in_time(order.created_ms, params)]
    return _page(found, params, forward=bool(first_id))


def executions_asked(executions: Sequence[Execution], params: Params) -> Sequence[Execution]:
    first_id, number = params.integer_or_none("fromId") or 0, params.integer_or_none("orderId")
    found = [
        each
        for each in executions
        if each.id >= first_id and number in (None, each.order_id) and _in_time(each.time_ms, params)
    ]
    return _page(found, params, forward=bool(first_id))


def _in_time(at_ms: int, params: Params) -> bool:
    end = params.moment_or_none("endTime")
    return at_ms >= (params.moment_or_none("startTime") or 0) and (end is None or at_ms <= end)


def _page(found: Sequence[T], params: Params, *, forward: bool) -> Sequence[T]:
    """From a beginning on the first ones, else the last."""
    limit = params.limit(500, 1000)
    return found[:limit] if forward or params.moment_or_none("startTime") else found[-limit:]
