"""Upbit's REST API: which path belongs to which limit, and what answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from twinstar.sim.ports import Exchange, RestRequest
from twinstar.sim.wires.krw.candles import KEPT_TICKS, Span
from twinstar.sim.wires.krw.gateway import Gateway
from twinstar.sim.wires.krw.markets import COINS, market_id
from twinstar.sim.wires.krw.messages import RestCandle, RestOrderbook, RestTicker
from twinstar.sim.wires.krw.numbers import text
from twinstar.sim.wires.krw.params import Params
from twinstar.sim.wires.krw.quotes import MOST_UNITS
from twinstar.sim.wires.krw.rest import Private, Public, Router, all_listed, candle_page, listed
from twinstar.sim.wires.upbit import limits, messages
from twinstar.sim.wires.upbit.desk import Desk
from twinstar.sim.wires.upbit.quotes import Quotes, sequential_id
from twinstar.sim.wires.upbit.spans import SPANS
from twinstar.sim.wires.upbit.ticks import tick_at

MOST_TRADES = 500
NEWEST = 10**18 - 1  # a sequential id that no trade reaches
CAUTIONS = (
    "PRICE_FLUCTUATIONS",
    "TRADING_VOLUME_SOARING",
    "DEPOSIT_AMOUNT_SOARING",
    "GLOBAL_PRICE_DIFFERENCES",
    "CONCENTRATION_OF_SMALL_ACCOUNTS",
)


class Rest:
    def __init__(self, exchange: Exchange, quotes: Quotes, desk: Desk, gateway: Gateway) -> None:
        self._exchange = exchange
        self._quotes = quotes
        self._callers: dict[str, limits.Caller] = {}
        self._router = Router(gateway, self._meter, self._public_routes(), _private_routes(desk))

    def answer(self, request: RestRequest) -> web.Response:
        return self._router.answer(request)

    def _meter(self, caller: str, group: limits.Group, headers: dict[str, str]) -> None:
        headers["Remaining-Req"] = group.remaining(0)
        left = self._callers.setdefault(caller, limits.Caller()).admit(group, self._exchange.clock.now_ms())
        headers["Remaining-Req"] = group.remaining(left)

    # -- quotation

    def _public_routes(self) -> Mapping[str, Public[limits.Group]]:
        return {
            "GET /v1/market/all": Public(limits.MARKET, self._markets),
            "GET /v1/ticker": Public(limits.TICKER, self._tickers),
            "GET /v1/ticker/all": Public(limits.TICKER, self._all_tickers),
            "GET /v1/trades/ticks": Public(limits.TRADES, self._trades),
            "GET /v1/orderbook": Public(limits.ORDERBOOK, self._orderbooks),
            "GET /v1/orderbook/instruments": Public(limits.ORDERBOOK, self._book_policies),
            **{f"GET /v1/candles/{path}": Public(limits.CANDLES, self._candles(span)) for path, span in SPANS.items()},
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

    def _tickers(self, given: Params) -> list[RestTicker]:
        return [self._quotes.rest_ticker(symbol) for symbol in all_listed(self._exchange, given)]

    def _all_tickers(self, given: Params) -> list[RestTicker]:
        wanted = given.need("quote_currencies").upper().split(",")
        listings = self._exchange.listings.values()
        return [self._quotes.rest_ticker(each.symbol) for each in listings if each.quote in wanted]

    def _trades(self, given: Params) -> list[messages.RestTrade]:
        """Newest first; ``cursor`` is the sequential id to begin before."""
        symbol = listed(self._exchange, given.need("market"))
        count = given.number("count", 1, MOST_TRADES)
        before = given.number("cursor", NEWEST, NEWEST)
        reach = count if before == NEWEST else KEPT_TICKS
        ticks = [tick for tick in self._exchange.ticks(symbol, reach) if sequential_id(tick) < before]
        return [self._quotes.rest_trade(tick) for tick in reversed(ticks[-count:])]

    def _orderbooks(self, given: Params) -> list[RestOrderbook]:
        count = given.number("count", MOST_UNITS, MOST_UNITS)
        return [self._quotes.rest_book(symbol, count) for symbol in all_listed(self._exchange, given)]

    def _book_policies(self, given: Params) -> list[messages.BookPolicy]:
        return [
            messages.BookPolicy(market_id(symbol), "KRW", text(tick_at(self._exchange.ticker(symbol).last)), ("0",))
            for symbol in all_listed(self._exchange, given)
        ]

    def _candles(self, span: Span) -> Callable[[Params], list[RestCandle]]:
        def answer(given: Params) -> list[RestCandle]:
            return candle_page(self._exchange, self._quotes, span, given, given.time("to"))

        return answer


def _private_routes(desk: Desk) -> Mapping[str, Private[limits.Group]]:
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
