"""What ccxt's requests do that ours must not. A test that fails here is good news: something of ours may go.

See docs/development.md, "When ccxt is upgraded".
"""

from __future__ import annotations

import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from builtin.ccxt.canary import BTC_KRW, BTC_USDT, changed, plain, settle

from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.library import BaseError


async def refused(exchange: Any) -> BaseError:
    with pytest.raises(BaseError) as caught:
        await exchange.create_order(exchange.symbols[0], "limit", "buy", 1, 100)
    error: BaseError = caught.value
    return error


# What is sent.


async def test_a_stop_at_a_venue_without_stops_is_sent_as_a_plain_market_order() -> None:
    async with plain("upbit") as exchange:
        await exchange.create_order(BTC_KRW, "market", "sell", 1, None, {"triggerPrice": 90})
        (asked,) = exchange.session.asked
        sent = json.loads(asked.body)
        assert (asked.method, sent["ord_type"], sent["triggerPrice"]) == ("POST", "market", 90), changed(
            "what a venue cannot do is refused before it is sent", "wishes.py, markets.py (the gate on features)"
        )


async def test_an_attached_stop_that_binance_does_not_know_is_sent_all_the_same() -> None:
    async with plain("binanceusdm") as exchange:
        await exchange.create_order(BTC_USDT, "market", "buy", 1, None, {"stopLoss": {"triggerPrice": 90}})
        (asked,) = [asked for asked in exchange.session.asked if asked.method == "POST"]
        assert "stopLoss=" in asked.body, changed("attached stops are refused", "wishes.py")


async def test_okx_is_sent_a_batch_of_one() -> None:
    placed = {"code": "0", "data": [{"ordId": "1", "clOrdId": "", "sCode": "0"}]}
    async with plain("okx", lambda *_: placed) as exchange:
        await exchange.create_order(BTC_USDT, "market", "buy", 1)
        (asked,) = exchange.session.asked
        assert asked.path == "/api/v5/trade/batch-orders", changed(
            "single orders have an endpoint of their own", "habits/okx.HABIT (option createOrder)"
        )


async def test_a_stop_at_bitget_becomes_one_of_the_whole_position() -> None:
    async with plain("bitget", uta=False) as exchange:
        await exchange.create_order(BTC_USDT, "market", "sell", 1, None, {"stopLossPrice": 90, "reduceOnly": True})
        (asked,) = exchange.session.asked
        assert json.loads(asked.body)["planType"] == "pos_loss", changed(
            "a stop is of its own size", "habits/bitget.trigger (planType)"
        )


async def test_upbit_is_not_asked_by_client_id() -> None:
    async with plain("upbit") as exchange:
        await exchange.fetch_order(None, BTC_KRW, {"clientOrderId": "ours"})
        (asked,) = exchange.session.asked
        assert "identifier" not in asked.query, changed("fetch_order knows client ids", "habits/upbit.look_up")


async def test_bybit_is_asked_for_a_page_of_open_orders_without_saying_how_many() -> None:
    answer = {"retCode": 0, "result": {"list": [], "nextPageCursor": "more"}}
    async with plain("bybit", lambda *_: answer, enableUnifiedMargin=False, enableUnifiedAccount=True) as exchange:
        await exchange.fetch_open_orders(BTC_USDT)
        (asked,) = exchange.session.asked
        assert "limit=" not in asked.query, changed("open orders are read to the end", "habits/bybit.open_orders")


async def test_bybit_is_asked_what_kind_of_account_it_is() -> None:
    async with plain("bybit", lambda *_: {"retCode": 0, "result": {"list": []}}) as exchange:
        await exchange.create_order(BTC_USDT, "market", "buy", 1)
        paths = [asked.path for asked in exchange.session.asked]
        assert "/v5/user/query-api" in paths, changed("it is not asked", "habits/bybit.HABIT (options enableUnified*)")


async def test_a_failure_to_ask_bitget_makes_the_account_a_classic_one_for_good() -> None:
    def glitch(_: str, path: str) -> Any:
        return (503, "busy") if path == "/api/v3/account/settings" else {"code": "00000", "data": []}

    async with plain("bitget", glitch) as exchange:
        await exchange.fetch_positions([BTC_USDT])
        assert exchange.options["uta"] is False, changed("a failure is told", "habits/bitget.HABIT (option uta)")


