"""The entry that opened what is held: the measure of all that moves a stop, whatever has become of that stop."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.domain import Order, Side, Trail


class Opening(Struct, frozen=True, kw_only=True):
    order_id: str
    side: Side
    price: Decimal  # of its fills so far
    stop_price: Decimal  # the first one
    break_even_at: Decimal | None = None
    trail: Trail | None = None

    @property
    def risk(self) -> Decimal:
        """R, in price; not above 0 for an entry that was filled beyond its own stop."""
        return (self.price - self.stop_price) * self.side.sign

    def profit(self, price: Decimal) -> Decimal:
        return (price - self.price) * self.side.sign


def opened_by(order: Order, before: Opening | None) -> Opening | None:
    """What is added to a position changes neither its risk nor its plan; more fills of the same entry do."""
    if order.protect_at is None or (before is not None and before.order_id != order.order_id):
        return before
    return Opening(
        order_id=order.order_id,
        side=order.side,
        price=order.average_price,
        stop_price=order.protect_at,
        break_even_at=order.plan.break_even_at if order.plan else None,
        trail=order.plan.trail if order.plan else None,
    )
