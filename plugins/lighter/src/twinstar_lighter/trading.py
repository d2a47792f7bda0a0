"""Orders out. The venue's 200 means accepted, not executed: what became of an order is waited for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Final

from loguru import logger
from msgspec import Struct
from msgspec.structs import replace

import twinstar as ts
from twinstar_lighter import facts
from twinstar_lighter.account import LOOKS_BACK_MS, Reading
from twinstar_lighter.drafts import Drafts, Prepared
from twinstar_lighter.errors import Code, TooFar, refusal
from twinstar_lighter.markets import Listed
from twinstar_lighter.messages import OrderRow, Trades
from twinstar_lighter.nonces import Lanes, NotSent, Place, Refused
from twinstar_lighter.orders import Market, Slippage, Unfit, change_of, fields_of, worst
from twinstar_lighter.owners import Owners, Tracked, Verdicts
from twinstar_lighter.post import Post
from twinstar_lighter.receipts import failure
from twinstar_lighter.signer import Signed, Signing, Unsigned
from twinstar_lighter.streams import Books

SCHEDULE_NONE: Final = 2  # of cancel-all: not at any time to come
LOOKS_S: Final = (0.0, 0.5, 1.5)  # without a line there is nobody to wait for
Sign = Callable[[Place], Awaitable[Signed]]


class LighterTrading(Struct, frozen=True, kw_only=True):
    venue: str
    signer: Signing
    lanes: Lanes
    post: Post
    listed: Listed
    books: Books
    owners: Owners
    verdicts: Verdicts
    reading: Reading
    clock: ts.Clock
    venue_clock: ts.VenueClock
    drafts: Drafts
    slippage: Slippage
    verdict_within_s: float

    def expect(self, order: ts.Order) -> None:
        """Sign it, where all that it takes is known."""
        market, place = self.listed.known(order.instrument.symbol), self.lanes.foreseen()
        if market is None or place is None:
            return
        try:
            price = self._known_price(order, order, market)
            if price is not None:
                fields = fields_of(order, market, price, self.venue_clock.now_ms())
                self.owners.learn(order.order_id)
                self.drafts.put(Prepared(order, market, fields), place, self.signer.create(fields, place))
        except (Unfit, Unsigned):
            return  # `place` says so

    async def place(self, order: ts.Order) -> str:
        return await self._with_room(lambda trading: trading._place(order))  # noqa: SLF001 - its own

    async def amend(self, order: ts.Order, terms: ts.Terms) -> str:
        return await self._with_room(lambda trading: trading._amend(order, terms))  # noqa: SLF001 - its own

    async def _with_room(self, do: Callable[[LighterTrading], Awaitable[str]]) -> str:
        """How far a stop's worst price may be from its own the venue has not published. Where it refuses ours, one
        with the room of an order at market is better than none.
        """
        try:
            return await do(self)
        except TooFar as e:
            if self.slippage.least == self.slippage:
                raise
            logger.bind(venue=self.venue).warning("a stop goes with {} % of room: {}", self.slippage.usual, e.reason)
            return await do(replace(self, slippage=self.slippage.least))

    async def _place(self, order: ts.Order) -> str:
        draft = self.drafts.take(order)
        prepared = draft.prepared if draft is not None else await self.prepare(order)

        def sign(place: Place) -> Awaitable[Signed]:
            if draft is not None and draft.place == place:
                return draft.signed
            return self.signer.create(prepared.fields, place)

        with self.verdicts.tracking(prepared.fields.client_index) as tracked:
            tx_hash = await self.send(sign, lane_of(order))
            return await self.verdict(tracked, prepared, tx_hash)

    async def prepare(self, order: ts.Order) -> Prepared:
        """Raise `VenueRejected` for what the venue has no way to say."""
        market = await self.listed.find(order.instrument.symbol)
        try:
            price = await self._price(order, order, market)
            fields = fields_of(order, market, price, self.venue_clock.now_ms())
        except (Unfit, Unsigned) as e:
            raise self._not_sent(e) from None
        self.owners.learn(order.order_id)
        return Prepared(order, market, fields)

    async def verdict(self, tracked: Tracked, prepared: Prepared, tx_hash: str | None = None) -> str:
        """The venue's id of an order that was sent. Raises as `place`."""
        row = await self._became(tracked, prepared.order, prepared.market, lambda _: True, tx_hash)
        if facts.refused(row):
            raise ts.errors.VenueRejected(self.venue, row.status)
        return str(row.order_index)

    async def cancel(self, order: ts.Order) -> None:
        market = await self.listed.find(order.instrument.symbol)
        index = self._index(order)
        await self.send(lambda place: self.signer.cancel(market.id, index, place), ts.Lane.PROTECT)

    async def _amend(self, order: ts.Order, terms: ts.Terms) -> str:
        market = await self.listed.find(order.instrument.symbol)
        try:
            price = await self._price(order, terms, market)
            change = change_of(order, terms, market, price, self._index(order))
        except (Unfit, Unsigned) as e:
            raise self._not_sent(e) from None
        self.reading.failed.forget(order.order_id)
        with self.verdicts.tracking(self.owners.learn(order.order_id)) as tracked:
            tx_hash = await self.send(lambda place: self.signer.modify(change, place), ts.Lane.PROTECT)
            row = await self._became(
                tracked, order, market, lambda row: facts.is_over(row) or facts.terms_of(row, order) == terms, tx_hash
            )
        if facts.terms_of(row, order) != terms:
            raise ts.errors.OutcomeUnknown(self.venue, f"order {order.order_id} was over before it could be changed")
        return str(row.order_index)

    async def set_leverage(self, market: Market, margin_fraction: int, mode: int) -> None:
        await self.send(lambda place: self.signer.leverage(market.id, margin_fraction, mode, place), ts.Lane.ACCOUNT)

    async def account(self, gap: ts.Gap) -> Sequence[ts.Event]:
        if any(order.status is ts.OrderStatus.IN_DOUBT for order in gap.orders):
            self.lanes.suspect()
        await self._outrun()
        return await self.reading.read(gap)

    async def _outrun(self) -> None:
        """Take the number of each transaction that was lost, by one that changes nothing: else it could be carried out
        up to ten minutes from now, long after the reading has found that there is no such order.
        """
        for _ in range(self.lanes.in_doubt):
            try:
                await self.send(lambda place: self.signer.cancel_all(place, mode=SCHEDULE_NONE), ts.Lane.PROTECT)
            except ts.errors.VenueError as e:
                if self.lanes.in_doubt:
                    logger.bind(venue=self.venue).warning("what was lost may still be carried out: {}", e.reason)

    async def send(self, sign: Sign, lane: ts.Lane) -> str | None:
        """The hash of the transaction, where the venue told it."""

        async def signed_and_sent(place: Place) -> str | None:
            try:
                signed = await sign(place)
            except Unsigned as e:
                raise NotSent from self._not_sent(e)
            return await self.post.send(signed, lane)

        try:
            return await self.lanes.send(signed_and_sent, rank=lane)
        except Refused as e:
            raise refusal(self.venue, e.code, str(e)) from None
        except NotSent as e:
            if isinstance(e.__cause__, ts.errors.VenueError):
                raise e.__cause__ from None
            cause = type(e.__cause__).__name__
            raise ts.errors.VenueUnavailable(self.venue, f"sendTx: not sent ({cause})") from None

    async def _became(
        self,
        tracked: Tracked,
        order: ts.Order,
        market: Market,
        fits: Callable[[OrderRow], bool],
        tx_hash: str | None,
    ) -> OrderRow:
        """By the stream; where that is silent, by asking for the order.

        Raise `VenueRejected` where neither tells and the transaction surely failed, `OutcomeUnknown` where nothing is
        sure.
        """
        for within_s in (self.verdict_within_s,) if self.post.has_line else LOOKS_S:
            row = await tracked.until(fits, within_s) or await self._look(order, market)
            if row is not None and fits(row):
                return row
        fault = await failure(self.reading, tx_hash, self.verdict_within_s) if tx_hash is not None else None
        if fault is not None:
            self.reading.failed.learn(order.order_id)
            raise refusal(self.venue, fault.code, str(Code(fault.code, fault.message)))
        raise ts.errors.OutcomeUnknown(self.venue, "taken, and nothing is known of it yet")

    async def _look(self, order: ts.Order, market: Market) -> OrderRow | None:
        try:
            return await self.reading.find(self._own(order), market.id, order.created_ms - LOOKS_BACK_MS)
        except ts.errors.VenueError as e:
            raise ts.errors.OutcomeUnknown(self.venue, f"taken, and then: {e.reason}") from None

    async def _price(self, order: ts.Order, terms: ts.Order | ts.Terms, market: Market) -> Decimal:
        """The limit, or the worst that is acceptable: without a book, from the last trade on."""
        known = self._known_price(order, terms, market)
        if known is not None:
            return known
        return worst(await self._last_price(market), order.side, self.slippage.of(order), market)

    def _known_price(self, order: ts.Order, terms: ts.Order | ts.Terms, market: Market) -> Decimal | None:
        """Without asking: from the best price on the other side of the book, where there is one."""
        if order.kind is ts.OrderKind.LIMIT:
            if terms.price is None:
                raise Unfit("a limit order without a price")
            return terms.price
        book = self.books.of(market)
        best = (book.asks if order.side is ts.Side.BUY else book.bids).best
        reference = terms.stop_price if order.kind.is_trigger and terms.stop_price is not None else best
        return worst(reference, order.side, self.slippage.of(order), market) if reference is not None else None

    async def _last_price(self, market: Market) -> Decimal:
        asked = {"market_id": market.id, "limit": 1}
        told = await self.reading.rest.ask("recentTrades", asked, Trades, lane=ts.Lane.PROTECT)
        last = max(told.trades or (), key=lambda trade: trade.timestamp, default=None)
        if last is None:
            raise ts.errors.VenueRejected(self.venue, "not sent: nobody has traded here, so no price is known")
        return last.price

    def _own(self, order: ts.Order) -> int:
        return self.owners.learn(order.order_id)

    def _index(self, order: ts.Order) -> int:
        told = order.venue_order_id
        return int(told) if told is not None and told.isdecimal() else self._own(order)

    def _not_sent(self, error: Exception) -> ts.errors.VenueRejected:
        return ts.errors.VenueRejected(self.venue, f"not sent: {error}")


def lane_of(order: ts.Order) -> ts.Lane:
    """What guards or closes a position goes before what opens one."""
    opens = order.role is ts.Role.ENTRY and not order.reduce_only
    return ts.Lane.TRADE if opens else ts.Lane.PROTECT
