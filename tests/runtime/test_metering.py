"""Bans become events, and a request that passed by the limiter an alarm, whoever wrote the adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import aiohttp
import pytest
from aiohttp import web
from fakes import FakeClock

from twinstar.builtin import plugins as builtin_plugins
from twinstar.config import Mode, VenueConfig
from twinstar.domain import (
    WS_CONNECT,
    Ban,
    Call,
    Event,
    InvariantTripped,
    Level,
    LimiterStats,
    Notice,
    QuotaUse,
    StreamOpened,
    VenueBanned,
)
from twinstar.engine import Engine, OrderIds, State
from twinstar.plugin import Plugins, Registry, SimEndpoint, VenueContext, hookimpl
from twinstar.ports import Stream, Venue, Wanted
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.counting import Counting
from twinstar.runtime.metering import MeterWatch
from twinstar.runtime.metrics import Metrics
from twinstar.testing import assert_metered, counting_transport


class Watched:
    """A venue whose counters a test sets."""

    def __init__(self) -> None:
        self.clock, self.stats, self.requests = FakeClock(), LimiterStats(), 0
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        self.venue = Venue(id="x", streams=None, limits=lambda: self.stats, usage=lambda: {"requests": self.requests})
        self.watch = MeterWatch(self.venue, accept=self.events.append, tell=self.notices.append, clock=self.clock)

    def ban(self, stopped: str, seconds: float) -> None:
        until_ms = self.clock.ms + round(seconds * 1_000)
        self.stats = LimiterStats(bans=(Ban(stopped=stopped, until_ms=until_ms, reason="HTTP 418"),))
        self.watch.look()


def test_a_ban_is_told_once_and_again_when_it_grows():
    one = Watched()
    one.ban("ip", 120)
    one.watch.look()
    one.clock.ms += 60_000
    one.ban("ip", 60.4)  # the same end, told anew
    one.ban("ip", 240)
    one.ban("orders", 10)
    ended = [(event.stopped, event.until_ms - event.time_ms) for event in one.events]
    assert ended == [("ip", 120_000), ("ip", 240_000), ("orders", 10_000)]


@pytest.mark.parametrize(("seconds", "level"), [(10, Level.WARNING), (600, Level.ALARM)])
def test_a_person_is_told_of_a_ban(seconds: int, level: Level):
    state = State()
    state.apply(VenueBanned(time_ms=0, venue="x", stopped="ip", until_ms=seconds * 1_000, reason="HTTP 418"))
    (notice,) = state.take_notices()
    assert (notice.level, notice.venue, notice.text) == (level, "x", f"ip is stopped for {seconds} s: HTTP 418")


def test_requests_past_the_limiter_are_an_alarm_each_time_there_are_more():
    one = Watched()
    one.requests, one.stats = 5, LimiterStats(metered=5)
    one.watch.look()
    assert not one.notices
    for requests in (6, 6, 8):
        one.requests = requests
        one.watch.look()
    assert [notice.level for notice in one.notices] == [Level.ALARM, Level.ALARM]
    assert "3 requests were sent past the rate limiter" in one.notices[-1].text


def test_r1_a_limiter_that_lets_more_go_than_a_quota_allows_is_told_once_each_time():
    one = Watched()
    for ours in (10.0, 10.5, 11.0, 9.0, 10.5):
        use = QuotaUse(
            quota="ip", scope="ip", cap=8.0, per_s=60.0, used=ours + 5, left=0.0, utilisation=2.0, ours=ours, most=10.0
        )
        one.stats = LimiterStats(quotas=(use,))
        one.watch.look()
    trips = [event for event in one.events if isinstance(event, InvariantTripped)]
    assert [(trip.name, trip.venue) for trip in trips] == [("R1", "x"), ("R1", "x")]
    assert trips[0].text == "the limiter has let 10.5 of ip go within 60 s, of 10"
    engine, metrics = Engine(State(), [], new_id=OrderIds(1)), Metrics("1")
    (alarm,) = engine.handle(trips[0], one.clock.ms).notices
    assert (alarm.level, alarm.venue, "`twinstar resume`" in alarm.text) == (Level.ALARM, "x", True)
    assert engine.state.halt("any other") is not None
    Counting(metrics, engine.state, one.clock)(trips[0])
    assert metrics.registry.get_sample_value("twinstar_invariant_trips_total", {"name": "R1"}) == 1


class Adapter:
    """A stranger's, that asks over HTTP, then listens; honest or not."""

    def __init__(self, context: VenueContext, *, honest: bool) -> None:
        self._context, self._honest = context, honest
        self.requests = 0

    def usage(self) -> dict[str, float]:
        return {"requests": self.requests}

    def open(self, wanted: Wanted) -> list[Stream]:
        return [self._stream()]

    async def _stream(self) -> Stream:
        limiter, url = self._context.limiter, self._context.endpoint.url
        async with aiohttp.ClientSession() as session:
            permits = [await limiter.acquire(Call("GET /", ()))] if self._honest else []
            self.requests += 1
            async with session.get(url):
                pass
            permits += [await limiter.acquire(Call(WS_CONNECT, ()))] if self._honest else []
            async with session.ws_connect(url):
                yield StreamOpened(time_ms=0, venue="x", stream="all")
            for permit in permits:
                limiter.settle(permit)


class Stranger:
    def __init__(self, *, honest: bool) -> None:
        self._honest = honest

    @hookimpl
    def twinstar_register(self, registry: Registry) -> None:
        registry.venue("strange", VenueConfig, self._make)

    def _make(self, config: VenueConfig, context: VenueContext) -> Venue:
        adapter = Adapter(context, honest=self._honest)
        return Venue(id=context.id, streams=adapter, usage=adapter.usage)


@asynccontextmanager
async def strange_venue(*, honest: bool) -> AsyncIterator[Venue]:
    async def answer(request: web.Request) -> web.StreamResponse:
        if "Upgrade" not in request.headers:
            return web.Response()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        return socket

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    plugins = Plugins([*builtin_plugins(), Stranger(honest=honest)], third_party=False)
    venue = plugins.open_venue(
        "x",
        plugins.registry.venue_type("strange"),
        VenueConfig(mode=Mode.SIM, instruments=("BTC/USDT",)),
        clock=SystemClock(),
        venue_clock=None,
        random=Random(1),
        endpoint=SimEndpoint(url=f"http://127.0.0.1:{runner.addresses[0][1]}", api_key="k", secret="s"),
    )
    try:
        yield venue
    finally:
        await venue.close()
        await runner.cleanup()


async def run_through(venue: Venue) -> None:
    for stream in venue.streams.open(None):
        async for _ in stream:
            pass


async def test_an_adapter_that_asks_for_its_permits_passes():
    async with strange_venue(honest=True) as venue:
        with counting_transport() as sent:
            await run_through(venue)
        assert_metered(venue, sent)
        assert (len(sent.requests), len(sent.connections)) == (1, 1)


async def test_an_adapter_that_does_not_is_found_out_by_the_test_and_by_the_running_service():
    notices: list[Notice] = []
    async with strange_venue(honest=False) as venue:
        with counting_transport() as sent:
            await run_through(venue)
        with pytest.raises(AssertionError, match="1 requests, 0 permits"):
            assert_metered(venue, sent)
        MeterWatch(venue, accept=lambda _: None, tell=notices.append, clock=FakeClock()).look()
    assert notices[0].level is Level.ALARM
