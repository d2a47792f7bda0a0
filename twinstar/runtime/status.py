"""What a person or a machine may ask of the service; the shape of ``twinstar status --json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.domain import (
    CandleClosed,
    Command,
    InstrumentId,
    LimiterStats,
    Notice,
    OrderStatus,
    PlaceOrder,
    PriceSeen,
    StreamGap,
    StreamOpened,
    Timeframe,
    TradeSeen,
)
from twinstar.engine import Guard, State, guard
from twinstar.ports import Clock, Record, Stored
from twinstar.runtime.venue_clock import Estimate


class OrdersStatus(Struct, frozen=True, kw_only=True):
    """Counts since the journal began; ``in_doubt`` and ``open`` are of this moment."""

    sent: int
    filled: int
    refused: int
    canceled: int
    in_doubt: int
    open: int


class InstrumentStatus(Struct, frozen=True, kw_only=True):
    id: str
    timeframe: str
    candles_stored: int
    candles_missing: int  # intervals that the venue itself has no candle for
    last_closed_ms: int | None  # the open time of the last closed candle, the market's clock
    data_age_ms: int | None  # since anything was heard of it; null when no service runs
    last_price: Decimal | None
    unprotected_ms: int  # how long it was held without protection, in all, since the service started


class PositionStatus(Struct, frozen=True, kw_only=True):
    instrument: str
    side: str  # "long" | "short"
    quantity: Decimal
    entry_price: Decimal
    protection: str  # "resident" | "local" | "none"
    stop_price: Decimal | None
    unrealized: Decimal | None
    unprotected_ms: int  # how long it has been without protection, this time


class BalanceStatus(Struct, frozen=True, kw_only=True):
    asset: str
    free: Decimal
    locked: Decimal


class AccountStatus(Struct, frozen=True, kw_only=True):
    id: str
    positions: tuple[PositionStatus, ...]
    balances: tuple[BalanceStatus, ...]
    realized: Mapping[str, Decimal]  # by asset, before fees
    fees: Mapping[str, Decimal]  # by asset
    differs: tuple[str, ...]  # what the venue holds otherwise than the books, or beyond them


class ClockStatus(Struct, frozen=True, kw_only=True):
    offset_ms: float  # the venue's clock less ours
    uncertainty_ms: float  # by so much that may be wrong


class VenueStatus(Struct, frozen=True, kw_only=True):
    id: str
    type: str
    mode: str
    state: str  # "stopped" | "connecting" | "catching up" | "live" | "reconnecting" | "halted"
    reason: str
    orders: OrdersStatus
    instruments: tuple[InstrumentStatus, ...]
    accounts: tuple[AccountStatus, ...]
    usage: Mapping[str, float]
    limits: LimiterStats | None = None  # null when no service runs
    local_stop_ms: float | None = None  # the slowest so far, from the price that set it off to its order being sent
    clock: ClockStatus | None = None  # null when no service runs, or the venue has not told its time


class StrategyStatus(Struct, frozen=True, kw_only=True):
    name: str
    type: str
    disabled: str | None  # why, when it raised
    waits: Mapping[str, str] = {}  # by instrument: why it may not decide yet


class HaltStatus(Struct, frozen=True, kw_only=True):
    venue: str | None  # null: everywhere
    since_ms: int
    reason: str


class Status(Struct, frozen=True, kw_only=True):
    state: str  # "running" | "stopped"
    pid: int | None
    version: str
    now_ms: int
    started_ms: int | None
    venues: tuple[VenueStatus, ...]
    strategies: tuple[StrategyStatus, ...]
    notices: tuple[Notice, ...]  # the last ones, newest last
    halts: tuple[HaltStatus, ...] = ()  # why there are no entries
    closing: tuple[str, ...] = ()  # instruments that a person wants flat and are not yet


class Watched(Struct, frozen=True, kw_only=True):
    """What is known of a venue from the configuration."""

    id: str
    type: str
    mode: str
    instruments: tuple[InstrumentId, ...]
    timeframe: Timeframe


def halts_of(state: State) -> tuple[HaltStatus, ...]:
    return tuple(HaltStatus(venue=h.venue, since_ms=h.time_ms, reason=h.reason) for h in state.trading_halts)


class Board:
    """What only a running service knows: how old the last word on each thing is, and how the lines stand."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard_s: dict[InstrumentId, float] = {}
        self._lost: dict[str, str] = {}
        self._opened: set[str] = set()
        self._slowest_s: dict[str, float] = {}

    def __call__(self, record: Record) -> None:
        match record:
            case TradeSeen(instrument=of) | PriceSeen(instrument=of):
                self._heard_s[of] = self._clock.monotonic_s()
            case CandleClosed(candle=candle):
                self._heard_s[candle.instrument] = self._clock.monotonic_s()
            case StreamOpened(venue=venue):
                self._opened.add(venue)
                self._lost.pop(venue, None)
            case StreamGap(venue=venue, reason=reason):
                self._lost[venue] = reason
            case _:
                pass

    def left(self, command: Command, took_s: float) -> None:
        if isinstance(command, PlaceOrder) and command.order.is_local_guard:
            venue = command.order.instrument.venue
            self._slowest_s[venue] = max(took_s, self._slowest_s.get(venue, 0.0))

    def slowest_local_stop_ms(self, venue: str) -> float | None:
        slowest_s = self._slowest_s.get(venue)
        return None if slowest_s is None else round(slowest_s * 1_000, 1)

    def age_ms(self, instrument: InstrumentId) -> int | None:
        heard_s = self._heard_s.get(instrument)
        return None if heard_s is None else int((self._clock.monotonic_s() - heard_s) * 1_000)

    def stale(self, instrument: InstrumentId, within_ms: float) -> str | None:
        """When nothing was heard for too long, or ever."""
        age_ms = self.age_ms(instrument)
        if age_ms is None:
            return "no data yet"
        return f"no data for {age_ms / 1_000:.0f} s" if age_ms > within_ms else None

    def line(self, venue: str, state: State) -> tuple[str, str]:
        """The state of a venue and the reason for it."""
        if venue in state.halted:
            return "halted", state.halted[venue]
        if venue in self._lost:
            return "reconnecting", self._lost[venue]
        if venue in state.ready:
            return "live", ""
        return ("catching up", "") if venue in self._opened else ("connecting", "")


