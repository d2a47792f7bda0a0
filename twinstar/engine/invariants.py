"""What can never be if we are right, counted beside the state and by other means, while trading.

O1: an order is accepted under one id, and decided once. O7: what is filled of it never falls, never exceeds what was
asked, and what is over stays over. F1: the fills add up to the position. (R1, the limiter, is seen in runtime.)
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from typing import Any, Final, TypeAlias, get_args

from msgspec import Struct

from twinstar.domain import (
    Fill,
    InstrumentId,
    InvariantTripped,
    Order,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderInDoubt,
    OrderRejected,
    OrderStatus,
    PlaceOrder,
    PositionReconciled,
    TradingResumed,
)
from twinstar.engine.register import FINAL_ORDERS_KEPT
from twinstar.engine.state import State
from twinstar.ports import Record

ORDERS_KEPT: Final = 2 * FINAL_ORDERS_KEPT  # longer than the state remembers them
# Not REJECTED: what the venue shows to exist was never rejected, and State says so when that comes up.
_OVER: Final = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED)
_News: TypeAlias = OrderAccepted | OrderAmended | OrderRejected | OrderInDoubt | OrderCanceled | OrderExpired


class Seen(Struct):
    """What is known of one order, by our own count."""

    fills: set[str]
    venue_order_id: str | None = None
    filled: Decimal = Decimal(0)
    is_over: bool = False


class Invariants:
    """See each record once the state has taken it in; `take` what that has shown."""

    def __init__(self) -> None:
        self._orders: dict[str, Seen] = {}  # the oldest first
        self._held: dict[InstrumentId, Decimal] = {}
        self._trips: list[tuple[str, str, InstrumentId]] = []
        self._concerns: dict[type[Record], Callable[[Any, State], None]] = {
            **dict.fromkeys(get_args(_News), self._told),
            OrderFilled: self._filled,
            PlaceOrder: self._placed,
            PositionReconciled: self._followed,
            TradingResumed: self._resumed,
        }

    def take(self, now_ms: int) -> tuple[InvariantTripped, ...]:
        if not self._trips:
            return ()
        trips, self._trips = self._trips, []
        return tuple(
            InvariantTripped(time_ms=now_ms, name=name, text=text, venue=of.venue, instrument=of)
            for name, text, of in trips
        )

    def see(self, record: Record, state: State) -> None:
        """On every event's path: one look-up for what is of no concern here, as prices and candles are."""
        take_in = self._concerns.get(type(record))
        if take_in is not None:
            take_in(record, state)

    def _placed(self, command: PlaceOrder, state: State) -> None:
        order = command.order
        if order.order_id in self._orders:
            self._trip("O1", f"order {order.order_id} was decided twice", order.instrument)
        self._seen(order.order_id, state)

    def _followed(self, news: PositionReconciled, state: State) -> None:
        for order in news.adopted:
            seen = self._seen(order.order_id, state)
            seen.venue_order_id, seen.filled = order.venue_order_id, order.filled
        self._held[news.instrument] = news.quantity
        self._adds_up(news.instrument, state)

    def _resumed(self, _: TradingResumed, state: State) -> None:
        """A person has looked: what the books say is what holds."""
        self._held = {of: position.quantity for of, position in state.positions.items()}

    def _told(self, news: _News, state: State) -> None:
        order = state.orders.get(news.order_id)
        if order is None:
            return
        seen = self._seen(order.order_id, state)
        if isinstance(news, OrderAccepted):
            self._accepted(seen, order, news.venue_order_id)
        elif isinstance(news, OrderAmended):  # Some venues make a new order of it.
            seen.venue_order_id = news.venue_order_id or seen.venue_order_id
        self._moved(seen, order)

    def _accepted(self, seen: Seen, order: Order, venue_order_id: str) -> None:
        """A stop may get another id: some venues make a new order of it when it is triggered."""
        known, seen.venue_order_id = seen.venue_order_id, venue_order_id
        if known not in (None, venue_order_id) and not order.kind.is_trigger:
            text = f"the venue has accepted order {order.order_id} twice, as {known} and as {venue_order_id}"
            self._trip("O1", text, order.instrument)

    def _filled(self, news: OrderFilled, state: State) -> None:
        fill = news.fill
        order = state.orders.get(fill.order_id)
        seen = self._seen(fill.order_id, state)
        if fill.fill_id not in seen.fills:
            seen.fills.add(fill.fill_id)
            kept = fill.quantity * fill.side.sign - _taken_of_it(fill, state)
            self._held[fill.instrument] = self._held.get(fill.instrument, Decimal(0)) + kept
        if order is not None:
            self._moved(seen, order)
        self._adds_up(fill.instrument, state)

    def _moved(self, seen: Seen, order: Order) -> None:
        of, filled, before = order.instrument, order.filled, seen.filled
        if filled < before:
            self._trip("O7", f"of order {order.order_id} {before} was filled, and now {filled}", of)
        elif filled > order.most and filled != before:
            self._trip("O7", f"of order {order.order_id} {filled} is filled, of {order.most} asked", of)
        if seen.is_over and order.status not in _OVER:
            self._trip("O7", f"order {order.order_id} was over, and now it is {order.status.value}", of)
        seen.filled, seen.is_over = filled, order.status in _OVER

    def _adds_up(self, of: InstrumentId, state: State) -> None:
        here, there = self._held.get(of, Decimal(0)), state.position(of).quantity
        if here != there:
            self._held[of] = there  # One difference is told once.
            self._trip("F1", f"the fills add up to {here}, and the books hold {there}", of)

    def _seen(self, order_id: str, state: State) -> Seen:
        seen = self._orders.get(order_id)
        if seen is None:
            seen = self._orders[order_id] = Seen(fills=set())
            self._forget_the_oldest(state)
        return seen

    def _forget_the_oldest(self, state: State) -> None:
        """Two at most for each that comes: one that the state still knows goes to the end of the line instead."""
        for oldest in tuple(islice(self._orders, max(min(len(self._orders) - ORDERS_KEPT, 2), 0))):
            forgotten = self._orders.pop(oldest)
            if oldest in state.orders:
                self._orders[oldest] = forgotten

    def _trip(self, name: str, text: str, of: InstrumentId) -> None:
        self._trips.append((name, text, of))


def _taken_of_it(fill: Fill, state: State) -> Decimal:
    """On spot, the fee that was kept of what was bought."""
    instrument = state.instruments.get(fill.instrument)
    of_base = instrument is not None and instrument.is_spot and fill.fee_asset == instrument.base
    return fill.fee if of_base and fill.fee is not None else Decimal(0)
