"""A stop is moved at the venue: what each answer to an amend means, and how long a local stop takes to leave."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal as D

import pytest
from engine.desk import PERP, SPOT, Wishes
from fakes import ListJournal
from prometheus_client import generate_latest

from twinstar.domain import (
    Event,
    Fill,
    Instrument,
    InstrumentId,
    InstrumentListed,
    Order,
    OrderAccepted,
    OrderFilled,
    OrderKind,
    OrderStatus,
    PlaceOrder,
    PriceSeen,
    Role,
    Side,
    StopMoved,
    Terms,
    VenueReady,
)
from twinstar.engine import Deployed, Engine, OrderIds, State
from twinstar.errors import AuthFailed, BadMessage, OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar.ports import Gap
from twinstar.runtime.counting import Counting
from twinstar.runtime.executor import execute
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.sequencer import Sequencer
from twinstar.testing import LoopClock, run_virtual

MOVED, STAYS, DOUBT = "moved", "stays", "in doubt"
ANSWERS = {
    "changed": ("v2", MOVED),
    "refused": (VenueRejected("perp", "unknown order"), DOUBT),
    "never sent": (VenueUnavailable("perp", "connection refused"), STAYS),
    "no answer": (OutcomeUnknown("perp", "timeout"), DOUBT),
    "unreadable": (BadMessage("perp", "html"), DOUBT),
    "key refused": (AuthFailed("perp", "key revoked"), DOUBT),
}


class CannotAmend:
    def __init__(self) -> None:
        self.placed: list[Order] = []

    async def place(self, order: Order) -> str:
        self.placed.append(order)
        return f"v{len(self.placed)}"

    async def cancel(self, order: Order) -> None: ...

    async def account(self, gap: Gap) -> Sequence[Event]:
        return ()


class Amends(CannotAmend):
    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[Terms] = []

    async def amend(self, order: Order, terms: Terms) -> str:
        self.asked.append(terms)
        if isinstance(self.answer, Exception):
            raise self.answer
        return str(self.answer)


class SlowDisk(ListJournal):
    async def durable(self, place: int) -> None:
        await asyncio.sleep(0.02)


def listed(of: InstrumentId, *, resident: bool) -> Instrument:
    return Instrument(
        id=of,
        base="BTC",
        quote="USDT",
        settle="USDT" if resident else None,
        price_step=D(1),
        quantity_step=D(1),
        resident_stops=resident,
        amends_stops=resident,
    )


async def holding(of: InstrumentId, trading: CannotAmend, then: Event, metrics: Metrics) -> Sequencer:
    """A position with its stop; and then something happens."""
    clock, state = LoopClock(), State()
    engine = Engine(state, [Deployed("s", "wishes", frozenset({of}), Wishes())], new_id=OrderIds(1))
    counting = Counting(metrics, state, clock)
    sequencer = Sequencer(engine, SlowDisk(), clock, observers=[counting], left=[counting.left], tell=lambda _: None)
    order = Order(
        order_id="e",
        instrument=of,
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=D(2),
        role=Role.ENTRY,
        protect_at=D(90),
    )
    fill = Fill(fill_id="f", order_id="e", instrument=of, side=Side.BUY, price=D(100), quantity=D(2))
    async with asyncio.TaskGroup() as tasks:
        lanes = tasks.create_task(execute(of.venue, trading, [of], sequencer, clock))
        state.apply(PlaceOrder(order))
        for event in (
            InstrumentListed(time_ms=0, instrument=listed(of, resident=of is PERP)),
            VenueReady(time_ms=0, venue=of.venue),
            PriceSeen(time_ms=0, instrument=of, price=D(100)),
            OrderAccepted(time_ms=0, order_id="e", venue_order_id="v0"),
            OrderFilled(time_ms=0, fill=fill),
        ):
            sequencer.accept(event)
        await asyncio.sleep(1)
        sequencer.accept(then)
        await asyncio.sleep(1)
        lanes.cancel()
    return sequencer


MOVE = StopMoved(time_ms=1, instrument=PERP, stop_price=D(95), reason="a test")


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_to_an_amend_is_what_it_is_and_nothing_else(name: str):
    answer, outcome = ANSWERS[name]
    trading = Amends(answer)
    state = run_virtual(holding(PERP, trading, MOVE, Metrics("1"))).engine.state
    stop = trading.placed[0]
    assert trading.asked == [Terms(quantity=D(2), stop_price=D(95))], "asked once"
    known = state.orders[stop.order_id]
    assert known.stop_price == (D(95) if outcome == MOVED else D(90))
    assert (known.status is OrderStatus.IN_DOUBT) == (outcome == DOUBT)
    replaced = [order.stop_price for order in trading.placed[1:]]
    assert replaced == ([D(95)] if outcome == STAYS else []), "what was not changed is followed by a new one"


def test_what_says_that_it_amends_and_cannot_is_sent_a_new_stop():
    trading = CannotAmend()
    run_virtual(holding(PERP, trading, MOVE, Metrics("1")))
    assert [order.stop_price for order in trading.placed] == [D(90), D(95)]


def test_how_long_a_local_stop_took_to_leave_is_measured():
    metrics, trading = Metrics("1"), CannotAmend()
    run_virtual(holding(SPOT, trading, PriceSeen(time_ms=1, instrument=SPOT, price=D(89)), metrics))
    assert [order.kind for order in trading.placed] == [OrderKind.MARKET]
    text = generate_latest(metrics.registry).decode()
    assert 'twinstar_local_stop_seconds_count{venue="spot"} 1.0' in text
    assert 'twinstar_local_stop_seconds_bucket{le="0.01",venue="spot"} 0.0' in text, "the disk takes 20 ms here"
    assert 'twinstar_local_stop_seconds_bucket{le="0.025",venue="spot"} 1.0' in text
