"""Lighter's figures: what a frame costs beside ccxt's class; what an order costs is in `_native_lighter_orders`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from decimal import Decimal
from math import sin
from random import Random
from statistics import median
from time import process_time
from typing import Any

import ccxt.pro
from _figures import show
from _native_lighter_orders import SYMBOL, VENUE, against_bare

import twinstar as ts
from twinstar_lighter.book import OrderBook
from twinstar_lighter.messages import of_market
from twinstar_lighter.orders import Market
from twinstar_lighter.readers import MarketReader

LEVELS, BEGUN_MS = 100, 1_777_945_103_092
INSTRUMENT = ts.Instrument(
    id=ts.InstrumentId(SYMBOL, VENUE),
    base="ETH",
    quote="USDC",
    settle="USDC",
    price_step=Decimal("0.01"),
    quantity_step=Decimal("0.0001"),
)
MARKET = Market(id=0, instrument=INSTRUMENT, size_decimals=4, price_decimals=2)
CCXT_MARKET = {"id": "0", "symbol": SYMBOL, "base": "ETH", "quote": "USDC", "swap": True, "spot": False, "type": "swap"}


def trade(number: int) -> dict[str, Any]:
    ids = {"ask_id": 281476929689557 + number, "bid_id": 562947905454831 - number}
    clients = {"ask_client_id": 0, "bid_client_id": 410940644 + number}
    told = {
        "trade_id": 19211490282 + number,
        "tx_hash": f"{number:080x}",
        "type": "trade",
        "market_id": 0,
        "size": f"{(number * 7_919 % 90_000 + 1) / 10_000:.4f}",
        "price": f"{(236_000 + round(400 * sin(number / 900)) + number % 7) / 100:.2f}",
        "usd_amount": "1.180655",
        **ids,
        **{f"{name}_str": str(value) for name, value in (ids | clients).items()},
        **clients,
        "ask_account_id": 719347,
        "bid_account_id": 281474976639642,
        "is_maker_ask": bool(number % 2),
        "block_height": 227557648 + number,
        "timestamp": BEGUN_MS + number * 50,
        "taker_position_size_before": "0.6611",
        "taker_entry_quote_before": "1556.462172",
        "taker_initial_margin_fraction_before": 200,
        "maker_fee": 28,
        "maker_position_size_before": "-76.0264",
        "maker_entry_quote_before": "179127.402288",
        "maker_initial_margin_fraction_before": 200,
        "transaction_time": (BEGUN_MS + number * 50) * 1_000,
    }
    return {"channel": "trade:0", "liquidation_trades": [], "nonce": number, "trades": [told], "type": "update/trade"}


def books(count: int) -> list[dict[str, Any]]:
    """A snapshot, and then three levels of each side a frame, as the venue's batches of 50 ms have them."""
    random = Random(5)

    def level(sign: int, *, gone: bool) -> dict[str, str]:
        price = Decimal(236_000 + sign * random.randint(1, LEVELS)).scaleb(-2)
        return {"price": str(price), "size": "0.0000" if gone else f"{random.randint(1, 900_000) / 10_000:.4f}"}

    def side(sign: int, number: int) -> list[dict[str, str]]:
        if not number:
            prices = [Decimal(236_000 + sign * step).scaleb(-2) for step in range(1, LEVELS + 1)]
            return [{"price": str(price), "size": "1.5000"} for price in prices]
        return [level(sign, gone=random.random() < 0.3) for _ in range(3)]

    return [
        {
            "channel": "order_book:0",
            "last_updated_at": BEGUN_MS * 1_000 + number,
            "offset": number + 1,
            "order_book": {
                "code": 0,
                "asks": side(1, number),
                "bids": side(-1, number),
                "offset": number + 1,
                "nonce": number * 3 + 1,
                "last_updated_at": BEGUN_MS * 1_000 + number,
                "begin_nonce": max(number * 3 - 2, 0),
            },
            "timestamp": BEGUN_MS + number * 50,
            "type": "update/order_book" if number else "subscribed/order_book",
        }
        for number in range(count)
    ]


def encoded(frames: Iterable[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(frame, separators=(",", ":")).encode() for frame in frames]


Took = tuple[float, Any]  # microseconds of processor time a frame; the last that was delivered


async def ours(frames: Sequence[bytes]) -> Took:
    """Through the generator that the core reads, to its events; of a book, to its best prices."""
    book, told = OrderBook(), None
    read = MarketReader(MARKET, ts.Timeframe.M3, book).read

    async def stream() -> AsyncIterator[object]:
        for frame in frames:
            for event in read(of_market(frame)):
                yield event
            if book.nonce is not None:
                yield book.bids.best, book.asks.best

    begun_s = process_time()
    async for event in stream():
        told = event
    return (process_time() - begun_s) / len(frames) * 1e6, told


async def theirs(frames: Sequence[bytes], watch: str) -> Took:
    """Through ccxt's client, to who watches: `watch_trades` or `watch_order_book` in a loop, as ccxt is used."""
    exchange = ccxt.pro.lighter()
    exchange.set_markets([CCXT_MARKET])
    client = exchange.client(exchange.urls["api"]["ws"])
    client.connected.resolve(client.url)
    client.send = _sent
    count, told = 0, None

    async def watcher() -> None:
        nonlocal count, told
        while count < len(frames):
            told = await getattr(exchange, watch)(SYMBOL)
            count += 1

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watcher())
        await asyncio.sleep(0.01)
        begun_s = process_time()
        for number, frame in enumerate(frames):
            client.handle_text_or_binary_message(frame)
            while count == number:  # noqa: ASYNC110 - the frames come as fast as they are taken
                await asyncio.sleep(0)
        took_s = process_time() - begun_s
    await exchange.close()
    return took_s / len(frames) * 1e6, told


async def _sent(_: object) -> None:
    """The subscription; nobody is there to hear it."""


async def against_ccxt(name: str, watch: str, frames: Sequence[bytes], rounds: int) -> None:
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        ours_us, ours_told = await ours(frames)
        theirs_us, theirs_told = await theirs(frames, watch)
        took[0].append(ours_us)
        took[1].append(theirs_us)
        agree(ours_told, theirs_told)
    show(
        f"native.lighter.{name}_vs_ccxt",
        ours=median(took[0]),
        other=median(took[1]),
        unit="us/frame",
        frames=len(frames),
    )


def agree(ours_told: Any, theirs_told: Any) -> None:
    """That both did the work: the same last price, or the same best prices."""
    if isinstance(ours_told, ts.TradeSeen):
        assert float(ours_told.price) == theirs_told[-1]["price"]
    else:
        bid, ask = ours_told
        assert (float(bid), float(ask)) == (theirs_told["bids"][0][0], theirs_told["asks"][0][0])


async def lighter(frames: int, rounds: int, orders: int) -> None:
    await against_ccxt("trade", "watch_trades", encoded(map(trade, range(frames))), rounds)
    await against_ccxt("book", "watch_order_book", encoded(books(frames)), rounds)
    await against_bare(orders)
