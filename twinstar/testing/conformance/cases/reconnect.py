"""Lines that break: an error of ours at once, and they can be had again."""

from __future__ import annotations

import asyncio

from twinstar.domain import CandleClosed, OrderFilled
from twinstar.errors import VenueUnavailable
from twinstar.testing.conformance.case import case, raising, same
from twinstar.testing.conformance.cases.orders import until_filled
from twinstar.testing.conformance.listening import listening, opened, to_its_end
from twinstar.testing.conformance.quality import Tier
from twinstar.testing.conformance.stage import Stage


@case("N1", Tier.BRONZE, core=True, long=True)
async def a_public_line_that_the_venue_closes_is_an_error_and_can_be_had_again(s: Stage) -> None:
    async with listening(s.venue, s.symbol) as heard:
        s.break_lines("close", s.quality.lines.public)
        await heard.until(lambda heard: heard.errors)
        same(type(heard.errors[0]), VenueUnavailable)
    async with listening(s.venue, s.symbol) as heard:
        s.minutes(3)
        await heard.until(lambda heard: heard.of(CandleClosed))


@case("N2", core=True, long=True)
async def a_lost_line_of_the_account_is_an_error_and_its_credentials_are_had_anew(s: Stage) -> None:
    trading = s.trading
    async with listening(s.venue, s.symbol) as heard:
        s.break_lines("abort", s.quality.lines.private)
        await heard.until(lambda heard: heard.errors)
        same(type(heard.errors[0]), VenueUnavailable)
    order = s.order()
    async with listening(s.venue, s.symbol) as heard:
        await trading.place(order)
        await until_filled(s, heard, order)


@case("N3", core=True, long=True)
async def after_a_frame_of_the_account_that_cannot_be_read_the_line_counts_as_lost(s: Stage) -> None:
    for kind in ("truncated", "wrong_types", "nan", "null", "huge", "invalid_utf8"):
        order, trading = s.order(), s.trading
        async with listening(s.venue, s.symbol) as heard:
            s.fault(on="ws", kind=kind, match=s.quality.lines.private)
            await trading.place(order)
            await heard.until(lambda heard: heard.errors)
            same({type(error) for error in heard.errors}, {VenueUnavailable})
            wrong = [e.fill for e in heard.of(OrderFilled) if not 0 < e.fill.quantity <= order.quantity]
            same(wrong, [])


@case("N4")
async def a_refused_subscription_is_an_error_each_time(s: Stage) -> None:
    for _ in range(2):
        s.fault(on="ws", kind="refuse", match=s.quality.lines.public)
        (stream, *others) = opened(s.venue, s.symbol)
        for other in others:
            await other.aclose()
        with raising(VenueUnavailable):
            await to_its_end(stream)


@case("N5", Tier.BRONZE)
async def who_leaves_a_stream_leaves_no_line_behind(s: Stage) -> None:
    async with listening(s.venue, s.symbol):
        assert s.server.lines
    async with asyncio.timeout(10):
        while s.server.lines:  # noqa: ASYNC110 - a server tells nobody that a client has left
            await asyncio.sleep(0.01)
