"""Where news name our orders by what only their sender can tell, a venue is told of those that the last run sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from decimal import Decimal
from random import Random
from typing import Any

from fakes import FakeClock, ListJournal

from twinstar.domain import Event, InstrumentId, Order, OrderKind, OrderRejected, PlaceOrder, Role, Side, Timeframe
from twinstar.ports import Gap, Venue, Wanted
from twinstar.runtime.line import Care
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.service import Member, Service
from twinstar.runtime.status import Watched


class Numbered:
    """A venue that has numbers for our orders."""

    def __init__(self, venue_id: str) -> None:
        self.recalled: list[str] = []
        self.venue = Venue(id=venue_id, streams=self, recall=self.recall)

    def open(self, wanted: Wanted) -> Iterable[AsyncGenerator[Event, None]]:
        return ()

    def recall(self, order: Order) -> None:
        self.recalled.append(order.order_id)


class Nowhere:
    def summary(self) -> dict[object, object]:
        return {}


async def recover(venue: Venue, gap: Gap) -> Any:
    raise AssertionError("nothing runs here")
    yield


def sent(order_id: str, venue_id: str) -> PlaceOrder:
    of = InstrumentId("BTC/USDT:USDT", venue_id)
    kind, role = OrderKind.MARKET, Role.ENTRY
    return PlaceOrder(Order(order_id=order_id, instrument=of, side=Side.BUY, kind=kind, quantity=Decimal(1), role=role))


def test_a_venue_is_told_of_its_own_orders_also_of_those_that_count_as_over() -> None:
    """What the venue shows to exist was never rejected, and it has to be known as ours then."""
    journal = ListJournal()
    for record in (
        sent("ts-over", "one"),
        OrderRejected(time_ms=1, order_id="ts-over", reason="the venue does not know it"),
        sent("ts-open", "one"),
        sent("ts-elsewhere", "two"),
    ):
        journal.append(record)
    service = Service(
        journal=journal,
        store=Nowhere(),
        strategies=[],
        clock=FakeClock(),
        random=Random(1),
        metrics=Metrics("test"),
    )
    one, two = Numbered("one"), Numbered("two")
    for each in (one, two):
        watched = Watched(id=each.venue.id, type="numbered", mode="live", instruments=(), timeframe=Timeframe.M1)
        service.add(Member(venue=each.venue, watched=watched, care=Care(restore=recover, resync=recover)))
    assert one.recalled == ["ts-over", "ts-open"]
    assert two.recalled == ["ts-elsewhere"]
