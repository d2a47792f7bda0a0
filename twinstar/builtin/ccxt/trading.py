"""Orders out, and what the venue says of the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from twinstar.builtin.ccxt.account import Account
from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.numbers import positive
from twinstar.builtin.ccxt.owners import Owners
from twinstar.builtin.ccxt.reading import ordering, reading
from twinstar.builtin.ccxt.wishes import Wish, cap_of, capped, change_of, wish_of
from twinstar.domain import Event, Lane, Order, Role, Terms, in_lane
from twinstar.domain.meanings import Doing
from twinstar.errors import OutcomeUnknown, VenueRejected
from twinstar.ports import Clock, Gap


class CcxtTrading(Struct, frozen=True, kw_only=True):
    exchange: TwinExchange
    owners: Owners
    symbols: Sequence[str]
    clock: Clock
    visibility_ms: int

    async def place(self, order: Order) -> str:
        with in_lane(lane_of(order)):
            return await self._place(order)

    async def _place(self, order: Order) -> str:
        wish = await self._wish(order)
        with ordering(self.exchange, Doing.ORDER):
            answer = await self.exchange.create_order(
                wish.symbol, wish.type, wish.side, wish.amount, wish.price, dict(wish.params)
            )
            venue_order_id = self._claimed(order, answer)
        self.owners.know(venue_order_id, order.order_id)
        return venue_order_id

    async def cancel(self, order: Order) -> None:
        with in_lane(Lane.PROTECT), reading(self.exchange, "markets"):
            await self.exchange.ready()
        with in_lane(Lane.PROTECT), ordering(self.exchange, Doing.CANCEL):
            await self.exchange.habit.orders.cancel(self.exchange, order)

    async def amend(self, order: Order, terms: Terms) -> str:
        change, exchange = self.exchange.habit.orders.amend, self.exchange
        if change is None:
            raise VenueRejected(exchange.venue, "not sent: it is not known how this venue changes an order in one step")
        with in_lane(Lane.PROTECT), reading(exchange, "markets"):
            await exchange.ready()
        wanted = change_of(exchange, order, terms)
        with in_lane(Lane.PROTECT), ordering(exchange, Doing.CANCEL):
            return self._changed(order, await change(exchange, order, wanted))

    async def account(self, gap: Gap) -> Sequence[Event]:
        with in_lane(Lane.ACCOUNT), reading(self.exchange, "account"):
            await self.exchange.ready()
            return await self._reading().read(gap)

    def _reading(self) -> Account:
        return Account(self.exchange, self.owners, self.symbols, self.clock, self.visibility_ms)

    async def _wish(self, order: Order) -> Wish:
        """All that is asked beforehand: when it fails, nothing was sent."""
        with reading(self.exchange, "before the order"):
            await self.exchange.ready()
            wish, cap = wish_of(self.exchange, order), cap_of(self.exchange, order)
            if cap is None:
                return wish
            last = positive((await self.exchange.fetch_ticker(order.instrument.symbol))["last"])
            return capped(self.exchange, wish, last * (1 + cap))

    def _claimed(self, order: Order, answer: Mapping[str, Any]) -> str:
        """The venue's order id, if the answer is of our order; a garbled answer is of none."""
        venue_order_id, echo = answer.get("id"), self.exchange.habit.orders.client_id(answer)
        echoed = echo == order.order_id or (echo is None and not self.exchange.habit.orders.echoes_id)
        unsaid = (None,) if echo is not None else ()  # some acks are of nothing but ids
        same = answer.get("symbol") == order.instrument.symbol and answer.get("side") in (order.side.value, *unsaid)
        if not (isinstance(venue_order_id, str) and venue_order_id and echoed and same):
            raise OutcomeUnknown(self.exchange.venue, "the answer does not name our order")
        if venue_order_id.startswith("-"):  # no venue counts below zero
            raise OutcomeUnknown(self.exchange.venue, "the answer names no order id")
        return venue_order_id

    def _changed(self, order: Order, answer: Mapping[str, Any]) -> str:
        venue_order_id, echo = answer.get("id"), self.exchange.habit.orders.client_id(answer)
        if not (isinstance(venue_order_id, str) and venue_order_id and echo in (None, order.order_id)):
            raise OutcomeUnknown(self.exchange.venue, "the answer does not name our order")
        return venue_order_id


def lane_of(order: Order) -> Lane:
    """What guards or closes a position goes before what opens one."""
    return Lane.TRADE if order.role is Role.ENTRY and not order.reduce_only else Lane.PROTECT
