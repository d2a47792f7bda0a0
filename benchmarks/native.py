"""What a native venue's frames cost: ours against ccxt.pro's class, and against the bare transport with a decoder.

python benchmarks/native.py bithumb [--frames 20000] [--rounds 5]
python benchmarks/native.py lighter [--frames 20000] [--rounds 5] [--orders 20]

``*_vs_ccxt``: from the bytes of a frame to what a strategy or an engine gets, without a socket. ``vs_bare``: trades
over a real socket, from the subscription to the event, against reading and decoding the same frames. Processor time
of this process; the two sides take turns.

The transport is aiohttp's: with picows, whose frames come by a callback, the bare side took 2.2 us a frame instead of
2.6 on a busy machine. A stream that waits for its frames would need a queue besides; that was not measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from random import Random
from statistics import median
from time import process_time
from typing import Any

import aiohttp
import ccxt.pro
import msgspec
from _figures import show
from _native_lighter import lighter
from aiohttp import WSMsgType, web

import twinstar as ts
from twinstar.builtin import plugins
from twinstar.config import Mode
from twinstar.plugin import Plugins, SimEndpoint
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.venue_clock import MeasuredClock
from twinstar_bithumb_native.messages import OrderBook, Ticker, Trade, public_frame
from twinstar_bithumb_native.readers import Market

SYMBOL, CODE, LEVELS = "BTC/KRW", "KRW-BTC", 30
BEGUN_MS = 1_783_658_381_138
PAUSE_MS = 50  # between trades: a busy market


def trade(number: int) -> dict[str, Any]:
    return {
        "type": "trade",
        "code": CODE,
        "trade_price": 95_539_000 + number % 7 * 1_000,
        "trade_volume": 0.00022664,
        "ask_bid": "ASK" if number % 2 else "BID",
        "prev_closing_price": 94_201_000,
        "change": "RISE",
        "change_price": 1_338_000,
        "trade_date": "2026-07-10",
        "trade_time": "13:39:41",
        "trade_timestamp": BEGUN_MS + number * PAUSE_MS,
        "sequential_id": str(862683813820523888 + number),
        "timestamp": BEGUN_MS + number * PAUSE_MS + 260,
        "stream_type": "REALTIME",
    }


def ticker(number: int) -> dict[str, Any]:
    told = {
        **dict.fromkeys(("opening_price", "high_price", "low_price", "trade_price"), 94223000 + number),
        **dict.fromkeys(("acc_trade_volume", "acc_trade_volume_24h", "acc_ask_volume"), 151.44914647),
        **dict.fromkeys(("acc_trade_price", "acc_trade_price_24h"), 14330306973.41015),
        **dict.fromkeys(("change_rate", "signed_change_rate", "trade_volume", "acc_bid_volume"), 0.01165593),
        **dict.fromkeys(("change_price", "signed_change_price", "prev_closing_price"), 1098000),
        "highest_52_week_price": 179_734_000,
        "highest_52_week_date": "2025-10-09",
        "lowest_52_week_price": 81_110_000,
        "lowest_52_week_date": "2026-02-06",
        "market_state": "ACTIVE",
        "is_trading_suspended": False,
        "delisting_date": "",
        "market_warning": "NONE",
    }
    return {**trade(number), **told, "type": "ticker"}


def book(number: int) -> dict[str, Any]:
    units = [
        {
            "ask_price": 95_340_000 + level * 1_000,
            "bid_price": 95_339_000 - level * 1_000,
            "ask_size": 0.0007 + level + number % 7,
            "bid_size": 0.0024 + level,
        }
        for level in range(LEVELS)
    ]
    stamp = str((BEGUN_MS + number) * 1_000 + 968)
    sizes = {"total_ask_size": 4.7398, "total_bid_size": 0.2889}
    return {"type": "orderbook", "code": CODE, **sizes, "orderbook_units": units, "level": 1, "timestamp": stamp}


def encoded(make: Callable[[int], dict[str, Any]], count: int) -> list[bytes]:
    return [
        json.dumps({**make(number), "stream_type": "REALTIME"}, separators=(",", ":")).encode()
        for number in range(count)
    ]


def us_a_frame(work: Callable[[bytes], object], frames: Sequence[bytes]) -> float:
    begun_s = process_time()
    for frame in frames:
        work(frame)
    return (process_time() - begun_s) / len(frames) * 1e6


# Without a socket.


def our_events() -> Callable[[bytes], object]:
    market = Market(ts.Wanted((ts.InstrumentId(SYMBOL, "bithumb"),), ts.Timeframe.M1))
    return market.read


def our_books() -> Callable[[bytes], object]:
    def deliver(frame: bytes) -> object:
        told = public_frame(frame)
        assert isinstance(told, OrderBook)
        return told.bids, told.asks

    return deliver


def their_market(exchange: Any) -> Callable[[bytes], object]:
    """ccxt's client, with nobody waiting: the least that it does with a frame."""
    client = exchange.client("wss://ws-api.bithumb.com/websocket/v1")
    deliver: Callable[[bytes], object] = client.handle_text_or_binary_message
    return deliver


