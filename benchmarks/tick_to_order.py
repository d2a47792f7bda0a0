"""From the frame that closes a candle to the order that follows from it: ours against a bare ccxt.pro loop.

python benchmarks/tick_to_order.py [--orders 60] [--rounds 3]

Both trade at the same simulated Binance USD-M, in another process, in turns. Ours is the whole service: candle,
strategy, risk, limiter, and the order durably in the journal before it leaves. The other is `watch_ohlcv`, then
`create_order`, with nothing in between and without ccxt's own limiter; then once more with it, as ccxt comes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import ccxt.pro
from _figures import show
from _wire import Wire, watched

from twinstar.app import run
from twinstar.builtin import plugins as builtin_plugins
from twinstar.builtin.ccxt.venue import rerouted
from twinstar.builtin.journal import SqliteJournal, read_entries
from twinstar.config import StrategyConfig, load
from twinstar.domain import Candle, Enter, Exit, Intent, PlaceOrder, Role, Side
from twinstar.plugin import Plugins, Registry, SimEndpoint, hookimpl
from twinstar.ports import Journal, Record, View
from twinstar.runtime.clock import SystemClock
from twinstar.sim.launch import announced
from twinstar.sim.served import Served

VENUE, SYMBOL = "binanceusdm", "BTC/USDT:USDT"
QUANTITY = Decimal("0.05")
FIRST = 3  # of each side in each round, while it warms up: not counted
EXCHANGE = {
    "version": "1",
    "venues": {VENUE: {"mode": "sim", "instruments": [SYMBOL], "sim": {"balances": {"USDT": 1_000_000}}}},
    "sim": {"seed": 1, "speed": 120, "history": 5},
    "log": {"level": "ERROR"},
}
SERVICE = EXCHANGE | {
    "journal": "timed",
    "strategies": {"always": {"type": "always", "instruments": [f"{SYMBOL}@{VENUE}"]}},
}


class Always:
    """With each candle in or out: the least that a strategy can think about."""

    def on_candle(self, candle: Candle, view: View) -> Iterable[Intent]:
        if view.position(candle.instrument).is_flat:
            stop = (candle.close * Decimal("0.9")).quantize(Decimal("0.1"))
            yield Enter(instrument=candle.instrument, side=Side.BUY, quantity=QUANTITY, stop_price=stop)
        else:
            yield Exit(instrument=candle.instrument)


class Timed:
    """The journal that ships, and how long each order waits for it."""

    def __init__(self, inner: Journal, took_ms: list[float]) -> None:
        self._inner, self._took_ms = inner, took_ms
        self._orders: set[int] = set()
        self.read, self.close = inner.read, inner.close

    def append(self, record: Record) -> int:
        place = self._inner.append(record)
        if isinstance(record, PlaceOrder) and record.order.role in (Role.ENTRY, Role.EXIT):
            self._orders.add(place)
        return place

    async def durable(self, place: int) -> None:
        begun_s = perf_counter()
        await self._inner.durable(place)
        if place in self._orders:
            self._took_ms.append((perf_counter() - begun_s) * 1_000)


class Bench:
    """A plugin."""

    def __init__(self) -> None:
        self.commits_ms: list[float] = []

    @hookimpl
    def twinstar_register(self, registry: Registry) -> None:
        registry.strategy("always", StrategyConfig, lambda _: Always())
        registry.journal(
            "timed", lambda place, clock: Timed(SqliteJournal(place, clock), self.commits_ms), entries=read_entries
        )


async def ours_ms(file: Path, directory: Path, orders: int) -> tuple[list[float], list[float]]:
    """From tick to order, and how much of it was waiting for the disk."""
    bench = Bench()
    plugins = Plugins([*builtin_plugins(), bench], third_party=False)
    settings, stop = load(file, plugins.registry, directory), asyncio.Event()
    with watched(Wire()) as wire:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run(settings, plugins=plugins, clock=SystemClock(), stop=stop))
            await _until(wire, orders)
            stop.set()
    return wire.took_ms[FIRST:], bench.commits_ms[FIRST:]


async def _until(wire: Wire, orders: int) -> None:
    async with asyncio.timeout(60 + orders * 2):
        while len(wire.took_ms) < orders + FIRST:  # noqa: ASYNC110 - nobody is told of what the wire sees
            await asyncio.sleep(0.1)


async def ccxts_ms(served: Served, orders: int, *, limiter: bool) -> list[float]:
    at = SimEndpoint(url=f"http://127.0.0.1:{served.port}", api_key=served.api_key, secret=served.secret)
    exchange: Any = ccxt.pro.binanceusdm({"apiKey": at.api_key, "secret": at.secret, "enableRateLimit": limiter})
    exchange.urls["api"] = rerouted(exchange.urls["api"], at)
    try:
        await exchange.load_markets()
        with watched(Wire()) as wire:
            side = "buy"
            while len(wire.took_ms) < orders + FIRST or side == "sell":  # in the end nothing is held
                await exchange.watch_ohlcv(SYMBOL, "1m")
                if wire.has_closed:
                    await exchange.create_order(SYMBOL, "market", side, float(QUANTITY))
                    side = "sell" if side == "buy" else "buy"
        return wire.took_ms[FIRST:]
    finally:
        await exchange.close()


async def main(directory: Path, orders: int, rounds: int) -> None:
    file, state = directory / "tick.yaml", directory / "state"
    file.write_text(json.dumps(SERVICE), encoding="utf-8")
    taken: dict[str, list[float]] = {"ours": [], "ccxt": [], "limited": [], "commit": []}
    async with exchange(EXCHANGE, VENUE, directory, state) as served:
        for _ in range(rounds):
            ours, commits = await ours_ms(file, state, orders // rounds)
            taken["ours"] += ours
            taken["commit"] += commits
            taken["ccxt"] += await ccxts_ms(served, orders // rounds, limiter=False)
            taken["limited"] += await ccxts_ms(served, orders // rounds, limiter=True)
    tell(taken)


@asynccontextmanager
async def exchange(config: Mapping[str, Any], venue: str, directory: Path, state: Path) -> AsyncIterator[Served]:
    """Started by hand, so that it outlives each service."""
    file = directory / "exchange.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", "twinstar", "sim", "-c", str(file), "--state-dir", str(state)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(60):
            while (found := announced(state / "sim")) is None and process.returncode is None:  # noqa: ASYNC110 - a process tells no event
                await asyncio.sleep(0.1)
        assert found is not None, "the simulated exchange ended"
        yield found.venues[venue]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def tell(taken: dict[str, list[float]]) -> None:
    p50 = {name: median(each) for name, each in taken.items()}
    p99 = {name: quantiles(each, n=100, method="inclusive")[98] for name, each in taken.items()}
    for name, of in (("p50", p50), ("p99", p99)):
        beside = {"commit": round(of["commit"], 3), "ccxt_limited": round(of["limited"], 3)}
        figure = f"tick_to_order.{name}_vs_ccxt"
        show(figure, ours=of["ours"], other=of["ccxt"], unit="ms", orders=len(taken["ours"]), **beside)
    show("tick_to_order.p50_vs_ccxt_and_commit", ours=p50["ours"], other=p50["ccxt"] + p50["commit"], unit="ms")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", type=int, default=60, help="of each side")
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(main(Path(name), chosen.orders, chosen.rounds))
