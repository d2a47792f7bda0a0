"""Exchanges whose feeds go wrong in every way that feeds do, all of it from one seed.

One kind of exchange sends candles as they form and says when one is over, another does not say so, and one sends only
trades. What they really closed is in `Exchange.closed`, what their streams really told in `Exchange.told`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal as D
from random import Random

import msgspec
from msgspec import Struct

from twinstar.domain import (
    Candle,
    CandleClosed,
    Event,
    InstrumentId,
    PriceSeen,
    Side,
    Source,
    StreamOpened,
    Timeframe,
    TradeSeen,
)
from twinstar.engine.candles import CandleBuilder, CandleFollower, CandleRow
from twinstar.errors import VenueUnavailable
from twinstar.ports import Stream, Venue, Wanted
from twinstar.testing import LoopClock

STEP_S = 0.5  # the market trades
STEPS_A_CANDLE = 10
CANDLE_S = STEP_S * STEPS_A_CANDLE
START_MS = 1_699_999_980_000
MINUTE_MS = 60_000
LATE_CANDLES = 3  # that a history which is behind does not have yet

AT_ONCE = ("stall", "half open", "close", "abort")  # over only when the service has done something about it
LASTING = (
    "accept then drop",
    "refuse",
    "garbage",
    "duplicate",
    "reorder",
    "late flags",
    "lose flags",
    "lose",
    "rest",
    "late history",
)
KINDS = (*AT_ONCE, *LASTING)


class Fault(Struct, frozen=True):
    kind: str
    from_s: float
    lasts_s: float

    @property
    def over_s(self) -> float:
        return self.from_s if self.kind in AT_ONCE else self.from_s + self.lasts_s


class Frame(Struct, frozen=True):
    """A candle as it stands, with the word whether it is over; or a trade, with its number."""

    time_ms: int
    prices: tuple[str, ...]
    volume: str
    over: bool = False
    number: int = 0


class Line:
    """What one stream is subscribed on."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.is_deaf = False


class Exchange:
    def __init__(self, name: str, symbols: Sequence[str], random: Random, source: Source) -> None:
        self.id, self.source = name, source
        self.instruments = tuple(InstrumentId(symbol, name) for symbol in symbols)
        self.closed: dict[InstrumentId, list[Candle]] = {of: [] for of in self.instruments}
        self.told: dict[InstrumentId, set[int]] = defaultdict(set)
        self.dialled_s: list[float] = []
        self.halted = False
        self._random, self._clock = random, LoopClock()
        self._faults: list[Fault] = []
        self._lines: defaultdict[InstrumentId, list[Line]] = defaultdict(list)
        self._trades: dict[InstrumentId, list[tuple[D, D]]] = {of: [] for of in self.instruments}
        self._steps = 0

    def venue(self) -> Venue:
        return Venue(
            id=self.id,
            streams=self,
            history=self,
            pulse=self.pulse,
            market_speed=MINUTE_MS / 1_000 / CANDLE_S,
        )

    # The market.

    async def live(self) -> None:
        while True:
            await asyncio.sleep(STEP_S)
            if not self.halted:
                for of in self.instruments:
                    self._trade(of)
                self._steps += 1

    def _trade(self, of: InstrumentId) -> None:
        trades = self._trades[of]
        before = trades[-1][0] if trades else D(1_000)
        trades.append((max(before + self._random.randrange(-6, 7), D(500)), D(self._random.randrange(1, 50)) / 10))
        time_ms = START_MS + self._steps * MINUTE_MS // STEPS_A_CANDLE
        number = self._steps % STEPS_A_CANDLE
        candle = _candle(of, time_ms // MINUTE_MS * MINUTE_MS, trades[-1 - number :])
        is_over = number == STEPS_A_CANDLE - 1
        if is_over:
            self.closed[of].append(candle)
        if self.source is not Source.TRADES:
            prices = (str(candle.open), str(candle.high), str(candle.low), str(candle.close))
            self._send(of, Frame(candle.open_ms, prices, str(candle.volume), over=is_over))
        else:
            price, quantity = trades[-1]
            self._send(of, Frame(time_ms, (str(price),), str(quantity), number=self._steps))

    # What goes wrong.

    def afflict(self, fault: Fault) -> None:
        self._faults.append(fault)
        lines = [line for of in self.instruments for line in self._lines[of]]
        if fault.kind == "stall":
            for line in self._lines[self._random.choice(self.instruments)]:
                line.is_deaf = True
        elif fault.kind == "half open":
            for line in lines:
                line.is_deaf = True
        elif fault.kind in ("close", "abort", "refuse", "accept then drop"):
            for line in lines:
                line.frames.put_nowait(None)

    def _suffers(self, *kinds: str) -> bool:
        now_s = self._clock.monotonic_s()
        return any(each.kind in kinds and each.from_s <= now_s < each.over_s for each in self._faults)

    def _send(self, of: InstrumentId, frame: Frame) -> None:
        for line in self._lines[of]:
            if line.is_deaf or (self._suffers("lose") and self._happens()):
                continue
            if frame.over and self._suffers("lose flags"):
                continue
            payload = msgspec.json.encode(frame)
            if self._suffers("garbage") and self._happens():
                payload = payload[: self._random.randrange(len(payload))]
            for _ in range(2 if self._suffers("duplicate") and self._happens() else 1):
                asyncio.get_running_loop().call_later(self._delay_s(frame), line.frames.put_nowait, payload)

    def _delay_s(self, frame: Frame) -> float:
        if frame.over and self._suffers("late flags"):
            return self._random.uniform(0.5, 3.0)
        return self._random.uniform(0.0, 1.2) if self._suffers("reorder") else 0.0

    def _happens(self) -> bool:
        return self._random.random() < 0.5

    # The adapter.

    def open(self, wanted: Wanted) -> Iterable[Stream]:
        self.dialled_s.append(self._clock.monotonic_s())
        return [self._stream(of) for of in wanted.instruments]

    async def _stream(self, of: InstrumentId) -> Stream:
        await asyncio.sleep(self._random.uniform(0.05, 0.5))
        if self._suffers("refuse"):
            raise VenueUnavailable(self.id, "subscription refused")
        line, reader = Line(), _Reader(of, self.source)
        self._lines[of].append(line)
        try:
            yield StreamOpened(time_ms=self._clock.now_ms(), venue=self.id, stream=str(of))
            if self._suffers("accept then drop"):
                raise VenueUnavailable(self.id, "dropped")
            while (payload := await line.frames.get()) is not None:
                for event in reader.read(payload):
                    if isinstance(event, CandleClosed):
                        self.told[of].add(event.candle.open_ms)
                    yield event
            raise VenueUnavailable(self.id, "closed")
        finally:
            self._lines[of].remove(line)

    async def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, from_ms: int, until_ms: int
    ) -> Sequence[Candle]:
        await self._travel()
        closed = self.closed[instrument]
        there = closed[:-LATE_CANDLES] if self._suffers("late history") else closed
        return [candle for candle in there if from_ms <= candle.open_ms < until_ms]

    async def pulse(self, instrument: InstrumentId) -> int | None:
        await self._travel()
        return START_MS + (self._steps - 1) * MINUTE_MS // STEPS_A_CANDLE

    async def _travel(self) -> None:
        await asyncio.sleep(self._random.uniform(0.02, 0.3))
        if self._suffers("rest"):
            raise VenueUnavailable(self.id, "HTTP 503")


