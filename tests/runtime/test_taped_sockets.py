"""A socket of aiohttp that tells a tape: what an adapter with a socket of its own has to do for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from twinstar.runtime.tape import taped


class Told:
    """A tape in memory."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    def open(self, url: str) -> int:
        self.rows.append(("open", url))
        return 7

    def frame(self, line: int, what: str, data: str | bytes) -> None:
        self.rows.append((line, what, data))

    def close(self, line: int) -> None:
        self.rows.append((line, "close"))

    def exchange(self, *exchange: Any) -> None:
        self.rows.append(exchange)


async def echo(request: web.Request) -> web.WebSocketResponse:
    ours = web.WebSocketResponse()
    await ours.prepare(request)
    await ours.send_str(await ours.receive_str())
    await ours.send_bytes(b"\x00")
    await ours.close()
    return ours


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    application = web.Application()
    application.router.add_get("/", echo)
    async with TestServer(application) as server:
        yield server


@pytest.mark.parametrize("decoded", [True, False])
async def test_what_goes_over_it_is_told_from_its_opening_to_its_end(server: TestServer, decoded: bool) -> None:
    told = Told()
    async with aiohttp.ClientSession() as session, session.ws_connect(server.make_url("/"), decode_text=decoded) as raw:
        socket = taped(raw, told, "wss://v.com/ws")
        await socket.send_str("hello")
        kinds = [(await socket.receive()).type.name for _ in range(3)]
    assert kinds == ["TEXT", "BINARY", "CLOSE"]
    assert told.rows == [
        ("open", "wss://v.com/ws"),
        (7, ">", "hello"),
        (7, "<", "hello"),
        (7, "<", b"\x00"),
        (7, "close"),
    ]


def test_where_nobody_keeps_a_tape_it_is_the_socket_itself() -> None:
    socket = object()
    assert taped(socket, None, "wss://v.com/ws") is socket
