"""Whatever the seed: nothing is sent twice, nothing unjournaled, no fill is lost, every position is protected.

300 seeds run in CI; ``TWINSTAR_SEEDS=10000`` runs as many as you like, from ``TWINSTAR_FIRST_SEED`` on.
"""

from __future__ import annotations

import os
from collections import Counter
from decimal import Decimal

import pytest
from simulation.story import Story
from simulation.world import STEP_S, World

from twinstar.domain import CandleClosed, InvariantTripped, OrderFilled, OrderKind, OrderStatus
from twinstar.engine import Guard, State
from twinstar.engine.pnl import Books, booked
from twinstar.runtime.service import replayed

FIRST = int(os.environ.get("TWINSTAR_FIRST_SEED", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("TWINSTAR_SEEDS", "300")))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_books_balance(seed: int) -> None:
    story = Story(seed).run()
    state = replayed(story.disk)
    for world in story.worlds:
        assert not world.crimes
        _books_equal(world, state)
        if not world.by_hand:
            _profit_equal(world, story)
        _protected(world, state, story)
        _candles_whole(world, story)
    _each_fill_once(story)
    assert all(silent_ms is not None and silent_ms <= 2 * STEP_S * 1_000 for silent_ms in story.silent_ms)
    assert not [record for record in story.disk.records if isinstance(record, InvariantTripped)]
    assert not story.alarms


def test_a_seed_is_the_whole_story() -> None:
    first, second = Story(7).run(), Story(7).run()
    assert first.journal_bytes() == second.journal_bytes()
    assert len(first.disk.records) > 100


def test_the_seeds_meet_every_kind_of_trouble() -> None:
    """A simulation that meets no trouble proves nothing."""
    met: Counter[str] = Counter()
    for seed in range(20):
        story = Story(seed).run()
        met.update(type(record).__name__ for record in story.disk.records)
        met.update(order.status.value for order in story.service.state.orders.values())
        met.update(f"{o.role.value} {o.kind.value}" for o in story.service.state.orders.values() if o.filled)
        met.update("several fills" for w in story.worlds for o in w.orders.values() if len(o.fills) > 1)
        met.update("partly filled, then canceled" for o in story.service.state.orders.values() if _cut_short(o))
    expected = {
        "OrderInDoubt",
        "OrderRejected",
        "CancelOrder",
        "AmendOrder",
        "OrderAmended",
        "StopMoved",
        "take_profit take_profit",
        "take_profit market",
        "several fills",
        "partly filled, then canceled",
        "entry limit",
        "exit market",
        "stop stop",
        "stop market",
        "canceled",
    }
    assert expected <= met.keys()


def _cut_short(order: object) -> bool:
    return order.status is OrderStatus.CANCELED and bool(order.filled)


def _books_equal(world: World, state: State) -> None:
    """What is ours and what is not add up to what the venue holds; untouched by hand, all of it is ours."""
    here, external = state.position(world.of).quantity, state.external.get(world.of, 0)
    if world.resident_stops:
        assert here + external == world.held
    else:
        assert 0 <= here <= world.held
    if not world.by_hand:
        assert here == world.ours
    for placed in world.orders.values():
        order = state.orders[placed.order.order_id]
        assert order.filled == placed.filled, order
        expected = {
            "filled": {OrderStatus.FILLED},
            "canceled": {OrderStatus.CANCELED},
            "open": {OrderStatus.ACCEPTED, OrderStatus.PARTLY_FILLED},
        }[placed.status]
        assert order.status in expected, (order, placed.status)
    for order in state.orders.values():
        if order.instrument == world.of and order.order_id not in world.orders:
            assert order.status is OrderStatus.REJECTED, order


def _profit_equal(world: World, story: Story) -> None:
    """What was realized and what is held come to the money that went in and out."""
    books = Books()
    realized = sum(one.realized for one in booked(books, story.disk.records) if one.instrument == world.of)
    fills = [fill for placed in world.orders.values() for fill in placed.fills]
    spent = sum(fill.side.sign * fill.quantity * fill.price for fill in fills)
    last = Decimal(100)
    assert realized + sum(lot.gain(last) for lot in books.held(world.of)) == world.held * last - spent


def _protected(world: World, state: State, story: Story) -> None:
    """One stop for all that is held, where the books have it, and beside it the take-profit; nothing when flat."""
    stops, targets = _resting(world, OrderKind.STOP), _resting(world, OrderKind.TAKE_PROFIT)
    held, guarded = state.position(world.of).quantity, story.guards[world.id]
    if not held:
        assert not stops
        assert not targets
    elif world.resident_stops:
        assert stops == [(abs(held), state.stops[world.of])]
        assert guarded is Guard.RESIDENT
        if world.of in state.targets and state.targets_failed[world.of] < 3:
            assert targets == [(abs(held), state.targets[world.of])]
    else:
        assert guarded is Guard.LOCAL


def _resting(world: World, kind: OrderKind) -> list[tuple[Decimal, Decimal | None]]:
    found = [p for p in world.orders.values() if p.order.kind is kind and p.status == "open"]
    return [(p.remaining, p.order.stop_price) for p in found]


def _candles_whole(world: World, story: Story) -> None:
    stored = [c for (of, _), c in sorted(story.shelf.rows.items()) if of == world.of]
    assert [c.open_ms for c in stored] == [c.open_ms for c in world.closed if c.open_ms >= stored[0].open_ms]
    assert [c.close for c in stored] == [c.close for c in world.closed][-len(stored) :]
    told = [
        r.candle.open_ms for r in story.disk.records if isinstance(r, CandleClosed) and r.candle.instrument == world.of
    ]
    assert told == sorted(set(told))


def _each_fill_once(story: Story) -> None:
    """However often a fill was told, the journaled orders hold it once, and none is missing."""
    told = {r.fill.fill_id + r.fill.instrument.venue for r in story.disk.records if isinstance(r, OrderFilled)}
    made = {f.fill_id + f.instrument.venue for w in story.worlds for p in w.orders.values() for f in p.fills}
    assert told == made
