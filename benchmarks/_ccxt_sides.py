"""The same frames through ccxt's path as we use it, and through a bare loop of its ``watch_*`` methods."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from itertools import islice
from random import Random
from time import process_time
from typing import Any

from _frames import LEVELS, levels, messages
from builtin.ccxt.canary import Line, Message, Session, market
from builtin.ccxt.kit import SYMBOL, Unlimited

from twinstar.builtin.ccxt.config import CcxtConfig
from twinstar.builtin.ccxt.feed import Feed, Read
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.metering import limits
from twinstar.builtin.ccxt.numbers import exact
from twinstar.builtin.ccxt.owners import Owners
from twinstar.builtin.ccxt.readers import CandleReader, TapeReader
from twinstar.builtin.ccxt.streams import CcxtStreams
from twinstar.builtin.ccxt.venue import make_exchange
from twinstar.config import Mode
from twinstar.domain import Event, InstrumentId, PriceSeen, Timeframe, TradeSeen
from twinstar.plugin.registry import SimEndpoint, VenueContext
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock

WATCHES = {"kline": "watch_ohlcv", "trade": "watch_trades", "book": "watch_order_book"}
WARM = 50  # frames for each market before it counts; the first of a book is the whole of it
NOWHERE = SimEndpoint(url="http://127.0.0.1:9", api_key="key", secret="secret")
SETTLES_S = 0.05
TOLD = (PriceSeen, TradeSeen)  # the bare loop has nothing to tell apart: a union made anew for each event would cost
WITHIN_S = 120.0


def snapshot(_: str, __: str) -> dict[str, object]:
    """What a book is asked for over REST, where the stream has changes only."""
    return {"lastUpdateId": 100, "bids": levels(0, -1)[:LEVELS], "asks": levels(0, 1)[:LEVELS]}


def acknowledge(line: Line, message: Any) -> None:
    """As Binance does; only then ccxt asks for the whole of a book."""
    if isinstance(message, dict) and message.get("method") == "SUBSCRIBE":
        line.say({"result": None, "id": message["id"]})


def markets(venue: str, count: int) -> list[dict[str, Any]]:
    first = market(venue)
    others = (f"T{number}" for number in range(1, count))
    return [first, *(_renamed(first, base) for base in others)]


def _renamed(one: dict[str, Any], base: str) -> dict[str, Any]:
    names = {name: value.replace("BTC", base) for name, value in one.items() if isinstance(value, str)}
    return {**one, **names, "lowercaseId": names["id"].lower()}


def prepared(exchange: Any, venue: str, count: int) -> Any:
    exchange.session, exchange.own_session = Session(snapshot, acknowledge), False
    exchange.set_markets(markets(venue, count))
    return exchange


class Turns:
    """One frame after the other, the next once the one before has reached who waits for it."""

    def __init__(self) -> None:
        self._next: Callable[[], None] | None = None

    def told(self) -> None:
        if self._next is not None:
            asyncio.get_running_loop().call_soon(self._next)

    async def take(self, handle: Callable[[Message], None], coming: Iterator[Message]) -> None:
        done = asyncio.get_running_loop().create_future()

        def step() -> None:
            message = next(coming, None)
            if message is not None:
                handle(message)
            elif not done.done():
                done.set_result(None)

        self._next = step
        step()
        await done
        self._next = None


async def bare(turns: Turns, exchange: Any, kind: str) -> None:
    symbols = exchange.symbols
    if len(symbols) > 1:
        watch = partial(exchange.watch_ohlcv_for_symbols, [[symbol, "1m"] for symbol in symbols])
    else:
        watch = partial(getattr(exchange, WATCHES[kind]), symbols[0])
    while True:
        await watch()
        turns.told()


async def ours(turns: Turns, exchange: Any, kind: str) -> None:
    streams = CcxtStreams(exchange=exchange, clock=SystemClock(), owners=Owners(), timeout_s=WITHIN_S, private=False)
    async with asyncio.TaskGroup() as group:
        for symbol in exchange.symbols:
            instrument = InstrumentId(symbol, exchange.venue)
            feed = Feed(exchange.venue, f"{kind} {symbol}", _reader(exchange, kind, instrument))
            watch = partial(getattr(exchange, WATCHES[kind]), symbol)
            stream = streams._stream(feed, {kind: watch}, WITHIN_S)  # noqa: SLF001 - ``open`` chooses candles where it can
            group.create_task(_follow(turns, stream))


async def _follow(turns: Turns, stream: AsyncIterator[Event]) -> None:
    async for event in stream:
        if isinstance(event, TOLD):
            turns.told()


def _reader(exchange: Any, kind: str, instrument: InstrumentId) -> Read:
    if kind == "kline":
        return CandleReader(exchange, instrument, Timeframe.M1)
    if kind == "trade":
        return TapeReader(exchange, instrument, Timeframe.M1)
    return partial(_best_bid, instrument)  # we follow no books; this is what it would take


def _best_bid(instrument: InstrumentId, book: Any, _: Any, __: str) -> Iterator[Event]:
    yield PriceSeen(time_ms=book["timestamp"] or 0, instrument=instrument, price=exact(book["bids"][0][0]))


def plain_exchange(venue: str, count: int) -> Any:
    made = exchange_class(venue)({"enableRateLimit": False, "timeout_on_exit": 0, "options": {"uta": False}})
    return prepared(made, venue, count)


def twin_exchange(venue: str, count: int) -> Any:
    settings = CcxtConfig(mode=Mode.SIM, instruments=(SYMBOL[venue],))
    clock = SystemClock()
    context = VenueContext(
        id=venue, clock=clock, venue_clock=MeasuredClock(clock), random=Random(1),
        limiter=Unlimited(), limits=limits(venue, settings), endpoint=NOWHERE,
    )  # fmt: skip
    return prepared(make_exchange(settings, context), venue, count)


SIDES = {"ours": (twin_exchange, ours), "other": (plain_exchange, bare)}


async def cpu_us(side: str, venue: str, kind: str, *, count: int = 1, frames: int) -> float:
    """A frame's processor time, from the socket's message to whoever waits for it."""
    make, follow = SIDES[side]
    exchange, turns = make(venue, count), Turns()
    coming = messages(venue, kind, [one["id"] for one in markets(venue, count)], WARM * count + frames)
    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as group:
        following = group.create_task(follow(turns, exchange, kind))
        client = await _subscribed(exchange)
        for message in islice(coming, WARM * count):
            client.handle_message(message)
            await asyncio.sleep(0)
        await asyncio.sleep(SETTLES_S)
        began_s = process_time()
        await turns.take(client.handle_message, iter(list(coming)))
        taken_s = process_time() - began_s
        following.cancel()
    await exchange.close()
    return taken_s * 1e6 / frames


async def _subscribed(exchange: Any) -> Any:
    """The line, once nothing more is sent over it."""
    sent = -1
    while sent != sum(len(line.sent) for line in exchange.session.lines) or not sent:
        sent = sum(len(line.sent) for line in exchange.session.lines)
        await asyncio.sleep(SETTLES_S)
    (client,) = [client for client in exchange.clients.values() if client.connection is not None]
    return client
