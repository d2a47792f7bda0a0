"""Stops that move, and only towards profit: to break-even, behind the price, or where a strategy wishes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from twinstar.domain import InstrumentId, MoveStop, StopMoved
from twinstar.engine.opening import Opening
from twinstar.engine.protection import is_settled, may_act, stop_leg
from twinstar.engine.risk import Refused
from twinstar.engine.state import State


def follow(state: State, of: InstrumentId, now_ms: int) -> StopMoved | None:
    """Where the plan of the entry wants the stop by now; one move at a time, the next when that one stands."""
    opening, price, kept = state.openings.get(of), state.last_price(of), state.stops.get(of)
    if opening is None or price is None or kept is None or opening.risk <= 0:
        return None
    sign, step = opening.side.sign, state.instruments[of].price_step
    worth = [
        wanted
        for wanted in _wanted(opening, state, of, price)
        if (price - wanted.stop_price) * sign > 0 and (wanted.stop_price - kept) * sign >= max(wanted.least, step)
    ]
    if not worth or not may_act(state, of) or not is_settled(stop_leg(state, of), state, of):
        return None
    best = max(worth, key=lambda wanted: wanted.stop_price * sign)
    reason = f"{best.rule} at {opening.profit(price) / opening.risk:.2f} R"
    return StopMoved(time_ms=now_ms, instrument=of, stop_price=best.stop_price, reason=reason)


def move(wish: MoveStop, state: State, now_ms: int) -> StopMoved | Refused:
    """What a strategy asks for."""
    of = wish.instrument
    position, price, kept = state.position(of), state.last_price(of), state.stops.get(of)
    if of not in state.instruments or position.is_flat:
        return Refused("nothing is held whose stop could be moved")
    stop_price = state.instruments[of].round_price(wish.stop_price)
    if kept is not None and (stop_price - kept) * position.side.sign <= 0:
        return Refused(f"from {kept} to {stop_price} is not towards profit")
    if price is None or (price - stop_price) * position.side.sign <= 0:
        return Refused(f"the stop {stop_price} is not on the losing side of the price, {price}")
    return StopMoved(time_ms=now_ms, instrument=of, stop_price=stop_price, reason="the strategy wishes it")


class _Wanted(Struct, frozen=True):
    rule: str
    stop_price: Decimal
    least: Decimal  # a shorter way is not worth asking the venue


def _wanted(opening: Opening, state: State, of: InstrumentId, price: Decimal) -> Iterator[_Wanted]:
    """Where each rule would have it."""
    instrument, risk, trail = state.instruments[of], opening.risk, opening.trail
    profit = opening.profit(price)
    if opening.break_even_at is not None and profit >= opening.break_even_at * risk:
        entry = instrument.round_price(state.position(of).average_price)
        yield _Wanted("break-even", entry, Decimal(0))
    if trail is not None and profit >= trail.start * risk:
        behind = instrument.round_price(price - trail.distance * risk * opening.side.sign)
        yield _Wanted("trailing", behind, trail.step * risk)
