"""Nothing leaves without a permit, and what comes too fast is not sent again by itself."""

from __future__ import annotations

from contextlib import suppress

from twinstar.domain import Timeframe
from twinstar.errors import OutcomeUnknown, VenueError, VenueUnavailable
from twinstar.sim.clock import MINUTE_MS
from twinstar.testing.conformance.case import case, raising, same
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.quality import Tier
from twinstar.testing.conformance.stage import Stage
from twinstar.testing.metering import assert_metered, counting_transport


@case("L1", Tier.BRONZE, alone=True)
async def every_request_and_every_connection_has_a_permit(s: Stage) -> None:
    with counting_transport() as sent:
        s.venue = s.connect()
        if s.venue.listing is not None:
            await s.listing.instruments([s.symbol])
        if s.venue.history is not None:
            now_ms = s.exchange.clock.market_ms()
            await s.history.candles(s.instrument, Timeframe.M1, now_ms - 10 * MINUTE_MS, now_ms)
        async with listening(s.venue, s.symbol):
            if s.venue.trading is not None:
                order = s.resting()
                await s.trading.place(order)
                await s.trading.cancel(order)
                await s.account(order)
        assert_metered(s.venue, sent)
        assert sent.connections or sent.requests, "nothing left through aiohttp"


@case("L2")
async def an_order_that_comes_too_fast_is_not_sent_again(s: Stage) -> None:
    s.spoil_what_is_sent("status", status=429, body="{}", count=3)
    with raising(VenueUnavailable, OutcomeUnknown):
        await s.trading.place(s.order())
    same(s.sent(), 1)


@case("L3")
async def a_question_is_asked_again_a_few_times_and_not_for_ever(s: Stage) -> None:
    await s.account()
    before = sum(s.asked().values())
    s.spoil_what_is_asked("drop", count=99)
    with suppress(VenueError), raising(VenueUnavailable):
        await s.account()
    assert sum(s.asked().values()) - before <= 8, "it storms a venue in trouble"
