"""Where nobody knows what became of an order, nobody pretends to; the venue is asked, and tells."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from twinstar.domain import Event, Order, OrderFilled, OrderRejected, OrderStatus
from twinstar.errors import BadMessage, OutcomeUnknown, VenueUnavailable
from twinstar.testing.conformance.case import case, raising, same
from twinstar.testing.conformance.cases.orders import until_filled
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.stage import Stage

TEN_MINUTES_MS = 600_000
UNREADABLE = ("truncated", "html", "empty", "null", "list", "empty_object", "wrong_types", "invalid_utf8")


def doubtful(s: Stage, order: Order, for_ms: int = 0) -> Order:
    return msgspec.structs.replace(order, status=OrderStatus.IN_DOUBT, status_ms=s.clock.now_ms() - for_ms)


def kinds(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def filled_in(events: Sequence[Event]) -> Decimal:
    return sum((event.fill.quantity for event in events if isinstance(event, OrderFilled)), Decimal(0))


@case("D1", core=True)
async def an_order_whose_answer_is_lost_is_of_unknown_outcome_and_sent_once(s: Stage) -> None:
    s.spoil_what_is_sent("drop", count=3)
    with raising(OutcomeUnknown):
        await s.trading.place(s.order())
    await s.until_theirs(1)
    same((s.sent(), len(s.theirs())), (1, 1))


@case("D2", core=True, impatient=True)
async def an_order_that_is_never_answered_is_of_unknown_outcome_and_sent_once(s: Stage) -> None:
    s.spoil_what_is_sent("hang", count=3)
    with raising(OutcomeUnknown):
        await s.trading.place(s.order())
    await s.until_theirs(1)
    same((s.sent(), len(s.theirs())), (1, 1))


@case("D3")
async def an_order_whose_answer_cannot_be_read_is_of_unknown_outcome(s: Stage) -> None:
    trading = s.trading
    for number, kind in enumerate(
        ("truncated", "html", "empty", "null", "list", "empty_object", "wrong_types", "invalid_utf8"), 1
    ):
        s.spoil_what_is_sent(kind)
        with raising(OutcomeUnknown):
            await trading.place(s.resting())
        await s.until_theirs(number)
        same((kind, s.sent(), len(s.theirs())), (kind, number, number))


@case("D4")
async def an_order_that_a_proxy_or_a_server_in_trouble_answers_is_of_unknown_outcome(s: Stage) -> None:
    for number, status in enumerate((500, 502, 503, 504, 408), 1):
        s.spoil_what_is_sent("status", status=status, body="<html>trouble</html>")
        with raising(OutcomeUnknown):
            await s.trading.place(s.resting())
        same((status, s.sent()), (status, number))


@case("D5")
async def a_connection_that_broke_before_the_order_arrived_is_no_proof(s: Stage) -> None:
    s.spoil_what_is_sent("drop_before", count=3)
    with raising(OutcomeUnknown):
        await s.trading.place(s.order())
    same((s.sent(), s.theirs()), (1, []))


@case("D6", core=True)
async def an_order_in_doubt_that_was_filled_is_found_with_its_fills(s: Stage) -> None:
    order = s.order()
    s.spoil_what_is_sent("drop")
    with raising(OutcomeUnknown):
        await s.trading.place(order)
    events = await s.account_until(OrderFilled, doubtful(s, order))
    same(set(kinds(events)), {"OrderAccepted", "OrderFilled", "AccountSeen"})
    same(filled_in(events), order.quantity)
    same([e.fill.fee for e in events if isinstance(e, OrderFilled)], [e.fee for e in s.executions])
    same(kinds(events)[-1], "AccountSeen")


@case("D7", core=True)
async def an_order_that_the_venue_does_not_know_is_rejected_only_after_a_while(s: Stage) -> None:
    young, old = doubtful(s, s.order()), doubtful(s, s.order(), TEN_MINUTES_MS)
    events = await s.account(young, old)
    same([event.order_id for event in events if isinstance(event, OrderRejected)], [old.order_id])
    same(kinds(events), ["OrderRejected", "AccountSeen"])


@case("D8", core=True)
async def a_question_that_fails_is_never_taken_for_not_found(s: Stage) -> None:
    order = doubtful(s, s.order(), TEN_MINUTES_MS)
    s.spoil_what_is_asked("drop", count=99)
    with raising(VenueUnavailable, BadMessage):
        await s.account(order)


@case("D9")
async def an_id_that_is_in_use_is_a_sign_that_the_order_exists(s: Stage) -> None:
    order = s.resting()
    await s.trading.place(order)
    with raising(OutcomeUnknown):
        await s.trading.place(order)
    same(len(s.theirs()), 1)


@case("D10", impatient=True)
async def a_cancel_without_an_answer_is_of_unknown_outcome_and_sent_once(s: Stage) -> None:
    """aiohttp sends a DELETE again by itself when a connection that stood is gone; here it must not."""
    for kind in ("hang", "drop", "drop_before", "status"):
        order = s.resting()
        await s.trading.place(order)
        before = s.sent()
        s.spoil_what_is_sent(kind, count=3)
        with raising(OutcomeUnknown):
            await s.trading.cancel(order)
        same((kind, s.sent() - before), (kind, 1))
        s.server.faults.clear()


@case("D11", core=True)
async def an_ack_that_its_fills_have_overtaken_is_still_the_ack(s: Stage) -> None:
    order, trading = s.order(), s.trading
    async with listening(s.venue, s.symbol) as heard, asyncio.TaskGroup() as group:
        s.spoil_what_is_sent("delay", after_ms=1_000)
        placing = group.create_task(trading.place(order))
        await heard.until(lambda heard: heard.news_of(order.order_id))
        assert not placing.done(), "the ack was not late"
        await until_filled(s, heard, order)
        assert await placing
