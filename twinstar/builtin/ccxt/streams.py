"""What a venue tells unasked: closed candles, public trades, and what becomes of our orders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from twinstar.builtin.ccxt import facts
from twinstar.builtin.ccxt.candles import Builder, Follower
from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.feed import Feed, Read
from twinstar.builtin.ccxt.habits.habit import Unified
from twinstar.builtin.ccxt.markets import contract_of
from twinstar.builtin.ccxt.owners import Owners
from twinstar.builtin.ccxt.reading import reading
from twinstar.domain import CandleClosed, Event, InstrumentId, StreamOpened, Timeframe
from twinstar.ports import Clock, Stream, Wanted

Watch = Callable[[], Awaitable[object]]


class CcxtStreams(Struct, frozen=True, kw_only=True):
    exchange: TwinExchange
    clock: Clock
    owners: Owners
    timeout_s: float
    private: bool

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        streams = [self._market(instrument, wanted.timeframe) for instrument in wanted.instruments]
        if self.private:
            streams.append(self._orders())
        return streams

    def _market(self, instrument: InstrumentId, timeframe: Timeframe) -> Stream:
        exchange, symbol = self.exchange, instrument.symbol
        if has_candles(exchange, timeframe):
            read = _Candles(exchange, instrument, timeframe)
            return self._stream(
                f"candles {symbol}", read, {"candles": lambda: exchange.watch_ohlcv(symbol, timeframe.value)}
            )
        tape = _Tape(exchange, instrument, timeframe)
        return self._stream(f"trades {symbol}", tape, {"trades": partial(exchange.watch_trades, symbol)})

    def _orders(self) -> Stream:
        exchange = self.exchange
        read = _Account(exchange, self.owners)
        watches = {"orders": exchange.watch_orders, "executions": exchange.watch_my_trades}
        return self._stream("orders", read, watches, private=True)

    async def _stream(self, name: str, read: Read, watches: Mapping[str, Watch], *, private: bool = False) -> Stream:
        feed = Feed(self.exchange.venue, name, read, private=private)
        async with self.exchange.line_for(feed):
            await self._subscribe(feed, watches)
            await feed.standing(self.timeout_s + self.exchange.longest_wait_s())
            yield StreamOpened(time_ms=self.clock.now_ms(), venue=feed.venue, stream=name)
            renewal = _Renewal(self.exchange, self.clock) if private else None
            while True:
                if renewal is not None and renewal.due_in_s <= 0:
                    await renewal.make()
                event = await feed.next(renewal.due_in_s if renewal is not None else None)
                if event is not None:
                    yield event

    async def _subscribe(self, feed: Feed, watches: Mapping[str, Watch]) -> None:
        with reading(self.exchange, feed.stream):
            await self.exchange.ready()
            if feed.private:
                self.exchange.habit.frames.before_private(self.exchange)
            for topic, watch in watches.items():
                await self.exchange.feed_from(feed, topic, watch)


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


class _Candles:
    def __init__(self, exchange: TwinExchange, instrument: InstrumentId, timeframe: Timeframe) -> None:
        self._candles = exchange.habit.frames.candles
        self._timeframe = timeframe
        self._follower = Follower(instrument, timeframe)

    def __call__(self, result: Any, frame: Any, _: str) -> Iterator[Event]:
        rows = result[2] if len(result) == 3 and isinstance(result[0], str) else result
        for row, closed in self._candles(frame, rows):
            candle = self._follower.see(row, closed=closed)
            if candle is not None:
                yield CandleClosed(time_ms=self._timeframe.after(candle.open_ms), candle=candle)


class _Tape:
    """Public trades, and the candles made of them."""

    def __init__(self, exchange: TwinExchange, instrument: InstrumentId, timeframe: Timeframe) -> None:
        self._exchange, self._trade_ms = exchange, exchange.habit.frames.trade_ms
        self._instrument, self._timeframe = instrument, timeframe
        self._builder = Builder(instrument, timeframe)
        self._seen = Recent()

    def __call__(self, result: Any, _: Any, __: str) -> Iterator[Event]:
        contract = contract_of(self._exchange, self._instrument.symbol)
        for trade in news_in(result, self._instrument.symbol):
            if not self._seen.is_new(trade["id"]):
                continue  # the first frame repeats the last trade
            event = facts.trade_seen(trade, self._trade_ms(trade), self._instrument, contract)
            candle = self._builder.see(event)
            if candle is not None:
                yield CandleClosed(time_ms=self._timeframe.after(candle.open_ms), candle=candle)
            yield event


class _Account:
    """Order updates and executions, of our orders only."""

    def __init__(self, exchange: TwinExchange, owners: Owners) -> None:
        self._exchange, self._owners = exchange, owners
        self._frames, self._orders = exchange.habit.frames, exchange.habit.orders

    def __call__(self, result: Any, frame: Any, topic: str) -> Iterator[Event]:
        if isinstance(frame, dict) and (pair := self._frames.alias(frame)) is not None:
            yield from self._learn(*pair)
        for row in news_in(result, None):
            if topic == "executions":
                yield from self._execution(row)
            else:
                yield from self._order(row)

    def _order(self, row: Unified) -> Iterator[Event]:
        told = self._orders.found(row)
        order_id = self._owners.owner(told.venue_order_id, self._orders.client_id(row))
        if order_id is None:
            return
        yield from self._learn(told.executing_id, order_id)
        if self._owners.is_first(order_id):
            yield facts.order_accepted(told, order_id)
        over = facts.order_over(told, order_id, contract_of(self._exchange, row["symbol"]))
        if over is not None:
            yield over

    def _execution(self, row: Unified) -> Iterator[Event]:
        venue_order_id = row.get("order")
        order_id = self._owners.owner(venue_order_id, self._orders.client_id(row))
        if order_id is not None:
            yield self._filled(row, order_id)
        elif isinstance(venue_order_id, str):
            self._owners.hold(venue_order_id, row)

    def _learn(self, venue_order_id: str, order_id: str) -> Iterator[Event]:
        for row in self._owners.learn(venue_order_id, order_id):
            yield self._filled(row, order_id)

    def _filled(self, row: Unified, order_id: str) -> Event:
        symbol = row["symbol"]
        instrument = InstrumentId(symbol, self._exchange.venue)
        return facts.order_filled(row, order_id, instrument, contract_of(self._exchange, symbol))


class Recent:
    """The last ids seen."""

    def __init__(self, capacity: int = 1_000) -> None:
        self._ids: dict[object, None] = {}
        self._capacity = capacity

    def is_new(self, one: object) -> bool:
        if one in self._ids:
            return False
        self._ids[one] = None
        if len(self._ids) > self._capacity:
            del self._ids[next(iter(self._ids))]
        return True


def news_in(result: Any, symbol: str | None) -> list[dict[str, Any]]:
    """Copies of the rows that are new since the last time: ccxt changes its own in place."""
    count = result.getLimit(symbol, None) if hasattr(result, "getLimit") else len(result)
    return [dict(row) for row in result[-count:]] if count else []
