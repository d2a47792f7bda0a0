"""Several lives of one service against two seeded venues: it trades, it is killed, it is started again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal as D
from random import Random
from typing import Any

import msgspec

from simulation.world import World
from twinstar.builtin.defaults import ask_the_venue
from twinstar.domain import (
    Candle,
    Enter,
    Exit,
    InstrumentId,
    Intent,
    Level,
    MoveStop,
    Notice,
    PlaceOrder,
    Side,
    Timeframe,
    Trail,
)
from twinstar.engine import Deployed, Guard, Ownership, Rules, guard
from twinstar.ports import Record, Stored, View
from twinstar.runtime.backoff import Backoff
from twinstar.runtime.line import Care
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.service import Member, Service
from twinstar.runtime.status import Watched
from twinstar.testing import LoopClock, run_virtual

WITHOUT_A_PERSON = (Ownership.ADOPT, Ownership.OBSERVE, Ownership.ALERT)  # policies that never wait for one
LOOK_EVERY_S = 0.5
QUANTITY = D("2.5")  # of an entry
QUIET_S = 150.0  # how long after the last fault everything must be known again


class Disk:
    """A journal whose records reach the disk a moment later; a kill takes those that have not."""

    def __init__(self, random: Random) -> None:
        self.records: list[Record] = []
        self.durable_count = 0
        self._random = random
        self._places: dict[str, int] = {}  # of orders

    def append(self, record: Record) -> int:
        self.records.append(record)
        if isinstance(record, PlaceOrder):
            self._places[record.order.order_id] = len(self.records)
        return len(self.records)

    async def durable(self, place: int) -> None:
        if place > self.durable_count:
            await asyncio.sleep(self._random.uniform(0.001, 0.05))
            self.durable_count = max(self.durable_count, place)

    def read(self) -> Iterable[Record]:
        return tuple(self.records)

    async def close(self) -> None: ...

    def crash(self) -> None:
        del self.records[self.durable_count :]
        self._places = {order_id: place for order_id, place in self._places.items() if place <= self.durable_count}

    def durable_orders(self) -> Iterable[str]:
        return (order_id for order_id, place in self._places.items() if place <= self.durable_count)

    def has(self, order_id: str) -> bool:
        return order_id in self._places and self._places[order_id] <= self.durable_count


class Shelf:
    """A candle store that keeps its candles in a dict."""

    def __init__(self) -> None:
        self.rows: dict[tuple[InstrumentId, int], Candle] = {}

    async def append(self, candles: Sequence[Candle]) -> None:
        self.rows |= {(c.instrument, c.open_ms): c for c in candles}

    def summary(self) -> Mapping[tuple[InstrumentId, Timeframe], Stored]:
        return {}

    async def read(self, instrument: InstrumentId, timeframe: Timeframe) -> Sequence[Candle]:
        return [self.rows[key] for key in sorted(self.rows) if key[0] == instrument]

    async def close(self) -> None: ...


class Restless:
    """Enters at market or at a price, leaves every few minutes, and has its stop close by, often one that moves.

    ``unit``: a thousandth of what the instrument costs, about.
    """

    def __init__(self, quantity: D = QUANTITY, unit: D = D(1)) -> None:
        self._quantity, self._unit = quantity, unit

    def on_candle(self, candle: Candle, view: View) -> Iterable[Intent]:
        minute, position, unit = candle.open_ms // 60_000, view.position(candle.instrument), self._unit
        if minute % 4 == 3:
            yield Exit(instrument=candle.instrument)
        elif position.is_flat:
            may_short = not view.instrument(candle.instrument).is_spot
            side = Side.SELL if may_short and minute % 3 == 0 else Side.BUY
            yield Enter(
                instrument=candle.instrument,
                side=side,
                quantity=self._quantity,
                stop_price=candle.close - 9 * unit * side.sign,
                price=candle.close - unit * side.sign if minute % 2 else None,
                take_profit=candle.close + 12 * unit * side.sign if minute % 5 else None,
                break_even_at=D("0.4") if minute % 7 < 3 else None,
                trail=Trail(start=D("0.3"), distance=D("0.6"), step=D("0.2")) if minute % 5 < 3 else None,
            )
        elif minute % 4 == 2:
            yield MoveStop(instrument=candle.instrument, stop_price=candle.close - 3 * unit * position.side.sign)


async def killed_after(lasts_s: float, life: Coroutine[Any, Any, None], disk: Disk) -> None:
    """No goodbye, and what the disk did not have is gone."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(life)
        await asyncio.sleep(lasts_s)
        task.cancel()
        disk.crash()


