"""Binance USD-M as a wire: routes, answers and sockets."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from aiohttp import web
from msgspec import json

from twinstar.sim.model import Refusal
from twinstar.sim.ports import Exchange, Line, RestRequest, Session
from twinstar.sim.wires.binanceusdm import (
    account,
    algo,
    definitions,
    errors,
    gate,
    income,
    market,
    orders,
    params,
    positions,
    settings,
    spot,
    userdata,
)
from twinstar.sim.wires.binanceusdm.desk import Answer, Call, Desk, Route
from twinstar.sim.wires.binanceusdm.errors import ApiError
from twinstar.sim.wires.binanceusdm.limits import Limits
from twinstar.sim.wires.binanceusdm.streams import MarketSession
from twinstar.sim.wires.binanceusdm.userdata import UserSession

ROUTES: dict[tuple[str, str], Route] = {
    (route.method, route.path): route
    for module in (definitions, market, orders, algo, account, income, positions, settings, userdata, spot)
    for route in module.ROUTES
}


def make(exchange: Exchange) -> BinanceUsdm:
    return BinanceUsdm(exchange)


class BinanceUsdm:
    ccxt_id = "binanceusdm"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._desk = Desk(exchange)
        self._limits = Limits(exchange.clock)

    def rest(self, request: RestRequest) -> web.Response:
        headers: dict[str, str] = {}
        try:
            answer, status = self._answer(request, headers), 200
        except ApiError as error:
            answer, status = {"code": error.code, "msg": error.message}, error.status
            headers.update(error.headers)
        headers.update(self._limits.headers())
        return web.Response(
            body=json.encode(answer),
            status=status,
            content_type="application/json",
            headers=headers,
        )

    def _answer(self, request: RestRequest, headers: dict[str, str]) -> Answer:
        route = ROUTES.get((request.method, request.path))
        if route is None:
            unknown = f"Path {request.path}, Method {request.method} is invalid"
            raise ApiError(-5000, unknown, status=404)
        asked = params.read(request.query, request.body)
        weight = route.weight if isinstance(route.weight, int) else route.weight(asked)
        self._limits.spend(weight)
        call = Call(asked, self._admit(route, request, asked))
        if route.is_order:
            self._limits.count_order(call.account)
            headers.update(self._limits.order_headers(call.account))
        try:
            return route.answer(self._desk, call)
        except Refusal as refusal:
            raise errors.worded(refusal, route.refusals, self._fields(call)) from refusal

    def _admit(self, route: Route, request: RestRequest, asked: params.Params) -> str:
        if not (route.keyed or route.signed):
            return ""
        keys = gate.key_holder(self._exchange, request)
        if route.signed:
            gate.check_time(self._exchange.clock.now_ms(), asked)
            gate.check_signature(keys.secret, request)
        return keys.account

    def _fields(self, call: Call) -> dict[str, str]:
        """What a refusal's words may need."""
        contract = self._desk.contracts.get(call.params.values.get("symbol", ""))
        return {
            "min_notional": f"{contract.listing.min_notional:f}" if contract else "5",
            "leverage": call.params.values.get("leverage", ""),
        }

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        """``/ws/<stream or listen key>``, ``/stream?streams=…``, each also under /public, /market and /private."""
        parts = path.strip("/").split("/")
        if "stream" in parts:
            streams = "".join(parse_qs(query).get("streams", ())).split("/")
            return MarketSession(self._desk, line, streams, combined=True)
        if "ws" not in parts:
            return None
        names = parts[parts.index("ws") + 1 :]
        if "private" in parts:
            names = parse_qs(query).get("listenKey", names)
        key = self._desk.listen_keys.find(names[0]) if names else None
        if key is not None:
            return UserSession(self._desk, key, line)
        return None if "private" in parts else MarketSession(self._desk, line, names)
