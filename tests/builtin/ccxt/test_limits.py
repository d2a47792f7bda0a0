"""All that we send passes the limiter, and nothing is sent while we are banned: the simulated exchange counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path

import aiohttp
import msgspec
import pytest
from builtin.ccxt.kit import EACH, SYMBOL, Scene, scene

from twinstar.builtin.ccxt import CcxtConfig
from twinstar.builtin.ccxt.door import leave
from twinstar.builtin.ccxt.metering import limits
from twinstar.builtin.ccxt.trading import lane_of
from twinstar.builtin.limiter.limiter import Limiter
from twinstar.builtin.limiter.shared import Shared
from twinstar.builtin.limits import completed
from twinstar.config import Mode
from twinstar.domain import CandleClosed, Lane, LimiterStats, OrderKind, Role, Timeframe, in_lane
from twinstar.errors import PluginError, VenueError, VenueRejected, VenueUnavailable
from twinstar.ports import Gap, Metering, Venue, Wanted
from twinstar.runtime.clock import SystemClock
from twinstar.testing import Sent, assert_metered, counting_transport
from twinstar.testing.conformance.listening import listening


def limiter_for(name: str, directory: Path) -> Limiter:
    clock = SystemClock()
    metering = Metering(
        venue=name,
        place="",
        account="main",
        limits=completed(limits(name, CcxtConfig(mode=Mode.SIM, instruments=(SYMBOL[name],)))),
        clock=clock,
    )
    return Limiter(metering, Shared(directory, clock))


@asynccontextmanager
async def limited(name: str, directory: Path) -> AsyncIterator[Scene]:
    """A scene whose venue is paced by the real limiter."""
    async with scene(name) as one:
        one.limiter = limiter_for(name, directory)
        assert one.venue.close
        await one.venue.close()
        one.venue = one.connect()
        yield one
        one.limiter.close()


def counted(one: Scene) -> tuple[int, float, int]:
    """By the exchange, at our transport, by the limiter."""
    stats: LimiterStats = one.limiter.stats()
    return sum(one.server.requests.values()), one.venue.usage()["requests"], stats.metered


@asynccontextmanager
async def listened_to() -> AsyncIterator[Sent]:
    with counting_transport() as sent:
        yield sent


@EACH
async def test_the_exchange_the_transport_and_the_limiter_count_the_same(name: str, tmp_path: Path) -> None:
    async with limited(name, tmp_path) as one, listened_to() as sent:
        await one.venue.listing.instruments([one.symbol])
        now_ms = one.exchange.clock.market_ms()
        with in_lane(Lane.BACKFILL):
            await one.venue.history.candles(one.instrument, Timeframe.M1, now_ms - 600_000, now_ms)
        await one.venue.history.pulse(one.instrument)
        await one.venue.ask_time()
        order = one.order()
        await one.venue.trading.place(order)
        with suppress(VenueRejected, VenueUnavailable):
            await one.venue.trading.cancel(order)
        await one.account(order)
        async with listening(one.venue, one.symbol):
            one.minutes(2)
        by_exchange, at_transport, by_limiter = counted(one)
        assert by_exchange == at_transport == by_limiter > 8
        stats = one.limiter.stats()
        assert stats.connections >= 1
        assert_metered(msgspec.structs.replace(one.venue, limits=one.limiter.stats), sent)
        assert stats.on_the_way == 0
        lanes = {lane.lane: lane.requests for lane in stats.lanes}
        assert all(lanes[lane] for lane in ("protect", "trade", "account", "market", "backfill"))


@EACH
async def test_what_is_answered_with_garbage_or_not_at_all_is_counted_too(name: str, tmp_path: Path) -> None:
    async with limited(name, tmp_path) as one:
        await one.venue.listing.instruments([one.symbol])
        for kind in ("truncated", "drop", "html"):
            one.fault(on="rest", kind=kind, count=3)
            with suppress(VenueError):
                await one.account()
        one.fault(on="rest", kind="hang", count=3)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await one.account()
        await asyncio.sleep(0.05)
        by_exchange, at_transport, by_limiter = counted(one)
        assert by_exchange == at_transport == by_limiter
        assert one.limiter.stats().on_the_way == 0


async def test_a_request_that_was_refused_before_it_was_sent_is_given_back(tmp_path: Path) -> None:
    async with limited("binanceusdm", tmp_path) as one:
        exchange = one.venue.streams.exchange
        await exchange.ready()
        exchange.secret = ""
        with suppress(VenueError):
            await one.account()
        by_exchange, at_transport, by_limiter = counted(one)
        assert by_exchange == at_transport == by_limiter


def test_a_request_without_a_permit_is_not_sent() -> None:
    with pytest.raises(PluginError, match="GET https://x/y would have passed by the rate limiter; it was not sent"):
        leave("GET https://x/y?signature=secret")


async def test_ccxts_own_way_out_is_barred(tmp_path: Path) -> None:
    async with limited("binanceusdm", tmp_path) as one:
        exchange = one.venue.streams.exchange
        with pytest.raises(PluginError, match="it was not sent"):
            await exchange.fetch(f"{one.endpoint.url}/fapi.binance.com/fapi/v1/time")
        assert counted(one) == (0, 0, 0)


async def overuse(one: Scene, *, until: int) -> dict[str, str]:
    """Somebody on our address who knows no limits; the headers of the answer with that status."""
    url = f"{one.endpoint.url}/fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000"
    async with aiohttp.ClientSession() as session:
        for _ in range(300):
            async with session.get(url) as answer:
                if answer.status == until:
                    return dict(answer.headers)
    raise AssertionError(f"no answer {until}")


async def mid_minute() -> None:
    """What is counted by the minute must not be forgotten meanwhile."""
    seconds = time.time() % 60
    if not 4 < seconds < 50:
        await asyncio.sleep((64 - seconds) % 60)


def ours(one: Scene) -> int:
    """What we sent; the other one asks for depth only."""
    return sum(count for what, count in one.server.requests.items() if "depth" not in what)


@pytest.mark.parametrize("status", [429, 418])
async def test_a_ban_in_the_middle_of_order_flow_stops_everything_until_it_is_over(status: int, tmp_path: Path) -> None:
    await mid_minute()
    async with limited("binanceusdm", tmp_path) as one:
        await one.venue.listing.instruments([one.symbol])
        await one.venue.trading.place(one.order())
        headers = await overuse(one, until=status)
        with pytest.raises((VenueRejected, VenueUnavailable)):  # the one by which we learn of it
            await one.venue.trading.account(Gap())
        sent = ours(one)
        for _ in range(20):
            with pytest.raises(VenueUnavailable) as caught:
                await one.venue.trading.place(one.order())
            with pytest.raises(VenueUnavailable):
                await one.venue.trading.cancel(one.order(role=Role.STOP))
            assert 1 < caught.value.retry_after_s <= float(headers["Retry-After"])
        assert ours(one) == sent
        (ban,) = one.limiter.stats().bans
        assert (ban.stopped, ban.reason) == ("ip", f"HTTP {status}")


async def test_a_restart_during_a_ban_sends_nothing(tmp_path: Path) -> None:
    async with limited("binanceusdm", tmp_path) as one:
        await overuse(one, until=418)
        with pytest.raises(VenueUnavailable):
            await one.venue.listing.instruments([one.symbol])
        assert one.venue.close
        await one.venue.close()
        one.limiter.close()
        sent = ours(one)
        one.limiter = limiter_for("binanceusdm", tmp_path)
        one.venue = one.connect()
        with pytest.raises(VenueUnavailable, match=r"ip is stopped \(HTTP 418\)") as caught:
            await one.venue.listing.instruments([one.symbol])
        assert caught.value.retry_after_s > 60
        assert ours(one) == sent


async def test_lines_are_not_dialled_while_the_address_is_banned(tmp_path: Path) -> None:
    async with limited("binanceusdm", tmp_path) as one:
        await one.venue.listing.instruments([one.symbol])
        await overuse(one, until=418)
        with pytest.raises(VenueUnavailable):
            await one.account()
        sent, dials = ours(one), len(one.server.dials)
        for stream in one.venue.streams.open(Wanted((one.instrument,), Timeframe.M1)):
            with pytest.raises(VenueUnavailable, match="ip is stopped"):
                await anext(stream)
        assert (ours(one), len(one.server.dials)) == (sent, dials)


async def test_venues_of_one_host_that_drops_their_lines_dial_it_every_three_seconds_between_them(
    tmp_path: Path,
) -> None:
    """Whatever each of them does: they share the counters of that host, as other processes do."""
    async with limited("binanceusdm", tmp_path) as one:
        venues = [one.venue]
        for _ in range(2):
            one.limiter = limiter_for("binanceusdm", tmp_path)
            venues.append(one.connect())
        one.fault(on="ws", kind="abort", match=".", count=1_000)
        with suppress(TimeoutError):
            async with asyncio.timeout(8), asyncio.TaskGroup() as tasks:
                for venue in venues:
                    tasks.create_task(impatiently(venue, one))
        at_s = [dial.opened_ms / 1_000 for dial in one.server.dials]
        # Each of them dials once before it knows.
        assert len(at_s) >= 5
        assert all(later - earlier >= 2.9 for earlier, later in pairwise(at_s[3:]))
        for venue in venues:
            assert venue.close
            await venue.close()


async def impatiently(venue: Venue, one: Scene) -> None:
    """As the most impatient of supervisors would."""
    while True:
        market, private = venue.streams.open(Wanted((one.instrument,), Timeframe.M1))
        await private.aclose()
        with suppress(VenueUnavailable):
            async with aclosing(market):
                async for _ in market:
                    pass


async def test_what_somebody_else_used_is_left_alone(tmp_path: Path) -> None:
    """Only the header tells of it."""
    await mid_minute()
    async with limited("binanceusdm", tmp_path) as one:
        url = f"{one.endpoint.url}/fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000"
        async with aiohttp.ClientSession() as session:
            for _ in range(100):
                async with session.get(url) as answer:
                    assert answer.status == 200
        await one.venue.ask_time()
        use = next(use for use in one.limiter.stats().quotas if use.quota == "weight_1m")
        assert use.used >= 2_000


async def test_an_upbit_block_stops_what_is_counted_alike_and_nothing_else(tmp_path: Path) -> None:
    async with limited("upbit", tmp_path) as one:
        await one.venue.listing.instruments([one.symbol])
        url = f"{one.endpoint.url}/api.upbit.com/v1/orderbook?markets=KRW-BTC"
        async with aiohttp.ClientSession() as session:
            for _ in range(60):
                async with session.get(url) as answer:
                    if answer.status == 418:
                        break
        with pytest.raises(VenueUnavailable):
            await one.venue.history.pulse(one.instrument)
        stopped = {ban.stopped for ban in one.limiter.stats().bans}
        assert stopped - {"default"} == {
            "market",
            "candles",
            "trades",
            "ticker",
            "orderbook",
            "ws_connect",
            "ws_redial",
        }
        await one.account()


def test_what_guards_or_closes_a_position_goes_before_what_opens_one() -> None:
    one = Scene.order
    made = type("Made", (), {"_ids": 0, "instrument": None, "price": None})()
    lanes = {role: lane_of(one(made, role=role, kind=OrderKind.MARKET)) for role in Role}
    assert lanes.pop(Role.ENTRY) is Lane.TRADE
    assert set(lanes.values()) == {Lane.PROTECT}


@EACH
async def test_candles_flow_through_a_limiter_as_without_one(name: str, tmp_path: Path) -> None:
    async with limited(name, tmp_path) as one, listening(one.venue, SYMBOL[name]) as heard:
        one.begin_a_minute()
        one.minutes(3)
        await heard.until(lambda heard: heard.of(CandleClosed))
