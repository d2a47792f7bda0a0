"""Orders to the paper account, and what it says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from twinstar.builtin.paper.exchange import PaperExchange
from twinstar.builtin.paper.missed import Missed
from twinstar.builtin.paper.words import fate_of, request_of, resting_of, terms_of, venue_order_id
from twinstar.domain import (
    AccountSeen,
    Balance,
    Event,
    Holding,
    InstrumentId,
    Order,
    OrderAmended,
    OrderCanceled,
    OrderKind,
    OrderRejected,
    OrderStatus,
    Terms,
)
from twinstar.errors import VenueRejected
from twinstar.ports import Clock, Gap
from twinstar.sim.model import Refusal, Status

UNKNOWN = "the paper account does not know it"


class PaperTrading:
    def __init__(self, venue: str, exchange: PaperExchange, missed: Missed, clock: Clock) -> None:
        self._venue, self._exchange, self._missed, self._clock = venue, exchange, missed, clock

    async def place(self, order: Order) -> str:
        with self._refusals():
            return venue_order_id(self._exchange.place(request_of(order)))

    async def cancel(self, order: Order) -> None:
        with self._refusals():
            self._exchange.cancel(order.order_id)

    async def amend(self, order: Order, terms: Terms) -> str:
        with self._refusals():
            changed = self._exchange.amend(
                order.order_id,
                quantity=terms.quantity,
                price=terms.price if order.kind is OrderKind.LIMIT else None,
                trigger_price=terms.stop_price if order.kind.is_trigger else None,
            )
            return venue_order_id(changed)

    async def account(self, gap: Gap) -> Sequence[Event]:
        """First what nobody told of the market is judged; from then on the answer is one look."""
        await self._missed.catch_up()
        return [*(event for order in gap.orders for event in self._fate(order)), self._held()]

    def _fate(self, order: Order) -> Iterator[Event]:
        known = self._exchange.order_of(order.order_id)
        if known is not None:
            yield from fate_of(known, order.order_id, self._venue)
            if order.asked is not None and (known.status.is_open or known.status is Status.FILLED):
                yield OrderAmended(
                    time_ms=self._clock.now_ms(), order_id=order.order_id, terms=terms_of(known), answers=order.asked
                )
        elif order.status is OrderStatus.IN_DOUBT and order.venue_order_id is None:
            yield OrderRejected(time_ms=self._clock.now_ms(), order_id=order.order_id, reason=UNKNOWN)
        elif order.status is not OrderStatus.SUBMITTED:  # one in flight is told by whoever sends it
            yield OrderCanceled(
                time_ms=self._clock.now_ms(), order_id=order.order_id, reason=UNKNOWN, filled=order.filled
            )

    def _held(self) -> AccountSeen:
        return AccountSeen(
            time_ms=self._clock.now_ms(),
            venue=self._venue,
            holdings=tuple(
                Holding(
                    instrument=InstrumentId(held.symbol, self._venue),
                    quantity=held.quantity,
                    entry_price=held.entry_price,
                )
                for held in self._exchange.held()
            ),
            balances=tuple(
                Balance(asset=each.asset, free=each.free, locked=each.locked) for each in self._exchange.balances()
            ),
            orders=tuple(resting_of(order, self._venue) for order in self._exchange.standing()),
        )

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            raise VenueRejected(self._venue, f"paper: {refusal}") from None
