"""Compare what the venue holds with what the books say, and say what follows.

A pure function of the state and a reading of the account: the same again once its verdicts are in the books finds
nothing. A failed reading never gets here; a single one changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from twinstar.domain import (
    AccountSeen,
    Event,
    ExternalSeen,
    Instrument,
    InstrumentId,
    Level,
    Order,
    OrderAccepted,
    OrderAmended,
    OrderKind,
    OrderStatus,
    PositionReconciled,
    Resting,
    Role,
    Terms,
    TradingHalted,
    VenueHalted,
    Verdict,
)
from twinstar.engine.comparing import Difference, sure
from twinstar.engine.ids import is_ours
from twinstar.engine.state import State


class Ownership(Enum):
    """Whose is what the venue holds beyond our books?"""

    ADOPT = "adopt"  # ours from here on: it is protected, and closed when the strategy exits
    OBSERVE = "observe"  # somebody else's: shown, left alone, and no entries beside it
    ALERT = "alert"  # as observe, with an alarm
    REFUSE_START = "refuse-start"  # as alert; and a start that finds it halts the venue


class Rules(Struct, frozen=True, kw_only=True):
    """A venue's policy. ``stop_distance``: of the entry price, where an adopted position has no stop of its own."""

    ownership: Ownership = Ownership.ALERT
    stop_distance: Decimal = Decimal("0.05")


class Finding(Struct, frozen=True, kw_only=True):
    """A verdict, what it rests on, the rule that decided, and what it does to the books once it is sure."""

    verdict: Verdict
    instrument: InstrumentId | None
    subject: str  # position, order or stop
    evidence: str
    rule: str
    is_sure: bool = True
    facts: Sequence[Event] = ()
    level: Level = Level.ALARM


def reconcile(state: State, seen: AccountSeen, rules: Rules) -> list[Finding]:
    """Everything that is not as the books say; an empty list is the verdict NONE."""
    reading = _Reading(state, seen, rules)
    return [*reading.orders(), *reading.terms(), *reading.positions()]


def adopt(state: State, seen: AccountSeen, rules: Rules) -> list[Finding]:
    """What is not ours is ours from here on, whatever the policy says: a person has said so."""
    by_hand = _Reading(state, seen, replace(rules, ownership=Ownership.ADOPT))
    return [
        replace(finding, rule="taken in by hand", level=Level.INFO)
        for of, external in sorted(state.external.items())
        if external and of.venue == seen.venue and of in state.instruments
        for finding in by_hand.position(of, sure(state.position(of).quantity, external, seen.time_ms))
    ]


