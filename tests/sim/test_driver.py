"""The market's pace: as fast as asked for, as slow as its readers, never ahead of what has happened."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from sim.kit import PERP, START_MS, Wall
from sim.test_replay import recorded, written
from sim.tiny_wire import tiny, until

from twinstar.config import SimVenueConfig
from twinstar.sim.build import open_exchange
from twinstar.sim.clock import MINUTE_MS, Pace
from twinstar.sim.driver import Driver
from twinstar.sim.line import PATIENT_FRAMES
from twinstar.sim.model import Tick


def test_market_time_runs_with_the_wall_times_the_speed_and_stops_at_what_comes_next() -> None:
    wall = Wall()
    pace = Pace(wall, 10)
    exchange = open_exchange("venue", [PERP], wall=wall, pace=pace)
    clock, feed = exchange.clock, exchange.feed
    assert feed.next_ms is not None
    wall.ms += 5_000
    assert clock.market_ms() == START_MS  # nobody has said go
    pace.go()
    wall.ms += 1
    assert clock.market_ms() == pytest.approx(START_MS + 10, abs=1)
    wall.ms += 3_600_000
    assert clock.market_ms() == feed.next_ms - 1
    exchange.step()
    assert feed.reached_ms <= clock.market_ms() < feed.next_ms


def test_a_halted_pace_goes_on_where_it_stopped() -> None:
    wall = Wall()
    pace = Pace(wall, 2)
    pace.go()
    wall.ms += 100
    pace.halt(1_000)
    wall.ms += 50_000
    assert pace.elapsed_ms() == pytest.approx(200)
    pace.go()
    wall.ms += 100
    assert pace.elapsed_ms() == pytest.approx(400)


async def test_at_normal_speed_ticks_come_when_their_time_has_come() -> None:
    async with tiny(speed=60) as client:
        heard: list[Tick] = []
        client.exchange.on_tick(PERP.symbol, heard.append)
        await until(lambda: len(heard) >= 10)
        assert all(tick.market_ms <= client.exchange.clock.market_ms() for tick in heard)
        clock = await client.ask("/_sim/clock")
        assert clock["speed"] == 60
        assert abs(clock["now_ms"] - client.exchange.clock.now_ms()) < 1_000


async def test_a_market_that_waits_for_a_reader_is_read_whole(tmp_path: Path) -> None:
    rows = recorded(50)
    async with tiny(speed=1_000_000, replay=written(tmp_path / "x.csv", rows), wait_for_reader=True) as client:
        await asyncio.sleep(0.1)
        assert client.exchange.clock.market_ms() == START_MS
        async with client.line() as line:
            await line.send_str("candles")
            closes = [json.loads(await line.receive_str(timeout=5))["close"] for _ in rows]
        assert closes == [row[4] for row in rows]
        await until(lambda: client.now.driver.finished)
        assert (await client.ask("/_sim/state"))["finished"] is True


async def test_the_market_waits_for_a_slow_reader_who_loses_nothing(tmp_path: Path) -> None:
    rows = recorded(1_500)
    async with (
        tiny(speed=1_000_000, replay=written(tmp_path / "x.csv", rows), wait_for_reader=True) as client,
        client.line() as line,
    ):
        await line.send_str("fat candles")
        line._reader._protocol.pause_reading()  # 30 MB are more than any socket takes in
        await until(lambda: client.now.servers["tiny"].lines[0].is_crowded)
        await asyncio.sleep(0.2)
        assert len(client.now.servers["tiny"].lines[0]._frames) <= PATIENT_FRAMES + 1
        assert not client.now.driver.finished
        line._reader._protocol.resume_reading()
        opens = [json.loads(await line.receive_str(timeout=5))["open_ms"] for _ in rows]
        assert opens == [START_MS + i * MINUTE_MS for i in range(len(rows))]


async def test_requests_are_served_while_the_market_runs_at_full_speed() -> None:
    async with tiny(speed=1_000_000) as client:
        loop = asyncio.get_running_loop()
        before, market_ms = loop.time(), client.exchange.clock.market_ms()
        for _ in range(5):
            await client.ask("/_sim/clock")
        assert loop.time() - before < 2
        assert client.exchange.clock.market_ms() > market_ms + MINUTE_MS


async def test_the_market_stands_still_when_halted_and_requests_are_still_served() -> None:
    async with tiny(speed=1_000) as client:
        halted = await client.ask("/_sim/halt", method="POST")
        await client.ask("/api.tiny.com/order", method="POST")
        await asyncio.sleep(0.05)
        again = await client.ask("/_sim/clock")
        assert again["market_ms"] - halted["market_ms"] <= 1
        assert (await client.ask("/_sim/state"))["halted"] is True
        await client.ask("/_sim/go", method="POST")
        await until(lambda: client.exchange.clock.market_ms() > again["market_ms"] + 1_000)


async def test_a_stuck_reader_is_cut_off_and_the_market_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twinstar.sim.driver.PATIENCE_S", 0.1)
    async with tiny() as client, client.line() as line:
        await line.send_str("hello")
        await line.receive_str(timeout=2)
        server = client.now.servers["tiny"]
        line._reader._protocol.pause_reading()  # the client's process hangs
        stuck = server.lines[0]
        chunk = "x" * 100_000
        while not stuck.closed:
            for _ in range(PATIENT_FRAMES):
                stuck.send(chunk)
            await asyncio.sleep(0.05)
        await until(lambda: not server.lines)
        assert client.wire.sessions[0].is_over


async def test_positions_are_noted_once_a_second_and_only_if_the_market_has_moved(tmp_path: Path) -> None:
    wall = Wall()
    pace = Pace(wall)
    exchange = open_exchange("venue", [PERP], wall=wall, pace=pace, ledger=tmp_path / "ledger")
    driver = Driver([exchange], pace, wall)
    lines = len((tmp_path / "ledger").read_bytes().splitlines())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(driver.run())
        await asyncio.sleep(0.01)
        wall.ms += 5_000
        await until(lambda: len((tmp_path / "ledger").read_bytes().splitlines()) == lines + 1)
        task.cancel()
    exchange.close()


def test_two_venues_share_the_pace_each_in_its_own_time(tmp_path: Path) -> None:
    wall = Wall()
    pace = Pace(wall)
    config = {PERP.symbol: {"replay": written(tmp_path / "x.csv", recorded(5, start_ms=START_MS - 40 * MINUTE_MS))}}
    old = open_exchange("old", [PERP], config=SimVenueConfig(markets=config), wall=wall, pace=pace)
    new = open_exchange("new", [PERP], wall=wall, pace=pace)
    driver = Driver([old, new], pace, wall)
    pace.go()
    wall.ms += 3 * MINUTE_MS
    while driver._step_for_a_while():
        pass
    assert old.clock.market_ms() == START_MS - 37 * MINUTE_MS
    assert new.clock.market_ms() == START_MS + 3 * MINUTE_MS
