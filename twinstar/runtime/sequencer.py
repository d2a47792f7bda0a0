"""The one door into the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import get_args

from msgspec import Struct

from twinstar.domain import (
    CandleClosed,
    CandleCorrected,
    CandlesMissing,
    Command,
    Event,
    InstrumentId,
    InstrumentListed,
    Notice,
    Order,
    OrderKind,
    OrderStatus,
)
from twinstar.domain.events import AccountEvent, VerdictEvent
from twinstar.engine import Engine, Outcome
from twinstar.ports import Clock, FundingSought, Gap, Journal, Record

OUTBOX_MAX = 1_000
FUNDING_EVERY_S = 300.0  # it is paid every hour at most, and dear to ask for
JOURNALED = (
    *get_args(AccountEvent),
    *get_args(VerdictEvent),
    InstrumentListed,
    CandleClosed,
    CandleCorrected,
    CandlesMissing,
)

Observer = Callable[[Record], None]
Told = Callable[[Notice], None]
Left = Callable[[Command, float], None]  # what leaves for its venue, and how long after the event it follows from


class Posted(Struct, frozen=True):
    """A command, and the place in the journal that must be durable before it may leave."""

    command: Command
    place: int
    since_s: float  # monotonic: when the event came that it follows from


class Sequencer:
    """Give every event its place: journal it, let the engine decide, post the commands.

    There is no queue in and no await inside, so asyncio itself puts events in order. Observers (metrics, the candle
    store, the status board) are called after the commands are posted; they must not raise and must not wait.
    """

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        clock: Clock,
        *,
        observers: Sequence[Observer] = (),
        left: Sequence[Left] = (),
        tell: Told,
    ) -> None:
        self.engine = engine
        self._journal = journal
        self._clock = clock
        self._observers = tuple(observers)
        self._left = tuple(left)
        self.tell = tell
        self._outboxes: dict[InstrumentId, asyncio.Queue[Posted]] = {}
        self._doubts: dict[str, asyncio.Event] = {}
        self.suspected: set[str] = set()  # venues whose stream of our orders may be deaf
        self._funding_due_s: dict[str, float] = {}
        self._news = asyncio.Event()
        self._place = 0  # of the last record

    def accept(self, event: Event) -> None:
        since_s = self._clock.monotonic_s()
        if isinstance(event, JOURNALED):
            self._place = self._journal.append(event)
        outcome = self.engine.handle(event, self._clock.now_ms())
        self._carry_out(outcome, since_s)
        if isinstance(event, AccountEvent | VerdictEvent):
            self._raise_doubts()
            self._wake()
        self._show(outcome, event)

    def ask(self, decide: Callable[[int], Outcome]) -> Outcome:
        """What a person asks of the engine, by the same door: ``decide`` is given the time."""
        since_s = self._clock.monotonic_s()
        outcome = decide(self._clock.now_ms())
        self._carry_out(outcome, since_s)
        self._show(outcome)
        return outcome

    def _carry_out(self, outcome: Outcome, since_s: float) -> None:
        for fact in outcome.facts:
            if isinstance(fact, JOURNALED):
                self._place = self._journal.append(fact)
        for command in outcome.commands:
            self._place = place = self._journal.append(command)  # Before it leaves: a crash must not forget an order.
            self.outbox(command.order.instrument).put_nowait(Posted(command, place, since_s))

    def _show(self, outcome: Outcome, *events: Event) -> None:
        for notice in outcome.notices:
            self.tell(notice)
        for observer in self._observers:
            for record in (*events, *outcome.facts):
                observer(record)
            for command in outcome.commands:
                observer(command)

    def outbox(self, instrument: InstrumentId) -> asyncio.Queue[Posted]:
        """The commands of one instrument, in order. A full one raises `asyncio.QueueFull`: nothing is dropped."""
        return self._outboxes.setdefault(instrument, asyncio.Queue(OUTBOX_MAX))

    def leave(self, posted: Posted) -> None:
        """To be called right before a command is handed to its venue."""
        took_s = self._clock.monotonic_s() - posted.since_s
        for left in self._left:
            left(posted.command, took_s)

    async def durable(self, posted: Posted) -> None:
        await self._journal.durable(posted.place)

    async def written(self) -> None:
        """Return once all that was accepted so far would survive a crash."""
        await self._journal.durable(self._place)

    def gap(self, venue_id: str) -> Gap:
        """What this venue must be asked about."""
        return Gap(orders=self.engine.state.unsettled(venue_id), funding=self._funding_sought(venue_id))

    def _funding_sought(self, venue_id: str) -> FundingSought | None:
        """Not in the first reading: nothing is decided by it, and for that reading the stops wait."""
        now_s = self._clock.monotonic_s()
        if venue_id not in self.engine.state.ready or now_s < self._funding_due_s.get(venue_id, 0.0):
            return None
        sought = self.engine.state.funding.sought(venue_id)
        if sought is not None:
            self._funding_due_s[venue_id] = now_s + FUNDING_EVERY_S
        return sought

    def doubt(self, venue_id: str) -> asyncio.Event:
        """Set when an order of the venue has come into doubt; whoever asks the venue clears it."""
        return self._doubts.setdefault(venue_id, asyncio.Event())

    def suspect(self, venue_id: str) -> None:
        """Have the account read now, and the stream of our orders judged by what it did not tell."""
        self.suspected.add(venue_id)
        self.doubt(venue_id).set()

    async def clear(self, instrument: InstrumentId, order_id: str) -> None:
        """Return once no *other* order of the instrument is in doubt."""
        state = self.engine.state
        while any(o.status is OrderStatus.IN_DOUBT and o.order_id != order_id for o in state.open_orders(instrument)):
            await self._next_news()

    async def fate(self, order_id: str, *, over: bool = False) -> Order:
        """Return once it is known what became of an order of ours: it waits for its price, or (``over``) has ended."""
        while True:
            order = self.engine.state.orders[order_id]
            waits = order.is_standing and order.kind is not OrderKind.MARKET
            if order.status.is_final or (waits and not over):
                return order
            await self._next_news()

    async def read_again(self, venue_id: str) -> None:
        """Have the account read now, funding too; return once it is."""
        self._funding_due_s.pop(venue_id, None)
        seen_ms, before = self.engine.state.seen_ms, self.engine.state.seen_ms.get(venue_id)
        self.doubt(venue_id).set()
        while seen_ms.get(venue_id) == before:
            await self._next_news()

    async def settled(self) -> None:
        """Return once every command has left and been answered, and what fills at once has been filled."""
        while any(not box.empty() for box in self._outboxes.values()) or self._is_on_its_way():
            await self._next_news()

    def _is_on_its_way(self) -> bool:
        return any(
            order.status is OrderStatus.SUBMITTED or order.kind is OrderKind.MARKET
            for order in self.engine.state.all_open()
        )

    async def _next_news(self) -> None:
        news = self._news
        await news.wait()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _raise_doubts(self) -> None:
        for order in self.engine.state.with_status(OrderStatus.IN_DOUBT):
            self.doubt(order.instrument.venue).set()
