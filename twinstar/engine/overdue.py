"""Orders that the market has reached; whether it filled them, only the venue can say."""

from __future__ import annotations

from decimal import Decimal

from twinstar.domain import Order, OrderKind


def is_reached(order: Order, price: Decimal | None) -> bool:
    """Also at the very price of a limit order, though others may stand before it."""
    if order.kind is OrderKind.MARKET:
        return True
    at = order.price if order.kind is OrderKind.LIMIT else order.stop_price
    if price is None or at is None:
        return False
    beyond = (price - at) * order.side.sign
    return beyond >= 0 if order.kind is OrderKind.STOP else beyond <= 0
