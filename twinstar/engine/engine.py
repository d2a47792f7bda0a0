"""What to do: one event in, commands out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from msgspec import Struct

from twinstar.domain import (
    AccountSeen,
    CancelOrder,
    Candle,
    CandleClosed,
    CandleCorrected,
    CandlesMissing,
    ClosingAsked,
    Command,
    Enter,
    Event,
    ExternalSeen,
    FundingPaid,
    InstrumentId,
    InstrumentListed,
    Intent,
    InvariantTripped,
    Level,
    MoveStop,
    Notice,
    Order,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderInDoubt,
    OrderRejected,
    PlaceOrder,
    PositionReconciled,
    PriceSeen,
    ResultsMarked,
    StopMoved,
    StreamGap,
    StreamOpened,
    TimePassed,
    TradeSeen,
    TradingHalted,
    TradingResumed,
    VenueBanned,
    VenueHalted,
    VenueReady,
)
from twinstar.engine.gate import refusal
from twinstar.engine.invariants import Invariants
from twinstar.engine.limits import UNLIMITED, RiskLimits
from twinstar.engine.losses import halts, marked
from twinstar.engine.protection import Guard, Policy, close_unprotected, guard, pause_ms, protect
from twinstar.engine.readiness import waits_for
from twinstar.engine.reconcile import Finding, Rules, adopt, reconcile
from twinstar.engine.results import results
from twinstar.engine.risk import Refused, admit, sound, withdrawable
from twinstar.engine.state import State
from twinstar.engine.trailing import follow, move
from twinstar.engine.view import StateView
from twinstar.ports import Record, Strategy

NOTHING: tuple[InstrumentId, ...] = ()


class Deployed(Struct, frozen=True):
    """A strategy at work on some instruments."""

    name: str
    type: str
    instruments: frozenset[InstrumentId]
    strategy: Strategy
    needs: int = 0  # candles, before it may decide


class Outcome(Struct, frozen=True):
    commands: Sequence[Command] = ()
    facts: Sequence[Event] = ()  # verdicts, already applied: they belong into the journal before the commands
    notices: Sequence[Notice] = ()


class Engine:
    """Synchronous on purpose: nothing can come between reading the state and changing it.

    ``now_ms`` comes in with each event (our clock), so the same calls give the same commands.
    """

    def __init__(
        self,
        state: State,
        strategies: Iterable[Deployed],
        *,
        new_id: Callable[[], str],
        policy: Policy = Policy(),
        limits: RiskLimits = UNLIMITED,
        invariants: Invariants | None = None,
    ) -> None:
        self.state, self._view = state, StateView(state)
        self.disabled: dict[str, str] = {}  # strategies that raised, and what
        self.findings: dict[str, tuple[Finding, ...]] = {}  # by venue: what its last reading came to
        self.unprotected_since_ms: dict[InstrumentId, int] = {}
        self.unprotected_ms: dict[InstrumentId, int] = {}  # in all, so far
        self._strategies = tuple(strategies)
        self._new_id = new_id
        self._policy, self._limits = policy, limits
        self._rules: dict[str, Rules] = {}
        self._invariants = invariants or Invariants()
        self._barred: dict[InstrumentId, str] = {}  # the rule that last refused, so that a person is told once
        self._alarmed: dict[InstrumentId, int] = {}
        self._failed: dict[InstrumentId, tuple[int, int]] = {}  # how often in a row, and since when
        self._stopped = False

    def set_rules(self, venue: str, rules: Rules) -> None:
        self._rules[venue] = rules

    def stop_deciding(self) -> None:
        """No strategy is asked any more; protection goes on."""
        self._stopped = True

    def handle(self, event: Event, now_ms: int) -> Outcome:
        self.state.now_ms = now_ms
        self._take_in(event)
        commands: list[Command] = []
        facts = self._reconcile(event) if isinstance(event, AccountSeen) else []
        facts += self._count_losses(event, now_ms)
        if isinstance(event, CandleClosed) and not event.backfill and not self._stopped:
            self._ask_strategies(event.candle, now_ms, commands, facts)
        for instrument in self._touched(event):
            self._move_stop(follow(self.state, instrument, now_ms), facts)
            if not self._is_paused(instrument, now_ms):
                self._do(protect(self.state, instrument, now_ms=now_ms, new_id=self._new_id), commands)
            self._watch_over(instrument, now_ms, commands)
            if instrument in self.state.closing:
                self._close_down(instrument, now_ms, commands)
        facts += self._see_trips(now_ms)
        return Outcome(commands, facts, self.state.take_notices())

    def wish(self, intent: Intent, who: str, now_ms: int) -> Outcome:
        """Somebody else's wish, granted or refused as a strategy's is; a notice says why it is refused."""
        self.state.now_ms = now_ms
        commands: list[Command] = []
        facts: list[Event] = []
        if self._stopped:
            self._tell(Level.INFO, f"{who}: not sent: the service is ending", intent.instrument)
        else:
            self._grant(sound(intent), who, now_ms, commands, facts)
        return Outcome(commands, facts, self.state.take_notices())

    def would(self, intent: Enter, now_ms: int) -> Order | Refused:
        """What such a wish would come to now."""
        self.state.now_ms = now_ms
        order = admit(intent, self.state, strategy="", now_ms=now_ms, new_id=str)
        barred = refusal(order, self.state, self._limits) if isinstance(order, Order) else None
        return order if barred is None else Refused(str(barred))

    def cancel(self, order: Order, now_ms: int) -> Outcome:
        commands: list[Command] = []
        self._do([CancelOrder(order=order, time_ms=now_ms)], commands)
        return Outcome(commands, notices=self.state.take_notices())

    def adopt(self, seen: AccountSeen) -> Outcome:
        """Take in what the venue holds beyond our books; it is protected from the next heartbeat on."""
        findings = self.findings[seen.venue] = tuple(adopt(self.state, seen, self.rules(seen.venue)))
        return Outcome(facts=self._follow(findings, seen.venue), notices=self.state.take_notices())

    def rules(self, venue: str) -> Rules:
        return self._rules.get(venue, Rules())

    def _reconcile(self, seen: AccountSeen) -> list[Event]:
        findings = tuple(reconcile(self.state, seen, self.rules(seen.venue)))
        self.findings[seen.venue] = findings
        return self._follow(findings, seen.venue)

    def _follow(self, findings: Iterable[Finding], venue: str) -> list[Event]:
        """Let the books follow what is sure, and tell it."""
        facts = [fact for finding in findings if finding.is_sure for fact in finding.facts]
        for fact in facts:
            self._take_in(fact)
        for finding in findings:
            if finding.is_sure:
                text = f"{finding.verdict.value} {finding.subject}: {finding.evidence} ({finding.rule})"
                self.state.note(finding.level, text, finding.instrument, venue=venue)
        return facts

    def _take_in(self, record: Record) -> None:
        self.state.apply(record)
        self._invariants.see(record, self.state)

    def _count_losses(self, event: Event, now_ms: int) -> list[Event]:
        if not isinstance(event, TimePassed | TradingResumed) or not self._limits.count_losses:
            return []
        now = results(self.state)
        marks = marked(self.state, self._limits, now, now_ms)
        for mark in marks:
            self._take_in(mark)
        losses = halts(self.state, self._limits, now, now_ms)
        for loss in losses:
            self._take_in(loss)
            self.state.note(Level.ALARM, f"no entries any more: {loss.reason}; see docs/risk.md", venue=loss.venue)
        return [*marks, *losses]

    def _see_trips(self, now_ms: int) -> list[Event]:
        trips: list[Event] = list(self._invariants.take(now_ms))
        for trip in trips:
            self._take_in(trip)
        return trips

    def _touched(self, event: Event) -> tuple[InstrumentId, ...]:  # noqa: PLR0911 - the one match over all events
        """Whose protection an event may have changed."""
        match event:
            case TradeSeen(instrument=of) | PriceSeen(instrument=of) | CandleClosed(candle=Candle(instrument=of)):
                return NOTHING if self.state.position(of).is_flat else (of,)
            case OrderFilled(fill=fill):
                return (fill.instrument,)
            case (
                OrderAccepted(order_id=order_id)
                | OrderRejected(order_id=order_id)
                | OrderInDoubt(order_id=order_id)
                | OrderCanceled(order_id=order_id)
                | OrderExpired(order_id=order_id)
                | OrderAmended(order_id=order_id)
            ):
                order = self.state.orders.get(order_id)
                return (order.instrument,) if order else NOTHING
            case TimePassed() | VenueReady() | AccountSeen():
                return tuple(dict.fromkeys((*self.state.exposed(), *sorted(self.state.closing))))
            case ClosingAsked(instruments=instruments):
                return instruments
            case PositionReconciled(instrument=of) | ExternalSeen(instrument=of) | StopMoved(instrument=of):
                return (of,)
            case (
                CandleCorrected()
                | CandlesMissing()
                | FundingPaid()
                | InstrumentListed()
                | TradingHalted()
                | TradingResumed()
                | InvariantTripped()
                | ResultsMarked()
                | StreamOpened()
                | StreamGap()
                | VenueHalted()
                | VenueBanned()
            ):
                return NOTHING
            case _:
                assert_never(event)

    def _move_stop(self, moved: StopMoved | None, facts: list[Event]) -> None:
        if moved is not None:
            self.state.apply(moved)
            facts.append(moved)

    def _ask_strategies(self, candle: Candle, now_ms: int, commands: list[Command], facts: list[Event]) -> None:
        for deployed in self._strategies:
            if candle.instrument not in deployed.instruments or deployed.name in self.disabled:
                continue
            if waits_for(self.state, candle.instrument, deployed.needs) is not None:
                continue  # Status says why.
            for intent in self._wishes(deployed, candle):
                self._grant(intent, deployed.name, now_ms, commands, facts)

    def _wishes(self, deployed: Deployed, candle: Candle) -> Sequence[Intent]:
        try:
            return [sound(intent) for intent in deployed.strategy.on_candle(candle, self._view)]
        except Exception as e:  # noqa: BLE001 - a strategy is foreign code; protection must go on without it
            self.disabled[deployed.name] = f"{type(e).__name__}: {e}"
            text = f"strategy {deployed.name} raised and is disabled: {type(e).__name__}: {e}"
            self._tell(Level.ALARM, text, candle.instrument)
            return ()

    def _grant(self, intent: Intent, strategy: str, now_ms: int, commands: list[Command], facts: list[Event]) -> None:
        if isinstance(intent, MoveStop):
            granted: StopMoved | Order | Refused = move(intent, self.state, now_ms)
        else:
            granted = admit(intent, self.state, strategy=strategy, now_ms=now_ms, new_id=self._new_id)
        match granted:
            case StopMoved():
                self._move_stop(granted, facts)
            case Order():
                self._do([PlaceOrder(granted)], commands)
            case Refused(withdrawals=withdrawals) if withdrawals:
                self._do(withdrawals, commands)
            case Refused(reason=reason):
                wish = type(intent).__name__.lower()
                self._tell(Level.INFO, f"{strategy}: {wish} not sent: {reason}", intent.instrument)

    def _watch_over(self, of: InstrumentId, now_ms: int, commands: list[Command]) -> None:
        """Count the time without protection, and end it when it has lasted too long."""
        if self.state.position(of).is_flat or guard(self.state, of) is not Guard.NONE:
            since_ms = self.unprotected_since_ms.pop(of, None)
            if since_ms is not None:
                self.unprotected_ms[of] = self.unprotected_ms.get(of, 0) + max(now_ms - since_ms, 0)
            return
        since_ms = self.unprotected_since_ms.setdefault(of, now_ms)
        if now_ms - since_ms < self._policy.after_ms:
            return
        self._tell_once(of, f"held without a stop for {(now_ms - since_ms) / 1_000:.1f} s", since_ms)
        if self._policy.close and not self._is_paused(of, now_ms):
            self._do(close_unprotected(self.state, of, now_ms=now_ms, new_id=self._new_id), commands)

    def _close_down(self, of: InstrumentId, now_ms: int, commands: list[Command]) -> None:
        """First what waits to open it goes, then what is held is closed; its stop stays until it is flat."""
        if self._do(withdrawable(of, self.state, now_ms), commands) or self._is_paused(of, now_ms):
            return
        if all(order.kind.is_trigger for order in self.state.open_orders(of)):
            self._do(close_unprotected(self.state, of, now_ms=now_ms, new_id=self._new_id), commands)

    def _is_paused(self, of: InstrumentId, now_ms: int) -> bool:
        """A venue that refuses to let us out is asked again with growing patience, not in a loop."""
        failed = self.state.closing_failed[of]
        if not failed:
            self._failed.pop(of, None)
            return False
        count, since_ms = self._failed.get(of, (0, now_ms))
        if count != failed:
            since_ms = now_ms
            self._failed[of] = failed, now_ms
        return now_ms - since_ms < pause_ms(failed)

    def _do(self, more: Sequence[Command], commands: list[Command]) -> bool:
        """Whether there was anything to do. Every command passes here, and so the risk gate."""
        for command in more:
            if isinstance(command, PlaceOrder) and self._is_barred(command.order):
                continue
            self._take_in(command)
            commands.append(command)
        return bool(more)

    def _is_barred(self, order: Order) -> bool:
        of, refused = order.instrument, refusal(order, self.state, self._limits)
        if refused is None:
            self._barred.pop(of, None)
            return False
        level = Level.INFO if self._barred.get(of) == refused.rule else Level.WARNING
        self._barred[of] = refused.rule
        self._tell(level, f"{order.role.value} not sent: {refused}", of)
        return True

    def _tell(self, level: Level, text: str, instrument: InstrumentId) -> None:
        self.state.note(level, text, instrument)

    def _tell_once(self, of: InstrumentId, text: str, since_ms: int) -> None:
        if self._alarmed.get(of) != since_ms:
            self._alarmed[of] = since_ms
            self._tell(Level.ALARM, text, of)
