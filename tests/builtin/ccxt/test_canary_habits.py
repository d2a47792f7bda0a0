"""What ccxt gets wrong at one venue, so that ours has a habit. A test that fails here is good news: it may go.

See docs/development.md, "When ccxt is upgraded".
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from builtin.ccxt.canary import BTC_KRW, BTC_USDT, Line, changed, line_of, plain, settle

from twinstar.builtin.ccxt.library import BaseError

KEYS = {"listenKey": "of today"}
LISTENING = pytest.mark.parametrize("venue", ["binanceusdm", "bingx"])


def puts(exchange: Any) -> int:
    return [asked.method for asked in exchange.session.asked].count("PUT")


async def lost(exchange: Any, watch: Any) -> Line:
    """Watch on a line that is then dropped."""
    waiting = asyncio.ensure_future(watch())
    await settle()
    line: Line = exchange.session.lines[-1]
    line.drop()
    await settle()
    assert waiting.exception()
    return line


# Listen keys.


async def test_binance_is_asked_once_to_keep_the_key_and_never_again() -> None:
    async with plain("binanceusdm", lambda *_: KEYS) as exchange:
        due: list[tuple[Any, tuple[Any, ...]]] = []
        exchange.delay = lambda _, method, *args: due.append((method, args))
        waiting = asyncio.ensure_future(exchange.watch_orders())
        await settle()
        ((keep, args),) = due
        await keep(*args)
        assert puts(exchange) == 1
        assert len(due) == 1, changed(
            "it goes on renewing the key", "habits/binanceusdm.renew_listen_key and its listenKeyRefreshRate"
        )
        waiting.cancel()


@LISTENING
async def test_that_the_key_has_expired_is_told_to_nobody(venue: str) -> None:
    async with plain(venue, lambda *_: KEYS) as exchange:
        waiting = asyncio.ensure_future(exchange.watch_orders())
        line = await line_of(exchange)
        line.say({"e": "listenKeyExpired", "E": 1_700_000_000_000, "listenKey": "of today"})
        await settle()
        what = changed("an expired key ends the line", f"habits/{venue}.over")
        assert line.unread == 0
        assert not waiting.done(), what
        assert not line.closed, what
        waiting.cancel()


@LISTENING
async def test_a_line_that_was_lost_is_opened_again_with_the_old_key(venue: str) -> None:
    async with plain(venue, lambda *_: KEYS) as exchange:
        await lost(exchange, exchange.watch_orders)
        waiting = asyncio.ensure_future(exchange.watch_orders())
        again = await line_of(exchange, 1)
        posts = [asked for asked in exchange.session.asked if asked.method == "POST"]
        assert (len(posts), again.url) == (1, exchange.session.lines[0].url), changed(
            "a new key is asked for", f"habits/{venue}.forget_listen_key"
        )
        waiting.cancel()


async def test_upbit_is_shown_the_same_token_twice() -> None:
    async with plain("upbit") as exchange:
        tokens = []
        for _ in range(2):
            await lost(exchange, exchange.watch_orders)
            tokens.append(exchange.options["ws"]["token"])
        assert tokens[0] == tokens[1], changed("each handshake has a token of its own", "habits/upbit.forget_token")


async def test_orders_of_binance_are_not_watched_without_asking_for_positions() -> None:
    async with plain("binanceusdm", lambda *_: KEYS) as exchange:
        waiting = asyncio.ensure_future(exchange.watch_orders())
        await settle()
        assert any("positionRisk" in asked.path for asked in exchange.session.asked), changed(
            "no snapshot of positions is taken along", "habits/binanceusdm.HABIT (option watchPositions)"
        )
        waiting.cancel()


# Frames.

PASSED_OVER = {
    "upbit": lambda _: {"error": {"name": "NO_CODES", "message": "no such market"}},
    "bingx": lambda message: {"id": message["id"], "code": 80015, "msg": "no such market", "data": None},
}


@pytest.mark.parametrize("venue", list(PASSED_OVER))
async def test_an_error_frame_is_passed_over(venue: str) -> None:
    async with plain(venue) as exchange:
        waiting = asyncio.ensure_future(exchange.watch_trades(exchange.symbols[0]))
        line = await line_of(exchange)
        line.say(PASSED_OVER[venue](line.sent[0]))
        await settle()
        assert line.unread == 0
        assert not waiting.done(), changed(f"{venue}'s error frames are told", f"habits/{venue}.complaint")
        waiting.cancel()


async def test_upbit_streams_candles_of_a_second_only() -> None:
    async with plain("upbit") as exchange:
        assert exchange.has["watchOHLCV"]
        with pytest.raises(BaseError):
            await asyncio.wait_for(exchange.watch_ohlcv(BTC_KRW, "1m"), 1)
        assert not exchange.session.lines, changed("minutes are streamed", "habits/upbit.HABIT (streamed), TapeReader")


async def test_a_trade_at_upbit_is_dated_by_its_message() -> None:
    async with plain("upbit") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_trades(BTC_KRW))
        line = await line_of(exchange)
        trade = {"trade_price": 1.0, "trade_volume": 1.0, "ask_bid": "ASK", "sequential_id": 1}
        times = {"timestamp": 1_700_000_060_000, "trade_timestamp": 1_700_000_000_123}
        line.say({"type": "trade", "code": "KRW-BTC", **times, **trade})
        (told,) = await waiting
        assert told["timestamp"] == times["timestamp"], changed("it bears its own time", "habits/upbit.TAPE")


async def test_a_day_at_okx_is_streamed_in_hong_kong_and_read_in_utc() -> None:
    async with plain("okx", lambda *_: {"code": "0", "data": []}) as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT, "1d"))
        line = await line_of(exchange)
        await exchange.fetch_ohlcv(BTC_USDT, "1d")
        (asked,) = exchange.session.asked
        channel = line.sent[0]["args"][0]["channel"]
        assert channel == "candle1D", changed("days are streamed in UTC", "habits/okx.FROM_HONG_KONG")
        assert "bar=1Dutc" in asked.query
        waiting.cancel()


# What its parsers make of orders and executions.


async def test_a_fee_that_okx_took_is_negative_in_the_stream() -> None:
    async with plain("okx") as exchange:
        told = exchange.order_to_trade({"info": {"fillFee": "-0.05", "fillFeeCcy": "USDT"}, "symbol": BTC_USDT})
        assert told["fee"]["cost"] == -0.05, changed("paid fees are positive", "habits/okx.executed")


async def test_a_rebate_of_bitget_is_a_fee_in_the_stream() -> None:
    fill = {"orderId": "1", "tradeId": "2", "symbol": "BTCUSDT", "side": "buy", "priceAvg": "100", "size": "1"}
    async with plain("bitget", uta=False) as exchange:
        costs = {
            exchange.parse_ws_trade({**fill, "feeDetail": [{"feeCoin": "USDT", "totalFee": fee}]})["fee"]["cost"]
            for fee in ("0.05", "-0.05")
        }
        assert len(costs) == 1, changed("the sign of the fee is kept", "habits/bitget.executed")


async def test_bitgets_last_fill_is_taken_for_all_of_them() -> None:
    row = {"orderId": "1", "instId": "BTCUSDT", "size": "3", "baseVolume": "1", "accBaseVolume": "2", "tradeId": "9"}
    async with plain("bitget", uta=False) as exchange:
        told = exchange.parse_ws_order({**row, "fillPrice": "100", "status": "partially_filled", "side": "buy"})
        assert told["filled"] == 1.0, changed("what is filled is counted together", "habits/bitget.found")


async def test_a_stop_at_okx_that_went_off_is_called_filled() -> None:
    row = {"algoId": "1", "ordId": "2", "state": "effective", "instId": "BTC-USDT-SWAP", "ordType": "conditional"}
    async with plain("okx") as exchange:
        told = exchange.parse_order({**row, "side": "sell", "sz": "1", "slTriggerPx": "90", "cTime": "1700000000000"})
        assert (told["id"], told["status"]) == ("1", "closed"), changed(
            "what became of it is told apart", "habits/okx.found (WENT_OFF, executing_id)"
        )


async def test_an_execution_at_bingx_is_dated_eight_hours_late_and_its_rebate_is_a_fee() -> None:
    row = {"orderId": "1", "symbol": "BTC-USDT", "side": "BUY", "price": "100", "volume": "1", "amount": "100"}
    times = {"filledTm": "2023-07-04T20:56:01Z", "filledTime": "2023-07-04T20:56:01.000+0800"}
    async with plain("bingx") as exchange:
        paid, got = (
            exchange.parse_trade({**row, **times, "commission": fee, "currency": "USDT"}) for fee in ("-1", "1")
        )
        assert paid["timestamp"] == 1_688_504_161_000, changed("it is dated right", "habits/bingx_orders._trade")
        assert paid["fee"] == got["fee"], changed("the sign of the fee is kept", "habits/bingx_orders._trade")


async def test_numbers_of_a_frame_become_floats() -> None:
    async with plain("upbit") as exchange:
        told = exchange.on_json_response('{"price": 0.1}')
        assert type(told["price"]) is float, changed("numbers stay text", "wire.json_of, on_json_response")


# Markets, and test environments.


async def test_bingx_is_asked_for_spot_markets_that_bear_the_ids_of_perpetuals() -> None:
    async with plain("bingx", lambda *_: {"code": 0, "data": []}, defaultType="swap") as exchange:
        await exchange.fetch_markets()
        assert "/openApi/spot/v1/common/symbols" in [asked.path for asked in exchange.session.asked], changed(
            "only the wanted markets are asked for", "habits/bingx.HABIT (option sandboxMode)"
        )


async def test_the_testnet_of_binances_futures_is_refused_when_the_first_request_is_signed() -> None:
    async with plain("binanceusdm") as exchange:
        exchange.set_sandbox_mode(True)
        with pytest.raises(BaseError) as refused:
            await exchange.fapiPrivateV3GetAccount()
        assert type(refused.value).__name__ == "NotSupported", changed(
            "the testnet works again", "testnet.to_testnet, habits/binanceusdm.HABIT (demo)"
        )


async def test_a_venue_without_a_test_environment_says_so_with_a_type_error() -> None:
    async with plain("upbit") as exchange:
        with pytest.raises(TypeError):
            exchange.set_sandbox_mode(True)
        assert not exchange.urls.get("test"), changed("it has one", "testnet.to_testnet")
