"""Stops and take-profits that rest at the venue."""

from __future__ import annotations

import msgspec

from twinstar.domain import (
    Event,
    Order,
    OrderAmended,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    OrderStatus,
    Role,
    Terms,
)
from twinstar.errors import OutcomeUnknown
from twinstar.ports import Amending
from twinstar.sim.model import Request, TimeInForce
from twinstar.testing.conformance.case import case, raising, same
from twinstar.testing.conformance.cases.doubts import filled_in
from twinstar.testing.conformance.cases.orders import until_filled
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.stage import Stage


async def guarded(s: Stage, **changes: object) -> Order:
    """A stop that rests, and a position that it protects."""
    (instrument,) = await s.listing.instruments([s.symbol])
    assert instrument.resident_stops, "this venue holds no stops"
    await s.trading.place(s.order())
    stop = s.stop(**changes)
    placed = await s.trading.place(stop)
    return msgspec.structs.replace(stop, status=OrderStatus.ACCEPTED, venue_order_id=placed)


async def amending(s: Stage) -> Amending:
    (instrument,) = await s.listing.instruments([s.symbol])
    assert instrument.amends_stops, "this venue does not change stops where they stand"
    assert isinstance(s.trading, Amending)
    return s.trading


def at_market(request: Request) -> str:
    """Where every order has a price, one that takes what is there and rests nowhere names the worst that will do."""
    kind = request.kind.value
    return kind.replace("_limit", "_market") if request.time_in_force is TimeInForce.IOC else kind


def fire(s: Stage) -> None:
    for _ in range(3_000):
        if s.theirs()[-1].triggered or s.theirs()[-1].filled:
            return
        s.exchange.step()
    raise AssertionError("the price never came")


@case("T1")
async def a_stop_rests_at_the_venue_and_only_reduces(s: Stage) -> None:
    stop = await guarded(s)
    request = s.theirs()[-1].request
    same((at_market(request), request.trigger_price), ("stop_market", stop.stop_price))
    assert request.reduce_only or request.close_position
    (resting,) = (await s.seen()).orders or ()
    same((resting.kind, resting.stop_price, resting.side), (OrderKind.STOP, stop.stop_price, stop.side))
    same((resting.quantity, resting.reduce_only), (stop.quantity, True))
    same(resting.venue_order_id, stop.venue_order_id)


@case("T2")
async def the_fills_of_a_stop_that_fired_come_under_its_own_id(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        stop = await guarded(s, stop_price=s.at("0.9995"))
        await s.account(stop)  # as the core does now and then: some venues know a stop by no name of ours
        fire(s)
        await until_filled(s, heard, stop)
        assert "OrderCanceled" not in heard.news_of(stop.order_id)


@case("T3")
async def a_stop_that_fired_while_nobody_listened_is_found_with_its_fills(s: Stage) -> None:
    stop = await guarded(s, stop_price=s.at("0.9995"))
    fire(s)
    events = await s.account(stop)
    same(filled_in(_of(events, stop)), stop.quantity)
    same((await s.seen()).holdings, ())


def _of(events: list[Event], order: Order) -> list[Event]:
    return [e for e in events if isinstance(e, OrderFilled) and e.fill.order_id == order.order_id]


@case("T4")
async def a_canceled_stop_is_told(s: Stage) -> None:
    stop = await guarded(s)
    await s.trading.cancel(stop)
    ended = [event for event in await s.account_until(OrderCanceled, stop) if isinstance(event, OrderCanceled)]
    same([event.order_id for event in ended], [stop.order_id])
    same((await s.seen()).orders, ())


@case("T5")
async def a_take_profit_rests_beside_the_stop(s: Stage) -> None:
    await guarded(s)
    (instrument,) = await s.listing.instruments([s.symbol])
    assert instrument.resident_targets, "this venue holds no take-profits"
    target = s.stop(kind=OrderKind.TAKE_PROFIT, role=Role.TAKE_PROFIT, stop_price=s.at("1.1"))
    await s.trading.place(target)
    request = s.theirs()[-1].request
    same((at_market(request), request.trigger_price), ("take_profit_market", target.stop_price))
    same({order.kind for order in (await s.seen()).orders or ()}, {OrderKind.STOP, OrderKind.TAKE_PROFIT})


@case("T6")
async def a_stop_is_changed_where_it_stands_in_one_request(s: Stage) -> None:
    trading = await amending(s)
    stop = await guarded(s)
    before, terms = s.sent(), Terms(quantity=stop.quantity, stop_price=s.at("0.95"))
    await trading.amend(stop, terms)
    same(s.sent() - before, 1)
    (standing,) = [order for order in s.theirs() if order.status.is_open]
    same(standing.request.trigger_price, terms.stop_price)


@case("T7")
async def of_a_changed_stop_whose_answer_is_lost_the_account_tells_the_terms_that_stand(s: Stage) -> None:
    trading = await amending(s)
    stop, terms = await guarded(s), Terms(quantity=s.quantity, stop_price=s.at("0.95"))
    s.spoil_what_is_sent("drop")
    with raising(OutcomeUnknown):
        await trading.amend(stop, terms)
    asked = msgspec.structs.replace(stop, asked=terms, status=OrderStatus.IN_DOUBT, status_ms=s.clock.now_ms())
    amended = [event for event in await s.account_until(OrderAmended, asked) if isinstance(event, OrderAmended)]
    same([(event.order_id, event.terms.stop_price) for event in amended], [(stop.order_id, terms.stop_price)])
