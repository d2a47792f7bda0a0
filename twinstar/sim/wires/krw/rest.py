"""REST as both venues have it: which path belongs to which limit, who may ask, and what answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from aiohttp import web
from msgspec import Struct

from twinstar.sim.ports import Exchange, RestRequest
from twinstar.sim.wires.krw import candles, messages, params
from twinstar.sim.wires.krw.errors import Denial, code_not_found
from twinstar.sim.wires.krw.gateway import Gateway
from twinstar.sim.wires.krw.markets import symbol_of
from twinstar.sim.wires.krw.numbers import NUMBERS, TEXTS
from twinstar.sim.wires.krw.params import Params
from twinstar.sim.wires.krw.quotes import Quotes

MOST_CANDLES = 200

Group = TypeVar("Group")
Meter = Callable[[str, Group, dict[str, str]], None]  # an account or "", its limit, the headers of the answer


class Public(Struct, Generic[Group], frozen=True):
    group: Group
    answer: Callable[[Params], object]


class Private(Struct, Generic[Group], frozen=True):
    group: Group
    answer: Callable[[str, Params], object]
    status: int = 200


class Router(Generic[Group]):
    """Routes are named ``GET /v1/ticker``."""

    def __init__(
        self,
        gateway: Gateway,
        meter: Meter[Group],
        public: Mapping[str, Public[Group]],
        private: Mapping[str, Private[Group]],
    ) -> None:
        self._gateway = gateway
        self._meter = meter
        self._public = public
        self._private = private

    def answer(self, request: RestRequest) -> web.Response:
        headers: dict[str, str] = {}
        try:
            return self._routed(request, headers)
        except Denial as denial:
            body = messages.ErrorAnswer(messages.ErrorBody(denial.name, denial.message))
            return _response(denial.status, TEXTS.encode(body), headers)

    def _routed(self, request: RestRequest, headers: dict[str, str]) -> web.Response:
        key = f"{request.method} {request.path.rstrip('/')}"
        if (public := self._public.get(key)) is not None:
            self._meter("", public.group, headers)
            return _response(200, NUMBERS.encode(public.answer(params.of_request(request))), headers)
        if (private := self._private.get(key)) is not None:
            keys = self._gateway.admit(request)
            self._meter(keys.account, private.group, headers)
            content = private.answer(keys.account, params.of_request(request))
            return _response(private.status, TEXTS.encode(content), headers)
        raise Denial(404, 404, "Not Found")


def listed(exchange: Exchange, market: str) -> str:
    """The symbol of a market that there is."""
    symbol = symbol_of(market)
    if symbol not in exchange.listings:
        raise code_not_found()
    return symbol


def all_listed(exchange: Exchange, given: Params) -> list[str]:
    return [listed(exchange, market) for market in given.need("markets").split(",")]


def candle_page(
    exchange: Exchange, quotes: Quotes, span: candles.Span, given: Params, before_ms: int | None
) -> list[messages.RestCandle]:
    symbol = listed(exchange, given.need("market"))
    count = given.number("count", 1, MOST_CANDLES)
    # One more: a day is told with the close of the day before.
    found = candles.latest(exchange, symbol, span, count + 1, before_ms=before_ms)
    return quotes.rest_candles(found, span)[:count]


def _response(status: int, body: bytes, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        status=status,
        body=body,
        headers=dict(headers),
        content_type="application/json",
        charset="utf-8",
    )
