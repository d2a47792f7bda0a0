"""Our orders: by their ids, by whether they are over, and how many there have been."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence

from twinstar.domain import InstrumentId, Order, OrderStatus

FINAL_ORDERS_KEPT = 10_000
RATE_WINDOW_MS = 60_000  # of orders, as far back as anybody asks


class Register:
    """A part of the state. Orders that are over are forgotten in the end, the oldest first; others never."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, Order] = {}
        self.last_order_id: str | None = None
        self.sent: Counter[str] = Counter()  # by venue, as long as the journal goes back
        self.ended: Counter[tuple[str, OrderStatus]] = Counter()
        self._placed_ms: dict[str, deque[int]] = {}  # by venue: when the orders of the last minute were decided
        self._open: dict[InstrumentId, dict[str, Order]] = {}
        self._final: dict[str, None] = {}  # order ids, the oldest first
        self._fills: dict[str, set[str]] = {}  # order id → fill ids that were counted

    def open_orders(self, instrument: InstrumentId) -> Sequence[Order]:
        """Those that are not final, oldest first."""
        return tuple(self._open.get(instrument, {}).values())

    def unsettled(self, venue_id: str) -> tuple[Order, ...]:
        """The open orders of a venue, over all instruments."""
        return tuple(order for order in self.all_open() if order.instrument.venue == venue_id)

    def in_doubt(self, venue_id: str) -> tuple[Order, ...]:
        return tuple(o for o in self.unsettled(venue_id) if o.status is OrderStatus.IN_DOUBT)

    def is_blocked(self, instrument: InstrumentId) -> bool:
        """Nothing new leaves for an instrument while the fate of one of its orders is unknown."""
        return any(o.status is OrderStatus.IN_DOUBT for o in self.open_orders(instrument))

    def on_its_way(self) -> tuple[Order, ...]:
        """Sent, or asked to be changed, and not answered yet."""
        return tuple(o for o in self.all_open() if o.status is OrderStatus.SUBMITTED or o.asked is not None)

    def with_status(self, status: OrderStatus) -> tuple[Order, ...]:
        return tuple(order for order in self.all_open() if order.status is status)

    def all_open(self) -> Iterator[Order]:
        for orders in self._open.values():
            yield from orders.values()

    def placed_since(self, venue: str, since_ms: int) -> int:
        """How many orders were decided after ``since_ms``, of the last minute's."""
        return sum(time_ms > since_ms for time_ms in self._placed_ms.get(venue, ()))

    def _count_placed(self, order: Order) -> None:
        venue = order.instrument.venue
        self.sent[venue] += 1
        placed = self._placed_ms.setdefault(venue, deque())
        placed.append(order.created_ms)
        while placed[0] <= order.created_ms - RATE_WINDOW_MS:
            placed.popleft()

    def _register(self, order: Order) -> bool:
        """Take it in as it is now; whether it has ended by that."""
        before = self.orders.get(order.order_id)
        self.orders[order.order_id] = order
        if not order.status.is_final:
            self._open.setdefault(order.instrument, {})[order.order_id] = order
            self._final.pop(order.order_id, None)
            return False
        if before is not None and before.status.is_final:
            return False
        self._open.get(order.instrument, {}).pop(order.order_id, None)
        self.ended[order.instrument.venue, order.status] += 1
        self._forget_the_oldest(order.order_id)
        return True

    def _forget_the_oldest(self, final_id: str) -> None:
        self._final[final_id] = None
        if len(self._final) > FINAL_ORDERS_KEPT:
            oldest = next(iter(self._final))
            del self._final[oldest], self.orders[oldest]
            self._fills.pop(oldest, None)
