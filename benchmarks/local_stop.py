"""How long a stop takes that Bithumb does not hold: from the trade that reaches its price to the order that leaves.

python benchmarks/local_stop.py [--stops 60]

The whole service trades at the simulated Bithumb, in another process: the frame of a public trade comes to the socket,
the engine sees that the stop is reached, the order is put on disk in the journal, signed, and handed to the socket.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from _figures import show
from _wire import watched
from tick_to_order import exchange

from twinstar.app import run
from twinstar.builtin import plugins as builtin_plugins
from twinstar.builtin.journal import SqliteJournal, read_entries
from twinstar.config import StrategyConfig, load
from twinstar.domain import Candle, Enter, Exit, Intent, PlaceOrder, Role, Side
from twinstar.plugin import Plugins, Registry, hookimpl
from twinstar.ports import Journal, Record, View
from twinstar.runtime.clock import SystemClock

SYMBOL, STEP, NEAR = "BTC/KRW", Decimal(1_000), Decimal("0.9998")
FIRST = 3  # while it warms up: not counted
EXCHANGE = {
    "version": "1",
    "venues": {
        "bithumb": {
            "type": "bithumb_native",
            "mode": "sim",
            "instruments": [SYMBOL],
            "sim": {"balances": {"KRW": 1_000_000_000}},
        }
    },
    "sim": {"seed": 1, "speed": 120, "history": 5},
    "log": {"level": "ERROR"},
}
SERVICE = EXCHANGE | {
    "journal": "told",
    "strategies": {"close": {"type": "close", "instruments": [f"{SYMBOL}@bithumb"]}},
}


class Close:
    """In with a stop so near that it is soon reached, or else out with the next candle, and in again."""

    def on_candle(self, candle: Candle, view: View) -> Iterable[Intent]:
        if view.position(candle.instrument).is_flat:
            stop = candle.close * NEAR // STEP * STEP
            yield Enter(instrument=candle.instrument, side=Side.BUY, quantity=Decimal("0.001"), stop_price=stop)
        else:
            yield Exit(instrument=candle.instrument)


class Watch:
    """Knows which trade came last, which one a stop followed from, and when that stop left."""

    def __init__(self) -> None:
        self.took_ms: list[float] = []
        self._came_s = 0.0
        self._reached_s: float | None = None

    def read(self, data: bytes) -> None:
        if b'"type":"trade"' in data:
            self._came_s = perf_counter()

    def decided(self) -> None:
        """In the same turn in which the trade was read: no other has come between."""
        self._reached_s = self._came_s

    def written(self, chunks: Iterable[Any]) -> None:
        if self._reached_s is not None and any(b'"side":"ask"' in bytes(chunk) for chunk in chunks):
            self.took_ms.append((perf_counter() - self._reached_s) * 1_000)
            self._reached_s = None


class Told:
    """The journal that ships; it tells of each stop that is to be sent."""

    def __init__(self, inner: Journal, watch: Watch) -> None:
        self._inner, self._watch = inner, watch
        self.durable, self.read, self.close = inner.durable, inner.read, inner.close

    def append(self, record: Record) -> int:
        if isinstance(record, PlaceOrder) and record.order.role is Role.STOP:
            self._watch.decided()
        return self._inner.append(record)


class Bench:
    """A plugin."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    @hookimpl
    def twinstar_register(self, registry: Registry) -> None:
        registry.strategy("close", StrategyConfig, lambda _: Close())
        registry.journal(
            "told", lambda place, clock: Told(SqliteJournal(place, clock), self._watch), entries=read_entries
        )


async def stopped_ms(directory: Path, stops: int) -> list[float]:
    file, watch, stop = directory / "service.yaml", Watch(), asyncio.Event()
    file.write_text(json.dumps(SERVICE), encoding="utf-8")
    plugins = Plugins([*builtin_plugins(), Bench(watch)])
    settings = load(file, plugins.registry, directory / "state")
    with watched(watch):
        async with exchange(EXCHANGE, "bithumb", directory, directory / "state"), asyncio.TaskGroup() as tasks:
            tasks.create_task(run(settings, plugins=plugins, clock=SystemClock(), stop=stop))
            async with asyncio.timeout(60 + stops * 10):
                while len(watch.took_ms) < stops + FIRST:  # noqa: ASYNC110 - nobody is told of what a socket sees
                    await asyncio.sleep(0.1)
            stop.set()
    return watch.took_ms[FIRST:]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stops", type=int, default=60)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        took_ms = asyncio.run(stopped_ms(Path(name), chosen.stops))
    show("native.bithumb.local_stop_ms_p50", ours=median(took_ms), unit="ms", stops=len(took_ms))
    show("native.bithumb.local_stop_ms_p99", ours=quantiles(took_ms, n=100, method="inclusive")[98], unit="ms")


if __name__ == "__main__":
    main()
