"""What is: the orders, positions and candles that the records so far add up to."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import assert_never

import msgspec

from twinstar.domain import (
    AccountSeen,
    AmendOrder,
    Balance,
    CancelOrder,
    CandleClosed,
    CandleCorrected,
    CandlesMissing,
    ClosingAsked,
    ExternalSeen,
    Fill,
    FundingPaid,
    Holding,
    Instrument,
    InstrumentId,
    InstrumentListed,
    InvariantTripped,
    Level,
    Mark,
    Notice,
    Order,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderInDoubt,
    OrderKind,
    OrderRejected,
    OrderStatus,
    PlaceOrder,
    Position,
    PositionReconciled,
    PriceSeen,
    Resting,
    ResultsMarked,
    Role,
    Side,
    StopMoved,
    StreamGap,
    StreamOpened,
    Terms,
    TimePassed,
    TradeSeen,
    TradingHalted,
    TradingResumed,
    VenueBanned,
    VenueHalted,
    VenueReady,
)
from twinstar.engine.comparing import SETTLES_MS, Difference, again, compare, differs
from twinstar.engine.funding import Funding
from twinstar.engine.opening import Opening, opened_by
from twinstar.engine.register import Register
from twinstar.engine.tape import Tape
from twinstar.engine.verifying import Contradiction, verify
from twinstar.ports import Record

GUARDING = (Role.STOP, Role.TAKE_PROFIT)
LONG_BAN_S = 60.0  # a person should know of it
TRIPPED = (
    "invariant {} is broken: {}; no entries any more at any venue. One of our counts is wrong, and not known which: "
    "compare `twinstar status` with what the venue shows, then `twinstar resume`"
)


class State(Tape, Register):
    """Apply is total: whatever order true news comes in, it is taken in, and what is odd about it is noted.

    Replaying a journal gives the state that wrote it; prices and readiness are of the moment and are not replayed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.positions: dict[InstrumentId, Position] = {}
        self.fees: dict[tuple[InstrumentId, str], Decimal] = {}
        self.funding = Funding()
        self.stops: dict[InstrumentId, Decimal] = {}  # where a held position is to be closed
        self.targets: dict[InstrumentId, Decimal] = {}  # and where with a profit
        self.openings: dict[InstrumentId, Opening] = {}
        self.cancels: set[str] = set()  # orders we have asked to cancel and heard nothing more of
        self.balances: dict[str, tuple[Balance, ...]] = {}
        self.seen_ms: dict[str, int] = {}  # by venue: when it last told what the account has
        self.holdings: dict[str, dict[InstrumentId, Holding]] = {}  # by venue, as the venue last stated them
        self.resting: dict[str, tuple[Resting, ...]] = {}  # by venue: all orders that stand there, ours or not
        self.contradictions: dict[str, Contradiction] = {}  # orders that the venue does not list as we know them
        self.differences: dict[InstrumentId, Difference] = {}  # where the venue holds something else
        self.uncompared: set[InstrumentId] = set()  # what was moving at the last reading
        self.external: dict[InstrumentId, Decimal] = {}  # what the venue holds and is not ours
        self.trading_halts: tuple[TradingHalted, ...] = ()  # why there are no entries; all of them have to be lifted
        self.closing: set[InstrumentId] = set()  # what a person wants flat and is not yet
        self.marks: dict[tuple[str | None, str], Mark] = {}  # by venue (None: all) and asset: what losses count from
        self.marked_ms = 0
        self.listed: set[InstrumentId] = set()  # what this run trades
        self.ready: set[str] = set()
        self.halted: dict[str, str] = {}
        self.closing_failed: Counter[InstrumentId] = Counter()  # stops and exits that came to nothing, in a row
        self.targets_failed: Counter[InstrumentId] = Counter()  # the same of resident take-profits
        self.data_only: set[str] = set()  # venues that we may not trade at
        self.fills_counted: Counter[str] = Counter()
        self._filled_ms: dict[InstrumentId, int] = {}
        self._notices: list[Notice] = []

    def forget_what_was_on_its_way(self) -> None:
        """After a replay: whether a cancel ever left is not known, so it is asked for again."""
        self.cancels.clear()
        self.listed.clear()
        self.differences.clear()

    # What may be asked.

    def position(self, instrument: InstrumentId) -> Position:
        return self.positions.get(instrument) or Position(instrument=instrument)

    def instrument(self, instrument: InstrumentId) -> Instrument:
        return self.instruments[instrument]

    def is_dust(self, of: InstrumentId) -> bool:
        """Less than the venue lets anybody sell; nothing at all, too."""
        instrument, held = self.instruments.get(of), self.position(of).quantity
        return not held or (instrument is not None and instrument.is_dust(held, self.last_price(of)))

    def halt(self, venue: str | None) -> TradingHalted | None:
        """Why there are no entries at a venue, or (None) anywhere."""
        return next((halt for halt in self.trading_halts if halt.venue in (None, venue)), None)

    def is_missing(self, order: Order) -> bool:
        """It stands in our books, and the venue does not list it."""
        contradiction = self.contradictions.get(order.order_id)
        return contradiction is not None and contradiction.listed is None and contradiction.is_sure

    def exposed(self) -> tuple[InstrumentId, ...]:
        """The instruments that something is held of, or that have a stop or a take-profit standing."""
        held = [i for i, position in self.positions.items() if not position.is_flat]
        guarded = [i for i, orders in self._open.items() if any(o.role in GUARDING for o in orders.values())]
        return tuple(dict.fromkeys(held + guarded))

    def contested(self, of: InstrumentId) -> str | None:
        """Why it is not clear what we hold: the venue says something else."""
        if of in self.differences:
            difference = self.differences[of]
            return f"the venue holds {difference.there} and the books {difference.here}"
        external = self.external.get(of)  # to the venue it is one position: closing ours might close theirs
        return f"the venue holds {external} that is not ours" if external else None

    def take_notices(self) -> tuple[Notice, ...]:
        notices, self._notices = tuple(self._notices), []
        return notices

    # What happens.

    def apply(self, record: Record) -> None:  # noqa: C901, PLR0912, PLR0915 - the one match over all that can happen
        match record:
            case InstrumentListed(instrument=instrument):
                self.instruments[instrument.id] = instrument
                self.listed.add(instrument.id)
            case TradeSeen(instrument=of, price=price) | PriceSeen(instrument=of, price=price):
                self._price(of, price)
            case CandleClosed(candle=candle):
                self._keep(candle)
                if not record.backfill:
                    self._price(candle.instrument, candle.close)
            case CandleCorrected(candle=candle):
                self._correct(candle)
            case CandlesMissing():
                self.missing.append(record)
            case PlaceOrder(order=order):
                self.last_order_id = order.order_id
                self._count_placed(order)
                self._put(order)
            case CancelOrder(order=order):
                self._withdraw(order.order_id)
            case AmendOrder(order=order, terms=terms):
                self._ask(order.order_id, terms)
            case OrderAmended():
                self._amend(record)
            case OrderAccepted(venue_order_id=venue_order_id):
                self._move(record, OrderStatus.ACCEPTED, venue_order_id=venue_order_id)
            case OrderRejected(reason=reason):
                self._move(record, OrderStatus.REJECTED, reason=reason)
            case OrderInDoubt(order_id=order_id, reason=reason):
                self.cancels.discard(order_id)
                self._move(record, OrderStatus.IN_DOUBT, reason=reason)
            case OrderCanceled():
                self._end(record, OrderStatus.CANCELED)
            case OrderExpired():
                self._end(record, OrderStatus.EXPIRED)
            case OrderFilled(fill=fill, time_ms=time_ms):
                self._fill(fill, time_ms)
            case FundingPaid():
                self.funding.take(record)
            case AccountSeen():
                self._see_account(record)
            case PositionReconciled():
                self._follow(record)
            case ExternalSeen(instrument=of, quantity=quantity):
                self.external[of] = quantity
                self.differences.pop(of, None)
            case StopMoved(instrument=of, stop_price=stop_price):
                self.stops[of] = stop_price
            case TradingHalted():
                self._halt(record)
            case TradingResumed(venue=venue):
                self._resume(venue)
            case ClosingAsked(instruments=instruments):
                self.closing.update(instruments)
            case InvariantTripped(name=name, text=text):
                self._halt(TradingHalted(time_ms=record.time_ms, reason=f"invariant {name} is broken: {text}"))
                self.note(Level.ALARM, TRIPPED.format(name, text), record.instrument, venue=record.venue)
            case ResultsMarked(marks=marks, time_ms=time_ms):
                self.marks |= {(mark.venue, mark.asset): mark for mark in marks}
                self.marked_ms = time_ms
            case VenueReady(venue=venue):
                if venue not in self.halted:
                    self.ready.add(venue)
            case StreamGap(venue=venue):
                self.ready.discard(venue)
            case VenueHalted(venue=venue, reason=reason):
                self.ready.discard(venue)
                self.halted[venue] = reason
                self.note(Level.ALARM, f"halted: {reason}", venue=venue)
            case VenueBanned():
                self._note_ban(record)
            case StreamOpened() | TimePassed():
                pass
            case _:
                assert_never(record)
        if self.closing:
            self._see_closed()

    def _halt(self, halt: TradingHalted) -> None:
        if all((known.venue, known.reason) != (halt.venue, halt.reason) for known in self.trading_halts):
            self.trading_halts = (*self.trading_halts, halt)

    def _resume(self, venue: str | None) -> None:
        self.trading_halts = tuple(halt for halt in self.trading_halts if venue not in (None, halt.venue))
        self.closing = {of for of in self.closing if venue not in (None, of.venue)}
        self.marks = {key: mark for key, mark in self.marks.items() if venue not in (None, key[0])}

    def _see_closed(self) -> None:
        """An order that still waits may open again what is flat."""
        for of in sorted(self.closing):
            if self.is_dust(of) and all(order.kind.is_trigger for order in self.open_orders(of)):
                self.closing.discard(of)
                self.note(Level.INFO, "flat, as a person has asked", of)

    def _note_ban(self, ban: VenueBanned) -> None:
        seconds = (ban.until_ms - ban.time_ms) / 1_000
        level = Level.ALARM if seconds > LONG_BAN_S else Level.WARNING
        self.note(level, f"{ban.stopped} is stopped for {seconds:,.0f} s: {ban.reason}", venue=ban.venue)

    def _move(
        self,
        news: OrderAccepted | OrderRejected | OrderInDoubt,
        status: OrderStatus,
        *,
        venue_order_id: str | None = None,
        reason: str = "",
    ) -> None:
        order = self._known(news.order_id)
        if order is None:
            return
        if order.status is OrderStatus.REJECTED and status is OrderStatus.ACCEPTED:
            self.note(Level.ALARM, f"order {order.order_id} lives though it was rejected", order.instrument)
        self._put(order.to(status, news.time_ms, venue_order_id=venue_order_id, reason=reason))

    def _ask(self, order_id: str, terms: Terms) -> None:
        order = self._known(order_id)
        if order is not None:
            self._put(msgspec.structs.replace(order, asked=terms))

    def _amend(self, news: OrderAmended) -> None:
        order = self._known(news.order_id)
        if order is not None:
            self.contradictions.pop(order.order_id, None)
            self._put(order.amended(news.terms, news.time_ms, news.venue_order_id, news.answers))

    def _end(self, news: OrderCanceled | OrderExpired, status: OrderStatus) -> None:
        order = self._known(news.order_id)
        if order is None:
            return
        self.cancels.discard(order.order_id)
        if news.filled is not None and news.filled > order.filled:
            reason = f"ended with {news.filled} filled, of which {order.filled} are known"
            self._put(order.to(OrderStatus.IN_DOUBT, news.time_ms, reason=reason))
        else:
            self._put(order.to(status, news.time_ms, reason=news.reason))

    def _fill(self, fill: Fill, time_ms: int) -> None:
        counted = self._fills.setdefault(fill.order_id, set())
        if fill.fill_id in counted:
            return  # The stream and the resync both told us.
        counted.add(fill.fill_id)
        venue = fill.instrument.venue
        self.fills_counted[venue] += 1
        self._filled_ms[fill.instrument] = time_ms
        self._watch_funding(fill.instrument, time_ms)
        self.holdings.pop(venue, None)  # What the venue stated was before this.
        order = self._known(fill.order_id)
        if order is not None:
            if order.filled + fill.quantity > order.most:
                self.note(Level.ALARM, f"order {order.order_id} is filled beyond its quantity", fill.instrument)
            order = order.fill(fill, time_ms)
            self._put(order)
        self._hold(self._after(fill), order)
        if order is not None and order.role is not Role.ENTRY:
            self.closing_failed.pop(fill.instrument, None)
        if fill.fee is not None and fill.fee_asset is not None:
            key = (fill.instrument, fill.fee_asset)
            self.fees[key] = self.fees.get(key, Decimal(0)) + fill.fee

    def _watch_funding(self, of: InstrumentId, time_ms: int) -> None:
        if (instrument := self.instruments.get(of)) is not None and not instrument.is_spot:
            self.funding.watch(of, time_ms)

    def _after(self, fill: Fill) -> Position:
        """On spot a fee may be taken of what was bought: that much is not held."""
        position = self.position(fill.instrument).apply(fill)
        instrument = self.instruments.get(fill.instrument)
        if instrument is None or not instrument.is_spot or fill.fee is None or fill.fee_asset != instrument.base:
            return position
        return msgspec.structs.replace(position, quantity=position.quantity - fill.fee)

    def _hold(self, position: Position, by: Order | None) -> None:
        of, before = position.instrument, self.position(position.instrument)
        self.positions[of] = position
        if before.quantity * position.quantity <= 0:  # What is held now is not what was held.
            for known in (self.stops, self.targets, self.openings, self.closing_failed, self.targets_failed):
                known.pop(of, None)
        if not position.is_flat and by is not None and by.side is position.side:
            self._guard(of, by)

    def _guard(self, of: InstrumentId, by: Order) -> None:
        """An entry brings its stop, which may only come closer, and its plan."""
        kept = self.stops.get(of)
        if by.protect_at is not None and (kept is None or (by.protect_at - kept) * by.side.sign > 0):
            self.stops[of] = by.protect_at
        opening = opened_by(by, self.openings.get(of))
        if opening is not None:
            self.openings[of] = opening
        if by.plan is not None and by.plan.take_profit is not None:
            self.targets[of] = by.plan.take_profit

    def _see_account(self, seen: AccountSeen) -> None:
        self.balances[seen.venue], self.seen_ms[seen.venue] = seen.balances, seen.time_ms
        self.holdings[seen.venue] = {holding.instrument: holding for holding in seen.holdings}
        if seen.orders is not None:
            self.resting[seen.venue] = seen.orders
            standing = [order for order in self.unsettled(seen.venue) if order.is_standing]
            others = {i: c for i, c in self.contradictions.items() if self.orders[i].instrument.venue != seen.venue}
            self.contradictions = others | verify(standing, seen, self.contradictions)
        served = (self.instruments[of] for of in self.listed)
        for of, (here, there) in compare(served, seen, self.position).items():
            moves = self._is_moving(of, seen.time_ms)
            (self.uncompared.add if moves else self.uncompared.discard)(of)
            if moves:
                continue
            if not differs(self.instruments[of], here, there, self.external.get(of, Decimal(0))):
                self.differences.pop(of, None)
            else:
                self.differences[of] = again(self.differences.get(of), here, there, seen.time_ms)

    def _is_moving(self, of: InstrumentId, now_ms: int) -> bool:
        """While an order may be changing it, or has just changed it, what is held cannot be compared."""
        return now_ms - self._filled_ms.get(of, 0) < SETTLES_MS or any(
            o.status in (OrderStatus.SUBMITTED, OrderStatus.IN_DOUBT) or o.kind is OrderKind.MARKET
            for o in self.open_orders(of)
        )

    def _follow(self, news: PositionReconciled) -> None:
        """As if a fill that nobody told of had made it so."""
        position = self.position(news.instrument)
        change = news.quantity - position.quantity
        if change:
            side = Side.BUY if change > 0 else Side.SELL
            unseen = Fill(
                fill_id="",
                order_id="",
                instrument=news.instrument,
                side=side,
                price=news.price,
                quantity=abs(change),
            )
            self._hold(position.apply(unseen), None)
            self._watch_funding(news.instrument, news.time_ms)
        if news.protect_at is not None:
            self.stops[news.instrument] = news.protect_at
        for order in news.adopted:
            self._put(order)
            if order.role is Role.TAKE_PROFIT and order.stop_price is not None:
                self.targets[order.instrument] = order.stop_price
        self.differences.pop(news.instrument, None)

    def _known(self, order_id: str) -> Order | None:
        order = self.orders.get(order_id)
        if order is None:
            self.note(Level.ALARM, f"the venue told of an order that we do not know: {order_id}")
        return order

    def _put(self, order: Order) -> None:
        before = self.orders.get(order.order_id)
        if self._register(order):
            self.cancels.discard(order.order_id)
            self.contradictions.pop(order.order_id, None)
            if order.role is not Role.ENTRY and order.status is not OrderStatus.FILLED:
                self._see_closing_fail(order, stood=before is not None and before.venue_order_id is not None)

    def _withdraw(self, order_id: str) -> None:
        self.cancels.add(order_id)
        order = self._known(order_id)
        if order is not None:
            self._put(msgspec.structs.replace(order, withdrawn=True))

    def _see_closing_fail(self, order: Order, *, stood: bool) -> None:
        """A stop or an exit that ended though nobody wished it leaves its position as it was."""
        if order.withdrawn and order.status is OrderStatus.CANCELED:
            return
        of, is_target = order.instrument, order.kind is OrderKind.TAKE_PROFIT
        (self.targets_failed if is_target else self.closing_failed)[of] += 1
        if order.role in GUARDING and not self.position(of).is_flat:
            # One that never stood is placed anew, with an alarm when that lasts; one that stood is lost.
            is_refused = order.kind is OrderKind.MARKET and order.status is OrderStatus.REJECTED
            was_there = stood or order.kind is OrderKind.MARKET
            is_lost = is_refused or (was_there and not is_target and not self._is_closing(order))
            name = order.role.value.replace("_", "-")
            text = f"{name} {order.order_id} was {order.status.value}: {order.reason or 'no reason given'}"
            self.note(Level.ALARM if is_lost else Level.WARNING, text, of)

    def _is_closing(self, stop: Order) -> bool:
        """A venue may end the stop before it tells of the fills that closed the position."""
        of = stop.instrument
        has_just_filled = stop.status_ms - self._filled_ms.get(of, 0) < SETTLES_MS
        return (
            has_just_filled
            or self._is_reached(of)
            or any(o.kind is OrderKind.MARKET and o.role is not Role.ENTRY for o in self.open_orders(of))
        )

    def _is_reached(self, of: InstrumentId) -> bool:
        """Whether the price is where one of the ways out may just have been taken."""
        price, sign = self._prices.get(of), self.position(of).side.sign
        stop, target = self.stops.get(of), self.targets.get(of)
        return price is not None and (
            (stop is not None and (price - stop) * sign <= 0) or (target is not None and (price - target) * sign >= 0)
        )

    def note(
        self, level: Level, text: str, instrument: InstrumentId | None = None, *, venue: str | None = None
    ) -> None:
        venue = instrument.venue if instrument else venue
        self._notices.append(Notice(level=level, text=text, venue=venue, instrument=instrument))
