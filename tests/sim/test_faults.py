"""Outages as a test asks for them: lines that stall, break and flap; frames that get lost, doubled and overtaken."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from builtin.ccxt.kit import Scene, scene
from sim.tiny_wire import Tiny, tiny, until

from twinstar.domain import InstrumentId, Timeframe
from twinstar.errors import VenueUnavailable
from twinstar.ports import Wanted

HANDSHAKE = (
    b"GET /stream.tiny.com/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def echoes(line: Any, *frames: str, count: int) -> list[str]:
    """What comes back of these frames."""
    for frame in frames:
        await line.send_str(frame)
    return [await line.receive_str(timeout=2) for _ in range(count)]


async def is_silent(line: Any) -> bool:
    try:
        await line.receive(timeout=0.1)
    except TimeoutError:
        return True
    return False


# A line as a whole.


async def test_one_stream_of_a_line_falls_silent_and_the_others_and_the_pongs_go_on() -> None:
    async with tiny() as client, client.line(autoping=False) as line:
        await client.fault({"on": "ws", "kind": "silence", "frame": "^candle BTC"})
        assert await echoes(line, "candle BTC 1", "candle ETH 1", count=1) == ["candle ETH 1"]
        await line.ping()
        assert (await line.receive(timeout=2)).type is aiohttp.WSMsgType.PONG
        async with client.line() as redialled:
            assert await echoes(redialled, "candle BTC 2", count=1) == ["candle BTC 2"]
        assert await echoes(line, "candle BTC 3", "end", count=1) == ["end"]


async def test_a_half_open_line_does_not_even_answer_a_farewell() -> None:
    async with tiny() as client:
        line = await client.line(autoclose=False)
        await client.fault({"on": "ws", "kind": "half_open"})
        await line.ping()
        await line._writer.close(1000)
        assert await is_silent(line)
        assert (await client.ask("/_sim/state"))["connections"] == 1
        await line.close()
        await until(lambda: not client.now.servers["tiny"].lines)


async def test_an_aborted_line_ends_with_a_reset_and_without_a_farewell() -> None:
    async with tiny() as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.now.ports["tiny"])
        writer.write(HANDSHAKE)
        assert b"101 Switching" in await reader.readuntil(b"\r\n\r\n")
        await client.fault({"on": "ws", "kind": "abort"})
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


@pytest.mark.parametrize("kind", ["close", "abort"])
async def test_for_a_while_every_connection_is_accepted_and_dropped(kind: str) -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": kind, "code": 1012, "lasts_ms": 300})
        assert (await line.receive(timeout=2)).type is not aiohttp.WSMsgType.TEXT
        dropped = 1
        while not await stands(client, kind):
            dropped += 1
        assert dropped > 2
        dials = (await client.ask("/_sim/state"))["dials"]
        assert len(dials) == dropped + 1
        assert all(dial["path"] == "/stream.tiny.com/ws" for dial in dials)
        assert all(dial["opened_ms"] <= dial["closed_ms"] for dial in dials[:-1])


async def stands(client: Tiny, kind: str) -> bool:
    """Whether a new connection can be talked on."""
    async with client.line() as line:
        with suppress(ConnectionError):
            await line.send_str("hello")
        message = await line.receive(timeout=2)
        assert message.type is aiohttp.WSMsgType.TEXT or kind == "abort" or line.close_code == 1012
        return message.type is aiohttp.WSMsgType.TEXT


async def test_what_a_line_suffers_ends_with_the_time_it_was_asked_for() -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": "silence", "lasts_ms": 200})
        assert await echoes(line, "lost", count=0) == []
        async with client.line() as another:
            await another.send_str("lost too")
            assert await is_silent(another)
            await asyncio.sleep(0.15)
            assert await echoes(another, "heard", count=1) == ["heard"]
        assert await echoes(line, "heard", count=1) == ["heard"]


# Frames.


async def test_chosen_frames_are_lost_for_a_while_on_whatever_line() -> None:
    async with tiny() as client, client.line() as line, client.line() as another:
        await client.fault({"on": "ws", "kind": "lose", "frame": '"x":true', "lasts_ms": 250})
        assert await echoes(line, '{"x":true}', '{"x":false}', count=1) == ['{"x":false}']
        assert await echoes(another, '{"x":true}', '{"x":false}', count=1) == ['{"x":false}']
        (left,) = await client.ask("/_sim/faults")
        assert 0 < left["lasts_ms"] <= 250
        await asyncio.sleep(0.25)
        assert await echoes(line, '{"x":true}', count=1) == ['{"x":true}']


async def test_so_many_frames_are_lost_and_no_more() -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": "lose", "count": 2, "frame": "a"})
        assert await echoes(line, "a1", "b", "a2", "a3", count=2) == ["b", "a3"]


async def test_frames_come_twice() -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": "duplicate", "count": 2})
        assert await echoes(line, "1", "2", "3", count=5) == ["1", "1", "2", "2", "3"]


async def test_a_frame_changes_places_with_the_next_of_its_kind() -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": "reorder", "frame": "^a", "count": 2})
        assert await echoes(line, "a1", "b1", "a2", "a3", "a4", "a5", count=6) == ["b1", "a2", "a1", "a4", "a3", "a5"]


async def test_a_close_flag_comes_after_the_first_frame_of_the_next_candle() -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": "delay", "frame": '"x":true', "after_ms": 60})
        frames = ['{"t":1,"x":true}', '{"t":2,"x":false}']
        assert await echoes(line, *frames, count=2) == frames[::-1]


async def test_a_frame_that_is_late_for_its_line_goes_nowhere() -> None:
    async with tiny() as client:
        async with client.line() as line:
            await client.fault({"on": "ws", "kind": "delay", "after_ms": 50})
            await line.send_str("late")
            await until(lambda: not client.now.servers["tiny"].faults.left())
        async with client.line() as another:
            assert await is_silent(another)


# What a client asks for.


async def test_a_subscription_is_refused_as_the_wire_words_it_and_the_line_goes_on() -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": "refuse", "frame": "candles"})
        assert await echoes(line, "hello", "candles", "hello", count=3) == ["hello", "refused", "hello"]


@pytest.mark.parametrize(
    ("name", "match", "words"),
    [("binanceusdm", "/market/ws", "invalid stream btcusdt@kline_1m"), ("upbit", "/websocket/v1$", "WRONG_FORMAT")],
)
async def test_each_venue_refuses_in_its_own_words_and_our_stream_ends_with_them(
    name: str, match: str, words: str
) -> None:
    async with scene(name) as one:
        one.fault(on="ws", kind="refuse", match=match, frame="SUBSCRIBE|ticket")
        error = await first_refusal(one)
        assert words in str(error)


async def first_refusal(one: Scene) -> VenueUnavailable:
    stream = next(iter(one.venue.streams.open(Wanted((InstrumentId(one.symbol, one.name),), Timeframe.M1))))
    try:
        async with asyncio.timeout(3):
            async for _ in stream:
                pass
    except VenueUnavailable as error:
        return error
    finally:
        await stream.aclose()
    raise AssertionError("the stream ended without a word")


# REST.


async def test_rest_fails_for_a_while() -> None:
    async with tiny() as client:
        await client.fault({"on": "rest", "kind": "status", "status": 503, "lasts_ms": 200})
        assert [await status_of(client) for _ in range(3)] == [503] * 3
        await asyncio.sleep(0.2)
        assert await status_of(client) == 200


async def status_of(client: Tiny) -> int:
    async with client.raw("/api.tiny.com/x", "GET") as answer:
        return answer.status


async def test_rest_candles_come_late_and_the_newest_is_as_it_began() -> None:
    async with tiny(speed=6000) as client, client.line() as line:
        await line.send_str("candles")
        for _ in range(3):
            newest = json.loads(await line.receive_str(timeout=2))
        await client.ask("/_sim/halt", method="POST")
        true = await client.ask("/api.tiny.com/candles")
        assert true[-2][0] <= newest["open_ms"] + 60_000 * 2
        await client.fault({"on": "rest", "kind": "late_candles", "match": "/candles", "after_ms": 60_000})
        late = await client.ask("/api.tiny.com/candles")
        known = {open_ms: row for open_ms, *row in true}
        *closed, forming = late
        assert all(known[open_ms] == row for open_ms, *row in closed if open_ms in known)
        assert forming[0] == true[-1][0] - 60_000
        assert (forming[2], forming[3]) == ("0.001", False)
        assert known[forming[0]][-1] is True
        assert await client.ask("/api.tiny.com/candles") == true


# What it leaves untouched.


async def test_the_true_candles_can_be_asked_for_whatever_the_faults() -> None:
    async with tiny(speed=6000) as client:
        await client.ask("/_sim/halt", method="POST")
        await client.fault({"on": "rest", "kind": "status", "lasts_ms": 60_000})
        found = await client.ask("/_sim/candles", method="POST", body={"symbol": "BTC/USDT:USDT", "since_ms": 0})
        assert len(found) >= 5
        assert [each["open_ms"] for each in found] == [found[0]["open_ms"] + 60_000 * n for n in range(len(found))]
        async with client.raw("/_sim/candles", json={"symbol": "X/Y", "since_ms": 0}) as answer:
            assert answer.status == 400
