"""A venue under trial in front, the simulated exchange behind its wire; the market moves when a case says so."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from hashlib import sha256
from importlib import import_module
from typing import Any, Final

import msgspec

from twinstar.config import SimConfig, SimVenueConfig
from twinstar.domain import AccountSeen, Event, InstrumentId, Order, OrderKind, Role, Side
from twinstar.plugin.registry import SimEndpoint
from twinstar.ports import Gap, History, Listing, Trading, Venue
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.sim import model
from twinstar.sim.build import open_exchange
from twinstar.sim.clock import MINUTE_MS, Pace, SystemWall
from twinstar.sim.exchange import SimExchange
from twinstar.sim.ports import Keys
from twinstar.sim.server import VenueServer
from twinstar.sim.venues import Venue as SimVenue
from twinstar.sim.venues import running
from twinstar.testing.conformance.opening import close_all, kind_of, open_venue
from twinstar.testing.conformance.quality import Quality

HISTORY: Final = 5  # minutes that the market has behind it; each costs a little
SECRET: Final = sha256(b"opens nothing but the simulation").hexdigest()
MAIN: Final = Keys(account="main", api_key=sha256(b"a key").hexdigest(), secret=SECRET)


class OurClock:
    """Ours, which may be wrong. Being no `SystemClock`, it has a limiter's counters for itself."""

    def __init__(self) -> None:
        self._right = SystemClock()
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return self._right.now_ms() + self.ahead_ms

    def monotonic_s(self) -> float:
        return self._right.monotonic_s()

    async def sleep(self, seconds: float) -> None:
        await self._right.sleep(seconds)


