"""Every position has its stop: resident at the venue where it can be, watched by us where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from twinstar.domain import (
    CancelOrder,
    Command,
    Exit,
    InstrumentId,
    Order,
    OrderKind,
    OrderStatus,
    PlaceOrder,
    Position,
    Role,
)
from twinstar.engine.risk import Refused, close
from twinstar.engine.state import State

_ENTRY_SETTLES_MS = 1_000  # a market entry's fills come in one burst: one stop for all of them
_RETRY_MS = 1_000
_RETRY_MOST_MS = 60_000


class Guard(Enum):
    """What protects a position."""

    RESIDENT = "resident"
    LOCAL = "local"
    NONE = "none"


class Policy(Struct, frozen=True):
    """What to do about a position that has been without a stop for ``after_ms``: close it, or only alarm."""

    after_ms: int = 5_000
    close: bool = True


def guard(state: State, of: InstrumentId) -> Guard:
    position = state.position(of)
    if position.is_flat or of not in state.instruments:
        return Guard.NONE
    if not state.instruments[of].resident_stops:
        watched = of in state.stops and of.venue in state.ready
        return Guard.LOCAL if watched else Guard.NONE
    covered = any(o.is_standing and _covers(o, position) for o in _stops(state, of))
    return Guard.RESIDENT if covered else Guard.NONE


def pause_ms(failed: int) -> int:
    """How long to wait after so many stops and exits in a row that came to nothing."""
    return min(_RETRY_MS << min(failed - 1, 10), _RETRY_MOST_MS) if failed else 0


def protect(state: State, of: InstrumentId, *, now_ms: int, new_id: Callable[[], str]) -> list[Command]:
    """The next step towards the one stop that fits what is held; a stop goes only once its successor stands."""
    position, stops = state.position(of), _stops(state, of)
    if position.is_flat:
        return _cancel([o for o in stops if o.kind is OrderKind.STOP], state, now_ms)
    if not _may_act(state, of) or of not in state.stops:
        return []
    if not state.instruments[of].resident_stops:
        return _watch(state, of, now_ms, new_id)
    fitting = next((o for o in stops if _fits(o, position, state)), None)
    if fitting is not None:
        others = [o for o in stops if o is not fitting]
        return _cancel(others, state, now_ms) if fitting.is_standing else []
    if any(o.status is OrderStatus.SUBMITTED for o in stops) or _is_entering(state, of, now_ms):
        return []
    return [PlaceOrder(_stop_order(state, position, now_ms, new_id))]


def close_unprotected(state: State, of: InstrumentId, *, now_ms: int, new_id: Callable[[], str]) -> list[Command]:
    """The last resort: no stop was to be had in time."""
    if not _may_act(state, of):
        return []
    order = close(Exit(instrument=of), state, role=Role.EXIT, now_ms=now_ms, new_id=new_id)
    return [] if isinstance(order, Refused) else [PlaceOrder(order)]


def _watch(state: State, of: InstrumentId, now_ms: int, new_id: Callable[[], str]) -> list[Command]:
    """A local stop: we look at every price ourselves and close at market once it is reached."""
    price, position = state.last_price(of), state.position(of)
    if price is None or (price - state.stops[of]) * position.side.sign > 0 or _is_entering(state, of, now_ms):
        return []
    order = close(Exit(instrument=of), state, role=Role.STOP, now_ms=now_ms, new_id=new_id)
    return [] if isinstance(order, Refused) else [PlaceOrder(order)]


def _may_act(state: State, of: InstrumentId) -> bool:
    """Not while the account is unknown, an order is in doubt, or the position is being closed anyway."""
    closing = any(o.role is not Role.ENTRY and o.kind is OrderKind.MARKET for o in state.open_orders(of))
    return of in state.instruments and of.venue in state.ready and not state.is_blocked(of) and not closing


def _is_entering(state: State, of: InstrumentId, now_ms: int) -> bool:
    return any(
        o.role is Role.ENTRY and o.kind is OrderKind.MARKET and now_ms - o.created_ms < _ENTRY_SETTLES_MS
        for o in state.open_orders(of)
    )


def _stop_order(state: State, position: Position, now_ms: int, new_id: Callable[[], str]) -> Order:
    return Order(
        order_id=new_id(),
        instrument=position.instrument,
        side=position.side.opposite,
        kind=OrderKind.STOP,
        quantity=abs(position.quantity),
        stop_price=state.stops[position.instrument],
        role=Role.STOP,
        reduce_only=True,
        created_ms=now_ms,
        status_ms=now_ms,
    )


def _stops(state: State, of: InstrumentId) -> list[Order]:
    return [o for o in state.open_orders(of) if o.role is Role.STOP]


def _covers(order: Order, position: Position) -> bool:
    return order.side is position.side.opposite and order.remaining >= abs(position.quantity)


def _fits(order: Order, position: Position, state: State) -> bool:
    return (
        order.side is position.side.opposite
        and order.remaining == abs(position.quantity)
        and order.stop_price == state.stops[position.instrument]
        and order.order_id not in state.cancels
    )


def _cancel(orders: list[Order], state: State, now_ms: int) -> list[Command]:
    return [CancelOrder(order=o, time_ms=now_ms) for o in orders if o.is_standing and o.order_id not in state.cancels]
