"""Bybit v5 as a wire: routes, answers and sockets."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from aiohttp import web
from msgspec import json

from twinstar.sim.model import Refusal
from twinstar.sim.ports import Exchange, Line, RestRequest, Session
from twinstar.sim.wires.bybit import account, definitions, errors, gate, log, market, orders, params
from twinstar.sim.wires.bybit.desk import Call, Desk, Json, Route
from twinstar.sim.wires.bybit.errors import ApiError
from twinstar.sim.wires.bybit.limits import Banned, Limits
from twinstar.sim.wires.bybit.private import PrivateSession
from twinstar.sim.wires.bybit.public import PublicSession

ROUTES: dict[tuple[str, str], Route] = {
    (route.method, route.path): route
    for module in (definitions, market, account, orders, log)
    for route in module.ROUTES
}


def make(exchange: Exchange) -> Bybit:
    return Bybit(exchange)


class Bybit:
    ccxt_id = "bybit"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._desk = Desk(exchange)
        self._limits = Limits(exchange.clock)
        self._numbers = count(1)  # of the connections

    def rest(self, request: RestRequest) -> web.Response:
        headers: dict[str, str] = {}
        try:
            told, status = self._enveloped(0, "OK", self._answer(request, headers)), 200
        except ApiError as error:
            told, status = self._enveloped(error.code, error.message, {}), error.status
        except Banned as banned:
            return web.Response(status=403, text=str(banned))
        return web.Response(body=json.encode(told), status=status, content_type="application/json", headers=headers)

    def _enveloped(self, code: int, message: str, result: Json) -> dict[str, Any]:
        now = self._exchange.clock.now_ms()
        return {"retCode": code, "retMsg": message, "result": result, "retExtInfo": {}, "time": now}

    def _answer(self, request: RestRequest, headers: dict[str, str]) -> Json:
        self._limits.count()
        route = ROUTES.get((request.method, request.path))
        if route is None:
            raise ApiError(10017, "Route not found.", status=404)
        call = Call(params.read(request), self._admit(route, request, headers))
        try:
            return route.answer(self._desk, call)
        except Refusal as refusal:
            raise errors.worded(refusal, route.refusals) from refusal

    def _admit(self, route: Route, request: RestRequest, headers: dict[str, str]) -> str:
        if route.cap is None:
            return ""
        keys = gate.admit(self._exchange, request)
        self._limits.spend(keys.account, route.path, route.cap, headers)
        return keys.account

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        """Public topics of linear contracts, or the account's."""
        name = f"simulated-{next(self._numbers)}"
        if path.endswith("/v5/public/linear"):
            return PublicSession(self._desk, line, name)
        return PrivateSession(self._desk, line, name) if path.endswith("/v5/private") else None
