"""Orders that the market has reached; whether it filled them, only the venue can say."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from twinstar.domain import Order, OrderKind
from twinstar.engine.state import State


def overdue(state: State) -> Iterator[Order]:
    for order in state.all_open():
        if order.is_standing and _is_reached(order, state.last_price(order.instrument)):
            yield order


def _is_reached(order: Order, price: Decimal | None) -> bool:
    """At the very price of a limit order, others may stand before it."""
    if order.kind is OrderKind.MARKET:
        return True
    at = order.price if order.kind is OrderKind.LIMIT else order.stop_price
    if price is None or at is None:
        return False
    beyond = (price - at) * order.side.sign
    return beyond > 0 if order.kind is OrderKind.STOP else beyond < 0
