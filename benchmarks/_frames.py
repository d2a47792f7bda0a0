"""Frames as each venue sends them: candles, public trades, and ten changed levels on each side of a book."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import _tests  # noqa: F401 - before what it makes importable
from aiohttp import WSMsgType
from builtin.ccxt.canary import Message

MINUTE_MS = 1_700_000_040_000
LEVELS = 10
APART = 10_000  # steps, so that no two markets tell the same volumes
Made = Callable[[str, int], Any]


def price(number: int) -> str:
    return f"{60_000 + number % 997}.5"


def volume(number: int) -> str:
    """Of a candle, which grows with every frame of it."""
    return f"{12 + number}.5"


def levels(number: int, step: int) -> list[list[str]]:
    return [[price(step * level), f"{1 + number % 7}.25"] for level in range(1, LEVELS + 1)]


def at(number: int) -> int:
    """All within one minute."""
    return MINUTE_MS + number % 59_000


def _binance_candle(market: str, number: int) -> Any:
    row = {
        "t": MINUTE_MS,
        "T": MINUTE_MS + 59_999,
        "s": market,
        "i": "1m",
        "f": 1,
        "L": 2,
        "x": False,
        "n": 5,
        "V": "1",
    }
    prices = {
        "o": price(500),
        "c": price(number),
        "h": "70000.5",
        "l": "50000.5",
        "v": volume(number),
        "q": "750000.5",
        "Q": "1",
    }
    return {"e": "kline", "E": at(number), "s": market, "k": {**row, **prices, "B": "0"}}


def _binance_trade(market: str, number: int) -> Any:
    trade = {"s": market, "t": number, "p": price(number), "q": "0.25", "X": "MARKET", "m": bool(number % 2)}
    return {"e": "trade", "E": at(number), "T": at(number), **trade}


def _binance_book(market: str, number: int) -> Any:
    ids = {"U": 100 + number, "u": 100 + number, "pu": 99 + number}
    return {"e": "depthUpdate", "E": at(number), "T": at(number), "s": market, **ids, **_sides(number, "b", "a")}


def _sides(number: int, bids: str, asks: str) -> dict[str, Any]:
    return {bids: levels(number, -1), asks: levels(number, 1)}


def _bybit_candle(market: str, number: int) -> Any:
    row = {
        "start": MINUTE_MS,
        "end": MINUTE_MS + 59_999,
        "interval": "1",
        "volume": volume(number),
        "turnover": "750000.5",
    }
    prices = {"open": price(500), "close": price(number), "high": "70000.5", "low": "50000.5", "volume": volume(number)}
    data = [{**row, **prices, "confirm": False, "timestamp": at(number)}]
    return {"topic": f"kline.1.{market}", "type": "snapshot", "ts": at(number), "data": data}


def _bybit_trade(market: str, number: int) -> Any:
    trade = {
        "T": at(number),
        "s": market,
        "S": "Buy",
        "v": "0.25",
        "p": price(number),
        "L": "PlusTick",
        "i": f"x{number}",
    }
    data = [{**trade, "BT": False}]
    return {"topic": f"publicTrade.{market}", "type": "snapshot", "ts": at(number), "data": data}


def _bybit_book(market: str, number: int) -> Any:
    data = {"s": market, **_sides(number, "b", "a"), "u": 1 + number, "seq": 1 + number}
    kind = "delta" if number else "snapshot"
    return {"topic": f"orderbook.50.{market}", "type": kind, "ts": at(number), "data": data, "cts": at(number)}


def _okx_candle(market: str, number: int) -> Any:
    row = [str(MINUTE_MS), price(500), "70000.5", "50000.5", price(number), "1250", volume(number), "750000.5", "0"]
    return {"arg": {"channel": "candle1m", "instId": market}, "data": [row]}


def _okx_trade(market: str, number: int) -> Any:
    trade = {"instId": market, "tradeId": str(number), "px": price(number), "sz": "25", "side": "buy", "count": "1"}
    return {"arg": {"channel": "trades", "instId": market}, "data": [{**trade, "ts": str(at(number))}]}


def _okx_book(market: str, number: int) -> Any:
    sides = {name: [[*level, "0", "1"] for level in rows] for name, rows in _sides(number, "bids", "asks").items()}
    ids = {"ts": str(at(number)), "seqId": number, "prevSeqId": number - 1 if number else -1, "checksum": 0}
    action = "update" if number else "snapshot"
    return {"arg": {"channel": "books", "instId": market}, "action": action, "data": [{**sides, **ids}]}


def _bitget_candle(market: str, number: int) -> Any:
    row = [str(MINUTE_MS), price(500), "70000.5", "50000.5", price(number), volume(number), "750000.5", "750000.5"]
    return _bitget(market, "candle1m", "update", number, row)


def _bitget_trade(market: str, number: int) -> Any:
    trade = {"ts": str(at(number)), "price": price(number), "size": "0.25", "side": "buy", "tradeId": str(number)}
    return _bitget(market, "trade", "update", number, trade)


def _bitget_book(market: str, number: int) -> Any:
    book = {**_sides(number, "bids", "asks"), "ts": str(at(number)), "seq": number}
    return _bitget(market, "books", "update" if number else "snapshot", number, book)


def _bitget(market: str, channel: str, action: str, number: int, row: Any) -> Any:
    arg = {"instType": "USDT-FUTURES", "channel": channel, "instId": market}
    return {"action": action, "arg": arg, "data": [row], "ts": at(number)}


def _bingx_candle(market: str, number: int) -> Any:
    row = {"c": price(number), "o": price(500), "h": "70000.5", "l": "50000.5", "v": volume(number), "T": MINUTE_MS}
    return {"code": 0, "dataType": f"{market}@kline_1m", "s": market, "data": [row]}


def _bingx_trade(market: str, number: int) -> Any:
    trade = {"q": "0.25", "p": price(number), "T": at(number), "m": bool(number % 2), "s": market, "t": str(number)}
    return {"code": 0, "dataType": f"{market}@trade", "data": [trade]}


def _bingx_book(market: str, number: int) -> Any:
    return {"code": 0, "dataType": f"{market}@depth100@500ms", "ts": at(number), "data": _sides(number, "bids", "asks")}


def _upbit_trade(market: str, number: int) -> Any:
    trade = {"trade_price": 90_000_000.0 + number, "trade_volume": 0.25, "ask_bid": "ASK", "sequential_id": number}
    times = {"timestamp": at(number) + 5, "trade_timestamp": at(number), "trade_date": "2023-11-14"}
    last = {"prev_closing_price": 9e7, "change": "FALL", "change_price": 27_000.0, "stream_type": "REALTIME"}
    return {"type": "trade", "code": market, **times, **trade, **last}


def _upbit_book(market: str, number: int) -> Any:
    units = [
        {"ask_price": 9e7 + level, "bid_price": 9e7 - level, "ask_size": 0.5 + number % 3, "bid_size": 1.5}
        for level in range(1, 16)
    ]
    kind = "REALTIME" if number else "SNAPSHOT"
    sizes = {"total_ask_size": 10.5, "total_bid_size": 20.5, "stream_type": kind}
    return {"type": "orderbook", "code": market, "timestamp": at(number), "orderbook_units": units, **sizes}


_BINANCE: Mapping[str, Made] = {"kline": _binance_candle, "trade": _binance_trade, "book": _binance_book}
FRAMES: Mapping[str, Mapping[str, Made]] = {
    "binance": _BINANCE,
    "binanceusdm": _BINANCE,
    "bingx": {"kline": _bingx_candle, "trade": _bingx_trade, "book": _bingx_book},
    "bitget": {"kline": _bitget_candle, "trade": _bitget_trade, "book": _bitget_book},
    "bybit": {"kline": _bybit_candle, "trade": _bybit_trade, "book": _bybit_book},
    "okx": {"kline": _okx_candle, "trade": _okx_trade, "book": _okx_book},
    "upbit": {"trade": _upbit_trade, "book": _upbit_book},  # of candles it streams those of a second only
}


def messages(venue: str, kind: str, markets: list[str], count: int) -> Iterator[Message]:
    """In turns, one market after the other."""
    made = FRAMES[venue][kind]
    for number in range(count):
        step, place = divmod(number, len(markets))
        text = json.dumps(made(markets[place], step + place * APART))
        if venue == "bingx":
            yield Message(WSMsgType.BINARY, gzip.compress(text.encode()))
        else:
            yield Message(WSMsgType.TEXT, text)
