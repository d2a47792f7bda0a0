"""The venue's time, whatever ours is."""

from __future__ import annotations

from twinstar.runtime.clock import SystemClock
from twinstar.testing.conformance.case import case, same
from twinstar.testing.conformance.cases.orders import until_filled
from twinstar.testing.conformance.listening import listening
from twinstar.testing.conformance.stage import Stage

AN_HOUR_MS = 3_600_000


async def measure(s: Stage, times: int = 5) -> None:
    assert s.venue.ask_time is not None, "the venue cannot be asked for its time"
    for _ in range(times):
        s.time.take(await s.venue.ask_time())


@case("C1")
async def the_venue_can_be_asked_for_its_time_within_what_it_says(s: Stage) -> None:
    s.clock.ahead_ms = AN_HOUR_MS
    await measure(s)
    estimate = s.time.estimate()
    assert estimate is not None
    off_ms = abs(s.time.now_ms() - SystemClock().now_ms())
    assert off_ms <= estimate.uncertainty_ms + 2, f"off by {off_ms} ms, and sure of {estimate.uncertainty_ms:.0f} ms"


@case("C2", long=True)
async def with_our_clock_an_hour_off_all_that_is_signed_is_taken(s: Stage) -> None:
    for s.clock.ahead_ms in (AN_HOUR_MS, -AN_HOUR_MS):
        await measure(s)
        order = s.order()
        async with listening(s.venue, s.symbol) as heard:
            await s.trading.place(order)
            await until_filled(s, heard, order)
        same((await s.seen()).venue, s.quality.venue)
