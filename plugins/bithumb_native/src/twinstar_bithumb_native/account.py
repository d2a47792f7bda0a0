"""One whole reading of the account over REST: what became of each order, then what is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

import twinstar as ts
from twinstar_bithumb_native import facts
from twinstar_bithumb_native.errors import Meaning
from twinstar_bithumb_native.messages import AccountAnswer, OrderAnswer, Page
from twinstar_bithumb_native.rest import Request, Rest
from twinstar_bithumb_native.wishes import SIDES, symbol_of

PAGE: Final = "100"
MOST_PAGES: Final = 100
OUR_SIDES: Final = {word: side for side, word in SIDES.items()}


class Account:
    """Whatever fails, fails the whole."""

    def __init__(self, rest: Rest, context: ts.VenueContext, visibility_ms: int) -> None:
        self._rest, self._venue, self._clock = rest, context.id, context.clock
        self._visibility_ms = visibility_ms

    async def read(self, gap: ts.Gap, symbols: Iterable[str]) -> list[ts.Event]:
        wanted = {*symbols, *(order.instrument.symbol for order in gap.orders)}
        standing = [row for row in await self._pending() if symbol_of(row.market) in wanted]
        listed = {row.client_order_id: row for row in standing if row.client_order_id}
        events: list[ts.Event] = []
        for order in gap.orders:
            events += await self._fate(order, listed.get(order.order_id))
        rows = await self._rest.ask(tuple[AccountAnswer, ...], _asking("/v1/accounts"))
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
        request = _asking("/v1/order", ("client_order_id", order.order_id))
        answered = await self._rest.asked(request)
        if answered.meaning is Meaning.MISSING:
            return None
        return self._rest.result(OrderAnswer, request, answered)

    async def _pending(self) -> list[OrderAnswer]:
        """All that stand, whoever has sent them."""
        rows: list[OrderAnswer] = []
        key: tuple[tuple[str, str], ...] = ()
        for _ in range(MOST_PAGES):
            page = await self._rest.ask(Page, _asking("/v2/orders/pending", ("limit", PAGE), *key))
            rows += page.orders
            if not page.has_next or not page.next_key:
                return rows
            key = (("next_key", page.next_key),)
        raise ts.errors.BadMessage(self._venue, f"more than {MOST_PAGES} pages of orders that stand")

    async def _fate(self, order: ts.Order, listed: OrderAnswer | None) -> list[ts.Event]:
        """One that stands as we know it needs no question of its own."""
        told = listed
        if told is None or not told.is_open or told.executed_volume > order.filled:
            told = await self.look_up(order)
        if told is None:
            return self._unknown(order)
        try:
            return list(self._told(order, told))
        except ValueError as e:
            raise ts.errors.BadMessage(self._venue, f"order {order.order_id}: {e}") from None

    def _told(self, order: ts.Order, told: OrderAnswer) -> Sequence[ts.Event]:
        accepted = ts.OrderAccepted(
            time_ms=facts.ms_of(told.created_at), order_id=order.order_id, venue_order_id=told.uuid
        )
        events: list[ts.Event] = [accepted]
        if told.executed_volume > order.filled:
            if facts.filled_in(told.trades) < told.executed_volume:
                reason = f"order {order.order_id}: not all its trades are shown yet"
                raise ts.errors.VenueUnavailable(self._venue, reason)
            events += facts.fills_read(told, order)
        over = facts.order_over(
            order.order_id,
            self._clock.now_ms(),
            state=told.state,
            filled=told.executed_volume,
            quantity=told.volume or Decimal(0),
            cancel_type=told.cancel_type,
        )
        return events if over is None else [*events, over]

    def _unknown(self, order: ts.Order) -> list[ts.Event]:
        now_ms = self._clock.now_ms()
        if now_ms - order.status_ms <= self._visibility_ms or order.status is ts.OrderStatus.SUBMITTED:
            return []  # it may still be on its way; of what is in flight, whoever sends it will tell
        reason = "the venue does not know it"
        if order.status is ts.OrderStatus.IN_DOUBT and not order.filled and order.venue_order_id is None:
            return [ts.OrderRejected(time_ms=now_ms, order_id=order.order_id, reason=reason)]
        # It was there and is not remembered: it is over, with what was filled by then.
        return [ts.OrderCanceled(time_ms=now_ms, order_id=order.order_id, reason=reason, filled=order.filled)]

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


def _asking(path: str, *params: tuple[str, str]) -> Request:
    return Request(method="GET", path=path, params=params, signed=True, lane=ts.Lane.ACCOUNT)


def _balance(row: AccountAnswer) -> ts.Balance:
    return ts.Balance(asset=row.currency, free=row.balance, locked=row.locked)