async def against_ccxt(
    name: str,
    make: Callable[[int], dict[str, Any]],
    our: Callable[[], Callable[[bytes], object]],
    frames: int,
    rounds: int,
) -> None:
    exchange = ccxt.pro.bithumb()
    exchange.set_markets([{"id": CODE, "symbol": SYMBOL, "base": "BTC", "quote": "KRW", "spot": True, "type": "spot"}])
    sent = encoded(make, frames)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(us_a_frame(our(), sent))
        theirs.append(us_a_frame(their_market(exchange), sent))
    await exchange.close()
    show(f"native.bithumb.{name}_vs_ccxt", ours=median(ours), other=median(theirs), unit="us/frame", frames=frames)


# Over a socket.


async def serve(frames: int) -> None:
    """Sends them all to whoever subscribes, and tells its port."""
    sent = encoded(trade, frames)

    async def pour(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        while (asked := await socket.receive()).type is not WSMsgType.PING:
            assert asked.type is WSMsgType.TEXT
        await socket.pong(asked.data)
        for frame in sent:
            await socket.send_bytes(frame)
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/{path:.*}", pour)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


async def bare(port: int, frames: int) -> float:
    """aiohttp, and msgspec into the same Struct."""
    decode = msgspec.json.Decoder(Trade | Ticker | OrderBook).decode
    async with aiohttp.ClientSession() as session, session.ws_connect(f"http://127.0.0.1:{port}/") as socket:
        await socket.send_str("[]")
        await socket.ping(b"")
        await socket.receive()
        begun_s = process_time()
        for _ in range(frames - 1):
            decode((await socket.receive()).data)
        return (process_time() - begun_s) / frames * 1e6


async def streamed(port: int, frames: int) -> float:
    """The whole venue, from its subscription to its events."""
    here = Plugins(plugins())
    kind, clock = here.registry.venue_type("bithumb_native"), SystemClock()
    config = kind.config.model_validate({"type": kind.name, "mode": Mode.SIM, "instruments": [SYMBOL]})
    endpoint = SimEndpoint(url=f"http://127.0.0.1:{port}", api_key="none", secret="none")
    time, random = MeasuredClock(clock), Random(1)
    venue = here.open_venue("bithumb", kind, config, clock=clock, venue_clock=time, random=random, endpoint=endpoint)
    (stream, _) = venue.streams.open(ts.Wanted((ts.InstrumentId(SYMBOL, "bithumb"),), ts.Timeframe.M1))
    seen, begun_s = 0, 0.0
    async with aclosing(stream):
        async for event in stream:
            if not isinstance(event, ts.TradeSeen):
                continue
            seen += 1
            if seen == 1:
                begun_s = process_time()
            if seen == frames:
                break
    took_s = process_time() - begun_s
    assert venue.close is not None
    await venue.close()
    return took_s / frames * 1e6


async def against_bare(port: int, frames: int, rounds: int) -> None:
    ours, least = [], []
    for _ in range(rounds):
        ours.append(await streamed(port, frames))
        least.append(await bare(port, frames))
    show("native.bithumb.vs_bare", ours=median(ours), other=median(least), unit="us/frame", frames=frames)


@contextmanager
def firehose(frames: int) -> Iterator[int]:
    """Its port; in a process of its own, so that it costs us nothing."""
    command = [sys.executable, str(Path(__file__)), "--serve", "--frames", str(frames)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline())
        finally:
            server.terminate()


async def bithumb(port: int, frames: int, rounds: int) -> None:
    await against_ccxt("trade", trade, our_events, frames, rounds)
    await against_ccxt("ticker", ticker, our_events, frames, rounds)
    await against_ccxt("book", book, our_books, frames // 10, rounds)
    await against_bare(port, frames, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("venue", nargs="?", choices=["bithumb", "lighter"], default="bithumb")
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--orders", type=int, default=20, help="of Lighter's, from the decision to the frame")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.frames))
        return
    if given.venue == "lighter":
        asyncio.run(lighter(given.frames, given.rounds, given.orders))
        return
    with firehose(given.frames) as port:
        asyncio.run(bithumb(port, given.frames, given.rounds))


if __name__ == "__main__":
    main()
