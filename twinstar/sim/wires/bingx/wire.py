"""BingX as a wire: routes, answers and the socket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from msgspec import json

from twinstar.sim.ports import Exchange, Line, RestRequest, Session
from twinstar.sim.wires.bingx import account, gate, market, orders, params, settings
from twinstar.sim.wires.bingx.desk import Call, Desk, Route
from twinstar.sim.wires.bingx.errors import ApiError
from twinstar.sim.wires.bingx.limits import Limits
from twinstar.sim.wires.bingx.news import News
from twinstar.sim.wires.bingx.session import BingxSession

ROUTES: dict[tuple[str, str], Route] = {
    (route.method, route.path): route for module in (market, orders, account, settings) for route in module.ROUTES
}
NOT_FOUND = 404


def make(exchange: Exchange) -> Bingx:
    return Bingx(exchange)


class Bingx:
    ccxt_id = "bingx"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._desk = Desk(exchange)
        self._limits = Limits(exchange.clock)

    def rest(self, request: RestRequest) -> web.Response:
        headers: dict[str, str] = {}
        status, told = 200, b""
        try:
            answer = self._answer(request, headers)
            told = b"" if answer is None else json.encode(answer)
        except ApiError as error:
            status, told = error.status, json.encode({"code": error.code, "msg": error.message, "data": {}})
        return web.Response(body=told, status=status, content_type="application/json", headers=headers)

    def _answer(self, request: RestRequest, headers: dict[str, str]) -> Any:
        """None: it is answered with nothing."""
        route = ROUTES.get((request.method, request.path))
        if route is None:
            raise ApiError(100400, "this api is not exist", status=NOT_FOUND)
        whose = "" if route.is_public else gate.admitted(self._exchange, request)
        self._limits.spend(route, whose, headers)
        told = route.answer(self._desk, Call(params.read(request), whose))
        return told if route.is_bare else {"code": 0, "msg": "", "data": told}

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        """One address: with a listen key it tells of the account, and without of the market."""
        if not path.endswith("/swap-market"):
            return None
        asked = parse_qs(query).get("listenKey")
        if asked is None:
            return BingxSession(self._desk, line)
        key = self._desk.listen_keys.find(asked[0])
        return None if key is None else BingxSession(self._desk, line, News(self._desk, key))
