"""OKX v5 as a wire: routes, answers and sockets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from msgspec import json

from twinstar.sim.ports import Exchange, Line, RestRequest, Session
from twinstar.sim.wires.okx import account, algo, bills, gate, market, orders, params, settings
from twinstar.sim.wires.okx.desk import Answer, Call, Desk, Route
from twinstar.sim.wires.okx.errors import BAD_REQUEST, NOT_FOUND, ApiError
from twinstar.sim.wires.okx.limits import Limits
from twinstar.sim.wires.okx.session import PLACES, OkxSession

ROUTES: dict[tuple[str, str], Route] = {
    (route.method, route.path): route
    for module in (market, orders, algo, account, settings, bills)
    for route in module.ROUTES
}


def make(exchange: Exchange) -> Okx:
    return Okx(exchange)


class Okx:
    ccxt_id = "okx"

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._desk = Desk(exchange)
        self._limits = Limits(exchange.clock)

    def rest(self, request: RestRequest) -> web.Response:
        begun_ms = self._desk.now_ms()
        try:
            told, status = enveloped(self._answer(request)), 200
        except ApiError as error:
            told, status = {"code": error.code, "data": [], "msg": error.message}, error.status
        if request.method == "POST":
            told |= {"inTime": f"{begun_ms}000", "outTime": f"{self._desk.now_ms()}000"}
        return web.Response(body=json.encode(told), status=status, content_type="application/json")

    def _answer(self, request: RestRequest) -> Answer:
        route = ROUTES.get((request.method, request.path))
        if route is None:
            raise ApiError("404", "Not Found", status=NOT_FOUND)
        whose = "" if route.is_public else gate.admitted(self._exchange, request)
        rows = [params.of_query(request.query)] if request.method == "GET" else params.of_body(request.body)
        self._limits.spend(route, whose, rows)
        check_rows(route, rows)
        return route.answer(self._desk, Call(rows, whose))

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        place = path.rpartition("/ws/v5/")[2]
        return OkxSession(self._desk, line, place) if place in PLACES else None


def check_rows(route: Route, rows: list[params.Params]) -> None:
    if not rows:
        raise ApiError("50000", "Body for POST request cannot be empty.", status=BAD_REQUEST)
    if len(rows) > route.most_rows:
        raise ApiError("51111", f"Maximum {route.most_rows} orders can be placed in bulk")


def enveloped(rows: Answer) -> dict[str, Any]:
    """Rows that say for themselves whether they succeeded make it 0 for all of them, 1 for none, 2 for some."""
    failed = sum(isinstance(row, dict) and row.get("sCode", "0") != "0" for row in rows)
    if not failed:
        return {"code": "0", "data": rows, "msg": ""}
    if failed == len(rows):
        return {"code": "1", "data": rows, "msg": "All operations failed"}
    return {"code": "2", "data": rows, "msg": "Bulk operation partially succeeded"}
