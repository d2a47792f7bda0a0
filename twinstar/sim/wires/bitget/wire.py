"""Bitget v2 as a wire: routes, answers and sockets."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from msgspec import json

from twinstar.sim.ports import Exchange, Line, RestRequest, Session
from twinstar.sim.wires.bitget import account, gate, market, orders, params, plans, settings, unified
from twinstar.sim.wires.bitget.desk import Call, Desk, Route
from twinstar.sim.wires.bitget.errors import NOT_FOUND, NOT_UNIFIED, UNIFIED, ApiError
from twinstar.sim.wires.bitget.limits import Limits
from twinstar.sim.wires.bitget.session import BitgetSession

ROUTES: dict[tuple[str, str], Route] = {
    (route.method, route.path): route
    for module in (market, orders, plans, account, settings, unified)
    for route in module.ROUTES
}
SOCKETS = {"public": False, "private": True}
ASKED_BY_ANYBODY = "/api/v3/account/settings"  # to know which kind of account it is


def make(exchange: Exchange) -> Bitget:
    return Bitget(exchange)


class Bitget:
    ccxt_id = "bitget"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._desk = Desk(exchange)
        self._limits = Limits(exchange.clock)

    def rest(self, request: RestRequest) -> web.Response:
        headers: dict[str, str] = {}
        told = {"code": "00000", "msg": "success", "requestTime": self._desk.now_ms()}
        status = 200
        try:
            told["data"] = self._answer(request, headers)
        except ApiError as error:
            status, told = error.status, {**told, "code": error.code, "msg": error.message, "data": None}
        return web.Response(body=json.encode(told), status=status, content_type="application/json", headers=headers)

    def _answer(self, request: RestRequest, headers: dict[str, str]) -> object:
        self._limits.count()
        route = ROUTES.get((request.method, request.path))
        if route is None:
            raise ApiError("40404", "Request URL NOT FOUND", status=NOT_FOUND)
        whose = "" if route.is_public else gate.admitted(self._exchange, request)
        self._limits.spend(route, whose, headers)
        if whose and request.path != ASKED_BY_ANYBODY:
            self._check_kind(whose, unified=unified.is_unified(request.path))
        return route.answer(self._desk, Call(params.read(request), whose))

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        """``/v2/ws/…`` for classic accounts, ``/v3/ws/…`` for unified ones."""
        before, _, name = path.rpartition("/ws/")
        is_private, is_unified = SOCKETS.get(name), before.endswith("/v3")
        if is_private is None:
            return None
        return BitgetSession(self._desk, line, is_private=is_private, is_unified=is_unified)

    def _check_kind(self, account: str, *, unified: bool) -> None:
        if not self._desk.is_of_kind(account, unified=unified):
            raise ApiError(*(NOT_UNIFIED if unified else UNIFIED))
