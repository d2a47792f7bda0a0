"""One whole reading of the account over REST."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from decimal import Decimal

import msgspec
from loguru import logger

from twinstar.builtin.ccxt import facts
from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.habits.habit import Found, Unified
from twinstar.builtin.ccxt.library import BaseError, OrderNotFound
from twinstar.builtin.ccxt.markets import contract_of
from twinstar.builtin.ccxt.outcome import meaning_of, refusal_in
from twinstar.builtin.ccxt.owners import Owners
from twinstar.builtin.ccxt.reading import reading
from twinstar.builtin.ccxt.wire import Exchanged
from twinstar.domain import (
    AccountSeen,
    Event,
    Holding,
    InstrumentId,
    Order,
    OrderAmended,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    Resting,
    Side,
)
from twinstar.domain.meanings import Meaning
from twinstar.engine.verifying import terms_of
from twinstar.errors import AuthFailed, VenueError, VenueUnavailable
from twinstar.ports import Clock, FundingSought, Gap

TRADES_KEPT_MS = 6 * 86_400_000  # venues answer for the trades of about a week


class Account:
    """Order by order, then positions and balances. Whatever fails, fails the whole."""

    def __init__(
        self, exchange: TwinExchange, owners: Owners, symbols: Sequence[str], clock: Clock, visibility_ms: int
    ) -> None:
        self._exchange, self._symbols, self._clock, self._visibility_ms = exchange, symbols, clock, visibility_ms
        self._owners = owners
        self._orders = exchange.habit.orders

    async def read(self, gap: Gap) -> list[Event]:
        for order in gap.orders:
            if order.venue_order_id is not None:
                self._owners.know(order.venue_order_id, order.order_id)
        rows = await self._open_orders({*self._symbols, *(order.instrument.symbol for order in gap.orders)})
        listed = {id_: self._orders.found(row) for row in rows if (id_ := self._named(row)) is not None}
        standing = tuple(resting for row in rows if (resting := self._resting(row)) is not None)
        events: list[Event] = []
        for order in gap.orders:
            events += await self._fate(order, listed.get(order.order_id))
            events += self._terms(order, standing)
        if gap.funding is not None:
            events += await self._funding(gap.funding)
        events.append(await self._held(standing))
        return events

    async def _open_orders(self, symbols: Collection[str]) -> list[Unified]:
        """All that stand for what we trade, whoever has sent them: most need no question of their own."""
        at_once = self._orders.all_from is not None and len(symbols) >= self._orders.all_from
        asked: Sequence[str | None] = [None] if at_once else sorted(symbols)
        return [
            row
            for symbol in asked
            for params in self._orders.listings
            for row in await self._orders.open_orders(self._exchange, symbol, params)
            if row["symbol"] in symbols
        ]

    async def _fate(self, order: Order, listed: Found | None) -> list[Event]:
        contract = contract_of(self._exchange, order.instrument.symbol)
        told = listed
        if told is None or told.status != "open" or told.filled * contract > order.filled:
            told = await self._look_up(order)
        if told is None:
            return self._unknown(order)
        told = msgspec.structs.replace(told, time_ms=told.time_ms or self._clock.now_ms())
        if told.filled < self._owners.filled(order.order_id):
            raise VenueUnavailable(self._exchange.venue, f"order {order.order_id}: more is filled than is shown yet")
        events: list[Event] = [facts.order_accepted(told, order.order_id)]
        if told.filled * contract > order.filled:
            events += await self._fills(order, told, contract)
        read = {each.fill.fill_id for each in events if isinstance(each, OrderFilled)}
        events += self._unplaced(order, told, contract, read)
        over = facts.order_over(told, order.order_id, contract, order.quantity)
        if over is None and told.status == "closed" and order.asked is not None:
            over = facts.filled_as_amended(told, order, contract)
        return events if over is None else [*events, over]

    def _unplaced(self, order: Order, told: Found, contract: Decimal, known: Container[str]) -> list[Event]:
        """Trades that the stream told before it was known whose they are; from now on it is."""
        rows = self._owners.learn(told.executing_id, order.order_id)
        return [
            facts.order_filled(self._orders.executed(row), order.order_id, order.instrument, contract)
            for row in rows
            if row["id"] not in known
        ]

    def _terms(self, order: Order, standing: Iterable[Resting]) -> list[Event]:
        """Of an order that was to be changed: the terms that stand, once they can be no others any more."""
        if order.asked is None or order.status is not OrderStatus.IN_DOUBT:
            return []
        now_ms = self._clock.now_ms()
        late = now_ms - order.status_ms > self._visibility_ms
        return [
            OrderAmended(
                time_ms=now_ms,
                order_id=order.order_id,
                terms=terms,
                venue_order_id=resting.venue_order_id,
                answers=order.asked,
            )
            for resting in standing
            if resting.client_order_id == order.order_id and resting.kind is order.kind
            if (terms := terms_of(order, resting)) == order.asked or late
        ]

    async def _look_up(self, order: Order) -> Found | None:
        """None: the venue says, in so many words, that it does not know the order."""
        with reading(self._exchange, f"order {order.order_id}") as exchanged:
            try:
                return await self._orders.look_up(self._exchange, order)
            except BaseError as e:
                if not self._says_unknown(e, exchanged):
                    raise
                return None

    def _says_unknown(self, error: Exception, exchanged: Exchanged) -> bool:
        """A network error is not "not found"."""
        words = self._exchange.habit.words
        if words.codes:
            return meaning_of(exchanged, words) is Meaning.MISSING
        return refusal_in(exchanged, words) is not None and isinstance(error, OrderNotFound)

    def _unknown(self, order: Order) -> list[Event]:
        now_ms = self._clock.now_ms()
        if now_ms - order.status_ms <= self._visibility_ms:
            return []  # it may still be on its way
        reason = "the venue does not know it"
        if order.status is OrderStatus.IN_DOUBT and not order.filled and order.venue_order_id is None:
            return [OrderRejected(time_ms=now_ms, order_id=order.order_id, reason=reason)]
        if order.status is OrderStatus.SUBMITTED:
            return []  # in flight: whoever sends it will tell
        # It was there and is neither open nor remembered: it is over, with what was filled by then.
        return [OrderCanceled(time_ms=now_ms, order_id=order.order_id, reason=reason, filled=order.filled)]

    async def _fills(self, order: Order, told: Found, contract: Decimal) -> list[Event]:
        rows = await self._orders.trades(self._exchange, order, told)
        fills = [facts.order_filled(row, order.order_id, order.instrument, contract) for row in rows]
        old = order.created_ms and self._clock.now_ms() - order.created_ms > TRADES_KEPT_MS
        expected = told.filled * contract - (order.filled if old else 0)
        if sum(fill.fill.quantity for fill in fills) < expected:
            raise VenueUnavailable(self._exchange.venue, f"order {order.order_id}: not all its trades are shown yet")
        return list(fills)

    async def _funding(self, sought: FundingSought) -> list[Event]:
        """Nothing is decided by it: what cannot be had now is asked for later, and holds up no order."""
        ask, exchange = self._exchange.habit.wallet.funding, self._exchange
        if ask is None:
            return []
        try:
            with reading(exchange, "funding"):
                payments = await ask(exchange, sought.since_ms)
        except AuthFailed:
            raise
        except VenueError as e:
            logger.bind(venue=exchange.venue).warning("its funding payments are not known yet: {}", e.reason)
            return []
        paid = [facts.funding_paid(payment, exchange.venue) for payment in payments]
        return [each for each in paid if each.instrument in sought.instruments and each.payment_id not in sought.known]

    async def _held(self, standing: tuple[Resting, ...]) -> AccountSeen:
        """Positions of derivatives; what is held on spot is in the balances."""
        exchange = self._exchange
        held = await exchange.habit.wallet.held(exchange)
        holdings = tuple(
            Holding(
                instrument=InstrumentId(position.symbol, exchange.venue),
                quantity=position.contracts * contract_of(exchange, position.symbol),
                entry_price=position.entry_price,
            )
            for position in held.positions
        )
        if len({holding.instrument for holding in holdings}) < len(holdings):
            raise VenueUnavailable(exchange.venue, "two positions in one instrument; switch to one-way mode")
        return AccountSeen(
            time_ms=self._clock.now_ms(),
            venue=exchange.venue,
            holdings=holdings,
            balances=held.balances,
            orders=standing,
        )

    def _named(self, row: Unified) -> str | None:
        """By our id, or by the venue's where it does not keep ours."""
        client_id = self._orders.client_id(row)
        return self._owners.owner(row.get("id"), client_id) or client_id

    def _resting(self, row: Unified) -> Resting | None:
        terms, told = self._orders.standing(row), self._orders.found(row)
        if terms is None or told.status != "open":
            return None
        contract = contract_of(self._exchange, row["symbol"])
        return Resting(
            venue_order_id=told.venue_order_id,
            client_order_id=self._named(row),
            instrument=InstrumentId(row["symbol"], self._exchange.venue),
            side=Side(row["side"]),
            kind=terms.kind,
            quantity=terms.quantity * contract,
            filled=told.filled * contract,
            price=terms.price,
            stop_price=terms.stop_price,
            reduce_only=terms.reduce_only,
        )
