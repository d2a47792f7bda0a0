"""What a story is played with: an adapter, and what it takes to ask it the same questions each time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

from twinstar.domain import Instrument, InstrumentId, Order, OrderKind, Timeframe
from twinstar.ports import Venue
from twinstar.testing.conformance.quality import Quality


class Scene:
    """``begun_ms``: when it was recorded; order ids and times that are asked about come of it."""

    def __init__(
        self,
        quality: Quality,
        connect: Callable[[], Venue],
        cut: Callable[[], Awaitable[None]],
        *,
        begun_ms: int,
        quantity: Decimal | None = None,
    ) -> None:
        self.connect, self.cut, self.begun_ms = connect, cut, begun_ms
        self.symbols: Sequence[str] = quality.symbols
        self.venue = connect()
        self._venue_id = quality.venue
        self._quantity = quantity or Decimal(str(quality.quantity))
        self._ids = begun_ms * 100

    @property
    def instrument(self) -> InstrumentId:
        return InstrumentId(self.symbols[0], self._venue_id)

    async def listed(self, venue: Venue, *symbols: str) -> Sequence[Instrument]:
        """By default the one that is traded."""
        assert venue.listing is not None
        return await venue.listing.instruments(symbols or self.symbols[:1])

    async def last_price(self) -> Decimal:
        assert self.venue.history is not None
        until_ms = self.begun_ms // 60_000 * 60_000
        candles = await self.venue.history.candles(self.instrument, Timeframe.M1, until_ms - 600_000, until_ms)
        return candles[-1].close

    def order(self, **wish: Any) -> Order:
        """A market order, unless it is wished otherwise."""
        self._ids += 1
        usual = {"kind": OrderKind.MARKET, "quantity": self._quantity, "created_ms": self.begun_ms}
        return Order(
            **{
                "order_id": f"ts{self._ids:018d}",
                "instrument": self.instrument,
                "status_ms": self.begun_ms,
                **usual,
                **wish,
            }
        )
