"""A command leaves once, after its record is on disk, and every answer but a clear one is a doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal as D

import msgspec
import pytest
from engine.desk import PERP, Wishes
from fakes import ListJournal

from twinstar.domain import (
    Candle,
    CandleClosed,
    Enter,
    Event,
    Instrument,
    InstrumentListed,
    Order,
    OrderAccepted,
    OrderInDoubt,
    OrderRejected,
    OrderStatus,
    PlaceOrder,
    Side,
    StreamGap,
    Timeframe,
    TradingHalted,
    VenueHalted,
    VenueReady,
)
from twinstar.engine import Deployed, Engine, OrderIds, State
from twinstar.errors import AuthFailed, BadMessage, OutcomeUnknown, VenueRejected, VenueUnavailable
from twinstar.ports import Gap
from twinstar.runtime.executor import execute
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.tasks import first
from twinstar.testing import LoopClock, run_virtual

ANSWERS = {
    "accepted": ("v1", OrderStatus.ACCEPTED),
    "refused": (VenueRejected("perp", "no funds"), OrderStatus.REJECTED),
    "never sent": (VenueUnavailable("perp", "connection refused"), OrderStatus.REJECTED),
    "no answer": (OutcomeUnknown("perp", "timeout"), OrderStatus.IN_DOUBT),
    "unreadable": (BadMessage("perp", "html"), OrderStatus.IN_DOUBT),
    "key refused": (AuthFailed("perp", "key revoked"), OrderStatus.REJECTED),
}


class Desk:
    """A venue that gives one answer, and notes what it was sent when."""

    def __init__(self, answer: object, journal: SlowDisk) -> None:
        self.answer, self.journal = answer, journal
        self.sent: list[tuple[Order, bool]] = []
        self.sent_before = 0

    async def place(self, order: Order) -> str:
        self.sent.append((order, self.journal.is_durable))
        await asyncio.sleep(0.1)
        if isinstance(self.answer, Exception):
            raise self.answer
        return str(self.answer)

    async def cancel(self, order: Order) -> None:
        raise AssertionError

    async def account(self, gap: Gap) -> Sequence[Event]:
        return ()


class Signing(Desk):
    """One that makes an order ready as soon as it is expected."""

    def __init__(self, answer: object, journal: SlowDisk) -> None:
        super().__init__(answer, journal)
        self.expected: list[tuple[Order, bool]] = []

    def expect(self, order: Order) -> None:
        self.expected.append((order, self.journal.is_durable))


class SlowDisk(ListJournal):
    is_durable = False

    async def durable(self, place: int) -> None:
        await asyncio.sleep(1)
        self.is_durable = True


async def send_one(answer: object, desk_type: type[Desk] = Desk) -> tuple[Sequencer, Desk]:
    journal, wishes, clock = SlowDisk(), Wishes(), LoopClock()
    engine = Engine(State(), [Deployed("s", "wishes", frozenset({PERP}), wishes)], new_id=OrderIds(1))
    sequencer = Sequencer(engine, journal, clock, tell=lambda _: None)
    desk = desk_type(answer, journal)
    async with asyncio.TaskGroup() as tasks:
        lanes = tasks.create_task(execute("perp", desk, [PERP], sequencer, clock))
        for event in _one_wish(wishes):
            sequencer.accept(event)
        await first(sequencer.settled(), asyncio.sleep(5))  # no venue here that would fill it
        lanes.cancel()
    return sequencer, desk


def _one_wish(wishes: Wishes) -> list[Event]:
    instrument = Instrument(
        id=PERP, base="BTC", quote="USDT", settle="USDT", price_step=D("0.1"), quantity_step=D("0.001")
    )
    candle = Candle(
        instrument=PERP, timeframe=Timeframe.M1, open_ms=0, open=D(9), high=D(9), low=D(9), close=D(9), volume=D(1)
    )
    wishes.next = [Enter(instrument=PERP, side=Side.BUY, quantity=D(1), stop_price=D(8))]
    return [
        InstrumentListed(time_ms=0, instrument=instrument),
        VenueReady(time_ms=0, venue="perp"),
        CandleClosed(time_ms=60_000, candle=candle),
    ]


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_what_it_is_and_nothing_else(name):
    answer, status = ANSWERS[name]
    sequencer, desk = run_virtual(send_one(answer))
    ((order, _),) = desk.sent
    assert sequencer.engine.state.orders[order.order_id].status is status


def test_nothing_leaves_before_its_record_is_on_disk():
    _, desk = run_virtual(send_one("v1"))
    assert [durable for _, durable in desk.sent] == [True]


def test_an_order_is_made_ready_while_the_disk_works_and_leaves_after_it():
    _, desk = run_virtual(send_one("v1", Signing))
    assert isinstance(desk, Signing)
    (order, _) = desk.sent[0]
    assert (desk.expected, desk.sent) == ([(order, False)], [(order, True)])


def test_a_key_that_is_refused_halts_its_venue():
    sequencer, _ = run_virtual(send_one(AuthFailed("perp", "key revoked")))
    assert sequencer.engine.state.halted == {"perp": "key revoked"}


def test_the_journal_holds_the_wish_before_its_outcome():
    sequencer, desk = run_virtual(send_one(VenueRejected("perp", "no funds")))
    kinds = [type(record).__name__ for record in desk.journal.read()]
    assert kinds == ["InstrumentListed", "CandleClosed", "PlaceOrder", "OrderRejected"]
    assert not sequencer.engine.state.unsettled("perp")
    assert OrderAccepted not in map(type, desk.journal.read())
    assert OrderRejected in map(type, desk.journal.read())


async def send_while(change: Callable[[Sequencer], None], then: Callable[[Sequencer], None] | None = None) -> Desk:
    """What leaves when something changes while the record of the order is on its way to the disk."""
    journal, wishes, clock = SlowDisk(), Wishes(), LoopClock()
    engine = Engine(State(), [Deployed("s", "wishes", frozenset({PERP}), wishes)], new_id=OrderIds(1))
    sequencer = Sequencer(engine, journal, clock, tell=lambda _: None)
    desk = Desk("v1", journal)
    async with asyncio.TaskGroup() as tasks:
        lanes = tasks.create_task(execute("perp", desk, [PERP], sequencer, clock))
        for event in _one_wish(wishes):
            sequencer.accept(event)
        await asyncio.sleep(0.5)
        change(sequencer)
        await asyncio.sleep(5)
        desk.sent_before = len(desk.sent)
        if then is not None:
            then(sequencer)
            await asyncio.sleep(5)
        lanes.cancel()
    return desk


def _another_order_in_doubt(sequencer: Sequencer) -> None:
    state = sequencer.engine.state
    (order,) = state.open_orders(PERP)
    state.apply(PlaceOrder(msgspec.structs.replace(order, order_id="other")))
    sequencer.accept(OrderInDoubt(time_ms=0, order_id="other", reason="no answer"))


def test_a_doubt_that_comes_up_while_the_disk_writes_holds_the_order_back_until_it_is_settled():
    settle = OrderRejected(time_ms=0, order_id="other", reason="never seen")
    desk = run_virtual(send_while(_another_order_in_doubt, lambda sequencer: sequencer.accept(settle)))
    assert (desk.sent_before, len(desk.sent)) == (0, 1)


def test_an_order_that_waited_through_a_halt_or_a_lost_line_does_not_leave():
    halt = VenueHalted(time_ms=0, venue="perp", reason="key revoked")
    gap = StreamGap(time_ms=0, venue="perp", reason="lost")
    by_hand = TradingHalted(time_ms=0, reason="by hand")
    for change in (halt, gap, by_hand):
        assert run_virtual(send_while(lambda sequencer, change=change: sequencer.accept(change))).sent == []
