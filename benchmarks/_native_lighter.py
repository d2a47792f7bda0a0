"""Lighter's figures: what a frame costs beside ccxt's class, and an order beside a durable commit and a signature."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from math import sin
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any

import ccxt.pro
from _figures import show

import twinstar as ts
from twinstar.app import run
from twinstar.builtin import plugins as builtin_plugins
from twinstar.builtin.journal import SqliteJournal
from twinstar.config import StrategyConfig, load
from twinstar.domain import OrderAccepted
from twinstar.plugin import Plugins, Registry, hookimpl
from twinstar.runtime.clock import SystemClock
from twinstar.sim.launch import announced
from twinstar_lighter import library
from twinstar_lighter.book import OrderBook
from twinstar_lighter.line import Line
from twinstar_lighter.messages import of_market
from twinstar_lighter.nonces import Place
from twinstar_lighter.orders import Market
from twinstar_lighter.readers import MarketReader
from twinstar_lighter.signer import Key, Network, OrderFields, Signer
from twinstar_lighter.signer import load as load_signer

VENUE, SYMBOL, LEVELS, BEGUN_MS = "lighter", "ETH/USDC:USDC", 100, 1_777_945_103_092
QUANTITY = Decimal("0.5")
FIRST = 3  # orders while it warms up: not counted
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


# From a decision to the frame that leaves.


class Stopwatch:
    def __init__(self) -> None:
        self.took_ms: list[float] = []
        self._decided_s: float | None = None

    def decided(self) -> None:
        self._decided_s = perf_counter()

    def written(self) -> None:
        if self._decided_s is not None:
            self.took_ms.append((perf_counter() - self._decided_s) * 1_000)
            self._decided_s = None


class Always:
    """With each candle in or out."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch

    def on_candle(self, candle: ts.Candle, view: ts.View) -> Iterable[ts.Enter | ts.Exit]:
        self._watch.decided()
        if view.position(candle.instrument).is_flat:
            stop = (candle.close * Decimal("0.9")).quantize(Decimal("0.01"))
            yield ts.Enter(instrument=candle.instrument, side=ts.Side.BUY, quantity=QUANTITY, stop_price=stop)
        else:
            yield ts.Exit(instrument=candle.instrument)


class Strategies:
    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch

    @hookimpl
    def twinstar_register(self, registry: Registry) -> None:
        registry.strategy("always", StrategyConfig, lambda _: Always(self._watch))


@contextmanager
def watched(watch: Stopwatch) -> Iterator[None]:
    """Where the line hands on a transaction."""
    write = Line.write

    async def written(line: Line, text: str) -> None:
        if "jsonapi/sendtx" in text[:40]:
            watch.written()
        await write(line, text)

    Line.write = written  # type: ignore[method-assign]
    try:
        yield
    finally:
        Line.write = write  # type: ignore[method-assign]


async def orders_ms(directory: Path, orders: int) -> list[float]:
    """The whole service, at a simulated Lighter in another process."""
    sim = {"seed": 1, "speed": 25, "history": 5}  # a standard account sends once a second: two to a candle, at most
    venue = {"type": "lighter", "mode": "sim", "instruments": [SYMBOL]}
    exchange = {"version": "1", "venues": {VENUE: venue}, "sim": sim, "log": {"level": "ERROR"}}
    strategies = {"always": {"type": "always", "instruments": [f"{SYMBOL}@{VENUE}"]}}
    file, state, watch = directory / "service.yaml", directory / "state", Stopwatch()
    file.write_text(json.dumps(exchange | {"strategies": strategies}), encoding="utf-8")
    (directory / "exchange.yaml").write_text(json.dumps(exchange), encoding="utf-8")
    plugins = Plugins([*builtin_plugins(), Strategies(watch)])
    async with served(directory / "exchange.yaml", state):
        settings, stop = load(file, plugins.registry, state), asyncio.Event()
        with watched(watch):
            async with asyncio.TaskGroup() as tasks, asyncio.timeout(60 + orders * 4):
                tasks.create_task(run(settings, plugins=plugins, clock=SystemClock(), stop=stop))
                while len(watch.took_ms) < orders + FIRST:  # noqa: ASYNC110 - nobody is told
                    await asyncio.sleep(0.1)
                stop.set()
    return watch.took_ms[FIRST:]


@asynccontextmanager
async def served(file: Path, state: Path) -> AsyncIterator[None]:
    command = [sys.executable, "-m", "twinstar", "sim", "-c", str(file), "--state-dir", str(state)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(60):
            while announced(state / "sim") is None and process.returncode is None:  # noqa: ASYNC110 - a process tells no event
                await asyncio.sleep(0.1)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def bare_ms(directory: Path, orders: int) -> list[tuple[float, float]]:
    """One record durably on the same disk, and one signature."""
    key = Key(account=1_000, slot=4, private_key="ab" * 40)
    signer = Signer(load_signer(library.find(None)), Network("sim", "http://127.0.0.1", 304), [key])
    order = OrderFields(market=0, client_index=7, size=5_000, price=240_000, is_ask=0, kind=1, time_in_force=0)
    journal, took = SqliteJournal(directory, SystemClock()), []
    for number in range(orders):
        await asyncio.sleep(0.02)  # as orders come: one at a time, with the disk at rest
        begun_s = perf_counter()
        await journal.durable(journal.append(OrderAccepted(time_ms=0, order_id=f"{number}", venue_order_id="1")))
        committed_s = perf_counter()
        await signer.create(order, Place(4, number + 1))
        took.append(((committed_s - begun_s) * 1_000, (perf_counter() - committed_s) * 1_000))
    await journal.close()
    signer.close()
    return took


async def against_bare(orders: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        took = await orders_ms(Path(name), orders)
        bare = await bare_ms(Path(name) / "bare", orders)
    commit, signature = (median(each) for each in zip(*bare, strict=True))
    show(
        "native.lighter.vs_bare",
        ours=median(took),
        other=median(sum(each) for each in bare),
        unit="ms",
        orders=len(took),
        commit=round(commit, 3),
        signature=round(signature, 3),
    )


async def lighter(frames: int, rounds: int, orders: int) -> None:
    await against_ccxt("trade", "watch_trades", encoded(map(trade, range(frames))), rounds)
    await against_ccxt("book", "watch_order_book", encoded(books(frames)), rounds)
    await against_bare(orders)
