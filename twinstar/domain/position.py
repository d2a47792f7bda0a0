"""A position is what fills add up to."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from twinstar.domain.market import InstrumentId, Side
from twinstar.domain.order import Fill


class Position(Struct, frozen=True, kw_only=True):
    """Signed quantity at an average price; positive is long. ``realized`` is in the quote asset, before fees."""

    instrument: InstrumentId
    quantity: Decimal = Decimal(0)
    average_price: Decimal = Decimal(0)
    realized: Decimal = Decimal(0)

    @property
    def is_flat(self) -> bool:
        return not self.quantity

    @property
    def side(self) -> Side:
        """The side that opened it; `Side.BUY` when flat."""
        return Side.SELL if self.quantity < 0 else Side.BUY

    def unrealized(self, price: Decimal) -> Decimal:
        return (price - self.average_price) * self.quantity

    def apply(self, fill: Fill) -> Position:
        signed = fill.quantity * fill.side.sign
        after = self.quantity + signed
        if self.quantity * signed >= 0:
            cost = self.average_price * self.quantity + fill.price * signed
            average, realized = cost / after, self.realized
        else:
            closed = min(abs(signed), abs(self.quantity))
            realized = self.realized + (fill.price - self.average_price) * closed * self.side.sign
            flipped = after * self.quantity < 0
            average = fill.price if flipped else self.average_price
        return Position(
            instrument=self.instrument,
            quantity=after,
            average_price=average if after else Decimal(0),
            realized=realized,
        )
