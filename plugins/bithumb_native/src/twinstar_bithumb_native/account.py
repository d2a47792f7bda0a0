"""One whole reading of the account over REST: what became of each order, then what is held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import twinstar as ts
from twinstar_bithumb_native import facts
from twinstar_bithumb_native.history import OrderLists
from twinstar_bithumb_native.messages import AccountAnswer, OrderAnswer
from twinstar_bithumb_native.rest import Rest, asking
from twinstar_bithumb_native.wishes import SIDES, symbol_of

OUR_SIDES: Final = {word: side for side, word in SIDES.items()}


class Account:
    """Whatever fails, fails the whole."""

    def __init__(self, rest: Rest, context: ts.VenueContext, visibility_ms: int) -> None:
        self._rest, self._venue, self._clock = rest, context.id, context.clock
        self._lists, self._visibility_ms = OrderLists(rest, context), visibility_ms

    async def read(self, gap: ts.Gap, symbols: Iterable[str]) -> list[ts.Event]:
        wanted = {*symbols, *(order.instrument.symbol for order in gap.orders)}
        standing = [row for row in await self._lists.pending() if symbol_of(row.market) in wanted]
        listed = {row.client_order_id: row for row in standing if row.client_order_id}
        events = await self._news(gap.orders, listed)
        rows = await self._rest.ask(tuple[AccountAnswer, ...], asking("/v1/accounts"))
        seen = ts.AccountSeen(
            time_ms=self._clock.now_ms(),
            venue=self._venue,
            holdings=(),
            balances=tuple(_balance(row) for row in rows if row.balance or row.locked),
            orders=tuple(self._resting(row) for row in standing if row.volume is not None),
        )
        return [*events, seen]

    async def look_up(self, order: ts.Order) -> OrderAnswer | None:
        """None: the venue says, in so many words, that it does not know the order."""
        request = asking("/v1/order", ("client_order_id", order.order_id))
        answered = await self._rest.asked(request)
        if answered.meaning is ts.Meaning.MISSING:
            return None
        return self._rest.result(OrderAnswer, request, answered)

    async def _news(self, orders: Sequence[ts.Order], listed: Mapping[str, OrderAnswer]) -> list[ts.Event]:
        """What the venue does not know of when it is asked for it, its history may still hold."""
        told = {order.order_id: await self._asked(order, listed.get(order.order_id)) for order in orders}
        lost = [order for order in orders if told[order.order_id] is None and self._is_overdue(order)]
        over = await self._lists.over(lost) if lost else {}
        events: list[ts.Event] = []
        for order in orders:
            if (row := over.get(order.order_id)) is not None:
                events += self._read(order, row, await self._with_trades(row))
            elif (answer := told[order.order_id]) is not None:
                events += self._read(order, answer, answer)
            elif order in lost:
                events.append(self._unknown(order))
        return events

    async def _asked(self, order: ts.Order, listed: OrderAnswer | None) -> OrderAnswer | None:
        """One that stands as we know it needs no question of its own."""
        if listed is not None and listed.is_open and listed.executed_volume <= order.filled:
            return listed
        return await self.look_up(order)

    async def _with_trades(self, row: OrderAnswer) -> OrderAnswer | None:
        """The history tells of no trades; by the venue's own id it may still show them."""
        request = asking("/v1/order", ("uuid", row.uuid))
        answered = await self._rest.asked(request)
        return None if answered.meaning is ts.Meaning.MISSING else self._rest.result(OrderAnswer, request, answered)

    def _read(self, order: ts.Order, told: OrderAnswer, shown: OrderAnswer | None) -> Sequence[ts.Event]:
        try:
            return self._told(order, told, shown)
        except ValueError as e:
            raise ts.errors.BadMessage(self._venue, f"order {order.order_id}: {e}") from None

    def _told(self, order: ts.Order, told: OrderAnswer, shown: OrderAnswer | None) -> Sequence[ts.Event]:
        """``shown``: with its trades; None where the venue tells of them only what they come to."""
        accepted = ts.OrderAccepted(
            time_ms=facts.ms_of(told.created_at), order_id=order.order_id, venue_order_id=told.uuid
        )
        events: list[ts.Event] = [accepted]
        if told.executed_volume > order.filled and shown is None:
            events.append(facts.rest_of_fills(told, order))
        elif shown is not None and told.executed_volume > order.filled:
            if facts.filled_in(shown.trades) < told.executed_volume:
                reason = f"order {order.order_id}: not all its trades are shown yet"
                raise ts.errors.VenueUnavailable(self._venue, reason)
            events += facts.fills_read(shown, order)
        over = facts.order_over(
            order.order_id,
            self._clock.now_ms(),
            state=told.state,
            filled=told.executed_volume,
            quantity=told.volume or Decimal(0),
            cancel_type=told.cancel_type,
        )
        return events if over is None else [*events, over]

    def _is_overdue(self, order: ts.Order) -> bool:
        """Before that it may be on its way; of what is in flight, whoever sends it will tell."""
        waited_ms = self._clock.now_ms() - order.status_ms
        return waited_ms > self._visibility_ms and order.status is not ts.OrderStatus.SUBMITTED

    def _unknown(self, order: ts.Order) -> ts.Event:
        now_ms, reason = self._clock.now_ms(), "the venue does not know it"
        if order.status is ts.OrderStatus.IN_DOUBT and not order.filled and order.venue_order_id is None:
            return ts.OrderRejected(time_ms=now_ms, order_id=order.order_id, reason=reason)
        # It was there and is not remembered: it is over, with what was filled by then.
        return ts.OrderCanceled(time_ms=now_ms, order_id=order.order_id, reason=reason, filled=order.filled)

    def _resting(self, row: OrderAnswer) -> ts.Resting:
        return ts.Resting(
            venue_order_id=row.uuid,
            client_order_id=row.client_order_id,
            instrument=ts.InstrumentId(symbol_of(row.market), self._venue),
            side=OUR_SIDES[row.side],
            kind=ts.OrderKind.LIMIT,
            quantity=row.volume or Decimal(0),
            filled=row.executed_volume,
            price=row.price,
        )


def _balance(row: AccountAnswer) -> ts.Balance:
    return ts.Balance(asset=row.currency, free=row.balance, locked=row.locked)
