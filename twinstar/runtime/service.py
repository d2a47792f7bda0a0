"""The running service: its venues, each kept alive, around one engine."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from random import Random
from typing import TypeVar

from loguru import logger
from msgspec import Struct

from twinstar.domain import (
    Candle,
    InstrumentListed,
    Level,
    Notice,
    OrderInDoubt,
    TimePassed,
    VenueHalted,
)
from twinstar.engine import (
    UNLIMITED,
    Deployed,
    Engine,
    Guard,
    Invariants,
    OrderIds,
    Policy,
    RiskLimits,
    Rules,
    State,
    guard,
    waits_for,
)
from twinstar.errors import AuthFailed
from twinstar.ports import CandleStore, Clock, Journal, Notifier, Venue, Wanted
from twinstar.runtime.alone import AloneWatch
from twinstar.runtime.counting import Counting
from twinstar.runtime.executor import execute
from twinstar.runtime.insisting import insist
from twinstar.runtime.keys import KeyRules, ask_permissions, cautions, objection
from twinstar.runtime.line import Care
from twinstar.runtime.metering import MeterWatch
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.recorder import Recorder
from twinstar.runtime.second_look import SecondLook
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.status import Board, Status, StrategyStatus, Watched, halts_of, venue_status
from twinstar.runtime.supervisor import supervise
from twinstar.runtime.tasks import first, for_ever
from twinstar.runtime.telling import Telling
from twinstar.runtime.timekeeping import Timekeeper
from twinstar.runtime.venue_clock import MeasuredClock

T = TypeVar("T")

BEAT_S = 0.25
SETTLE_WITHIN_S = 2.0
STALE_MS = 30_000
NOTICES_KEPT = 20
TIME_KNOWN_WITHIN_S = 10.0


class Member(Struct, frozen=True, kw_only=True):
    """A venue of the service."""

    venue: Venue
    watched: Watched
    care: Care
    rules: Rules = Rules()
    key: KeyRules | None = None  # None: no key is used
    time: MeasuredClock | None = None  # what the venue signs with, where it can be asked for its time
    not_alone: Callable[[], str | None] | None = None  # why another process may be writing to the account


class Service:
    """Made of a journal and what it may use; run once.

    The journal is replayed on making. What was on its way when the last run ended is in doubt from then on, so that
    the venue is asked before anything else is sent.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        store: CandleStore,
        strategies: Sequence[Deployed],
        clock: Clock,
        random: Random,
        metrics: Metrics,
        notifiers: Iterable[Notifier] = (),
        policy: Policy = Policy(),
        limits: RiskLimits = UNLIMITED,
        version: str = "",
    ) -> None:
        invariants = Invariants()
        self.state = replayed(journal, invariants)
        self.state.forget_prices()
        self.metrics = metrics
        self._store, self._clock, self._random = store, clock, random
        self._notifiers = tuple(notifiers)
        self._notices: deque[Notice] = deque(maxlen=NOTICES_KEPT)
        self._strategies, self._version = tuple(strategies), version
        self._started_ms = clock.now_ms()
        self._members: list[Member] = []
        self._watches: list[MeterWatch | AloneWatch] = []
        self._board = Board(clock)
        self._recorder = Recorder(store, self.tell)
        new_id = OrderIds(clock.now_ms(), self.state.last_order_id)
        self.engine = Engine(self.state, strategies, new_id=new_id, policy=policy, limits=limits, invariants=invariants)
        telling = Telling(self.state, self.show)
        counting = Counting(metrics, self.state, clock)
        self._second_look = SecondLook(self.engine, clock)
        observers = (self._board, self._recorder, counting, telling, self._second_look)
        left = (self._board.left, counting.left)
        self.sequencer = Sequencer(self.engine, journal, clock, observers=observers, left=left, tell=self.tell)
        metrics.follow_status(self.status)
        for order in self.state.on_its_way():
            self.sequencer.accept(
                OrderInDoubt(time_ms=clock.now_ms(), order_id=order.order_id, reason="on its way when we ended")
            )

    def add(self, member: Member) -> None:
        self._members.append(member)
        self.engine.set_rules(member.watched.id, member.rules)
        accept, tell, clock = self.sequencer.accept, self.tell, self._clock
        self._watches.append(MeterWatch(member.venue, accept=accept, tell=tell, clock=clock))
        if member.not_alone is not None:
            self._watches.append(AloneWatch(member.venue.id, member.not_alone, accept=accept, tell=tell, clock=clock))
        if member.venue.trading is None:
            self.state.data_only.add(member.watched.id)
        if member.venue.usage is not None:
            self.metrics.follow(member.watched.id, member.venue.usage)
        if (recall := member.venue.recall) is not None:
            for order in self.state.orders.values():
                if order.instrument.venue == member.venue.id:
                    recall(order)

    @property
    def traded(self) -> list[str]:
        """The venues with an account of ours."""
        return [member.watched.id for member in self._members if member.venue.trading is not None]

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set or no venue has more to say; then let what is on its way arrive, and end.

        What goes wrong at a venue is mended or told; anything else is a bug of ours and comes out of here.
        """
        try:
            self._recorder.add(self._journaled_candles())
            await self._recorder.flush()
            async with asyncio.TaskGroup() as tasks:
                helpers = [tasks.create_task(self._beat()), tasks.create_task(self._recorder.run(self._clock))]
                venues = [tasks.create_task(self._live(member)) for member in self._members]
                await first(stop.wait(), _all_done(venues))
                self.engine.stop_deciding()
                await first(self.sequencer.settled(), self._clock.sleep(SETTLE_WITHIN_S))
                for task in (*helpers, *venues):
                    task.cancel()
        finally:
            await self._recorder.flush()
            self._leave()
            for member in self._members:
                if member.venue.close is not None:
                    await member.venue.close()

    def _leave(self) -> None:
        """From here on nobody watches: say what that leaves unprotected."""
        for of in self.state.exposed():
            if guard(self.state, of) is Guard.LOCAL:
                text = "held without protection from now on: its stop was watched here, and the service ends"
                self.tell(Notice(level=Level.WARNING, text=text, venue=of.venue, instrument=of))
        self.state.ready.clear()

    def show(self, notice: Notice) -> None:
        """What belongs on the screen, bad news or good."""
        self._notices.append(notice)
        self._notify(notice)

    def tell(self, notice: Notice) -> None:
        if notice.level is not Level.INFO:
            self._notices.append(notice)
        self._notify(notice)

    def _notify(self, notice: Notice) -> None:
        for notifier in self._notifiers:
            try:
                notifier.notify(notice)
            except Exception as e:  # noqa: BLE001 - a notifier is foreign code; it must not end the service
                logger.error("a notifier raised and is left out from now on: {}: {}", type(e).__name__, e)
                self._notifiers = tuple(n for n in self._notifiers if n is not notifier)

    def status(self, pid: int | None = None) -> Status:
        now_ms, stored = self._clock.now_ms(), self._store.summary()
        return Status(
            state="running",
            pid=pid,
            version=self._version,
            now_ms=now_ms,
            started_ms=self._started_ms,
            venues=tuple(
                venue_status(
                    member.watched,
                    self.state,
                    stored,
                    board=self._board,
                    unprotected_since_ms=self.engine.unprotected_since_ms,
                    unprotected_ms=self.engine.unprotected_ms,
                    now_ms=now_ms,
                    usage=member.venue.usage() if member.venue.usage else {},
                    limits=member.venue.limits() if member.venue.limits else None,
                    time=member.time.estimate() if member.time else None,
                )
                for member in self._members
            ),
            strategies=tuple(
                StrategyStatus(
                    name=s.name, type=s.type, disabled=self.engine.disabled.get(s.name), waits=self._waits(s)
                )
                for s in self._strategies
            ),
            notices=tuple(self._notices),
            halts=halts_of(self.state),
            closing=tuple(map(str, sorted(self.state.closing))),
        )

    def not_ready(self, venue_id: str) -> str | None:
        """Why it is not safe to trade at a venue; None when it is."""
        line, reason = self._board.line(venue_id, self.state)
        if line != "live":
            return f"{line}: {reason}" if reason else line
        doubts = self.state.in_doubt(venue_id)
        return f"{len(doubts)} orders in doubt" if doubts else None

    def _waits(self, deployed: Deployed) -> dict[str, str]:
        """Recency, coverage and warm-up of each instrument, where one of them fails."""
        found = {}
        for member in self._members:
            candle_ms = member.watched.timeframe.after(0) / member.venue.market_speed
            for of in deployed.instruments & frozenset(member.watched.instruments):
                reason = self.not_ready(member.watched.id)
                reason = reason or self._board.stale(of, within_ms=2 * candle_ms + STALE_MS)
                reason = reason or waits_for(self.state, of, deployed.needs)
                if reason is not None:
                    found[str(of)] = reason
        return found

    async def _live(self, member: Member) -> None:
        if member.venue.ask_time is None or member.time is None:
            await self._trade(member)
            return
        keeper = Timekeeper(
            member.venue.id,
            member.venue.ask_time,
            member.time,
            clock=self._clock,
            random=self._random,
            tell=self.tell,
            is_signed=member.venue.signs_its_time,
        )
        await first(keeper.run(), self._trade_in_time(member, member.time))

    async def _trade_in_time(self, member: Member, time: MeasuredClock) -> None:
        """The first thing that is signed should bear the venue's time; if it does not tell it, ours has to do."""
        await first(time.known(), self._clock.sleep(TIME_KNOWN_WITHIN_S))
        await self._trade(member)

    async def _trade(self, member: Member) -> None:
        venue, wanted = member.venue, Wanted(member.watched.instruments, member.watched.timeframe)
        if venue.trading is not None and member.key is not None:
            await self._judge_key(venue, member.key)
        await self._list(venue, [instrument.symbol for instrument in wanted.instruments])
        line = supervise(
            venue,
            wanted,
            member.care,
            sequencer=self.sequencer,
            clock=self._clock,
            random=self._random,
            tell=self.tell,
        )
        if venue.trading is None:
            await line
        else:
            await first(line, execute(venue.id, venue.trading, wanted.instruments, self.sequencer, self._clock))

    async def _judge_key(self, venue: Venue, rules: KeyRules) -> None:
        """A key that may do what it should not ends the service: only a person can change it."""
        told = await self._insist(venue.id, "the permissions of the key", lambda: ask_permissions(venue))
        if reason := objection(venue.id, told, rules):
            raise AuthFailed(venue.id, reason)
        for notice in cautions(venue.id, told, rules):
            self.tell(notice)

    async def _list(self, venue: Venue, symbols: Sequence[str]) -> None:
        if venue.listing is None:
            return
        listing = venue.listing
        for instrument in await self._insist(venue.id, "the instruments", lambda: listing.instruments(symbols)):
            self.sequencer.accept(InstrumentListed(time_ms=self._clock.now_ms(), instrument=instrument))

    async def _insist(self, venue_id: str, what: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Until it is answered; never, where the venue refuses our credentials."""
        try:
            return await insist(venue_id, what, ask, clock=self._clock, random=self._random, tell=self.tell)
        except AuthFailed as e:
            self.sequencer.accept(VenueHalted(time_ms=self._clock.now_ms(), venue=venue_id, reason=e.reason))
            await for_ever()

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(BEAT_S)
            self.sequencer.accept(TimePassed(time_ms=self._clock.now_ms()))
            for venue_id in self._second_look.look():
                self.sequencer.suspect(venue_id)
            for watch in self._watches:
                watch.look()

    def _journaled_candles(self) -> list[Candle]:
        """What the store may have missed when the last run ended."""
        return [candle for of in self.state.instruments for candle in self.state.candles(of, count=1_000)]


def replayed(journal: Journal, invariants: Invariants | None = None) -> State:
    """What the records add up to; ``invariants`` count them as well, by their own means."""
    state = State()
    for record in journal.read():
        state.apply(record)
        if invariants is not None:
            invariants.see(record, state)
    if invariants is not None:
        invariants.take(0)  # These, too, were told when they happened.
    state.forget_what_was_on_its_way()
    state.take_notices()  # They were told when they happened.
    return state


async def _all_done(tasks: Iterable[asyncio.Task[None]]) -> None:
    await asyncio.wait(list(tasks))