class _Reading(Struct, frozen=True):
    state: State
    seen: AccountSeen
    rules: Rules

    def positions(self) -> Iterator[Finding]:
        for of, difference in sorted(self.state.differences.items()):
            if of.venue == self.seen.venue:
                yield from self.position(of, difference)

    def position(self, of: InstrumentId, difference: Difference) -> Iterator[Finding]:
        instrument = self.state.instruments[of]
        held, external = _shares(instrument, difference, self.rules.ownership)
        if held != difference.here:
            yield self._follow(instrument, difference, held)
        if external != self.state.external.get(of, Decimal(0)):
            yield self._external(of, difference, external)

    def _follow(self, instrument: Instrument, difference: Difference, held: Decimal) -> Finding:
        """The books take over what the venue says."""
        of, here, evidence = instrument.id, difference.here, _evidence(instrument.id, difference)
        grows = held * here < 0 or abs(held) > abs(here)
        verdict = Verdict.CLEAR if not held else Verdict.UPDATE if here else Verdict.RESTORE
        price = self._price(of, came=grows)
        guard = self._guard(of, held, price) if grows else None
        target = self._target(of, held) if grows else None
        follow = PositionReconciled(
            time_ms=self.seen.time_ms,
            instrument=of,
            verdict=verdict,
            quantity=held,
            price=price,
            protect_at=self._protect_at(instrument, held, price, guard) if grows else None,
            adopted=(*self._adopted(guard), *self._adopted(target)),
            evidence=evidence,
        )
        return Finding(
            verdict=verdict,
            instrument=of,
            subject="position",
            evidence=evidence,
            rule=self._policy if grows else "what the venue does not hold is not held",
            is_sure=difference.is_sure,
            facts=(follow,),
        )

    def _external(self, of: InstrumentId, difference: Difference, external: Decimal) -> Finding:
        time_ms, evidence, policy = self.seen.time_ms, _evidence(of, difference), self.rules.ownership
        facts: list[Event] = [ExternalSeen(time_ms=time_ms, instrument=of, quantity=external, evidence=evidence)]
        if policy is Ownership.REFUSE_START and external and of.venue not in self.state.ready:
            reason = f"{of}: the venue holds {external} that is not ours, and {self._policy} says not to start then"
            facts.append(VenueHalted(time_ms=time_ms, venue=of.venue, reason=reason))
        return Finding(
            verdict=Verdict.EXTERNAL,
            instrument=of,
            subject="position",
            evidence=evidence,
            rule=self._policy,
            is_sure=difference.is_sure,
            facts=facts,
            level=Level.INFO if policy is Ownership.OBSERVE or not external else Level.ALARM,
        )

    def orders(self) -> Iterator[Finding]:
        for resting in self.seen.orders or ():
            known = self.state.orders.get(resting.client_order_id or "")
            if known is not None and known.status is OrderStatus.REJECTED:
                yield self._lives(known, resting)
            elif known is None and is_ours(resting.client_order_id) and not self._is_halted:
                yield self._stranger(resting)

    def _lives(self, order: Order, resting: Resting) -> Finding:
        return Finding(
            verdict=Verdict.RESTORE,
            instrument=order.instrument,
            subject="order",
            evidence=f"order {order.order_id} counted as rejected and stands at the venue as {resting.venue_order_id}",
            rule="what the venue shows to exist was never rejected",
            facts=(
                OrderAccepted(
                    time_ms=self.seen.time_ms, order_id=order.order_id, venue_order_id=resting.venue_order_id
                ),
            ),
        )

    def _stranger(self, resting: Resting) -> Finding:
        """Somebody else writes ids like ours: another service, or we before our journal was lost."""
        evidence = (
            f"order {resting.client_order_id} bears an id of TwinStar's and is not in this journal: another TwinStar "
            "trades on this account, or this one has lost its journal"
        )
        return Finding(
            verdict=Verdict.EXTERNAL,
            instrument=resting.instrument,
            subject="order",
            evidence=evidence,
            rule="one writer an account",
            facts=(TradingHalted(time_ms=self.seen.time_ms, venue=self.seen.venue, reason=evidence),),
        )

    def terms(self) -> Iterator[Finding]:
        """Orders that the venue does not list as we know them."""
        for order_id, contradiction in self.state.contradictions.items():
            order = self.state.orders[order_id]
            if order.instrument.venue != self.seen.venue or order.withdrawn:
                continue
            name, listed = f"{order.role.value.replace('_', '-')} {order_id}", contradiction.listed
            yield Finding(
                verdict=Verdict.UPDATE,
                instrument=order.instrument,
                subject="stop" if order.kind.is_trigger else "order",
                evidence=f"{name} is not listed by {contradiction.readings} readings"
                if listed is None
                else f"{name} is listed with {_written(listed)}, not {_written(order.terms)}",
                rule="an order that the venue does not list guards nothing"
                if listed is None
                else "the terms that stand are those that the venue lists",
                is_sure=contradiction.is_sure and (listed is not None or order.kind.is_trigger),
                facts=()
                if listed is None
                else (OrderAmended(time_ms=self.seen.time_ms, order_id=order_id, terms=listed),),
            )

    def _guard(self, of: InstrumentId, held: Decimal, entry: Decimal) -> Resting | None:
        """The stop that stands there already for all of it: the venue's own truth about where it is to be closed."""
        price = self.state.last_price(of) or entry
        stops = self._closing(of, held, OrderKind.STOP)
        return next((r for r in stops if r.stop_price is not None and (price - r.stop_price) * held > 0), None)

    def _target(self, of: InstrumentId, held: Decimal) -> Resting | None:
        return next(self._closing(of, held, OrderKind.TAKE_PROFIT), None)

    def _closing(self, of: InstrumentId, held: Decimal, kind: OrderKind) -> Iterator[Resting]:
        for resting in self.seen.orders or ():
            closes = resting.instrument == of and resting.kind is kind and resting.side.sign * held < 0
            if closes and resting.quantity - resting.filled >= abs(held):
                yield resting

    def _protect_at(self, instrument: Instrument, held: Decimal, price: Decimal, guard: Resting | None) -> Decimal:
        if guard is not None and guard.stop_price is not None:
            return guard.stop_price
        kept = self.state.stops.get(instrument.id)
        if kept is not None and (price - kept) * held > 0:
            return kept
        away = price * self.rules.stop_distance
        return instrument.round_price(price - away if held > 0 else price + away)

    def _adopted(self, guard: Resting | None) -> tuple[Order, ...]:
        if guard is None or guard.client_order_id is None or guard.client_order_id in self.state.orders:
            return ()
        order = Order(
            order_id=guard.client_order_id,
            instrument=guard.instrument,
            side=guard.side,
            kind=guard.kind,
            quantity=guard.quantity,
            role=Role.TAKE_PROFIT if guard.kind is OrderKind.TAKE_PROFIT else Role.STOP,
            price=guard.price,
            stop_price=guard.stop_price,
            reduce_only=guard.reduce_only,
            created_ms=self.seen.time_ms,
            status=OrderStatus.PARTLY_FILLED if guard.filled else OrderStatus.ACCEPTED,
            status_ms=self.seen.time_ms,
            filled=guard.filled,
            venue_order_id=guard.venue_order_id,
        )
        return (order,)

    def _price(self, of: InstrumentId, *, came: bool) -> Decimal:
        """What came was entered at the venue's entry price; what is gone was closed at the last price we know."""
        stated = next((h.entry_price for h in self.seen.holdings if h.instrument == of), None)
        last = self.state.last_price(of)
        wanted = (stated, last) if came else (last, stated)
        return next((price for price in wanted if price), self.state.position(of).average_price)

    @property
    def _is_halted(self) -> bool:
        return any(halt.venue == self.seen.venue for halt in self.state.trading_halts)

    @property
    def _policy(self) -> str:
        return f"reconcile.policy: {self.rules.ownership.value}"


def _written(terms: Terms) -> str:
    at = f" at {terms.stop_price or terms.price}" if terms.stop_price or terms.price else ""
    return f"{terms.quantity}{at}"


def _shares(instrument: Instrument, difference: Difference, ownership: Ownership) -> tuple[Decimal, Decimal]:
    """How much is ours from now on, and how much is not. What is missing is missed of theirs first."""
    here, there = difference.here, difference.there
    if instrument.is_spot:
        return instrument.round_quantity(max(there, Decimal(0))), Decimal(0)
    if ownership is Ownership.ADOPT:
        return there, Decimal(0)
    if here * there <= 0:
        return Decimal(0), there
    held = min(here, there, key=abs)
    return held, there - held


def _evidence(of: InstrumentId, difference: Difference) -> str:
    seconds = (difference.last_ms - difference.first_ms) / 1_000
    readings = f"{difference.readings} readings over {seconds:.1f} s" if difference.is_sure else "one reading"
    return f"{of}: {difference.there} at the venue and {difference.here} in the books, by {readings}"
