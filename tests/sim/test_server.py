"""The venue's socket, and everything that can go wrong on it when a test asks for it."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import aiohttp
import pytest
from sim.tiny_wire import tiny, until


async def test_the_wire_sees_host_path_query_and_body_as_they_were_sent() -> None:
    async with tiny() as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.now.ports["tiny"])
        writer.write(
            b"POST /api.tiny.com/v1/a%20b?x=%2C&y=1,2 HTTP/1.1\r\nHost: x\r\nX-Key: k\r\n"
            b"Content-Length: 4\r\nConnection: close\r\n\r\nq=%31"[:-1]
        )
        answer = await reader.read()
        writer.close()
        request = client.wire.asked[0]
        assert b"\r\nDate: " in answer
        assert (request.method, request.host, request.path) == ("POST", "api.tiny.com", "/v1/a%20b")
        assert (request.query, request.body) == ("x=%2C&y=1,2", "q=%3")
        assert request.headers["x-key"] == "k"


async def test_frames_go_both_ways_pings_are_answered_and_the_session_ends_with_the_line() -> None:
    async with tiny() as client:
        async with client.line(compress=15, autoping=False) as line:
            await line.send_str("text")
            assert await line.receive_str(timeout=2) == "text"
            await line.send_bytes(b"\x00\xff")
            assert await line.receive_bytes(timeout=2) == b"\x00\xff"
            await line.ping(b"hello")
            pong = await line.receive(timeout=2)
            assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"hello")
        await until(lambda: client.wire.sessions[0].is_over)
        assert (await client.ask("/_sim/state"))["connections"] == 0


async def test_a_wire_that_closes_the_line_is_heard_with_its_code() -> None:
    async with tiny() as client, client.line() as line:
        await line.send_str("last words")
        await line.send_str("bye")
        assert await line.receive_str(timeout=2) == "last words"
        closed = await line.receive(timeout=2)
        assert (closed.type, line.close_code) == (aiohttp.WSMsgType.CLOSE, 4000)


async def test_an_unknown_websocket_path_is_not_found() -> None:
    async with tiny() as client, aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(f"{client.url}/elsewhere/ws")
        assert caught.value.status == 404


async def test_only_loopback_is_bound() -> None:
    async with tiny() as client:
        assert client.url.startswith("http://127.0.0.1:")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.2", client.now.ports["tiny"])


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        ("truncated", lambda text: text.startswith('{"id"') and not text.endswith("}")),
        ("wrong_types", lambda text: json.loads(text)["price"] == [1]),
        ("nan", lambda text: _is_nan(json.loads(text)["qty"]) and json.loads(text)["price"] == "NaN"),
        ("negative", lambda text: json.loads(text)["qty"] == -0.1 and json.loads(text)["price"].startswith("-")),
        ("huge", lambda text: json.loads(text)["price"] == "9" * 40),
        ("empty", lambda text: text == ""),
        ("list", lambda text: text == "[]"),
        ("html", lambda text: text.startswith("<html>")),
    ],
)
async def test_a_spoiled_answer_comes_after_the_order_was_carried_out(kind: str, check: Any) -> None:
    async with tiny() as client:
        await client.fault({"on": "rest", "match": "POST /api.tiny.com/order", "kind": kind})
        async with client.raw("/api.tiny.com/order") as answer:
            assert check(await answer.text())
        assert len(client.exchange.orders("main")) == 1
        assert await client.ask("/_sim/faults") == []
        assert (await client.ask("/api.tiny.com/order", method="POST"))["ok"] is True


@pytest.mark.parametrize(("kind", "orders"), [("drop", 1), ("drop_before", 0)])
async def test_a_dropped_connection_says_nothing_about_the_order(kind: str, orders: int) -> None:
    async with tiny() as client:
        await client.fault({"on": "rest", "match": "/order", "kind": kind})
        with pytest.raises(aiohttp.ClientConnectionError):
            async with client.raw("/api.tiny.com/order"):
                pass
        assert len(client.exchange.orders("main")) == orders


@pytest.mark.parametrize(("kind", "orders"), [("status", 1), ("refuse", 0)])
async def test_an_error_that_is_a_refusal_was_not_carried_out_and_another_was(kind: str, orders: int) -> None:
    async with tiny() as client:
        body = '{"error":"not ready"}'
        await client.fault({"on": "rest", "match": "/order", "kind": kind, "status": 422, "body": body})
        async with client.raw("/api.tiny.com/order") as answer:
            assert (answer.status, await answer.json()) == (422, {"error": "not ready"})
        assert len(client.exchange.orders("main")) == orders


async def test_an_answer_that_never_comes_was_carried_out_too() -> None:
    async with tiny() as client:
        await client.fault({"on": "rest", "match": "/order", "kind": "hang"})
        with pytest.raises(TimeoutError):
            async with client.raw("/api.tiny.com/order", timeout=aiohttp.ClientTimeout(total=0.2)):
                pass
        assert len(client.exchange.orders("main")) == 1


async def test_a_delayed_answer_is_late_but_true() -> None:
    async with tiny() as client:
        await client.fault({"on": "rest", "match": "/order", "kind": "delay", "after_ms": 150})
        loop = asyncio.get_running_loop()
        before = loop.time()
        assert (await client.ask("/api.tiny.com/order", method="POST"))["id"] == 1
        assert loop.time() - before >= 0.15


async def test_a_status_is_given_as_often_as_it_was_asked_for() -> None:
    async with tiny() as client:
        await client.fault({"on": "rest", "kind": "status", "status": 429, "body": "slow", "count": 2})
        statuses = []
        for _ in range(3):
            async with client.raw("/api.tiny.com/x", "GET") as answer:
                statuses.append(answer.status)
        assert statuses == [429, 429, 200]


@pytest.mark.parametrize(
    ("kind", "garbage"),
    [("truncated", '{"a": '), ("list", "[]"), ("empty", ""), ("wrong_types", '{"a": {"value": "abc"}}')],
)
@pytest.mark.parametrize("replace", [False, True])
async def test_garbage_comes_before_a_frame_or_instead_of_it(kind: str, garbage: str, replace: bool) -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": kind, "replace": replace})
        await line.send_str('{"a": 123456}' if kind != "truncated" else '{"a": 12345}')
        await line.send_str("next")
        frames = [await line.receive_str(timeout=2) for _ in range(2 if replace else 3)]
        assert frames[0] == garbage
        assert len(frames) == 2 or frames[1].startswith('{"a": 12345')
        assert frames[-1] == "next"


async def test_bytes_that_are_no_text_come_as_a_binary_frame() -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": "invalid_utf8"})
        await line.send_str("real")
        with pytest.raises(UnicodeDecodeError):
            (await line.receive_bytes(timeout=2)).decode()
        assert await line.receive_str(timeout=2) == "real"


async def test_a_silent_line_still_answers_pings_and_speaks_again_when_its_time_is_over() -> None:
    async with tiny() as client, client.line(autoping=False) as line:
        await client.fault({"on": "ws", "kind": "silence", "after_ms": 300})
        await line.send_str("lost")
        await line.ping()
        assert (await line.receive(timeout=2)).type is aiohttp.WSMsgType.PONG
        await asyncio.sleep(0.3)
        await line.send_str("heard")
        assert await line.receive_str(timeout=2) == "heard"


async def test_a_half_open_line_answers_nothing_at_all() -> None:
    async with tiny() as client, client.line(autoping=False) as line:
        await client.fault({"on": "ws", "kind": "half_open"})
        await line.send_str("lost")
        await line.ping()
        with pytest.raises(TimeoutError):
            await line.receive(timeout=0.2)


async def test_open_lines_can_be_closed_with_a_code_and_so_can_the_next_one() -> None:
    async with tiny() as client, client.line() as line:
        await client.fault({"on": "ws", "kind": "close", "code": 1012, "count": 2})
        await line.receive(timeout=2)
        assert line.close_code == 1012
        async with client.line() as following:
            await following.receive(timeout=2)
            assert following.close_code == 1012


async def test_a_fault_that_does_not_exist_is_refused_in_words() -> None:
    async with tiny() as client:
        for body in ([{"on": "ws", "kind": "drop"}], [{"on": "tv", "kind": "empty"}], [{"on": "rest"}], {}):
            async with client.raw("/_sim/faults", json=body) as answer:
                assert answer.status == 400
                assert "error" in await answer.json()


async def test_state_shows_accounts_requests_and_connections() -> None:
    async with tiny() as client, client.line():
        await client.ask("/api.tiny.com/order", method="POST")
        state = await client.ask("/_sim/state")
        assert state["requests"] == {"POST /order": 1}
        assert state["connections"] == 1
        assert state["accounts"]["main"]["positions"][0]["quantity"] == "0.100"
        assert state["finished"] is False


async def test_funding_is_paid_when_a_test_says_so() -> None:
    async with tiny() as client:
        await client.ask("/api.tiny.com/order", method="POST")
        before = client.exchange.balances("main")[0].total
        await client.ask("/_sim/funding", method="POST", body={"rate": "0.01"})
        position = client.exchange.positions("main")[0]
        price = client.exchange.mark_price(position.symbol)
        assert before - client.exchange.balances("main")[0].total == position.quantity * price / 100


async def test_the_end_does_not_wait_for_clients_that_hang() -> None:
    loop = asyncio.get_running_loop()
    async with tiny() as client:
        await client.fault({"on": "rest", "kind": "hang", "match": "/order"})
        reader, writer = await asyncio.open_connection("127.0.0.1", client.now.ports["tiny"])
        writer.write(b"POST /api.tiny.com/order HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.line(autoclose=False, autoping=False)
        await until(lambda: bool(client.exchange.orders("main")) and bool(client.wire.sessions))
        began = loop.time()
    assert loop.time() - began < 1
    assert await reader.read() == b""
    writer.close()
