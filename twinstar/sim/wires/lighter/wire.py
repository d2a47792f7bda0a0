"""Lighter as a wire: routes, answers and sockets."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from aiohttp import web
from msgspec import json

from twinstar.sim.ports import Exchange, Line, RestRequest, Session
from twinstar.sim.wires.lighter import account, groups, market, params, sending
from twinstar.sim.wires.lighter.desk import Call, Desk, Json, Route
from twinstar.sim.wires.lighter.errors import BAD_TOKEN, NO_ROUTE, ApiError
from twinstar.sim.wires.lighter.limits import ADDRESS, Blocked
from twinstar.sim.wires.lighter.session import ShutSession, StreamSession

API = "/api/v1/"
STREAM = "/stream"
MAINNET = 304
ROUTES = {(route.method, API + route.path): route for module in (market, account, sending) for route in module.ROUTES}


def make(exchange: Exchange) -> Lighter:
    return Lighter(exchange)


class Lighter:
    ccxt_id = "lighter"

    def __init__(self, exchange: Exchange, latency_ms: int = 0) -> None:
        """``latency_ms``: between accepting a transaction and carrying it out; the venue's is up to 300."""
        self._desk = Desk(exchange, latency_ms)
        self._numbers = count(1)  # of the connections
        for owner in self._desk.accounts:
            groups.watch(self._desk, owner)
            sending.watch(self._desk, owner)

    def rest(self, request: RestRequest) -> web.Response:
        try:
            told, status = {"code": 200, **self._answer(request)}, 200
        except ApiError as error:
            told, status = {"code": error.code, "message": error.message}, error.status
        except Blocked:
            return web.Response(status=405, text="<html><body>405 Not Allowed</body></html>", content_type="text/html")
        return web.Response(body=json.encode(told), status=status, content_type="application/json")

    def _answer(self, request: RestRequest) -> Json:
        desk = self._desk
        desk.limits.knock()
        desk.deadlines.look()
        if request.path in ("", "/"):
            return {"status": 200, "network_id": MAINNET, "timestamp": desk.now_ms() // 1000}
        route = ROUTES.get((request.method, request.path))
        if route is None:
            raise ApiError(*NO_ROUTE, status=404)
        told: Json = route.answer(desk, self._admitted(route, request))
        return told

    def _admitted(self, route: Route, request: RestRequest) -> Call:
        """The token goes in a header, or for a few in the query; transactions have a limit of their own."""
        asked = params.read(request)
        token = request.headers.get("authorization") or asked.get("auth") or asked.get("authorization")
        owner = self._desk.accounts.of_token(token) if token else None
        if route.method == "GET" or route not in sending.ROUTES:
            self._desk.limits.read(owner.index if owner else ADDRESS, route.weight)
        if route.is_private and owner is None:
            raise ApiError(*BAD_TOKEN)
        return Call(params=asked, account=owner)

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        """There is one stream for everything."""
        if not path.endswith(STREAM):
            return None
        if not self._desk.limits.may_connect():
            return ShutSession(line)
        return StreamSession(self._desk, line, f"simulated-{next(self._numbers)}")
