"""Several lives of one service whose venue is a real adapter, over real sockets, in virtual time; from one seed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

import msgspec

from simulation.story import LOOK_EVERY_S, Disk, Restless, Shelf, killed_after
from simulation.trial import Subject, Trial
from simulation.wired import LoopWall, run_wired
from twinstar.builtin.defaults import ask_the_venue
from twinstar.domain import Level, Notice, Timeframe
from twinstar.engine import Deployed, Guard, guard
from twinstar.runtime.backoff import Backoff
from twinstar.runtime.line import Care
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.service import Member, Service
from twinstar.runtime.status import Watched
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.sim.faults import Fault

TROUBLED_S = 45.0  # of the last life
SETTLED_S = 80.0  # after the last fault everything is known again; one venue turns us away for a minute
CALM_S = 40.0  # then the market goes on, and is watched
STILL_S = 25.0  # then it stands, and the books are compared

ANY: tuple[Mapping[str, Any], ...] = (
    {"kind": "drop"},
    {"kind": "drop_before"},
    {"kind": "hang"},
    {"kind": "status", "status": 502},
    {"kind": "refuse", "status": 503},
    {"kind": "refuse", "status": 429},
    {"kind": "truncated"},
    {"kind": "html"},
    {"kind": "invalid_utf8"},
)
LINES: tuple[Mapping[str, Any], ...] = (
    {"kind": "close"},
    {"kind": "abort"},
    {"kind": "silence", "after_ms": 60_000},
    {"kind": "half_open", "after_ms": 60_000},
)
FRAMES: tuple[Mapping[str, Any], ...] = (
    {"kind": "lose"},
    {"kind": "duplicate"},
    {"kind": "reorder"},
    {"kind": "truncated"},
    {"kind": "truncated", "replace": True},
)


class AdapterStory:
    def __init__(self, subject: Subject, seed: int) -> None:
        self._random = random = Random(seed)
        self.disk, self.shelf = Disk(Random(random.random())), Shelf()
        self.trial = Trial(subject, seed, self._was_journaled)
        self.service: Service
        self.alarms: list[str] = []  # raised when all faults were long over
        self.guard: Guard
        self.exposed_s = 0.0  # the longest without a stop, all faults being over
        self.faults: list[Fault] = []
        self._calm = False

    def run(self) -> AdapterStory:
        run_wired(self._live())
        return self

    def _was_journaled(self, id_there: str) -> bool:
        return any(self.trial.subject.id_there(order_id) == id_there for order_id in self.disk.durable_orders())

    async def _live(self) -> None:
        async with self.trial.open(), asyncio.TaskGroup() as tasks:
            afflicting = tasks.create_task(self._afflict())
            for _ in range(self._random.randrange(1, 4)):
                await killed_after(self._random.uniform(1, 40), self._serve(asyncio.Event()), self.disk)
                await asyncio.sleep(self._random.uniform(0.1, 10))
            await self._last_life(afflicting)

    async def _last_life(self, afflicting: asyncio.Task[None]) -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._serve(stop))
            await asyncio.sleep(TROUBLED_S)
            afflicting.cancel()
            self.trial.server.faults.clear()
            await asyncio.sleep(SETTLED_S)
            self._calm = True
            watch = tasks.create_task(self._watch())
            await asyncio.sleep(CALM_S)
            watch.cancel()
            self.trial.halt()
            await asyncio.sleep(STILL_S)
            self.guard = guard(self.service.state, self.trial.subject.of)
            stop.set()

    async def _afflict(self) -> None:
        """One thing after another goes wrong; what nothing came to meet in a while is forgotten."""
        while True:
            await asyncio.sleep(self._random.uniform(0.5, 6))
            fault = self._any_fault()
            self.faults.append(fault)
            self.trial.server.suffer(fault)

    def _any_fault(self) -> Fault:
        random, chance = self._random, self._random.random()
        if chance < 0.5:  # what changes something
            return Fault(on="rest", match=self.trial.subject.changes, **random.choice((*ANY, self._late())))
        if chance < 0.7:
            return Fault(on="rest", count=random.randrange(1, 4), **random.choice((*ANY, self._late())))
        if chance < 0.8:
            return Fault(on="ws", **random.choice(LINES))
        return Fault(on="ws", count=random.randrange(1, 4), **random.choice((*FRAMES, self._late())))

    def _late(self) -> Mapping[str, Any]:
        return {"kind": "delay", "after_ms": self._random.randrange(100, 5_000)}

    async def _watch(self) -> None:
        """Count as exposed what nobody would close were the price to go against it, whatever we believe."""
        lasts_s = 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            lasts_s = 0.0 if self._is_safe() else lasts_s + LOOK_EVERY_S
            self.exposed_s = max(self.exposed_s, lasts_s)

    def _is_safe(self) -> bool:
        held, state = self.trial.held, self.service.state
        if self.trial.subject.resident_stops:
            covered = sum(stop.remaining * stop.request.side.sign for stop in self.trial.stops)
            return held * covered <= 0 and abs(covered) >= abs(held)
        of = self.trial.subject.of
        return not held or (state.position(of).quantity >= held and guard(state, of) is Guard.LOCAL)

    async def _serve(self, stop: asyncio.Event) -> None:
        clock, subject = LoopWall(), self.trial.subject
        time = MeasuredClock(clock)
        strategy = Restless(subject.quantity, subject.price / 1_000)
        self.service = Service(
            journal=self.disk,
            store=self.shelf,
            strategies=[Deployed("restless", "restless", frozenset({subject.of}), strategy)],
            clock=clock,
            random=Random(self._random.random()),
            metrics=Metrics("simulated"),
            notifiers=[self],
        )
        self.service.add(self._member(clock, time))
        with suppress(asyncio.CancelledError):
            await self.service.run(stop)

    def _member(self, clock: LoopWall, time: MeasuredClock) -> Member:
        subject = self.trial.subject
        care = Care(
            restore=ask_the_venue, resync=ask_the_venue, resync_every_s=20, warm_up=50, backoff=Backoff(first_s=0.5)
        )
        return Member(
            venue=self.trial.connect(clock, time, Random(self._random.random())),
            watched=Watched(
                id=subject.type, type=subject.type, mode="sim", instruments=(subject.of,), timeframe=Timeframe.M1
            ),
            care=care,
            time=time,
        )

    def notify(self, notice: Notice) -> None:
        if self._calm and notice.level is Level.ALARM:
            self.alarms.append(notice.text)

    def journal_bytes(self) -> bytes:
        return b"\n".join(msgspec.json.encode(record) for record in self.disk.records)
