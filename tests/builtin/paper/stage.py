"""A venue that tells what a test says, and a paper account on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from random import Random

from twinstar.builtin import plugins as builtin_plugins
from twinstar.config import Mode, PaperVenueConfig, VenueConfig
from twinstar.domain import (
    AccountSeen,
    Candle,
    CandleClosed,
    Event,
    Fill,
    Instrument,
    InstrumentId,
    Order,
    OrderFilled,
    OrderKind,
    PriceSeen,
    Role,
    Side,
    StreamOpened,
    Timeframe,
    TradeSeen,
)
from twinstar.errors import VenueUnavailable
from twinstar.plugin import Plugins
from twinstar.ports import Gap, Stream, Venue, Wanted
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing import LoopClock, run_virtual

D = Decimal
PERP, SPOT = InstrumentId("BTC/USDT:USDT", "v"), InstrumentId("BTC/USDT", "v")
MINUTE_MS = 60_000
FIRST_MS = 1_700_000_040_000  # a minute begins


def listed(of: InstrumentId) -> Instrument:
    return Instrument(
        id=of,
        base="BTC",
        quote="USDT",
        settle=None if of == SPOT else "USDT",
        price_step=D("0.1"),
        quantity_step=D("0.001"),
        min_quantity=D("0.001"),
        min_notional=D(5),
        resident_stops=of != SPOT,
        maker_fee=D("0.0002"),
        taker_fee=D("0.0005"),
    )


class Told:
    """A venue's market, as a test tells it."""

    def __init__(self, of: InstrumentId) -> None:
        self.of = of
        self.past: list[Candle] = []
        self.asked: list[tuple[int, int]] = []  # of the history
        self._line: asyncio.Queue[Event | None] = asyncio.Queue()

    async def instruments(self, symbols: Sequence[str]) -> Sequence[Instrument]:
        return [listed(InstrumentId(symbol, "v")) for symbol in symbols]

    async def candles(self, of: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int) -> Sequence[Candle]:
        self.asked.append((from_ms, until_ms))
        return [candle for candle in self.past if from_ms <= candle.open_ms < until_ms]

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        self._line = asyncio.Queue()
        return [self._stream()]

    async def _stream(self) -> Stream:
        yield StreamOpened(time_ms=FIRST_MS, venue="v", stream="market")
        while (event := await self._line.get()) is not None:
            yield event
        raise VenueUnavailable("v", "the line is lost")

    def say(self, event: Event | None) -> None:
        self._line.put_nowait(event)


