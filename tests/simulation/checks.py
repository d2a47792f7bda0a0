"""What both books must agree on when a story is over: tests demand that nothing is found, a benchmark counts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from simulation.story import LOOK_EVERY_S, Story
from simulation.violations import Kind, Violation
from simulation.world import STEP_S, World
from twinstar.domain import (
    CandleClosed,
    InvariantTripped,
    OrderFilled,
    OrderKind,
    OrderStatus,
    PlaceOrder,
    Role,
    TradingHalted,
)
from twinstar.engine import Guard, State
from twinstar.engine.pnl import Books, booked
from twinstar.runtime.service import replayed

UNPROTECTED_S = 5.0 + LOOK_EVERY_S  # the bound of the engine, as far as looks can tell
MEANS = {
    "filled": {OrderStatus.FILLED},
    "canceled": {OrderStatus.CANCELED},
    "open": {OrderStatus.ACCEPTED, OrderStatus.PARTLY_FILLED},
}


def violations(story: Story) -> Iterator[Violation]:
    state = replayed(story.disk)
    for world in story.worlds:
        yield from world.crimes
        yield from _position(world, state)
        yield from _orders(world, state)
        yield from _profit(world, story)
        yield from _protection(world, state, story)
        yield from _candles(world, story)
        yield from _alone(world, story)
    yield from _fills(story)
    for silent_ms in story.silent_ms:
        yield from _unless(silent_ms is not None and silent_ms <= 2 * STEP_S * 1_000, Kind.SILENT, f"{silent_ms} ms")
    yield from (Violation(Kind.TRIPPED, r.text) for r in story.disk.records if isinstance(r, InvariantTripped))
    yield from (Violation(Kind.ALARM, text) for text in story.alarms)


def _position(world: World, state: State) -> Iterator[Violation]:
    """What is ours and what is not add up to what the venue holds; untouched by hand, all of it is ours."""
    here, external = state.position(world.of).quantity, state.external.get(world.of, 0)
    adds_up = here + external == world.held if world.resident_stops else 0 <= here <= world.held
    is_ours = bool(world.by_hand) or here == world.ours
    what = f"{world.id}: {here} here, {external} not ours, {world.held} there"
    yield from _unless(adds_up and is_ours, Kind.POSITION, what)


def _orders(world: World, state: State) -> Iterator[Violation]:
    for order_id, placed in world.orders.items():
        order = state.orders.get(order_id)
        if order is None:
            yield Violation(Kind.MISJUDGED, f"unknown here: {placed}")
            continue
        yield from _unless(order.filled == placed.filled, Kind.LOST, f"{order} here, {placed} there")
        yield from _unless(order.status in MEANS[placed.status], Kind.MISJUDGED, f"{order} here, {placed} there")
    for order in state.orders.values():
        never_came = order.instrument == world.of and order.order_id not in world.orders
        yield from _unless(
            not never_came or order.status is OrderStatus.REJECTED, Kind.MISJUDGED, f"unknown there: {order}"
        )


def _profit(world: World, story: Story) -> Iterator[Violation]:
    """What was realized and what is held come to the money that went in and out."""
    if world.by_hand:
        return
    books = Books()
    realized = sum(one.realized for one in booked(books, story.disk.records) if one.instrument == world.of)
    fills = [fill for placed in world.orders.values() for fill in placed.fills]
    spent = sum(fill.side.sign * fill.quantity * fill.price for fill in fills)
    last = Decimal(100)
    here = realized + sum(lot.gain(last) for lot in books.held(world.of))
    there = world.held * last - spent
    yield from _unless(here == there, Kind.PROFIT, f"{world.id}: {here} here, {there} there")


def _protection(world: World, state: State, story: Story) -> Iterator[Violation]:
    """One stop for all that is held, where the books have it, and beside it the take-profit; nothing when flat."""
    exposed_s, guarded = story.exposed_s[world.id], story.guards[world.id]
    yield from _unless(exposed_s <= UNPROTECTED_S, Kind.UNPROTECTED, f"{world.id}: for {exposed_s} s")
    held = state.position(world.of).quantity
    legs = [(OrderKind.STOP, state.stops)]
    if not held or (world.of in state.targets and state.targets_failed[world.of] < 3):
        legs.append((OrderKind.TAKE_PROFIT, state.targets))
    for kind, prices in legs:
        rest = _resting(world, kind)
        wanted = [(abs(held), prices.get(world.of))] if held and world.resident_stops else []
        what = f"{world.id}: {held} held, {kind.value} {rest}, wanted {wanted}"
        yield from _unless(rest == wanted, Kind.UNPROTECTED, what)
    yield from _unless(guarded is _guard(world, held), Kind.UNPROTECTED, f"{world.id}: {held} held, {guarded}")


def _guard(world: World, held: Decimal) -> Guard:
    if not held:
        return Guard.NONE
    return Guard.RESIDENT if world.resident_stops else Guard.LOCAL


def _resting(world: World, kind: OrderKind) -> list[tuple[Decimal, Decimal | None]]:
    found = [p for p in world.orders.values() if p.order.kind is kind and p.status == "open"]
    return [(p.remaining, p.order.stop_price) for p in found]


def _candles(world: World, story: Story) -> Iterator[Violation]:
    stored = [c for (of, _), c in sorted(story.shelf.rows.items()) if of == world.of]
    closed = [c for c in world.closed if stored and c.open_ms >= stored[0].open_ms]
    same = [(c.open_ms, c.close) for c in stored] == [(c.open_ms, c.close) for c in closed]
    yield from _unless(bool(stored) and same, Kind.CANDLES, f"{world.id}: {len(stored)} stored, {len(closed)} closed")
    told = [
        r.candle.open_ms for r in story.disk.records if isinstance(r, CandleClosed) and r.candle.instrument == world.of
    ]
    yield from _unless(told == sorted(set(told)), Kind.CANDLES, f"{world.id}: told twice, or out of order")


def _alone(world: World, story: Story) -> Iterator[Violation]:
    """Where somebody else writes ids like ours, that is noticed, and from then on there are no entries."""
    halted = False
    for record in story.disk.records:
        if isinstance(record, TradingHalted) and record.venue == world.id:
            halted = True
        elif isinstance(record, PlaceOrder) and record.order.instrument == world.of:
            is_entry = record.order.role is Role.ENTRY
            yield from _unless(not (halted and is_entry), Kind.NOT_ALONE, f"{record.order}")
    yield from _unless(halted or not world.strangers, Kind.NOT_ALONE, f"{world.id}: never noticed")


def _fills(story: Story) -> Iterator[Violation]:
    """However often a fill was told, the journaled orders hold it once, and none is missing."""
    told = {(r.fill.instrument, r.fill.fill_id) for r in story.disk.records if isinstance(r, OrderFilled)}
    made = {(f.instrument, f.fill_id) for w in story.worlds for p in w.orders.values() for f in p.fills}
    yield from _unless(told == made, Kind.LOST, f"{sorted(map(str, told ^ made))}")


def _unless(holds: bool, kind: Kind, what: str) -> Iterator[Violation]:
    if not holds:
        yield Violation(kind, what)