class Stage:
    """What a case works with. What the venue does not have is an assertion that fails."""

    def __init__(self, quality: Quality, exchange: SimExchange, server: VenueServer, port: int) -> None:
        self.quality, self.exchange, self.server = quality, exchange, server
        self.kind = kind_of(quality)
        self.clock = OurClock()
        self.time = MeasuredClock(self.clock)
        self._endpoint = SimEndpoint(url=f"http://127.0.0.1:{port}", api_key=MAIN.api_key, secret=MAIN.secret)
        self._opened: list[Venue] = []
        self._ids = self._sent_before = 0
        self.venue = self.connect()

    # The venue.

    def connect(self, *, keys: Keys = MAIN, url: str | None = None, **config: Any) -> Venue:
        """One more, as after a restart."""
        endpoint = msgspec.structs.replace(
            self._endpoint, url=url or self._endpoint.url, api_key=keys.api_key, secret=keys.secret
        )
        venue = open_venue(self.quality, endpoint, self.clock, self.time, instruments=[self.symbol], **config)
        self._opened.append(venue)
        return venue

    async def close(self) -> None:
        await close_all(self._opened)

    @property
    def url(self) -> str:
        return self._endpoint.url

    @property
    def trading(self) -> Trading:
        assert self.venue.trading is not None, "this venue does not trade"
        return self.venue.trading

    @property
    def history(self) -> History:
        assert self.venue.history is not None, "this venue has no history"
        return self.venue.history

    @property
    def listing(self) -> Listing:
        assert self.venue.listing is not None, "this venue has no listing"
        return self.venue.listing

    # The market.

    @property
    def symbol(self) -> str:
        return self.quality.symbols[0]

    @property
    def instrument(self) -> InstrumentId:
        return InstrumentId(self.symbol, self.quality.venue)

    @property
    def price(self) -> Decimal:
        return self.exchange.ticker(self.symbol).last

    def at(self, factor: str) -> Decimal:
        """A price so far from the last one, on a step of any size that is usual."""
        price = self.price * Decimal(factor)
        coarse = Decimal(1).scaleb(price.adjusted() - 2)
        return price // coarse * coarse

    def candles(self, limit: int = 2_000) -> dict[int, model.Candle]:
        """The closed minutes, as they truly are, by when they open."""
        candles = self.exchange.candles(self.symbol, MINUTE_MS, limit=limit)
        return {candle.open_ms: candle for candle in candles if candle.closed}

    def minutes(self, count: int) -> None:
        """Let so many minutes of the market happen, in one turn."""
        until_ms = self.exchange.clock.market_ms() // MINUTE_MS * MINUTE_MS + count * MINUTE_MS
        while self.exchange.clock.market_ms() < until_ms:
            self.exchange.step()

    def begin_a_minute(self) -> None:
        """Until a candle of our symbol is being formed."""
        self.exchange.step()
        while self.exchange.candles(self.symbol, MINUTE_MS, limit=1)[-1].closed:
            self.exchange.step()

    def trade(self, price: Decimal, quantity: Decimal) -> None:
        """Somebody trades so much at exactly this price, and what rests there is filled by as much."""
        last = self.exchange.ticks(self.symbol, 1)[-1]
        self.exchange.happen(self.symbol, msgspec.structs.replace(last, id=last.id + 1, price=price, quantity=quantity))

    def piece(self, parts: int) -> Decimal:
        """Of the quantity that is traded, so many parts."""
        lot = self.exchange.listings[self.symbol].lot
        assert self.quantity >= parts * lot, f"name a quantity of {parts * lot} or more in quality.yaml"
        return self.quantity / parts // lot * lot

    # Orders, ours and theirs.

    @property
    def quantity(self) -> Decimal:
        return Decimal(str(self.quality.quantity))

    def order(self, **changes: Any) -> Order:
        """A market buy, unless changed."""
        self._ids += 1
        wish: dict[str, Any] = {
            "order_id": f"ts{self._ids:018d}",
            "instrument": self.instrument,
            "side": Side.BUY,
            "kind": OrderKind.MARKET,
            "quantity": self.quantity,
            "role": Role.ENTRY,
        }
        return Order(**{**wish, **changes})

    def resting(self, **changes: Any) -> Order:
        return self.order(**{"kind": OrderKind.LIMIT, "price": self.at("0.9"), **changes})

    def stop(self, **changes: Any) -> Order:
        """Of a long position, far below."""
        wish = {"kind": OrderKind.STOP, "side": Side.SELL, "role": Role.STOP, "reduce_only": True}
        return self.order(**{**wish, "stop_price": self.at("0.9"), **changes})

    def theirs(self) -> list[model.Order]:
        """All orders that the exchange has ever had of the account, oldest first."""
        return list(self.exchange.orders(MAIN.account))

    @property
    def executions(self) -> list[model.Execution]:
        return list(self.exchange.executions(MAIN.account))

    @property
    def held(self) -> Decimal:
        """Of our symbol, signed."""
        listing = self.exchange.listings[self.symbol]
        if listing.is_spot:
            return sum((b.total for b in self.exchange.balances(MAIN.account) if b.asset == listing.base), Decimal(0))
        return next(p.quantity for p in self.exchange.positions(MAIN.account) if p.symbol == self.symbol)

    async def account(self, *orders: Order, venue: Venue | None = None) -> list[Event]:
        trading = self.trading if venue is None else venue.trading
        assert trading is not None
        return list(await trading.account(Gap(orders=orders)))

    async def account_until(self, news: type[Event], order: Order) -> list[Event]:
        """Asked again as the core does, for a while: some venues carry out a moment later what they have taken."""
        events: list[Event] = []
        for _ in range(10):
            events = await self.account(order)
            if any(isinstance(event, news) for event in events):
                break
            await self.clock.sleep(0.1)
        return events

    async def until_theirs(self, count: int) -> None:
        """For a while, until so many orders are there; see above."""
        for _ in range(100):
            if len(self.theirs()) >= count:
                break
            await self.clock.sleep(0.01)

    async def seen(self) -> AccountSeen:
        (seen,) = [event for event in await self.account() if isinstance(event, AccountSeen)]
        return seen

    # What goes wrong, and what was sent.

    def fault(self, **fault: Any) -> None:
        self.server.faults.add(msgspec.json.encode([fault]))
        self.server.afflict_open_lines()

    def break_lines(self, kind: str, pattern: str) -> None:
        """All that stand and fit; some venues tell the market and the account at one address."""
        standing = [line for line in self.server.lines if re.search(pattern, line.path)]
        assert standing, f"no line fits {pattern!r}: name the right patterns under lines in quality.yaml"
        self.fault(on="ws", kind=kind, match=pattern, count=len(standing))

    def spoil_what_is_sent(self, kind: str, **more: Any) -> None:
        self.fault(on="rest", kind=kind, match=self.quality.sends, **more)

    def spoil_what_is_asked(self, kind: str, *, match: str = "", **more: Any) -> None:
        self.fault(on="rest", kind=kind, match=f"^(?!{self.quality.sends.removeprefix('^')}).*{match}", **more)

    def asked(self) -> dict[str, int]:
        """How often each question was asked, by "METHOD /path"."""
        return {what: n for what, n in self.server.requests.items() if not re.search(self.quality.sends, what)}

    def sent(self) -> int:
        """How many requests that change something have come since the case began."""
        return self._all_sent() - self._sent_before

    def begin(self) -> None:
        self._sent_before = self._all_sent()

    def _all_sent(self) -> int:
        return sum(n for what, n in self.server.requests.items() if re.search(self.quality.sends, what))


@asynccontextmanager
async def staged(
    quality: Quality, *, history: int = HISTORY, config: dict[str, Any] | None = None, speed: float | None = None
) -> AsyncIterator[Stage]:
    """Its instruments are listed, so that an order costs no more than its own requests.

    ``speed``: the market moves by itself, so many times as fast, for an adapter that somebody else brings.
    """
    wire = import_module(quality.wire_module)
    wall = SystemWall()
    pace = Pace(wall, speed or 1.0)
    exchange = open_exchange(
        quality.venue,
        wire.listings(list(quality.symbols)),
        sim=SimConfig(seed=3, history=history),
        config=SimVenueConfig.model_validate({"balances": quality.balances}),
        keys=[MAIN],
        wall=wall,
        pace=pace,
    )
    venue = SimVenue(id=quality.venue, exchange=exchange, wire=wire.make(exchange))
    async with running([venue], pace, wall) as now:
        if speed is None:
            now.driver.halt()
        stage = Stage(quality, exchange, now.servers[venue.id], now.ports[venue.id])
        if config:
            stage.venue = stage.connect(**config)
        try:
            if speed is None and stage.venue.listing is not None:
                await stage.listing.instruments([stage.symbol])
            stage.begin()
            yield stage
        finally:
            await stage.close()