async def test_a_question_is_asked_once_unless_one_says_otherwise() -> None:
    async with plain("binanceusdm", lambda *_: (503, "busy")) as exchange:
        with pytest.raises(BaseError):
            await exchange.fetch_time()
        assert len(exchange.session.asked) == 1, changed(
            "it tries again by itself, behind the limiter", "retrying.py; maxRetriesOnFailure must be 0"
        )


# What is made of the answer.


@pytest.mark.parametrize("venue", ["binanceusdm", "bingx", "bitget", "bybit", "okx"])
async def test_an_answer_that_is_no_json_says_that_nothing_is_held(venue: str) -> None:
    async with plain(venue, lambda *_: (200, "<html>maintenance</html>"), uta=False, defaultType="swap") as exchange:
        assert await exchange.fetch_positions() == [], changed(
            f"{venue}: an answer that is no JSON is an error", "exchange.TwinExchange.fetch"
        )


LIMITS = [
    ("upbit", 429, {"error": {"name": "too_many_requests", "message": "slow down"}}),
    ("upbit", 418, {"error": {"name": "banned", "message": "for a while"}}),
    ("bingx", 429, {"code": 100410, "msg": "rate limited"}),
    ("okx", 429, {"code": "50061", "msg": "sub-account rate limit", "data": []}),
    ("binanceusdm", 503, {"code": -1008, "msg": "server overloaded"}),
]


@pytest.mark.parametrize(("venue", "status", "body"), LIMITS, ids=[f"{v}-{s}" for v, s, _ in LIMITS])
async def test_too_much_is_not_called_so(venue: str, status: int, body: object) -> None:
    async with plain(venue, lambda *_: (status, json.dumps(body))) as exchange:
        error = await refused(exchange)
        kinds = {kind.__name__ for kind in type(error).__mro__}
        assert not kinds & {"DDoSProtection", "RateLimitExceeded"}, changed(
            f"{venue} has a class for too many requests", "outcome.py, codes/ (judged by code and status, not by class)"
        )


# Time.


async def test_the_way_back_of_the_answer_counts_as_an_error_of_the_clock() -> None:
    async with plain("binanceusdm", lambda *_: {"serverTime": 1_000}) as exchange:
        exchange.milliseconds = lambda: 1_400
        await exchange.load_time_difference()
        assert exchange.options["timeDifference"] == 400, changed(
            "half of the way is taken off", "timing.ask_time, runtime.venue_clock"
        )


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
async def test_the_korean_venues_tell_no_time(venue: str) -> None:
    has = exchange_class(venue)().has
    assert not has["fetchTime"], changed(f"{venue} tells the time", "timing.ask_time (dated_ms)")


@pytest.mark.parametrize("venue", ["bybit", "okx", "bitget"])
async def test_a_login_over_a_line_is_not_signed_with_the_corrected_clock(venue: str) -> None:
    async with plain(venue, uta=False, timeDifference=3_600_000) as exchange:
        exchange.options["timeDifference"] = 3_600_000
        assert exchange.nonce() < exchange.milliseconds() - 3_000_000  # REST is
        sent: list[Any] = []
        exchange.watch = lambda _, __, message, *___: sent.append(message)
        await _log_in(exchange)
        told = _time_of_login(venue, sent[0])
        assert abs(told - exchange.milliseconds()) < 60_000, changed(
            "the login is dated by nonce()", "exchange.TwinExchange.milliseconds, seconds (may become nonce)"
        )


async def _log_in(exchange: Any) -> None:
    url = "wss://stream.example/private"
    login = exchange.authenticate(url) if exchange.id == "bybit" else exchange.authenticate({"url": url})
    task = asyncio.ensure_future(login)
    await settle()
    task.cancel()


def _time_of_login(venue: str, message: Any) -> float:
    if venue == "bybit":
        return float(message["args"][1])
    return float(message["args"][0]["timestamp"]) * 1_000


# How it is imported, and opened.


def test_all_exchanges_are_imported_for_one() -> None:
    source = Path(inspect.getfile(exchange_class("upbit"))).with_name("__init__.py").read_text("utf-8")
    what = changed("it is imported lazily", "lazy.py")
    assert "from ccxt.pro.upbit import upbit" in source, what
    assert "def __getattr__" not in source, what


async def test_aiohttp_sends_again_by_itself_unless_told_not_to() -> None:
    async with plain("binanceusdm") as exchange:
        exchange.session, exchange.own_session = None, True
        exchange.open()
        assert exchange.session._retry_connection is True, changed(
            "the session no longer asks again by itself, or is told so elsewhere", "exchange.TwinExchange.open"
        )
