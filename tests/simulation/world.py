"""A venue that lies, stalls, forgets and repeats itself, all of it from one seed.

Requests travel: what was sent arrives though nobody waits for the answer any more, and may arrive after the venue was
asked about it. Private frames are lost and repeated. Reads fail. What really happened is in `World.orders`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from decimal import Decimal as D
from functools import partial
from random import Random

import msgspec

from simulation.violations import Kind, Violation
from twinstar.domain import (
    AccountSeen,
    Balance,
    Candle,
    CandleClosed,
    Event,
    Fill,
    Holding,
    Instrument,
    InstrumentId,
    Order,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    OrderRejected,
    OrderStatus,
    PriceSeen,
    Resting,
    Side,
    StreamOpened,
    Terms,
    Timeframe,
)
from twinstar.engine.ids import OrderIds
from twinstar.errors import OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar.ports import Gap, Stream, Venue, Wanted
from twinstar.testing import LoopClock

STEP_S = 1.0  # the market takes a step
STEPS_A_CANDLE = 5
START_MS = 1_699_999_980_000
VISIBILITY_MS = 8_000
ARRIVES_WITHIN_S = 5.0
LAGS_S = 4.0  # how old what a reading shows may be


class Placed(msgspec.Struct):
    """An order as the venue has it."""

    order: Order
    venue_order_id: str
    fills: list[Fill]
    filled_ms: list[int] = msgspec.field(default_factory=list)  # when each was made
    status: str = "open"  # open | filled | canceled

    @property
    def filled(self) -> D:
        return sum((f.quantity for f in self.fills), D(0))

    @property
    def remaining(self) -> D:
        return self.order.quantity - self.filled


class World:
    """One venue and its one account, over all lives of the service."""

    def __init__(
        self,
        venue_id: str,
        symbol: str,
        random: Random,
        *,
        resident_stops: bool,
        amends: bool = False,
        sent: Callable[[str], bool],
    ) -> None:
        self.id, self.of = venue_id, InstrumentId(symbol, venue_id)
        self.resident_stops, self.amends = resident_stops, amends
        self.orders: dict[str, Placed] = {}
        self.closed: list[Candle] = []
        self.crimes: list[Violation] = []  # what no order of bad luck excuses
        self.faults = True
        self.owner_trades = True
        self.halted = False
        self.strangers: tuple[Resting, ...] = ()  # what another service has placed here, with ids like ours
        self.price = D(1_000)
        self._random, self._clock = random, LoopClock()
        self._was_journaled = sent
        self._step, self._fills = 0, 0
        self._prices: list[D] = []
        self._listeners: list[asyncio.Queue[Event | None]] = []
        self._private: list[asyncio.Queue[Event | None]] = []
        self._deaf: set[asyncio.Queue[Event | None]] = set()  # lines that stand and bring nothing
        self.ours = D(0)  # what our own orders add up to
        self.by_hand: list[D] = []  # what the account's owner has traded beside us, signed
        self._down_until_s = 0.0  # a restart: no lines, no answers
        self._shown: list[tuple[float, AccountSeen]] = []  # what readings may still show

    @property
    def instrument(self) -> Instrument:
        return Instrument(
            id=self.of,
            base="BTC",
            quote="USDT",
            settle="USDT" if self.resident_stops else None,
            price_step=D(1),
            quantity_step=D("0.001"),
            min_quantity=D("0.001"),
            resident_stops=self.resident_stops,
            resident_targets=self.resident_stops,
            amends_stops=self.amends,
        )

    @property
    def held(self) -> D:
        return self.ours + sum(self.by_hand, D(0))

    def venue(self) -> Venue:
        return Venue(
            id=self.id,
            streams=self,
            listing=self,
            history=self,
            trading=self,
            pulse=self.pulse,
            market_speed=60 / (STEP_S * STEPS_A_CANDLE),
        )

    @property
    def standing(self) -> list[Placed]:
        return [placed for placed in self.orders.values() if placed.status == "open"]

    @property
    def covered(self) -> D:
        """What the stops that stand would trade, signed."""
        stops = [placed for placed in self.standing if placed.order.kind is OrderKind.STOP]
        return sum((p.remaining * p.order.side.sign for p in stops), D(0))

    # The market.

    async def live(self) -> None:
        while True:
            await asyncio.sleep(STEP_S)
            if not self.halted:
                self._move()

    def _move(self) -> None:
        self.price = max(self.price + self._random.randrange(-6, 7), D(500))
        self._prices.append(self.price)
        market_ms = START_MS + self._step * 60_000 // STEPS_A_CANDLE
        self._say(PriceSeen(time_ms=market_ms, instrument=self.of, price=self.price))
        self._step += 1
        if self._step % STEPS_A_CANDLE == 0:
            self._close_candle()
        for placed in self.standing:
            self._match(placed)
        self._shown.append((asyncio.get_running_loop().time(), self._seen()))
        if self.owner_trades and self._chance(0.008):
            self._trade_by_hand()
        if self._chance(0.002):
            self._down_until_s = asyncio.get_running_loop().time() + self._random.uniform(2, 15)
            self._drop_the_line()
        if self._chance(0.01):
            self._drop_the_line()
        if self._chance(0.005):
            self._deaf.update(self._listeners)
        if self._chance(0.005):
            self.fall_silent()

    def fall_silent(self) -> None:
        """The line of our orders stands, and brings nothing any more."""
        self._deaf.update(self._private)

    def _trade_by_hand(self) -> None:
        """The owner of the account closes all of it, or a half, or adds to it. Nobody tells us."""
        more = D(self._random.choice(("1.5", "-1.5")))
        change = self._random.choice((-self.held, (-self.held / 2).quantize(D("0.001")), more))
        if self.resident_stops or self.held + change >= 0:
            self.by_hand.append(change)

    def let_in_another_service(self) -> None:
        """It has placed an order that will never fill."""
        self.strangers = (
            Resting(
                venue_order_id="s1",
                client_order_id=OrderIds(START_MS)(),
                instrument=self.of,
                side=Side.BUY,
                kind=OrderKind.LIMIT,
                quantity=D(1),
                filled=D(0),
                price=D(1),
                stop_price=None,
                reduce_only=False,
            ),
        )

    def _close_candle(self) -> None:
        prices = self._prices[-STEPS_A_CANDLE:]
        candle = Candle(
            instrument=self.of,
            timeframe=Timeframe.M1,
            open_ms=START_MS + (self._step // STEPS_A_CANDLE - 1) * 60_000,
            open=prices[0],
            high=max(prices),
            low=min(prices),
            close=prices[-1],
            volume=D(1),
        )
        self.closed.append(candle)
        self._say(CandleClosed(time_ms=candle.open_ms + 60_000, candle=candle))

    def _match(self, placed: Placed) -> None:
        order = placed.order
        reached = {
            OrderKind.MARKET: True,
            OrderKind.LIMIT: order.price is not None and (self.price - order.price) * order.side.sign <= 0,
            OrderKind.STOP: order.stop_price is not None and (self.price - order.stop_price) * order.side.sign >= 0,
            OrderKind.TAKE_PROFIT: order.stop_price is not None
            and (self.price - order.stop_price) * order.side.sign <= 0,
        }[order.kind]
        if placed.status == "open" and reached:
            self._fill(placed, self._random.choice((D(1), D("0.5"), D("0.3"))) * order.quantity)

    def _fill(self, placed: Placed, quantity: D) -> None:
        order = placed.order
        quantity = min(quantity.quantize(D("0.001")), placed.remaining)
        if order.reduce_only:
            quantity = min(quantity, max(-self.held * order.side.sign, D(0)))
        if not self.resident_stops and order.side is Side.SELL:
            quantity = min(quantity, self.held)
        if quantity <= 0:
            if order.reduce_only or order.side is Side.SELL:
                self._end(placed)  # Nothing to reduce: the venue ends it.
            return
        self._fills += 1
        fill = Fill(
            fill_id=f"f{self._fills}",
            order_id=order.order_id,
            instrument=self.of,
            side=order.side,
            price=self.price,
            quantity=quantity,
        )
        placed.fills.append(fill)
        self.ours += quantity * order.side.sign
        placed.filled_ms.append(self._clock.now_ms())
        if self.ours < 0 and not self.resident_stops:
            self.crimes.append(Violation(Kind.NOT_OURS, str(order)))
        self._tell(OrderFilled(time_ms=self._clock.now_ms(), fill=fill))
        if not placed.remaining:
            placed.status = "filled"
        elif order.kind is not OrderKind.LIMIT:
            asyncio.get_running_loop().call_later(self._random.uniform(0.01, 1.5), self._match, placed)

    def _end(self, placed: Placed) -> None:
        placed.status = "canceled"
        self._tell(OrderCanceled(time_ms=self._clock.now_ms(), order_id=placed.order.order_id, filled=placed.filled))

    # The lines.

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        return (self._listen(self._listeners, "market"), self._listen(self._private, "private"))

    async def _listen(self, listeners: list[asyncio.Queue[Event | None]], name: str) -> Stream:
        await asyncio.sleep(self._random.uniform(0.01, 0.5))
        if self._is_down or self._chance(0.1):
            raise VenueUnavailable(self.id, "dial failed")
        news: asyncio.Queue[Event | None] = asyncio.Queue()
        listeners.append(news)
        try:
            yield StreamOpened(time_ms=self._clock.now_ms(), venue=self.id, stream=name)
            while True:
                event = await news.get()
                if event is None:
                    raise VenueUnavailable(self.id, "line dropped")
                yield event
        finally:
            with suppress(ValueError):
                listeners.remove(news)
            self._deaf.discard(news)

    def _say(self, event: Event) -> None:
        for listener in self._listeners:
            if listener not in self._deaf:
                listener.put_nowait(event)

    def _tell(self, event: Event) -> None:
        """To the account's owner; frames get lost, come twice, and come late."""
        for listener in self._private:
            if listener in self._deaf or self._chance(0.15):
                continue
            for _ in range(2 if self._chance(0.15) else 1):
                asyncio.get_running_loop().call_later(self._random.uniform(0, 0.3), listener.put_nowait, event)

    def _drop_the_line(self) -> None:
        for listener in (*self._listeners, *self._private):
            listener.put_nowait(None)

    # What may be asked.

    async def instruments(self, symbols: Sequence[str]) -> Sequence[Instrument]:
        await self._travel(0.1)
        return (self.instrument,)

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        await self._travel(0.1)
        return [c for c in self.closed if from_ms <= c.open_ms < until_ms]

    async def pulse(self, instrument: InstrumentId) -> int | None:
        await self._travel(0.1)
        return START_MS + self._step * 60_000 // STEPS_A_CANDLE

    async def account(self, gap: Gap) -> Sequence[Event]:
        await self._travel(0.3)
        now_ms = self._clock.now_ms()
        news: list[Event] = []
        for order in gap.orders:
            placed = self.orders.get(order.order_id)
            if placed is not None:
                news += self._story_of(placed, now_ms)
                news += self._terms_of(placed, order, now_ms)
            elif order.status is OrderStatus.IN_DOUBT and now_ms - order.status_ms > VISIBILITY_MS:
                news.append(OrderRejected(time_ms=now_ms, order_id=order.order_id, reason="never seen"))
        return [*news, msgspec.structs.replace(self._perhaps_stale(), time_ms=now_ms)]

    def _perhaps_stale(self) -> AccountSeen:
        """Positions and listings may lag behind the fills that the same venue has told."""
        now_s = asyncio.get_running_loop().time()
        self._shown = [(at_s, seen) for at_s, seen in self._shown if now_s - at_s < LAGS_S]
        return self._random.choice(self._shown)[1] if self._shown and self._chance(0.2) else self._seen()

    def _seen(self) -> AccountSeen:
        holdings = (Holding(instrument=self.of, quantity=self.held, entry_price=self.price),)
        return AccountSeen(
            time_ms=0,
            venue=self.id,
            holdings=holdings if self.resident_stops and self.held else (),
            balances=() if self.resident_stops else (Balance(asset="BTC", free=self.held),),
            orders=(
                *self.strangers,
                *(self._resting(placed) for placed in self.standing if not self._chance(0.05)),
            ),
        )

    def _resting(self, placed: Placed) -> Resting:
        order = placed.order
        return Resting(
            venue_order_id=placed.venue_order_id,
            client_order_id=order.order_id,
            instrument=self.of,
            side=order.side,
            kind=order.kind,
            quantity=order.quantity,
            filled=placed.filled,
            price=order.price,
            stop_price=order.stop_price,
            reduce_only=order.reduce_only,
        )

    def _terms_of(self, placed: Placed, known: Order, now_ms: int) -> Iterable[Event]:
        """An amend in doubt may still be on its way; once it cannot be, the terms are what they are."""
        if known.asked is None or known.status is not OrderStatus.IN_DOUBT or placed.status == "canceled":
            return
        if placed.status == "filled" or placed.order.terms == known.asked or now_ms - known.status_ms > VISIBILITY_MS:
            yield msgspec.structs.replace(self._amended(placed), answers=known.asked)

    def _amended(self, placed: Placed) -> OrderAmended:
        return OrderAmended(
            time_ms=self._clock.now_ms(),
            order_id=placed.order.order_id,
            terms=placed.order.terms,
            venue_order_id=placed.venue_order_id,
        )

    def _story_of(self, placed: Placed, now_ms: int) -> Iterable[Event]:
        order_id = placed.order.order_id
        yield OrderAccepted(time_ms=now_ms, order_id=order_id, venue_order_id=placed.venue_order_id)
        for fill, filled_ms in zip(placed.fills, placed.filled_ms, strict=True):
            yield OrderFilled(time_ms=filled_ms, fill=fill)
        if placed.status == "canceled":
            yield OrderCanceled(time_ms=now_ms, order_id=order_id, filled=placed.filled)

    async def place(self, order: Order) -> str:
        fate = self._random.random() if self.faults else 1.0
        if self._is_down or fate < 0.03:
            raise VenueUnavailable(self.id, "connection refused")
        if fate < 0.07:
            await asyncio.sleep(2)
            raise OutcomeUnknown(self.id, "timed out, and it never arrived")
        if fate < 0.12:
            self._send(self._arrive, order, late=True)
            await asyncio.sleep(0.5)
            raise OutcomeUnknown(self.id, "timed out, and it is still on its way")
        answer = self._send(self._arrive, order)
        await asyncio.shield(answer)
        await self._travel_back(lost=fate < 0.2)
        if answer.result() is None:
            raise VenueRejected(self.id, "no funds")
        return str(answer.result())

    async def cancel(self, order: Order) -> None:
        if self._is_down or self._chance(0.05):
            raise OutcomeUnknown(self.id, "timed out, and it never arrived")
        answer = self._send(self._cancel, order)
        await asyncio.shield(answer)
        await self._travel_back(lost=self._chance(0.1))
        if answer.result() is None:
            raise VenueRejected(self.id, "unknown order")

    async def amend(self, order: Order, terms: Terms) -> str:
        fate = self._random.random() if self.faults else 1.0
        if fate < 0.03:
            raise VenueUnavailable(self.id, "connection refused")
        if fate < 0.08:
            await asyncio.sleep(2)
            raise OutcomeUnknown(self.id, "timed out, and it never arrived")
        arrives = partial(self._amend, terms=terms)
        if fate < 0.15:
            self._send(arrives, order, late=True)
            await asyncio.sleep(0.5)
            raise OutcomeUnknown(self.id, "timed out, and it is still on its way")
        answer = self._send(arrives, order)
        await asyncio.shield(answer)
        await self._travel_back(lost=fate < 0.25)
        if answer.result() is None:
            raise VenueRejected(self.id, "unknown order")
        return str(answer.result())

    def _send(
        self, arrives: Callable[[Order, asyncio.Future[str | None]], None], order: Order, *, late: bool = False
    ) -> asyncio.Future[str | None]:
        """On the wire: it arrives whatever becomes of the sender."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()
        delay_s = self._random.uniform(1.0, ARRIVES_WITHIN_S) if late else self._random.uniform(0.01, 0.4)
        loop.call_later(delay_s, arrives, order, answer)
        return answer

    def _arrive(self, order: Order, answer: asyncio.Future[str | None]) -> None:
        if order.order_id in self.orders:
            self.crimes.append(Violation(Kind.DOUBLED, str(order)))
        if not self._was_journaled(order.order_id):
            self.crimes.append(Violation(Kind.UNJOURNALED, str(order)))
        cannot = not self.resident_stops and order.side is Side.SELL and order.quantity > self.held
        if cannot or self._chance(0.08):
            answer.set_result(None)
            return
        placed = Placed(order=order, venue_order_id=f"v{len(self.orders)}", fills=[])
        self.orders[order.order_id] = placed
        answer.set_result(placed.venue_order_id)
        if self._chance(0.5):
            accepted = OrderAccepted(
                time_ms=self._clock.now_ms(), order_id=order.order_id, venue_order_id=placed.venue_order_id
            )
            self._tell(accepted)
        self._match(placed)

    def _cancel(self, order: Order, answer: asyncio.Future[str | None]) -> None:
        placed = self.orders.get(order.order_id)
        if placed is None or placed.status != "open":
            answer.set_result(None)
            return
        answer.set_result("ok")
        self._end(placed)

    def _amend(self, order: Order, answer: asyncio.Future[str | None], terms: Terms) -> None:
        placed = self.orders.get(order.order_id)
        able = placed is not None and placed.status == "open" and terms.quantity >= placed.filled
        if placed is None or not able or self._chance(0.08):
            answer.set_result(None)
            return
        placed.order = msgspec.structs.replace(
            placed.order, quantity=terms.quantity, price=terms.price, stop_price=terms.stop_price
        )
        placed.venue_order_id += "a"  # another id, as some venues give
        answer.set_result(placed.venue_order_id)
        if not placed.remaining:
            placed.status = "filled"
        if self._chance(0.5):
            self._tell(self._amended(placed))
        self._match(placed)

    async def _travel(self, most_s: float) -> None:
        await asyncio.sleep(self._random.uniform(0.01, most_s))
        if self._is_down or self._chance(0.2):
            raise VenueUnavailable(self.id, "busy")

    async def _travel_back(self, *, lost: bool) -> None:
        await asyncio.sleep(self._random.uniform(0.01, 0.4))
        if lost:
            raise OutcomeUnknown(self.id, "no answer")

    @property
    def _is_down(self) -> bool:
        return asyncio.get_running_loop().time() < self._down_until_s

    def _chance(self, share: float) -> bool:
        return self.faults and self._random.random() < share
