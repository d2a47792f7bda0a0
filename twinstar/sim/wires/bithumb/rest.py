"""Bithumb's REST API 2.0: which path belongs to which limit, and what answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from twinstar.sim.ports import Exchange, RestRequest
from twinstar.sim.wires.bithumb import limits, messages, moments
from twinstar.sim.wires.bithumb.desk import Desk
from twinstar.sim.wires.bithumb.limits import Limits
from twinstar.sim.wires.bithumb.quotes import Quotes, sequential_id
from twinstar.sim.wires.bithumb.reading import Reading
from twinstar.sim.wires.bithumb.spans import SPANS
from twinstar.sim.wires.krw.candles import KEPT_TICKS, Span
from twinstar.sim.wires.krw.gateway import Gateway
from twinstar.sim.wires.krw.markets import COINS, market_id
from twinstar.sim.wires.krw.messages import RestCandle, RestOrderbook, RestTicker
from twinstar.sim.wires.krw.params import Params
from twinstar.sim.wires.krw.quotes import MOST_UNITS
from twinstar.sim.wires.krw.rest import Private, Public, Router, all_listed, candle_page, listed

MOST_TRADES = 500
NEWEST = 10**18 - 1  # a sequential id that no trade reaches


class Rest:
    def __init__(self, exchange: Exchange, quotes: Quotes, gateway: Gateway) -> None:
        self._exchange = exchange
        self._quotes = quotes
        self._limits = Limits()
        self.desk = Desk(exchange, self._limits)
        private = _private_routes(self.desk, Reading(exchange, self.desk))
        self._router = Router(gateway, self._meter, self._public_routes(), private)

    def answer(self, request: RestRequest) -> web.Response:
        return self._router.answer(request)

    def _meter(self, _: str, group: limits.Group, _headers: dict[str, str]) -> None:
        self._limits.admit(group, self._exchange.clock.now_ms())

    def _public_routes(self) -> Mapping[str, Public[limits.Group]]:
        return {
            "GET /v1/market/all": Public(limits.PUBLIC, self._markets),
            "GET /v1/market/virtual_asset_warning": Public(limits.PUBLIC, lambda _: []),
            "GET /v1/ticker": Public(limits.TICKER, self._tickers),
            "GET /v1/trades/ticks": Public(limits.TRADES, self._trades),
            "GET /v1/orderbook": Public(limits.ORDERBOOK, self._orderbooks),
            **{f"GET /v1/candles/{path}": Public(limits.CANDLE, self._candles(span)) for path, span in SPANS.items()},
        }

    def _markets(self, given: Params) -> list[messages.Market]:
        warned = {"market_warning": "NONE"} if given.get("isDetails") == "true" else {}
        coins = [(each, COINS[each.base]) for each in self._exchange.listings.values()]
        return [messages.Market(market_id(each.symbol), coin.korean, coin.english, **warned) for each, coin in coins]

    def _tickers(self, given: Params) -> list[RestTicker]:
        return [self._quotes.rest_ticker(symbol) for symbol in all_listed(self._exchange, given)]

    def _trades(self, given: Params) -> list[messages.RestTrade]:
        """Newest first; ``cursor`` is the sequential id to begin before."""
        symbol = listed(self._exchange, given.need("market"))
        count, cursor = given.number("count", 1, MOST_TRADES), given.number("cursor", NEWEST, NEWEST)
        to_ms = moments.trades_to(given, self._exchange.clock.market_ms())
        is_latest = cursor == NEWEST and to_ms is None
        ticks = [
            tick
            for tick in self._exchange.ticks(symbol, count if is_latest else KEPT_TICKS)
            if sequential_id(tick) < cursor and (to_ms is None or tick.market_ms < to_ms)
        ]
        return [self._quotes.rest_trade(tick) for tick in reversed(ticks[-count:])]

    def _orderbooks(self, given: Params) -> list[RestOrderbook]:
        return [self._quotes.rest_book(symbol, MOST_UNITS) for symbol in all_listed(self._exchange, given)]

    def _candles(self, span: Span) -> Callable[[Params], list[RestCandle]]:
        def answer(given: Params) -> list[RestCandle]:
            return candle_page(self._exchange, self._quotes, span, given, moments.candle_to(given))

        return answer


def _private_routes(desk: Desk, reading: Reading) -> Mapping[str, Private[limits.Group]]:
    return {
        "GET /v1/accounts": Private(limits.PRIVATE, reading.accounts),
        "GET /v1/orders/chance": Private(limits.PRIVATE, reading.chance),
        "GET /v1/order": Private(limits.PRIVATE, reading.order),
        "GET /v1/orders": Private(limits.PRIVATE, reading.orders),
        "POST /v2/orders/search": Private(limits.PRIVATE, reading.search),
        "GET /v2/orders/pending": Private(limits.PRIVATE, reading.pending),
        "GET /v2/orders/history": Private(limits.PRIVATE, reading.history),
        "POST /v2/orders": Private(limits.ORDER_CREATE, desk.place, 201),
        "POST /v2/orders/batch": Private(limits.BATCH, desk.place_batch, 201),
        "DELETE /v2/order": Private(limits.ORDER_CANCEL, desk.cancel),
        "POST /v2/orders/cancel": Private(limits.BATCH, desk.cancel_batch),
    }
