"""What ccxt's lines do that ours must not. A test that fails here is good news: something of ours may go.

See docs/development.md, "When ccxt is upgraded".
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import WSMsgType
from builtin.ccxt.canary import BTC_USDT, Line, Message, changed, kline, line_of, okx_candle, plain, settle

from twinstar.builtin.ccxt.exchange import KEEP_ALIVE_MS
from twinstar.builtin.ccxt.library import NetworkError


def hushed() -> list[dict[str, Any]]:
    """What the event loop would complain of."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    return complaints


def forget(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()


@pytest.mark.parametrize("bad", ['{"broken"', {"e": "kline", "E": 1, "s": "BTCUSDT"}], ids=["no JSON", "no candle"])
async def test_a_frame_that_cannot_be_read_ends_the_receiving_while_the_line_stays_open(bad: object) -> None:
    complaints = hushed()
    async with plain("binanceusdm") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        line = await line_of(exchange)
        line.say(bad, *map(kline, range(100, 105)))
        await settle()
        what = changed("a frame that cannot be read no longer stops a line", "client.TwinClient.handle_message")
        assert line.unread == 5, what
        assert not waiting.done(), what
        assert not line.closed, what
        assert complaints, what
        forget(waiting)


async def test_a_receiving_that_fails_leaves_the_line_open_and_listed() -> None:
    async with plain("binanceusdm") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        line = await line_of(exchange)
        line.fail(OSError("the wire broke"))
        await settle()
        what = changed("a line whose receiving fails is closed now", "client.TwinClient.receive, receive_loop")
        assert isinstance(waiting.exception(), NetworkError), what
        assert not line.closed, what
        assert list(exchange.clients) == [line.url], what


REFUSALS = {
    "binanceusdm": lambda message: {"error": {"code": 2, "msg": "Invalid request"}, "id": message["id"]},
    "okx": lambda _: {"event": "error", "code": "60018", "msg": "Wrong URL or channel", "connId": "x"},
}


@pytest.mark.parametrize("venue", list(REFUSALS))
async def test_after_a_refusal_the_next_attempt_subscribes_nothing_and_waits_for_ever(venue: str) -> None:
    def refuse(line: Line, message: Any) -> None:
        line.say(REFUSALS[venue](message))

    async with plain(venue, heard=refuse) as exchange:
        first = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        line = await line_of(exchange)
        assert first.exception()
        second = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        await settle()
        what = changed(f"{venue} subscribes anew after a refusal", "client.TwinClient.reject (subscriptions.pop)")
        assert not second.done(), what
        assert len(line.sent) == 1, what
        forget(second)


async def test_a_line_that_is_taken_and_dropped_may_be_dialled_again_at_once() -> None:
    async with plain("binanceusdm") as exchange:
        for number in range(5):
            waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
            line = await line_of(exchange, number)
            line.drop()
            await settle()
            assert isinstance(waiting.exception(), NetworkError)
        assert exchange.ws_dial_delay(line.url) == 0, changed(
            "it waits before it dials a host that drops its lines", "backoff.Backoff, exchange.TwinExchange._lost"
        )


async def test_a_burst_wakes_who_waits_once() -> None:
    async with plain("binanceusdm") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        await line_of(exchange)
        woken: list[float] = []
        waiting.add_done_callback(lambda done: woken.append(done.result()[-1][4]))
        (client,) = exchange.clients.values()
        for number in range(100, 300):
            exchange.handle_message(client, kline(number))
        await settle()
        assert woken == [299.0], changed(
            "each frame of a burst reaches who waits", "client.TwinClient.resolve, client.Handed, feed.Feed"
        )


async def test_what_is_resolved_is_resolved_frame_by_frame_whoever_waits() -> None:
    """The one place of ccxt's that our feeds build on: if this falls, they are told nothing."""
    async with plain("binanceusdm") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        await line_of(exchange)
        (client,) = exchange.clients.values()
        resolved: list[str] = []
        client.resolve = lambda _, message_hash: resolved.append(message_hash)
        for number in range(100, 300):
            exchange.handle_message(client, kline(number))
        assert resolved.count(f"ohlcv::{BTC_USDT}::1m") == 200, changed(
            "Client.resolve is not called once a frame and stream", "client.TwinClient.resolve must find another place"
        )
        forget(waiting)


async def test_who_gives_up_waiting_takes_the_others_along() -> None:
    async with plain("okx") as exchange:
        one = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        other = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        await line_of(exchange)
        one.cancel()
        await settle()
        assert other.cancelled(), changed("waiters no longer share a future", "client.Handed, exchange._handed")


async def test_who_gives_up_loading_the_markets_takes_the_others_along() -> None:
    async with plain("okx") as exchange:
        exchange.markets = None
        entered = asyncio.Event()

        async def never(*_: object) -> None:
            entered.set()
            await asyncio.Event().wait()

        exchange.load_markets_helper = never
        one = asyncio.ensure_future(exchange.load_markets())
        other = asyncio.ensure_future(exchange.load_markets())
        await entered.wait()
        await settle()
        one.cancel()
        await settle()
        assert other.cancelled(), changed("loading markets is no longer shared", "exchange.TwinExchange.ready (lock)")


async def test_a_line_that_we_close_cancels_who_waits() -> None:
    async with plain("binanceusdm") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        await line_of(exchange)
        (client,) = exchange.clients.values()
        await client.close()
        await settle()
        assert waiting.cancelled(), changed("who waits gets an error at the close", "client.TwinClient.close")


async def test_a_reset_leaves_the_line_open_without_a_pulse() -> None:
    async with plain("binanceusdm") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        line = await line_of(exchange)
        (client,) = exchange.clients.values()
        client.reset({"code": 503})
        await settle()
        assert isinstance(waiting.exception(), NetworkError)
        what = changed("a reset closes the line", "client.TwinClient.reset")
        assert not line.closed, what
        assert client.ping_looper.cancelled(), what


async def test_an_error_that_nobody_waits_for_is_kept_for_the_next_who_asks() -> None:
    async with plain("binanceusdm") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        await line_of(exchange)
        (client,) = exchange.clients.values()
        client.reject(NetworkError("of yesterday"), "somebody's")
        late = client.future("somebody's")
        assert isinstance(late.exception(), NetworkError), changed(
            "rejections are not kept", "client.TwinClient.reject (rejections.clear)"
        )
        forget(waiting)


async def test_a_pong_is_dated_by_the_clock_of_the_venue_and_judged_by_the_walls() -> None:
    async with plain("okx") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        line = await line_of(exchange)
        exchange.milliseconds = lambda: 1_700_000_000_000
        line.say("pong")
        await settle()
        (client,) = exchange.clients.values()
        what = changed("pongs are dated by a clock of their own", "client.TwinClient.lastPong, ping_loop")
        assert client.lastPong == 1_700_000_000_000, what
        client.handle_message(Message(WSMsgType.PONG, b""))
        assert client.lastPong > 1_700_000_000_000, what
        forget(waiting)


@pytest.mark.parametrize(("venue", "ms"), [("binanceusdm", 180_000), ("bingx", 1_800_000)])
async def test_a_line_that_died_quietly_is_noticed_after_minutes(venue: str, ms: int) -> None:
    async with plain(venue) as exchange:
        assert exchange.streaming["keepAlive"] == ms > 4 * KEEP_ALIVE_MS, changed(
            f"{venue} pings more often", "exchange.KEEP_ALIVE_MS in venue._settings"
        )


async def test_a_candle_that_was_handed_out_is_changed_afterwards() -> None:
    async with plain("binanceusdm") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        line = await line_of(exchange)
        line.say(kline(101))
        (row,) = await waiting
        line.say(kline(102))
        await settle()
        assert row[4] == 102.0, changed("rows are handed out as copies", "readers.news_in, habits read the frame")


async def test_an_okx_candle_is_floats_without_its_confirm_flag() -> None:
    async with plain("okx") as exchange:
        waiting = asyncio.ensure_future(exchange.watch_ohlcv(BTC_USDT))
        line = await line_of(exchange)
        line.say(okx_candle(101))
        (row,) = await waiting
        assert row == [1_700_000_040_000, 100.0, 990.0, 90.0, 101.0, 5.0], changed(
            "candles tell more, or in text", "habits.*.candles, which read the frame"
        )


async def test_a_login_that_is_cancelled_leaves_everybody_after_it_waiting_for_ever() -> None:
    async with plain("binanceusdm") as exchange:

        async def never(*_: object) -> None:
            await asyncio.Event().wait()

        exchange.fapiPrivatePostListenKey = never
        leader = asyncio.ensure_future(exchange.watch_orders())
        await settle()
        leader.cancel()
        await settle()
        assert leader.cancelled()
        exchange.fapiPrivatePostListenKey = lambda *_: asyncio.sleep(0, {"listenKey": "k"})
        after = asyncio.ensure_future(exchange.watch_orders())
        await settle()
        what = changed("a login that is cancelled is begun anew by the next", "exchange.TwinExchange._land_flights")
        assert not after.done(), what
        assert not exchange.session.lines, what
        forget(after)
