"""From a request to its answer: the route, its weight, who asks, and the venue's words for a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from msgspec import json

from twinstar.sim.model import Reason, Refusal
from twinstar.sim.ports import RestRequest
from twinstar.sim.wires.binance_common import errors, gate, params
from twinstar.sim.wires.binance_common.desk import Answer, Call, Markets, Route, Routes
from twinstar.sim.wires.binance_common.errors import ApiError, Words
from twinstar.sim.wires.binance_common.limits import Limits

Fields = Callable[[Call], Mapping[str, object]]


class Gateway:
    """``fields``: what the words of a refusal may need."""

    def __init__(
        self,
        desk: Markets[Any],
        routes: Routes,
        limits: Limits,
        *,
        words: Mapping[Reason, Words],
        fields: Fields,
    ) -> None:
        self._desk, self._exchange = desk, desk.exchange
        self._routes = routes
        self._limits = limits
        self._words, self._fields = words, fields

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
        route = self._routes.get((request.method, request.path))
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
            words = {**self._words, **route.refusals}
            raise errors.worded(refusal, words, self._fields(call)) from refusal

    def _admit(self, route: Route, request: RestRequest, asked: params.Params) -> str:
        if not (route.keyed or route.signed):
            return ""
        keys = gate.key_holder(self._exchange, request.headers.get("x-mbx-apikey", ""))
        if route.signed:
            gate.check_time(self._exchange.clock.now_ms(), asked)
            gate.check_signature(keys.secret, request)
        return keys.account
