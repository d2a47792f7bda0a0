"""What a venue tells unasked: closed candles, public trades, and what becomes of our orders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial

from msgspec import Struct

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.feed import Feed, Untold
from twinstar.builtin.ccxt.owners import Owners
from twinstar.builtin.ccxt.readers import AccountReader, CandleReader, TapeReader
from twinstar.builtin.ccxt.reading import reading
from twinstar.builtin.ccxt.untold import UntoldTrades
from twinstar.domain import InstrumentId, StreamOpened, Timeframe
from twinstar.errors import VenueUnavailable
from twinstar.ports import Clock, Stream, Wanted

AHEAD_S = 0.5  # a subscription waits for those that are sent before it

Watch = Callable[[], Awaitable[object]]


class CcxtStreams(Struct, frozen=True, kw_only=True):
    exchange: TwinExchange
    clock: Clock
    owners: Owners
    timeout_s: float
    private: bool

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        patience_s = self.timeout_s + len(wanted.instruments) * AHEAD_S
        streams = [self._market(instrument, wanted.timeframe, patience_s) for instrument in wanted.instruments]
        if self.private:
            streams.append(self._orders(patience_s))
        return streams

    def _market(self, instrument: InstrumentId, timeframe: Timeframe, patience_s: float) -> Stream:
        exchange, symbol = self.exchange, instrument.symbol
        if has_candles(exchange, timeframe):
            candles = CandleReader(exchange, instrument, timeframe)
            feed = Feed(exchange.venue, f"candles {symbol}", candles, missed=candles.missed)
            watch = partial(exchange.watch_ohlcv, symbol, timeframe.value)
            return self._stream(feed, {"candles": watch}, patience_s)
        tape = TapeReader(exchange, instrument, timeframe)
        feed = Feed(exchange.venue, f"trades {symbol}", tape, missed=tape.missed)
        return self._stream(feed, {"trades": partial(exchange.watch_trades, symbol)}, patience_s)

    def _orders(self, patience_s: float) -> Stream:
        exchange = self.exchange
        feed = Feed(exchange.venue, "orders", AccountReader(exchange, self.owners), private=True)
        watches = {"orders": exchange.watch_orders}
        if exchange.habit.orders.untold is None:
            watches["executions"] = exchange.watch_my_trades
        if (stops := exchange.habit.frames.stops) is not None:
            watches["stops"] = partial(exchange.watch_orders, params=dict(stops))
        return self._stream(feed, watches, patience_s)

    async def _stream(self, feed: Feed, watches: Mapping[str, Watch], patience_s: float) -> Stream:
        async with self.exchange.line_for(feed):
            within_s = patience_s + self.exchange.longest_wait_s()
            await self._subscribe(feed, watches, within_s)
            await feed.standing(within_s)
            yield StreamOpened(time_ms=self.clock.now_ms(), venue=feed.venue, stream=feed.stream)
            untold = UntoldTrades(self.exchange, self.owners)
            renewal = _Renewal(self.exchange, self.clock) if feed.private else None
            while True:
                if renewal is not None and renewal.due_in_s <= 0:
                    await renewal.make()
                event = await feed.next(renewal.due_in_s if renewal is not None else None)
                if isinstance(event, Untold):
                    for each in await untold.events(event):
                        yield each
                elif event is not None:
                    yield event

    async def _subscribe(self, feed: Feed, watches: Mapping[str, Watch], within_s: float) -> None:
        """Some venues want a login first, whose answer ccxt would await for ever."""
        with reading(self.exchange, feed.stream):
            await self.exchange.ready()
            if feed.private:
                self.exchange.habit.frames.before_private(self.exchange)
            try:
                async with asyncio.timeout(within_s):
                    for topic, watch in watches.items():
                        await self.exchange.feed_from(feed, topic, watch)
            except TimeoutError:
                raise VenueUnavailable(feed.venue, f"{feed.stream}: no answer to the login") from None


class _Renewal:
    """Keeps a private line alive, where its venue wants that."""

    def __init__(self, exchange: TwinExchange, clock: Clock) -> None:
        self._exchange, self._clock, self._frames = exchange, clock, exchange.habit.frames
        self._due_s = clock.monotonic_s() + self._frames.renew_every_s

    @property
    def due_in_s(self) -> float:
        return max(self._due_s - self._clock.monotonic_s(), 0.0) if self._frames.renew else float("inf")

    async def make(self) -> None:
        if self._frames.renew is not None:
            with reading(self._exchange, "renewal"):
                await self._frames.renew(self._exchange)
        self._due_s = self._clock.monotonic_s() + self._frames.renew_every_s


def has_candles(exchange: TwinExchange, timeframe: Timeframe) -> bool:
    """Whether ccxt streams this timeframe; Upbit's class says it does, and then refuses all but seconds."""
    return bool(exchange.has.get("watchOHLCV")) and exchange.habit.frames.streamed(timeframe.value)