class Stage:
    """Between `listening` and the test's end the venue's streams are taken, as the core would."""

    def __init__(self, told: Told, venue: Venue) -> None:
        self.told, self.venue = told, venue
        self.news: list[Event] = []
        self._ids = 0

    async def trade(self, price: object, quantity: object = 1, at_ms: int = FIRST_MS) -> None:
        await self._say(
            TradeSeen(
                time_ms=at_ms, instrument=self.told.of, price=D(str(price)), quantity=D(str(quantity)), side=Side.BUY
            )
        )

    async def price(self, price: object, at_ms: int = FIRST_MS) -> None:
        await self._say(PriceSeen(time_ms=at_ms, instrument=self.told.of, price=D(str(price))))

    async def candle(self, *prices: object, minute: int = 0, volume: object = 10) -> None:
        candle = candle_of(self.told.of, *prices, minute=minute, volume=volume)
        await self._say(CandleClosed(time_ms=candle.open_ms + MINUTE_MS, candle=candle))

    async def _say(self, event: Event) -> None:
        self.told.say(event)
        await asyncio.sleep(0.001)

    async def place(self, side: Side, quantity: object = 1, **more: object) -> Order:
        """At market; with ``price`` a limit order, with ``stop_price`` a stop."""
        assert self.venue.trading
        self._ids += 1
        kind = OrderKind.LIMIT if "price" in more else OrderKind.STOP if "stop_price" in more else OrderKind.MARKET
        kind = more.pop("kind", kind)  # type: ignore[assignment]
        numbers = {key: D(str(more.pop(key))) for key in ("price", "stop_price") if key in more}
        order = Order(
            order_id=f"ts{self._ids}",
            instrument=self.told.of,
            side=side,
            kind=kind,
            quantity=D(str(quantity)),
            role=Role.ENTRY,
            **numbers,
            **more,  # type: ignore[arg-type]
        )
        await self.venue.trading.place(order)
        await asyncio.sleep(0.001)
        return order

    async def account(self, *orders: Order) -> list[Event]:
        assert self.venue.trading
        return list(await self.venue.trading.account(Gap(orders=orders)))

    async def balance(self, asset: str) -> Decimal:
        seen = await self.seen()
        return next((each.free + each.locked for each in seen.balances if each.asset == asset), D(0))

    async def held(self) -> Decimal:
        return sum((holding.quantity for holding in (await self.seen()).holdings), D(0))

    async def seen(self) -> AccountSeen:
        seen = (await self.account())[-1]
        assert isinstance(seen, AccountSeen)
        return seen

    def fills(self, order: Order | None = None) -> list[tuple[Decimal, Decimal]]:
        """Price and quantity of what the private stream told."""
        return [(fill.price, fill.quantity) for fill in self.filled(order)]

    def filled(self, order: Order | None = None) -> list[Fill]:
        fills = (event.fill for event in self.news if isinstance(event, OrderFilled))
        return [fill for fill in fills if order is None or fill.order_id == order.order_id]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            streams = self.venue.streams.open(Wanted((self.told.of,), Timeframe.M1))
            listeners = [tasks.create_task(self._listen(stream)) for stream in streams]
            await asyncio.sleep(0.001)
            yield
            for listener in listeners:
                listener.cancel()

    async def _listen(self, stream: Stream) -> None:
        async with aclosing(stream):
            async for event in stream:
                self.news.append(event)


def candle_of(of: InstrumentId, *prices: object, minute: int = 0, volume: object = 10) -> Candle:
    """``prices``: open, high, low, close."""
    first, high, low, last = (D(str(price)) for price in prices)
    return Candle(
        instrument=of,
        timeframe=Timeframe.M1,
        open_ms=FIRST_MS + minute * MINUTE_MS,
        open=first,
        high=high,
        low=low,
        close=last,
        volume=D(str(volume)),
    )


def paper_venue(told: Told, state_dir: Path | None, **paper: object) -> Venue:
    """Opened through the same hooks as any venue."""
    settings = {"balances": {"USDT": D(100_000)}, "slippage_percent": D("0.1"), **paper}
    config = VenueConfig(
        type="told", mode=Mode.PAPER, instruments=(told.of.symbol,), paper=PaperVenueConfig(**settings)
    )
    plugins, clock = Plugins(builtin_plugins(), third_party=False), LoopClock(FIRST_MS)
    registry = plugins.registry
    registry.venue("told", VenueConfig, lambda _, __: Venue(id="v", streams=told, listing=told, history=told))
    return plugins.open_venue(
        "v",
        registry.venue_type("told"),
        config,
        clock=clock,
        venue_clock=MeasuredClock(clock),
        random=Random(1),
        state_dir=state_dir,
    )


def play(
    story: Callable[[Stage], Awaitable[None]], of: InstrumentId = PERP, state_dir: Path | None = None, **paper: object
) -> None:
    """One life of a paper account, in virtual time, with its market at 100."""

    async def life() -> None:
        told = Told(of)
        stage = Stage(told, paper_venue(told, state_dir, **paper))
        assert stage.venue.listing
        assert stage.venue.close
        try:
            await stage.venue.listing.instruments([of.symbol])
            async with stage.listening():
                await stage.price(100, FIRST_MS - MINUTE_MS)
                await story(stage)
        finally:
            await stage.venue.close()

    run_virtual(life())
