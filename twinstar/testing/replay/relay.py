"""Stands between an adapter and its venue, passes everything on, and notes what the WebSockets said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Literal

import aiohttp
from aiohttp import WSMsgType, web

from twinstar.runtime.tape.row import Row, frame, is_heartbeat

MOST: Final = 16 * 2**20  # bytes of a message
OWN: Final = {"host", "connection", "upgrade", "content-length"}

Upstream = Callable[[str], str]


def at_simulator(url: str) -> Upstream:
    """The simulated exchange has all hosts of a venue behind one address."""
    return lambda path: url.rstrip("/") + path


def at_venue(path: str) -> str:
    """The first part of the path is the host that the adapter meant."""
    return f"https:/{path}"


class Relay:
    def __init__(self, upstream: Upstream, session: aiohttp.ClientSession) -> None:
        self.rows: list[Row] = []
        self._upstream, self._session = upstream, session
        self._answers = self._lines = 0
        self._open: dict[int, web.WebSocketResponse] = {}

    async def cut(self) -> None:
        """End all lines, as a venue may at any time."""
        cut, self._open = self._open, {}
        for line, ours in cut.items():
            self.rows.append(Row(line, "cut", self._answers))
            await ours.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        url = self._upstream(request.path_qs)
        headers = {name: value for name, value in request.headers.items() if not _is_own(name)}
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._line(request, url, headers)
        asked = self._session.request(request.method, url, data=await request.read(), headers=headers)
        async with asked as answer:
            body = await answer.read()
            self._answers += 1
            told = {name: value for name, value in answer.headers.items() if not _is_own(name)}
            return web.Response(status=answer.status, body=body, headers=told)

    async def _line(self, request: web.Request, url: str, headers: dict[str, str]) -> web.WebSocketResponse:
        line, self._lines = self._lines, self._lines + 1
        ours = web.WebSocketResponse(max_msg_size=MOST, autoclose=False, compress=False)
        async with self._session.ws_connect("ws" + url.removeprefix("http"), headers=headers, max_msg_size=MOST) as up:
            await ours.prepare(request)
            self.rows.append(Row(line, "open", self._answers, path=request.path_qs))
            self._open[line] = ours
            async with asyncio.TaskGroup() as group:
                leaving = group.create_task(self._pump(line, ">", ours, up))
                ending = group.create_task(self._pump(line, "<", up, ours))
                await asyncio.wait((leaving, ending), return_when=asyncio.FIRST_COMPLETED)
                if self._open.pop(line, None) is not None and not leaving.done():  # else it is not the venue's doing
                    self.rows.append(Row(line, "close", self._answers))
                leaving.cancel()
                ending.cancel()
        await ours.close()
        return ours

    async def _pump(self, line: int, what: Literal["<", ">"], source: Any, target: Any) -> None:
        with suppress(ConnectionError):  # the other side has left
            async for message in source:
                if not is_heartbeat(message.data):
                    self.rows.append(frame(line, what, self._answers, message.data))
                if message.type is WSMsgType.BINARY:
                    await target.send_bytes(message.data)
                elif message.type is WSMsgType.TEXT:
                    await target.send_str(message.data)


def _is_own(header: str) -> bool:
    """Of the connection, not of what goes over it."""
    name = header.lower()
    return name in OWN or name.startswith("sec-websocket") or name.endswith("-encoding")


@asynccontextmanager
async def relaying(upstream: Upstream) -> AsyncIterator[tuple[Relay, str]]:
    """The relay, and where on loopback it is."""
    async with aiohttp.ClientSession(auto_decompress=True) as session:
        relay = Relay(upstream, session)
        async with serving(relay.handle) as url:
            yield relay, url


@asynccontextmanager
async def serving(handle: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    application = web.Application(client_max_size=MOST)
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