StoredBy = Mapping[tuple[InstrumentId, Timeframe], Stored]


def venue_status(
    watched: Watched,
    state: State,
    stored: StoredBy,
    *,
    board: Board | None = None,
    unprotected_since_ms: Mapping[InstrumentId, int] | None = None,
    unprotected_ms: Mapping[InstrumentId, int] | None = None,
    now_ms: int = 0,
    usage: Mapping[str, float] | None = None,
    limits: LimiterStats | None = None,
    time: Estimate | None = None,
) -> VenueStatus:
    """``board`` is None when no service runs."""
    line, reason = board.line(watched.id, state) if board else ("stopped", "")
    return VenueStatus(
        id=watched.id,
        type=watched.type,
        mode=watched.mode,
        state=line,
        reason=reason,
        orders=_orders(watched.id, state),
        instruments=tuple(
            _instrument(
                of,
                watched.timeframe,
                state,
                stored,
                board=board,
                unprotected_ms=(unprotected_ms or {}).get(of, 0) + _since((unprotected_since_ms or {}).get(of), now_ms),
            )
            for of in watched.instruments
        ),
        accounts=(_account(watched, state, unprotected_since_ms or {}, now_ms),),
        usage=usage or {},
        limits=limits,
        local_stop_ms=board.slowest_local_stop_ms(watched.id) if board else None,
        clock=None
        if time is None
        else ClockStatus(offset_ms=round(time.offset_ms, 1), uncertainty_ms=round(time.uncertainty_ms, 1)),
    )


def _since(begin_ms: int | None, now_ms: int) -> int:
    return 0 if begin_ms is None else max(now_ms - begin_ms, 0)


def _orders(venue: str, state: State) -> OrdersStatus:
    return OrdersStatus(
        sent=state.sent[venue],
        filled=state.ended[venue, OrderStatus.FILLED],
        refused=state.ended[venue, OrderStatus.REJECTED],
        canceled=state.ended[venue, OrderStatus.CANCELED] + state.ended[venue, OrderStatus.EXPIRED],
        in_doubt=len(state.in_doubt(venue)),
        open=len(state.unsettled(venue)),
    )


def _instrument(
    of: InstrumentId,
    timeframe: Timeframe,
    state: State,
    stored: StoredBy,
    *,
    board: Board | None,
    unprotected_ms: int,
) -> InstrumentStatus:
    rows = stored.get((of, timeframe))
    return InstrumentStatus(
        id=str(of),
        timeframe=timeframe.value,
        candles_stored=rows.rows if rows else 0,
        candles_missing=sum(m.timeframe.count(m.from_ms, m.until_ms) for m in state.missing if m.instrument == of),
        last_closed_ms=state.last_open_ms(of),
        data_age_ms=board.age_ms(of) if board else None,
        last_price=state.last_price(of),
        unprotected_ms=unprotected_ms,
    )


def _account(
    watched: Watched, state: State, unprotected_since_ms: Mapping[InstrumentId, int], now_ms: int
) -> AccountStatus:
    ours = [i for i in state.positions if i.venue == watched.id]
    return AccountStatus(
        id="main",
        positions=tuple(
            _position(i, state, _since(unprotected_since_ms.get(i), now_ms))
            for i in ours
            if not state.position(i).is_flat
        ),
        balances=tuple(
            BalanceStatus(asset=b.asset, free=b.free, locked=b.locked) for b in state.balances.get(watched.id, ())
        ),
        realized=_summed((_money_of(i, state), state.position(i).realized) for i in ours),
        fees=_summed((asset, fee) for (of, asset), fee in state.fees.items() if of.venue == watched.id),
        differs=_differences(watched.instruments, state),
    )


def _money_of(of: InstrumentId, state: State) -> str:
    """The asset that an instrument's profit is counted in."""
    instrument = state.instruments.get(of)
    return (instrument.settle or instrument.quote) if instrument else of.symbol.partition("/")[2].partition(":")[0]


def _summed(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for asset, value in pairs:
        sums[asset] = sums.get(asset, Decimal(0)) + value
    return sums


def _position(of: InstrumentId, state: State, unprotected_ms: int) -> PositionStatus:
    position, price = state.position(of), state.last_price(of)
    protection = guard(state, of)
    return PositionStatus(
        instrument=str(of),
        side="long" if position.quantity > 0 else "short",
        quantity=abs(position.quantity),
        entry_price=position.average_price,
        protection=protection.value,
        stop_price=state.stops.get(of) if protection is not Guard.NONE else None,
        unrealized=None if price is None else position.unrealized(price),
        unprotected_ms=unprotected_ms,
    )


def _differences(ours: Sequence[InstrumentId], state: State) -> tuple[str, ...]:
    """As of the last reading of the account; an order in flight may explain one for a moment."""
    disputed = ((of, state.differences.get(of), state.external.get(of)) for of in sorted(ours))
    return tuple(
        f"{of}: {f'{found.there} at the venue, {found.here} in the books' if found else f'{external} is not ours'}"
        for of, found, external in disputed
        if found or external
    )
