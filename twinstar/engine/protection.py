"""Every position has its stop: resident at the venue where it can be, watched by us where it cannot.

A take-profit is kept in the same way, once the stop stands.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from twinstar.domain import (
    AmendOrder,
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
    Terms,
)
from twinstar.engine.risk import Refused, close
from twinstar.engine.state import GUARDING, State

_ENTRY_SETTLES_MS = 1_000  # a market entry's fills come in one burst: one stop for all of them
_RETRY_MS = 1_000
_RETRY_MOST_MS = 60_000
_TARGET_TRIES = 3  # a venue that has refused a take-profit so often is not asked again: we watch it


class Guard(Enum):
    """What protects a position."""

    RESIDENT = "resident"
    LOCAL = "local"
    NONE = "none"


class Policy(Struct, frozen=True):
    """What to do about a position that has been without a stop for ``after_ms``: close it, or only alarm."""

    after_ms: int = 5_000
    close: bool = True


class Leg(Struct, frozen=True, kw_only=True):
    """One of the two ways out: at what price, and whether the venue keeps watch over it."""

    role: Role
    kind: OrderKind
    price: Decimal
    beyond: int  # 1 when it is reached from below, -1 from above
    is_resident: bool

    def is_reached(self, price: Decimal | None) -> bool:
        return price is not None and (price - self.price) * self.beyond >= 0


def guard(state: State, of: InstrumentId) -> Guard:
    position = state.position(of)
    if position.is_flat or of not in state.instruments:
        return Guard.NONE
    if not state.instruments[of].resident_stops:
        watched = of in state.stops and of.venue in state.ready
        return Guard.LOCAL if watched else Guard.NONE
    covered = any(_covers(o, position, state) for o in _orders(state, of, Role.STOP))
    return Guard.RESIDENT if covered else Guard.NONE


def pause_ms(failed: int) -> int:
    """How long to wait after so many stops and exits in a row that came to nothing."""
    return min(_RETRY_MS << min(failed - 1, 10), _RETRY_MOST_MS) if failed else 0


def protect(state: State, of: InstrumentId, *, now_ms: int, new_id: Callable[[], str]) -> list[Command]:
    """The next step towards the stop, and then the take-profit, that fit what is held."""
    if state.position(of).is_flat:
        left = [o for o in state.open_orders(of) if o.role in GUARDING and o.kind.is_trigger]
        return _cancel(left, state, now_ms)
    if not may_act(state, of) or of not in state.stops:
        return []
    for leg in _legs(state, of):
        steps = _step(leg, state, of, now_ms, new_id)
        if steps or not is_settled(leg, state, of):
            return steps
    return []


def close_unprotected(state: State, of: InstrumentId, *, now_ms: int, new_id: Callable[[], str]) -> list[Command]:
    """The last resort: no stop was to be had in time."""
    return _close(state, of, Role.EXIT, now_ms, new_id) if may_act(state, of) else []


def may_act(state: State, of: InstrumentId) -> bool:
    """Not while the account is unknown, an order is in doubt, or the position is being closed anyway."""
    closing = any(o.role is not Role.ENTRY and o.kind is OrderKind.MARKET for o in state.open_orders(of))
    return of in state.instruments and of.venue in state.ready and not state.is_blocked(of) and not closing


def stop_leg(state: State, of: InstrumentId) -> Leg:
    return Leg(
        role=Role.STOP,
        kind=OrderKind.STOP,
        price=state.stops[of],
        beyond=-state.position(of).side.sign,
        is_resident=state.instruments[of].resident_stops,
    )


def is_settled(leg: Leg, state: State, of: InstrumentId) -> bool:
    """Nothing is left to do for it: one order stands at the venue and fits, or it is ours to watch."""
    if not leg.is_resident:
        return True
    position, orders = state.position(of), _orders(state, of, leg.role)
    return len(orders) == 1 and orders[0].is_standing and _fits(orders[0], leg, position, state)


def _legs(state: State, of: InstrumentId) -> list[Leg]:
    """The stop first."""
    legs = [stop_leg(state, of)]
    if of in state.targets:
        wanted = state.instruments[of].resident_targets and state.targets_failed[of] < _TARGET_TRIES
        legs.append(
            Leg(
                role=Role.TAKE_PROFIT,
                kind=OrderKind.TAKE_PROFIT,
                price=state.targets[of],
                beyond=state.position(of).side.sign,
                is_resident=wanted,
            )
        )
    return legs


def _step(leg: Leg, state: State, of: InstrumentId, now_ms: int, new_id: Callable[[], str]) -> list[Command]:
    """An order goes only once its successor stands; where the venue can, it is changed instead."""
    position, orders = state.position(of), _orders(state, of, leg.role)
    fitting = next((o for o in orders if leg.is_resident and _fits(o, leg, position, state)), None)
    if fitting is not None:
        others = [o for o in orders if o is not fitting]
        return _cancel(others, state, now_ms) if fitting.is_standing else []
    waits = any(o.status is OrderStatus.SUBMITTED or o.asked is not None for o in orders)
    if waits or _is_entering(state, of, now_ms):
        return []
    if leg.is_reached(state.last_price(of)) and not any(_covers(o, position, state) for o in orders):
        return _close(state, of, leg.role, now_ms, new_id)  # A venue would refuse it by now.
    if not leg.is_resident:
        return []
    changeable = next((o for o in orders if _may_amend(o, position, state)), None)
    if changeable is not None:
        quantity = changeable.filled + abs(position.quantity)
        terms = Terms(quantity=quantity, price=changeable.price, stop_price=leg.price)
        return [AmendOrder(order=changeable, terms=terms, time_ms=now_ms)]
    return [PlaceOrder(_resident(leg, position, now_ms, new_id))]


def _close(state: State, of: InstrumentId, role: Role, now_ms: int, new_id: Callable[[], str]) -> list[Command]:
    order = close(Exit(instrument=of), state, role=role, now_ms=now_ms, new_id=new_id)
    return [] if isinstance(order, Refused) else [PlaceOrder(order)]


def _is_entering(state: State, of: InstrumentId, now_ms: int) -> bool:
    return any(
        o.role is Role.ENTRY and o.kind is OrderKind.MARKET and now_ms - o.created_ms < _ENTRY_SETTLES_MS
        for o in state.open_orders(of)
    )


def _resident(leg: Leg, position: Position, now_ms: int, new_id: Callable[[], str]) -> Order:
    return Order(
        order_id=new_id(),
        instrument=position.instrument,
        side=position.side.opposite,
        kind=leg.kind,
        quantity=abs(position.quantity),
        stop_price=leg.price,
        role=leg.role,
        reduce_only=True,
        created_ms=now_ms,
        status_ms=now_ms,
    )


def _orders(state: State, of: InstrumentId, role: Role) -> list[Order]:
    return [o for o in state.open_orders(of) if o.role is role]


def _covers(order: Order, position: Position, state: State) -> bool:
    closes = order.is_standing and order.side is position.side.opposite
    return closes and order.remaining >= abs(position.quantity) and not state.is_missing(order)


def _fits(order: Order, leg: Leg, position: Position, state: State) -> bool:
    return (
        order.side is position.side.opposite
        and order.remaining == abs(position.quantity)
        and order.stop_price == leg.price
        and order.asked is None
        and order.order_id not in state.cancels
        and not state.is_missing(order)
    )


def _may_amend(order: Order, position: Position, state: State) -> bool:
    able = state.instruments[position.instrument].amends_stops and not order.unamendable
    ours = order.side is position.side.opposite and order.order_id not in state.cancels
    return able and ours and order.is_standing and not state.is_missing(order)


def _cancel(orders: list[Order], state: State, now_ms: int) -> list[Command]:
    return [CancelOrder(order=o, time_ms=now_ms) for o in orders if o.is_standing and o.order_id not in state.cancels]
