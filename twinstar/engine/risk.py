"""From what a strategy wishes to what may be sent: sized to the venue's steps, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from twinstar.domain import (
    CancelOrder,
    Enter,
    Exit,
    InstrumentId,
    Intent,
    MoveStop,
    Order,
    OrderKind,
    Plan,
    Role,
    Side,
    Trail,
)
from twinstar.engine.state import State


class Refused(Struct, frozen=True):
    """``withdrawals``: what has to be canceled before the wish can be granted; it may be wished again then."""

    reason: str
    withdrawals: Sequence[CancelOrder] = ()


def sound(intent: object) -> Intent:
    """Raise `TypeError` or `ValueError` for what is no wish, or no number."""
    if not isinstance(intent, Enter | Exit | MoveStop):
        raise TypeError(f"a wish is Enter, Exit or MoveStop, not {type(intent).__name__}")
    _check_numbers(intent, "quantity", "stop_price", "price", "take_profit", "break_even_at")
    if isinstance(intent, Enter):
        if intent.break_even_at is not None and intent.break_even_at <= 0:
            raise ValueError(f"break_even_at must be above 0, not {intent.break_even_at}")
        if intent.trail is not None:
            _check_trail(intent.trail)
    return intent


def _check_trail(trail: object) -> None:
    if not isinstance(trail, Trail):
        raise TypeError(f"trail must be a Trail, not {type(trail).__name__}")
    _check_numbers(trail, "distance", "start", "step")
    if trail.distance <= 0 or trail.start < 0 or trail.step <= 0:
        raise ValueError(f"a trail's distance and step must be above 0 and its start not below: {trail}")


def _check_numbers(of: object, *names: str) -> None:
    for name in names:
        value = getattr(of, name, None)
        if not isinstance(value, Decimal | None) or (value is not None and not value.is_finite()):
            raise ValueError(f"{name} must be a finite Decimal, not {value!r}")


def admit(
    intent: Enter | Exit, state: State, *, strategy: str, now_ms: int, new_id: Callable[[], str]
) -> Order | Refused:
    reason = _not_now(intent.instrument, state)
    if reason:
        return Refused(reason)
    if any(not o.kind.is_trigger for o in state.open_orders(intent.instrument)):
        waiting = withdrawable(intent.instrument, state, now_ms) if isinstance(intent, Exit) else ()
        return Refused("an order is on its way already", waiting)
    match intent:
        case Enter() if reason := _no_entries(intent.instrument, state):
            return Refused(reason)
        case Enter():
            return _enter(intent, state, strategy, now_ms, new_id)
        case Exit():
            return close(intent, state, role=Role.EXIT, now_ms=now_ms, new_id=new_id, strategy=strategy)


def withdrawable(of: InstrumentId, state: State, now_ms: int) -> list[CancelOrder]:
    """The entries that still wait for their price: first they go, then what of them was filled can be closed."""
    return [
        CancelOrder(order=o, time_ms=now_ms)
        for o in state.open_orders(of)
        if o.role is Role.ENTRY and o.kind is OrderKind.LIMIT and o.is_standing and o.order_id not in state.cancels
    ]


def close(
    intent: Exit, state: State, *, role: Role, now_ms: int, new_id: Callable[[], str], strategy: str | None = None
) -> Order | Refused:
    """A market order for all that is held; on spot that is only ever our own lots."""
    position = state.position(intent.instrument)
    instrument = state.instrument(intent.instrument)
    if state.is_dust(intent.instrument):
        return Refused("nothing is held that the venue would let us close")
    quantity = instrument.round_quantity(abs(position.quantity))
    return Order(
        order_id=new_id(),
        instrument=intent.instrument,
        side=position.side.opposite,
        kind=OrderKind.MARKET,
        quantity=quantity,
        role=role,
        reduce_only=not instrument.is_spot,
        strategy=strategy,
        created_ms=now_ms,
        status_ms=now_ms,
    )


def _not_now(of: InstrumentId, state: State) -> str | None:
    if of.venue in state.halted:
        return f"{of.venue} is halted: {state.halted[of.venue]}"
    if of.venue not in state.ready:
        return f"{of.venue} is not ready"
    if of not in state.instruments:
        return f"{of} is not listed"
    if of.venue in state.data_only:
        return f"{of.venue} is for market data only: its configuration has no account"
    if state.is_blocked(of):
        return "an order is in doubt"
    return None


def _no_entries(of: InstrumentId, state: State) -> str | None:
    halt = state.halt(of.venue)
    if halt:
        return f"entries are halted: {halt.reason}; `twinstar resume` lifts it"
    contested = state.contested(of)
    return f"{contested}; `twinstar reconcile` says more" if contested else None


def _enter(intent: Enter, state: State, strategy: str, now_ms: int, new_id: Callable[[], str]) -> Order | Refused:
    instrument = state.instrument(intent.instrument)
    price = intent.price or state.last_price(intent.instrument)
    if price is None or price <= 0:
        return Refused("no price is known")
    quantity = instrument.round_quantity(intent.quantity)
    stop_price = instrument.round_price(intent.stop_price)
    reason = _unsound(intent.side, state.position(intent.instrument).quantity, instrument.is_spot, price, stop_price)
    if reason is None and not quantity:
        reason = f"{intent.quantity} is below the smallest quantity, {instrument.min_quantity}"
    if reason is None and quantity * price < instrument.min_notional:
        reason = f"{quantity * price:f} {instrument.quote} is below the smallest order, {instrument.min_notional}"
    target = None if intent.take_profit is None else instrument.round_price(intent.take_profit)
    if reason is None and target is not None and (target - price) * intent.side.sign <= 0:
        reason = f"the take-profit {target} is not on the winning side of {price}"
    if reason is not None:
        return Refused(reason)
    return Order(
        order_id=new_id(),
        instrument=intent.instrument,
        side=intent.side,
        kind=OrderKind.MARKET if intent.price is None else OrderKind.LIMIT,
        quantity=quantity,
        price=None if intent.price is None else instrument.round_price(intent.price),
        role=Role.ENTRY,
        protect_at=stop_price,
        plan=_plan(intent, target),
        strategy=strategy,
        created_ms=now_ms,
        status_ms=now_ms,
    )


def _plan(intent: Enter, target: Decimal | None) -> Plan | None:
    plan = Plan(take_profit=target, break_even_at=intent.break_even_at, trail=intent.trail)
    return None if plan == Plan() else plan


def _unsound(side: Side, held: Decimal, is_spot: bool, price: Decimal, stop_price: Decimal) -> str | None:
    if held * side.sign < 0:
        return "the opposite side is held; exit first"
    if is_spot and side is Side.SELL:
        return "spot cannot be sold short"
    if (price - stop_price) * side.sign <= 0:
        return f"the stop {stop_price} is not on the losing side of {price}"
    return None
