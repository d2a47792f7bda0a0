"""Upbit's REST API: which path belongs to which limit, who may ask, and what answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web
from msgspec import Struct

from twinstar.sim.ports import Exchange, RestRequest
from twinstar.sim.wires.upbit import candles, limits, messages, params
from twinstar.sim.wires.upbit.desk import Desk
from twinstar.sim.wires.upbit.errors import Denial, code_not_found
from twinstar.sim.wires.upbit.gateway import Gateway
from twinstar.sim.wires.upbit.markets import COINS, market_id, symbol_of
from twinstar.sim.wires.upbit.numbers import NUMBERS, TEXTS, text
from twinstar.sim.wires.upbit.params import Params
from twinstar.sim.wires.upbit.quotes import MOST_UNITS, Quotes, sequential_id
from twinstar.sim.wires.upbit.ticks import tick_at

MOST_CANDLES = 200
MOST_TRADES = 500
NEWEST = 10**18 - 1  # a sequential id that no trade reaches
CAUTIONS = (
    "PRICE_FLUCTUATIONS",
    "TRADING_VOLUME_SOARING",
    "DEPOSIT_AMOUNT_SOARING",
    "GLOBAL_PRICE_DIFFERENCES",
    "CONCENTRATION_OF_SMALL_ACCOUNTS",
)


class Public(Struct, frozen=True):
    group: limits.Group
    answer: Callable[[Params], object]


class Private(Struct, frozen=True):
    group: limits.Group
    answer: Callable[[str, Params], object]
    status: int = 200


class Rest:
    def __init__(self, exchange: Exchange, quotes: Quotes, desk: Desk) -> None:
        self._exchange = exchange
        self._quotes = quotes
        self._gateway = Gateway(exchange)
        self._callers: dict[str, limits.Caller] = {}
        self._public = self._public_routes()
        self._private = _private_routes(desk)

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

    def _meter(self, caller: str, group: limits.Group, headers: dict[str, str]) -> None:
        headers["Remaining-Req"] = group.remaining(0)
        left = self._callers.setdefault(caller, limits.Caller()).admit(group, self._exchange.clock.now_ms())
        headers["Remaining-Req"] = group.remaining(left)

    # -- quotation

    def _public_routes(self) -> Mapping[str, Public]:
        return {
            "GET /v1/market/all": Public(limits.MARKET, self._markets),
            "GET /v1/ticker": Public(limits.TICKER, self._tickers),
            "GET /v1/ticker/all": Public(limits.TICKER, self._all_tickers),
            "GET /v1/trades/ticks": Public(limits.TRADES, self._trades),
            "GET /v1/orderbook": Public(limits.ORDERBOOK, self._orderbooks),
            "GET /v1/orderbook/instruments": Public(limits.ORDERBOOK, self._book_policies),
            **{
                f"GET /v1/candles/{path}": Public(limits.CANDLES, self._candles(span))
                for path, span in candles.SPANS.items()
            },
        }

    def _markets(self, given: Params) -> list[messages.Market]:
        detailed = "true" in (given.get("isDetails"), given.get("is_details"))
        event = messages.MarketEvent(warning=False, caution=dict.fromkeys(CAUTIONS, False))
        found = []
        for listing in self._exchange.listings.values():
            coin = COINS[listing.base]
            market = market_id(listing.symbol)
            found.append(
                messages.Market(market, coin.korean, coin.english, event)
                if detailed
                else messages.Market(market, coin.korean, coin.english)
            )
        return found

    def _symbol(self, market: str) -> str:
        symbol = symbol_of(market)
        if symbol not in self._exchange.listings:
            raise code_not_found()
        return symbol

    def _symbols(self, given: Params) -> list[str]:
        return [self._symbol(market) for market in given.need("markets").split(",")]

    def _tickers(self, given: Params) -> list[messages.RestTicker]:
        return [self._quotes.rest_ticker(symbol) for symbol in self._symbols(given)]

    def _all_tickers(self, given: Params) -> list[messages.RestTicker]:
        wanted = given.need("quote_currencies").upper().split(",")
        listings = self._exchange.listings.values()
        return [self._quotes.rest_ticker(each.symbol) for each in listings if each.quote in wanted]

    def _trades(self, given: Params) -> list[messages.RestTrade]:
        """Newest first; ``cursor`` is the sequential id to begin before."""
        symbol = self._symbol(given.need("market"))
        count = given.number("count", 1, MOST_TRADES)
        before = given.number("cursor", NEWEST, NEWEST)
        reach = count if before == NEWEST else candles.KEPT_TICKS
        ticks = [tick for tick in self._exchange.ticks(symbol, reach) if sequential_id(tick) < before]
        return [self._quotes.rest_trade(tick) for tick in reversed(ticks[-count:])]

    def _orderbooks(self, given: Params) -> list[messages.RestOrderbook]:
        count = given.number("count", MOST_UNITS, MOST_UNITS)
        return [self._quotes.rest_book(symbol, count) for symbol in self._symbols(given)]

    def _book_policies(self, given: Params) -> list[messages.BookPolicy]:
        return [
            messages.BookPolicy(market_id(symbol), "KRW", text(tick_at(self._exchange.ticker(symbol).last)), ("0",))
            for symbol in self._symbols(given)
        ]

    def _candles(self, span: candles.Span) -> Callable[[Params], list[messages.RestCandle]]:
        def answer(given: Params) -> list[messages.RestCandle]:
            symbol = self._symbol(given.need("market"))
            count = given.number("count", 1, MOST_CANDLES)
            # One more: a day is told with the close of the day before.
            found = candles.latest(self._exchange, symbol, span, count + 1, before_ms=given.time("to"))
            return self._quotes.rest_candles(found, span)[:count]

        return answer


def _private_routes(desk: Desk) -> Mapping[str, Private]:
    return {
        "GET /v1/accounts": Private(limits.DEFAULT, lambda account, _: desk.accounts(account)),
        "GET /v1/orders/chance": Private(limits.DEFAULT, desk.chance),
        "GET /v1/order": Private(limits.DEFAULT, desk.order),
        "GET /v1/orders/open": Private(limits.DEFAULT, desk.open_orders),
        "GET /v1/orders/closed": Private(limits.DEFAULT, desk.closed_orders),
        "GET /v1/orders/uuids": Private(limits.DEFAULT, desk.orders_by_id),
        "POST /v1/orders": Private(limits.ORDER, desk.create, 201),
        "POST /v1/orders/cancel_and_new": Private(limits.ORDER, desk.replace, 201),
        "DELETE /v1/order": Private(limits.DEFAULT, desk.cancel),
    }


def _response(status: int, body: bytes, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        status=status,
        body=body,
        headers=dict(headers),
        content_type="application/json",
        charset="utf-8",
    )
