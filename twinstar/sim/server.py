"""One simulated venue on a loopback port: HTTP and WebSockets in, the wire's answers out, faults in between."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import partial
from urllib.parse import parse_qs

from aiohttp import WSMsgType, web
from msgspec import Struct

from twinstar.sim.clock import Wall
from twinstar.sim.exchange import SimExchange
from twinstar.sim.faults import NOT_CARRIED_OUT, Fault, Faults
from twinstar.sim.line import WebLine
from twinstar.sim.ports import RestRequest, Session, TurnedAway, Wire
from twinstar.sim.spoiling import spoiled

LOOPBACK = "127.0.0.1"
LARGEST = 1 << 20  # of a body or frame from a client
FOREVER_S = 3600.0
DIALS_KEPT = 1_000


class Dial(Struct):
    """Somebody connected by WebSocket; wall time."""

    path: str
    opened_ms: int
    closed_ms: int | None = None


class VenueServer:
    """The original host is the first path segment, so that clients that look at their urls see what they expect."""

    def __init__(self, wire: Wire, exchange: SimExchange, wall: Wall) -> None:
        self.faults = Faults(wall)
        self.lines: list[WebLine] = []
        self.dials: deque[Dial] = deque(maxlen=DIALS_KEPT)
        self.requests: Counter[str] = Counter()
        self.last_heard_s = wall.seconds()
        self._wire = wire
        self._exchange = exchange
        self._wall = wall

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.last_heard_s = self._wall.seconds()
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._converse(request)
        asked = await _read(request)
        self.requests[f"{asked.method} {asked.path}"] += 1
        fault = self.faults.for_request(f"{asked.method} /{asked.host}{asked.path}")
        if fault is None:
            return self._wire.rest(asked)
        return await self._faulty(request, asked, fault)

    async def date(self, _: web.Request, answer: web.StreamResponse) -> None:
        """Some venues tell their time only here: it must be that of the rest."""
        answer.headers["Date"] = formatdate(self._wall.now_ms() // 1_000, usegmt=True)

    async def _faulty(self, request: web.Request, asked: RestRequest, fault: Fault) -> web.StreamResponse:
        """The request is carried out first, except where the connection breaks before it arrives or it is refused."""
        if fault.kind in NOT_CARRIED_OUT:
            return _stated(fault) if fault.kind == "refuse" else _dropped(request)
        if fault.kind == "late_candles":
            with self._exchange.candles_of_before(fault.after_ms):
                return self._wire.rest(asked)
        answer = self._wire.rest(asked)
        if fault.kind == "drop":
            return _dropped(request)
        if fault.kind in ("delay", "hang"):
            await asyncio.sleep(fault.after_ms / 1000 if fault.kind == "delay" else FOREVER_S)
            return answer
        if fault.kind == "status":
            return _stated(fault)
        return _spoiled(answer, fault.kind)

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        path, query = _target(request)
        line = WebLine(_named(path, query), self.faults, partial(_reset, request))
        try:
            session = self._wire.connect(path, query, _headers(request), line)
        except TurnedAway as turned_away:
            return web.Response(status=turned_away.status)
        if session is None:
            return web.Response(status=404)
        answer = web.WebSocketResponse(autoping=False, autoclose=False, compress=False, max_msg_size=LARGEST)
        self.lines.append(line)
        dial = Dial(path, self._wall.now_ms())
        self.dials.append(dial)
        try:
            await answer.prepare(request)
            if fault := self.faults.for_line(line.path):
                line.suffer(fault)
            await self._talk(answer, line, session)
        finally:
            line.close()
            self.lines.remove(line)
            session.on_close()
            self.last_heard_s, dial.closed_ms = self._wall.seconds(), self._wall.now_ms()
        return answer

    async def _talk(self, answer: web.WebSocketResponse, line: WebLine, session: Session) -> None:
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(line.pump(answer))
            async for message in answer:
                match message.type:
                    case WSMsgType.TEXT | WSMsgType.BINARY if self.faults.for_asking(line.path, message.data):
                        session.refuse(message.data)
                    case WSMsgType.TEXT | WSMsgType.BINARY:
                        session.on_frame(message.data)
                    case WSMsgType.PING if not line.is_half_open:
                        await answer.pong(message.data)
                    case _:
                        pass
            if line.is_half_open:
                await asyncio.sleep(FOREVER_S)  # until the client's side of the connection is gone
            pump.cancel()
        await answer.close(drain=False)

    def suffer(self, fault: Fault) -> None:
        """From now on."""
        self.faults.plan(fault)
        self.afflict_open_lines()

    def afflict_open_lines(self) -> None:
        """Faults that concern a line as a whole reach those that are open already."""
        for line in [each for each in self.lines if not each.closed]:
            if fault := self.faults.for_line(line.path):
                line.suffer(fault)


@asynccontextmanager
async def listening(server: VenueServer, *routes: web.RouteDef, port: int = 0) -> AsyncIterator[int]:
    """The port it got: the one asked for, if it is free."""
    app = web.Application(client_max_size=LARGEST)
    app.on_response_prepare.append(server.date)
    app.add_routes([*routes, web.route("*", "/{path:.*}", server.handle)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
    await runner.setup()
    try:
        await _bind(runner, port)
        yield runner.addresses[0][1]
    finally:
        for line in server.lines:
            line.close(1001)
        await runner.cleanup()


async def _bind(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
    except OSError:
        if not port:
            raise
        await web.TCPSite(runner, LOOPBACK, 0).start()


def _target(request: web.Request) -> tuple[str, str]:
    """Path and query as they came over the socket: signatures are over these very bytes."""
    path, _, query = request.raw_path.partition("?")
    return path, query


def _named(path: str, query: str) -> str:
    """With the names of what is asked for, which may be all that tells a line of the account from others."""
    names = "&".join(parse_qs(query, keep_blank_values=True))
    return f"{path}?{names}" if names else path


def _headers(request: web.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


async def _read(request: web.Request) -> RestRequest:
    path, query = _target(request)
    host, _, rest = path.removeprefix("/").partition("/")
    body = await request.read()
    return RestRequest(
        method=request.method,
        host=host,
        path=f"/{rest}",
        query=query,
        body=body.decode("utf-8", "replace"),
        headers=_headers(request),
    )


def _stated(fault: Fault) -> web.Response:
    kind = "application/json" if fault.body.startswith(("{", "[")) else "text/plain"
    return web.Response(status=fault.status, text=fault.body, content_type=kind)


def _spoiled(answer: web.Response, kind: str) -> web.Response:
    text = answer.text or ""
    made = spoiled(text, kind)
    body = made if isinstance(made, bytes) else made.encode()
    content_type = "text/html" if kind == "html" else answer.content_type
    return web.Response(status=502 if kind == "html" else answer.status, body=body, content_type=content_type)


def _dropped(request: web.Request) -> web.StreamResponse:
    """The connection is gone, whatever is returned here goes nowhere."""
    _abort(request)
    return web.Response()


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _reset(request: web.Request) -> None:
    """With a TCP reset."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
