"""Lines that break, lie, flap and fall silent."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

from builtin.ccxt.kit import BTC_KRW, BTC_USDT, EACH, ETH_USDT, MAIN, PUBLIC, Scene, scene

from twinstar.domain import CandleClosed, InstrumentId, OrderFilled, PriceSeen, StreamOpened, Timeframe, TradeSeen
from twinstar.errors import VenueUnavailable
from twinstar.ports import Stream, Venue, Wanted
from twinstar.testing.conformance.listening import listening


def streams(venue: Venue, symbol: str) -> list[Stream]:
    return list(venue.streams.open(Wanted((InstrumentId(symbol, venue.id),), Timeframe.M1)))


async def first_error(stream: Stream) -> Exception:
    async with asyncio.timeout(3):
        try:
            async with aclosing(stream):
                async for _ in stream:
                    pass
        except Exception as error:  # noqa: BLE001 - which error it is, is what the test asks
            return error
    raise AssertionError("the stream ended without a word")


def send_privately(one: Scene, *frames: object) -> None:
    (line,) = [line for line in one.server.lines if "/private" in line.path]
    for frame in frames:
        line.send(json.dumps(frame))


def execution(number: int, order_id: str) -> dict[str, object]:
    """One of many fills of one order, as Binance words it."""
    return {
        "e": "ORDER_TRADE_UPDATE", "T": 1_700_000_000_000 + number, "E": 1_700_000_000_000 + number,
        "o": {
            "s": "BTCUSDT", "c": order_id, "S": "BUY", "o": "LIMIT", "f": "GTC", "q": "1.000", "p": "60000",
            "ap": "60000", "sp": "0", "x": "TRADE", "X": "PARTIALLY_FILLED", "i": 77, "l": "0.001",
            "z": f"{number / 1000:.3f}", "L": "60000.10", "N": "USDT", "n": "0.01", "T": 1_700_000_000_000 + number,
            "t": number, "b": "0", "a": "0", "m": True, "R": False, "wt": "CONTRACT_PRICE", "ot": "LIMIT", "ps": "BOTH",
            "cp": False, "rp": "0", "pP": False, "si": 0, "ss": 0, "V": "NONE", "pm": "NONE", "gtd": 0,
        },
    }  # fmt: skip


async def test_a_line_that_brings_nothing_but_garbage_is_given_up() -> None:
    async with scene("upbit") as one, listening(one.venue, one.symbol) as heard:
        one.fault(on="ws", kind="truncated", match=PUBLIC["upbit"], count=100, replace=True)
        one.minutes(5)
        await heard.until(lambda heard: heard.errors)
        assert "in a row could not be read" in str(heard.errors[0])


async def test_of_two_hundred_account_frames_in_a_burst_none_is_lost() -> None:
    async with scene("binanceusdm") as one, listening(one.venue, BTC_USDT) as heard:
        order_id = one.order().order_id
        send_privately(one, *(execution(number, order_id) for number in range(1, 201)))
        await heard.until(lambda heard: len(heard.of(OrderFilled)) >= 200)
        assert [event.fill.fill_id for event in heard.of(OrderFilled)] == [str(number) for number in range(1, 201)]


async def test_fills_that_come_before_the_stop_they_belong_to_is_known_wait_for_it() -> None:
    async with scene("binanceusdm") as one, listening(one.venue, BTC_USDT) as heard:
        ours, theirs = one.order().order_id, "an id of the venue's own"
        send_privately(one, execution(1, theirs), execution(2, theirs))
        algo = {
            "caid": ours, "aid": 5, "at": "CONDITIONAL", "o": "STOP_MARKET", "s": "BTCUSDT", "S": "SELL", "ps": "BOTH",
            "f": "GTC", "q": "0.002", "X": "FINISHED", "ai": "77", "ap": "60000", "aq": "0.002", "act": "MARKET",
            "tp": "60000", "p": "0", "wt": "CONTRACT_PRICE", "cp": False, "pP": False, "R": True, "tt": 1, "gtd": 0,
        }  # fmt: skip
        send_privately(one, {"e": "ALGO_UPDATE", "T": 1_700_000_000_009, "E": 1_700_000_000_009, "o": algo})
        send_privately(one, execution(3, theirs))
        await heard.until(lambda heard: len(heard.of(OrderFilled)) == 3)
        fills = [event.fill for event in heard.of(OrderFilled)]
        assert [(fill.fill_id, fill.order_id) for fill in fills] == [("1", ours), ("2", ours), ("3", ours)]


async def test_of_a_burst_of_trades_none_is_lost() -> None:
    async with scene("upbit") as one, listening(one.venue, BTC_KRW) as heard:
        before = len(heard.of(TradeSeen))
        made = []
        forget = one.exchange.on_tick(BTC_KRW, made.append)
        while len(made) < 500:
            one.exchange.step()
        forget()
        await heard.until(lambda heard: len(heard.of(TradeSeen)) - before >= len(made))
        assert [t.quantity for t in heard.of(TradeSeen)[-len(made) :]] == [tick.quantity for tick in made]


@EACH
async def test_a_flapping_venue_is_not_stormed(name: str) -> None:
    async with scene(name) as one:
        one.fault(on="ws", kind="close", match=PUBLIC[name], count=1_000)
        dialled = 0
        async with asyncio.timeout(30):
            loop = asyncio.get_running_loop()
            until = loop.time() + 1.5
            while loop.time() < until:  # as the most impatient of supervisors would
                market_stream, private = streams(one.venue, one.symbol)
                await private.aclose()
                await first_error(market_stream)
                dialled += 1
        assert 2 <= dialled <= 6


@EACH
async def test_a_line_without_pongs_is_given_up(name: str) -> None:
    async with scene(name) as one:
        one.venue.streams.exchange.streaming["keepAlive"] = 60
        async with listening(one.venue, one.symbol) as heard:
            one.fault(on="ws", kind="half_open", match=PUBLIC[name])
            await heard.until(lambda heard: heard.errors, within_s=2)
            assert isinstance(heard.errors[0], VenueUnavailable)


async def test_leaving_one_stream_takes_no_other_along() -> None:
    async with scene("binanceusdm") as one:
        wanted = Wanted((InstrumentId(BTC_USDT, one.name), InstrumentId(ETH_USDT, one.name)), Timeframe.M1)
        first, second, _ = one.venue.streams.open(wanted)
        waiting = asyncio.ensure_future(anext(first))
        assert isinstance(await anext(second), StreamOpened)
        await waiting
        leaving = asyncio.ensure_future(anext(first))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
        one.minutes(3)
        async with asyncio.timeout(3):
            assert isinstance(await anext(second), CandleClosed | PriceSeen)
        await second.aclose()
        assert not one.server.lines or one.server.lines[0].closed or await gone(one)


async def gone(one: Scene) -> bool:
    async with asyncio.timeout(2):
        while one.server.lines:  # noqa: ASYNC110 - a server tells nobody that a client has left
            await asyncio.sleep(0.01)
    return True


async def test_an_expired_listen_key_ends_the_private_stream_and_the_next_one_has_a_new_key() -> None:
    async with scene("binanceusdm") as one:
        async with listening(one.venue, BTC_USDT) as heard:
            send_privately(one, {"e": "listenKeyExpired", "E": 1_700_000_000_000, "listenKey": "of no use any more"})
            await heard.until(lambda heard: heard.errors)
            assert "listenKeyExpired" in str(heard.errors[0])
        async with listening(one.venue, BTC_USDT) as heard:
            await one.venue.trading.place(one.order())
            await heard.until(lambda heard: heard.of(OrderFilled))
        assert one.server.requests["POST /fapi/v1/listenKey"] == 2


async def test_the_listen_key_is_renewed_in_time() -> None:
    async with scene("binanceusdm") as one, listening(one.venue, BTC_USDT) as heard:
        assert one.server.requests["PUT /fapi/v1/listenKey"] == 0
        clock = one.venue.streams.clock
        now_s = clock.monotonic_s()
        clock.monotonic_s = lambda: now_s + 1_801
        await one.venue.trading.place(one.order())  # whatever wakes the stream
        await heard.until(lambda _: one.server.requests["PUT /fapi/v1/listenKey"] == 1)
        assert not heard.errors


async def test_no_stream_error_holds_a_key() -> None:
    async with scene("binanceusdm") as one, listening(one.venue, BTC_USDT) as heard:
        (line,) = [line for line in one.server.lines if "/private" in line.path]
        exchange = one.venue.streams.exchange
        listen_key = exchange.options["linear"]["listenKey"]
        client = next(client for url, client in exchange.clients.items() if listen_key in url)
        client.on_error(RuntimeError(f"lost {client.url}"))
        await heard.until(lambda heard: heard.errors)
        assert listen_key not in str(heard.errors)
        assert MAIN.secret not in str(heard.errors[0]).split()
        line.close()
