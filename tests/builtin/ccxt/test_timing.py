"""Signing with the venue's time, over real sockets: our own clock may be wrong by an hour."""

from __future__ import annotations

import asyncio
import re
from random import Random

import pytest
from builtin.ccxt.kit import EACH, Scene, scene
from fakes import ListJournal
from simulation.story import Shelf

from twinstar.builtin.ccxt.timing import dated_ms
from twinstar.builtin.defaults import ask_the_venue
from twinstar.domain import Level, Notice, Side, Timeframe
from twinstar.errors import BadMessage, VenueUnavailable
from twinstar.ports import Venue
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.line import Care
from twinstar.runtime.metrics import Metrics
from twinstar.runtime.service import Member, Service
from twinstar.runtime.status import Watched
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar.testing.conformance.listening import listening

TIME_PATH = {
    "binance": "GET .*/api/v3/time",
    "binanceusdm": "GET .*/fapi/v1/time",
    "bingx": "GET .*/server/time",
    "bitget": "GET .*/v2/public/time",
    "bybit": "GET .*/v5/market/time",
    "okx": "GET .*/public/time",
    "upbit": "GET .*/v1/ticker",
}


class SkewedClock(SystemClock):
    """Ours, wrong by so much."""

    skew_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.skew_ms


def with_wrong_clock(one: Scene, skew_ms: int) -> Venue:
    one.clock = SkewedClock()
    one.clock.skew_ms = skew_ms
    one.time = MeasuredClock(one.clock)
    return one.connect()


async def ask(one: Scene, venue: Venue, times: int = 5) -> None:
    assert venue.ask_time
    for _ in range(times):
        one.time.take(await venue.ask_time())


def error_ms(one: Scene) -> float:
    return abs(one.time.now_ms() - SystemClock().now_ms())


async def test_a_step_of_our_clock_while_we_trade_changes_nothing() -> None:
    async with scene("binanceusdm") as one:
        venue = with_wrong_clock(one, 0)
        try:
            await ask(one, venue)
            for one.clock.skew_ms in (3_600_000, -3_600_000, 0):
                await venue.trading.place(one.order(side=Side.SELL))
                assert error_ms(one) <= 5
        finally:
            await venue.close()


async def test_a_refused_timestamp_changes_nothing_and_has_the_time_asked_at_once() -> None:
    async with scene("binanceusdm") as one:
        venue = with_wrong_clock(one, 3_600_000)
        try:
            await venue.listing.instruments([])
            with pytest.raises(VenueUnavailable, match="-1021"):
                await venue.trading.place(one.order(side=Side.SELL))
            await one.time.doubted()
            await ask(one, venue, 1)
            await venue.trading.place(one.order(side=Side.SELL))
        finally:
            await venue.close()


@EACH
@pytest.mark.parametrize("there_and_back_ms", [200])
async def test_a_delayed_answer_is_within_the_uncertainty(name: str, there_and_back_ms: int) -> None:
    async with scene(name) as one:
        venue = with_wrong_clock(one, 3_600_000)
        try:
            await venue.listing.instruments([])
            one.fault(on="rest", kind="delay", match=TIME_PATH[name], after_ms=there_and_back_ms, count=3)
            await ask(one, venue, 3)
            estimate = one.time.estimate()
            assert estimate
            assert there_and_back_ms / 2 <= estimate.uncertainty_ms
            assert error_ms(one) <= estimate.uncertainty_ms + 1
            await ask(one, venue, 2)
            assert error_ms(one) <= one.time.estimate().uncertainty_ms + 1 < 510
        finally:
            await venue.close()


async def test_where_only_answers_are_dated_asking_as_the_second_turns_tells_more() -> None:
    async with scene("upbit") as one:
        await one.venue.listing.instruments([])
        await ask(one, one.venue, 1)
        for _ in range(6):
            await one.clock.sleep(one.time.wait_for_edge_s(1_000, 0.002))
            await ask(one, one.venue, 1)
        assert one.time.estimate().uncertainty_ms < 100
        assert error_ms(one) <= one.time.estimate().uncertainty_ms + 1


@pytest.mark.parametrize(
    "body",
    [
        '{"serverTime": 1764032862}',
        '{"serverTime": null}',
        "{}",
        '{"serverTime": "soon"}',
        '{"serverTime": 99999999999999}',
    ],
)
async def test_what_is_no_time_is_not_taken_for_one(body: str) -> None:
    async with scene("binanceusdm") as one:
        one.fault(on="rest", kind="status", status=200, body=body, match=TIME_PATH["binanceusdm"])
        with pytest.raises(BadMessage, match="time"):
            await one.venue.ask_time()


def test_only_a_date_is_a_date() -> None:
    assert dated_ms("Tue, 24 Nov 2026 23:00:01 GMT") == 1_795_561_201_000
    for nonsense in (None, "", "soon", "Tue, 99 Nov 2026 23:00:01 GMT"):
        assert dated_ms(nonsense) is None


async def test_a_pong_counts_by_when_it_came_whatever_it_is_dated() -> None:
    async with scene("binanceusdm") as one:
        one.venue.streams.exchange.streaming["keepAlive"] = 60
        async with listening(one.venue, one.symbol) as heard:
            clients = [c for c in one.venue.streams.exchange.clients.values() if c.feeds]
            for told in (0, 10**15, one.clock.now_ms() - 3_600_000):
                for client in clients:
                    client.lastPong = told  # as ccxt's okx, bybit, bitget and bithumb do
                await one.clock.sleep(0.1)
            assert not heard.errors
            assert not any(client.closed() for client in clients)


async def test_the_service_asks_the_time_before_it_signs_anything_and_tells_a_person_once() -> None:
    async with scene("binanceusdm") as one:
        venue = with_wrong_clock(one, -3_600_000)
        told: list[Notice] = []
        service = Service(
            journal=ListJournal(),
            store=Shelf(),
            strategies=[],
            clock=one.clock,
            random=Random(1),
            metrics=Metrics("0"),
            notifiers=[Telling(told)],
        )
        watched = Watched(id=one.name, type="ccxt", mode="sim", instruments=(one.instrument,), timeframe=Timeframe.M1)
        care = Care(restore=ask_the_venue, resync=ask_the_venue, warm_up=5)
        service.add(Member(venue=venue, watched=watched, care=care, time=one.time))
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(service.run(stop))
            async with asyncio.timeout(10):
                while service.not_ready(one.name):  # noqa: ASYNC110 - readiness is asked for, not announced
                    await asyncio.sleep(0.02)
            stop.set()
        (status,) = service.status().venues
        assert status.clock
        assert abs(status.clock.offset_ms - 3_600_000) <= status.clock.uncertainty_ms + 1
        (alarm,) = [notice for notice in told if notice.level is Level.ALARM]
        assert re.search(r"\+3(599|600)\.\d s from ours", alarm.text)


class Telling:
    def __init__(self, told: list[Notice]) -> None:
        self._told = told

    def notify(self, notice: Notice) -> None:
        self._told.append(notice)
