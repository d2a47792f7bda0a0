"""Public trades are read from the frame itself where it has a name, and are what ccxt would have made of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from builtin.ccxt.canary import market
from builtin.ccxt.kit import BTC_USDT, EACH, SYMBOL, scene
from sim.wires.samples import SAMPLES, sample

from twinstar.builtin.ccxt.habits import habit_of
from twinstar.builtin.ccxt.lazy import exchange_class
from twinstar.builtin.ccxt.numbers import exact
from twinstar.domain import TradeSeen
from twinstar.testing.conformance.listening import listening

READS = {"bingx": "parse_trade", "okx": "parse_trade"}  # what of ccxt reads a trade of a frame
FRAMES = (
    ("binance", "ccxt_comment_samples/pro_binance.json:1357"),
    ("binance", "nautilus/ws_messages/ws_spot_trade.json"),
    ("binanceusdm", "nautilus/futures/market_data_json/trade_stream.json"),
    ("bingx", "ccxt_comment_samples/pro_bingx.json:434"),
    ("bingx", "ccxt_comment_samples/pro_bingx.json:462"),
    ("bitget", "ccxt_comment_samples/pro_bitget.json:1094"),
    ("bybit", "ccxt_comment_samples/pro_bybit.json:1122"),
    ("okx", "ccxt_comment_samples/pro_okx.json:301"),
)


def without_candles(one: Any) -> Any:
    """As at a venue that streams none, so that they are built from its trades."""
    exchange = one.venue.streams.exchange
    exchange.has["watchOHLCV"] = False
    return exchange


def public_line(exchange: Any) -> Any:
    return next(client for client in exchange.clients.values() if client.feeds and not client.is_private)


async def parsed_while_told(one: Any, symbol: str) -> list[Any]:
    """What ccxt had to parse of a minute's trades, which are told as they were made."""
    async with listening(one.venue, symbol) as heard:
        one.minutes(2)
        await heard.until(lambda heard: heard.of(TradeSeen))
        client, parsed = public_line(one.venue.streams.exchange), []
        handle = client.on_message_callback
        client.on_message_callback = lambda client, frame: parsed.append(frame) or handle(client, frame)
        made: list[Any] = []
        forget = one.exchange.on_tick(symbol, made.append)
        one.minutes(1)
        forget()
        await heard.until(lambda heard: any(trade.time_ms == made[-1].market_ms for trade in heard.of(TradeSeen)))
        assert [(t.time_ms, t.price, t.quantity, t.side.value) for t in heard.of(TradeSeen)[-len(made) :]] == [
            (tick.market_ms, tick.price, tick.quantity, tick.taker.value) for tick in made
        ]
        return parsed


@EACH
async def test_after_the_first_frame_trades_are_told_as_they_were_made_without_ccxt(name: str) -> None:
    async with scene(name) as one:
        without_candles(one)
        assert not await parsed_while_told(one, SYMBOL[name])


async def test_a_kind_of_trade_that_is_not_named_goes_through_ccxt_and_is_told_as_well() -> None:
    async with scene("binanceusdm") as one:
        without_candles(one).options["watchTrades"]["name"] = "aggTrade"
        assert await parsed_while_told(one, BTC_USDT)


async def test_trades_that_have_no_id_are_all_told() -> None:
    async with scene("bingx") as one:
        exchange = without_candles(one)
        async with listening(one.venue, BTC_USDT) as heard:
            row = {"p": "60000.5", "T": 1_700_000_000_123, "m": True, "s": "BTC-USDT"}
            rows = [{**row, "q": "0.25"}, {**row, "q": "0.5"}]
            frame = {"code": 0, "dataType": "BTC-USDT@trade", "data": rows}
            public_line(exchange).handle_text_or_binary_message(json.dumps(frame))
            await heard.until(lambda heard: len(heard.of(TradeSeen)) >= len(rows))
            assert [t.quantity for t in heard.of(TradeSeen) if t.time_ms == row["T"]] == [
                Decimal("0.25"),
                Decimal("0.5"),
            ]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the venues' samples are not beside the project")
@pytest.mark.parametrize(("venue", "name"), FRAMES)
def test_a_trade_is_what_ccxt_parses(venue: str, name: str) -> None:
    frame, frames = sample(venue.removesuffix("usdm"), name), habit_of(venue).frames
    assert frames.tape is not None
    plain = exchange_class(venue)({"number": str})
    plain.set_markets([market(venue)])
    parse = getattr(plain, READS.get(venue, "parse_ws_trade"))
    rows = frame.get("data", frame)
    rows = rows if isinstance(rows, list) else [rows]
    for told, row in zip(frames.tape(frame), reversed(rows) if venue == "bitget" else rows, strict=True):
        theirs = parse(row)
        assert (told["timestamp"], told["side"]) == (theirs["timestamp"], theirs["side"])
        assert told["id"] is None or str(told["id"]) == theirs["id"]
        assert (exact(told["price"]), exact(told["amount"])) == (exact(theirs["price"]), exact(theirs["amount"]))