class _Reader:
    """What an adapter makes of frames; one that cannot be read is dropped."""

    def __init__(self, of: InstrumentId, source: Source) -> None:
        self._of, self._source = of, source
        self._follower, self._builder = CandleFollower(of, Timeframe.M1), CandleBuilder(of, Timeframe.M1)
        self._seen: set[int] = set()

    def read(self, payload: bytes) -> Iterator[Event]:
        try:
            frame = msgspec.json.decode(payload, type=Frame)
        except msgspec.DecodeError:
            return
        yield from self._trade(frame) if self._source is Source.TRADES else self._row(frame)

    def _row(self, frame: Frame) -> Iterator[Event]:
        first, high, low, last = map(D, frame.prices)
        row = CandleRow(open_ms=frame.time_ms, open=first, high=high, low=low, close=last, volume=D(frame.volume))
        yield from _closed(self._follower.see(row, closed=frame.over if self._source is Source.STREAM else None))
        yield PriceSeen(time_ms=frame.time_ms, instrument=self._of, price=last)

    def _trade(self, frame: Frame) -> Iterator[Event]:
        if frame.number in self._seen:
            return
        self._seen.add(frame.number)
        price, quantity = D(frame.prices[0]), D(frame.volume)
        trade = TradeSeen(time_ms=frame.time_ms, instrument=self._of, price=price, quantity=quantity, side=Side.BUY)
        yield from _closed(self._builder.see(trade))
        yield trade


def _closed(candle: Candle | None) -> Iterator[Event]:
    if candle is not None:
        yield CandleClosed(time_ms=candle.open_ms + MINUTE_MS, candle=candle)


def _candle(of: InstrumentId, open_ms: int, trades: Sequence[tuple[D, D]]) -> Candle:
    prices = [price for price, _ in trades]
    return Candle(
        instrument=of,
        timeframe=Timeframe.M1,
        open_ms=open_ms,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum((quantity for _, quantity in trades), D(0)),
        source=Source.REST,
    )