class Story:
    """What came of a seed."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        self.disk = Disk(Random(random.random()))
        self.shelf = Shelf()
        self.worlds = [
            World(
                "perp",
                "BTC/USDT:USDT",
                Random(random.random()),
                resident_stops=True,
                amends=seed % 2 == 1,
                sent=self.disk.has,
            ),
            World("spot", "BTC/USDT", Random(random.random()), resident_stops=False, sent=self.disk.has),
        ]
        self.service: Service
        self.alarms: list[str] = []  # raised when all faults were long over
        self.silent_ms: list[int | None] = []  # each instrument, when all faults were long over
        self.guards: dict[str, Guard] = {}  # what protects each venue's position in the end
        self.exposed_s = {world.id: 0.0 for world in self.worlds}  # the longest without a stop, all faults being over
        self.ownership = {world.id: random.choice(WITHOUT_A_PERSON) for world in self.worlds}
        self._is_alone = seed % 10 != 2  # else another service begins to trade on its accounts
        self._calm = False
        self._random = random

    def run(self) -> Story:
        run_virtual(self._live())
        return self

    async def _live(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            markets = [tasks.create_task(world.live()) for world in self.worlds]
            for _ in range(self._random.randrange(1, 4)):
                await killed_after(self._random.uniform(1, 90), self._serve(asyncio.Event()), self.disk)
                await asyncio.sleep(self._random.uniform(0.1, 20))
            await self._last_life()
            for market in markets:
                market.cancel()

    async def _last_life(self) -> None:
        stop = asyncio.Event()
        for world in self.worlds:
            world.owner_trades = False
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._serve(stop))
            await asyncio.sleep(60)
            for world in self.worlds:
                if not self._is_alone:
                    world.let_in_another_service()
                world.faults = False
            await asyncio.sleep(QUIET_S / 2)
            self._calm = True
            for world in self.worlds:  # the last thing to go wrong, and the hardest to notice
                world.fall_silent()
            watches = [tasks.create_task(self._watch(world)) for world in self.worlds]
            await asyncio.sleep(QUIET_S)  # A last gap shows when the next candle comes.
            for watch in watches:
                watch.cancel()
            self.silent_ms = [i.data_age_ms for v in self.service.status().venues for i in v.instruments]
            for world in self.worlds:
                world.halted = True
            await asyncio.sleep(QUIET_S)
            self.guards = {world.id: guard(self.service.state, world.of) for world in self.worlds}
            stop.set()

    async def _watch(self, world: World) -> None:
        """Count as exposed what nobody would close were it to fall: whatever we believe, and whether we know of it."""
        lasts_s = 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            lasts_s = 0.0 if self._is_safe(world) else lasts_s + LOOK_EVERY_S
            self.exposed_s[world.id] = max(self.exposed_s[world.id], lasts_s)

    def _is_safe(self, world: World) -> bool:
        state = self.service.state
        here = state.position(world.of).quantity
        # Where its owner trades beside us, the venue cannot tell what is ours.
        ours = min(here, world.held, key=abs) if world.by_hand else world.held
        if not ours or world.resident_stops:
            return abs(world.covered) >= abs(ours) and world.covered * ours <= 0
        return here >= ours and guard(state, world.of) is Guard.LOCAL

    async def _serve(self, stop: asyncio.Event) -> None:
        clock = LoopClock()
        self.service = Service(
            journal=self.disk,
            store=self.shelf,
            strategies=[Deployed("restless", "restless", frozenset(w.of for w in self.worlds), Restless())],
            clock=clock,
            random=Random(self._random.random()),
            metrics=Metrics("simulated"),
            notifiers=[self],
        )
        for world in self.worlds:
            # Warm-up reaches over all lives: a kill may leave a candle in the store that the journal has forgotten.
            care = Care(
                restore=ask_the_venue, resync=ask_the_venue, resync_every_s=20, warm_up=50, backoff=Backoff(first_s=0.5)
            )
            watched = Watched(id=world.id, type="world", mode="sim", instruments=(world.of,), timeframe=Timeframe.M1)
            rules = Rules(ownership=self.ownership[world.id])
            self.service.add(Member(venue=world.venue(), watched=watched, care=care, rules=rules))
        with suppress(asyncio.CancelledError):
            await self.service.run(stop)

    def notify(self, notice: Notice) -> None:
        if self._calm and notice.level is Level.ALARM:
            self.alarms.append(notice.text)

    def journal_bytes(self) -> bytes:
        return b"\n".join(msgspec.json.encode(record) for record in self.disk.records)
