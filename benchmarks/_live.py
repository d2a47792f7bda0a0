"""A service that follows hundreds of instruments on the simulated exchange, on one core, over real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp
from _held import resident_mb
from msgspec import Struct

from twinstar.app import run
from twinstar.builtin import plugins as builtin_plugins
from twinstar.builtin import store
from twinstar.config import load
from twinstar.domain import Candle, InstrumentId, Source, Timeframe
from twinstar.plugin import Plugins, Registry, hookimpl
from twinstar.ports import CandleStore, Stored
from twinstar.runtime.clock import SystemClock

VENUE = "binanceusdm"
LOOK_EVERY_S = 0.5
MINUTE_MS = 60_000
START_WITHIN_S = 300.0


class Seen(Struct, frozen=True, kw_only=True):
    """``latencies_ms``: from the end of a minute to its candle on disk, the simulated exchange's own delay included."""

    took_s: float
    cpu_s: float
    resident_mb: float
    grown_mb: float
    frames: float
    latencies_ms: tuple[float, ...]

    def latency_ms(self, percent: int) -> float:
        return quantiles(self.latencies_ms, n=100)[percent - 1]


class Timed:
    """A plugin in the place of the candle store that ships: the same, and it notes when a candle is on disk."""

    def __init__(self) -> None:
        self.durable: list[tuple[int, int]] = []  # the open of a candle, and wall time
        self._usual = Plugins([store], third_party=False).registry.store_type("parquet")

    @hookimpl
    def twinstar_register(self, registry: Registry) -> None:
        usual = self._usual
        registry.store("parquet", self._make, summary=usual.summary, read=usual.read, table=usual.table)

    def _make(self, directory: Path) -> CandleStore:
        return _TimedStore(self._usual.make(directory), self)


class _TimedStore:
    def __init__(self, store: CandleStore, timed: Timed) -> None:
        self._store, self._timed = store, timed

    async def append(self, candles: Sequence[Candle]) -> None:
        await self._store.append(candles)
        now_ms = _wall_ms()
        self._timed.durable += [(c.open_ms, now_ms) for c in candles if c.source is Source.STREAM]

    def summary(self) -> Mapping[tuple[InstrumentId, Timeframe], Stored]:
        return self._store.summary()

    async def read(self, instrument: InstrumentId, timeframe: Timeframe) -> Sequence[Candle]:
        return await self._store.read(instrument, timeframe)

    async def close(self) -> None:
        await self._store.close()


class Market:
    """Where the simulated market stands, looked at now and then; it may fall behind its pace and never runs ahead."""

    def __init__(self, url: str, speed: float) -> None:
        self._url, self._speed = url, speed
        self._ahead_ms = float("-inf")  # market time less so much wall time

    async def look(self, http: aiohttp.ClientSession) -> None:
        before_ms = _wall_ms()
        async with http.get(f"{self._url}/_sim/clock") as answer:
            market_ms = (await answer.json())["market_ms"]
        self._ahead_ms = max(self._ahead_ms, market_ms - before_ms * self._speed)

    def wall_ms(self, market_ms: int) -> float:
        return (market_ms - self._ahead_ms) / self._speed


def config(instruments: int, speed: float) -> str:
    symbols = [f"T{number}/USDT:USDT" for number in range(instruments)]
    return json.dumps(
        {
            "version": "1",
            "venues": {VENUE: {"mode": "sim", "instruments": symbols, "sim": {"made_up": True}}},
            "sim": {"seed": 1, "speed": speed, "history": 5},
            "log": {"level": "ERROR"},
        }
    )


async def follow(directory: Path, instruments: int, speed: float, minutes: int) -> Seen:
    """From when every instrument's candles come, for so many minutes of the market."""
    file = directory / "feeds.yaml"
    file.write_text(config(instruments, speed), encoding="utf-8")
    timed = Timed()
    plugins = Plugins([*(each for each in builtin_plugins() if each is not store), timed], third_party=False)
    settings = load(file, plugins.registry, directory / "state")
    status: list[Any] = []
    stop, cores = asyncio.Event(), os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            run(settings, plugins=plugins, clock=SystemClock(), stop=stop, show=lambda now: status.append(now) or None)
        )
        market = await _market(settings.state_dir / "sim" / "sim.json", speed, cores)
        seen = await _measure(timed, market, status, instruments, MINUTE_MS * minutes / speed / 1_000)
        stop.set()
    return seen


async def _market(file: Path, speed: float, cores: set[int]) -> Market:
    """The exchange is left to the other cores."""
    async with asyncio.timeout(START_WITHIN_S):
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if served := _served(file):
                break
    os.sched_setaffinity(served["pid"], cores - {min(cores)} or cores)
    return Market(f"http://127.0.0.1:{served['venues'][VENUE]['port']}", speed)


def _served(file: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        served: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return served
    return None


async def _measure(timed: Timed, market: Market, status: list[Any], instruments: int, for_s: float) -> Seen:
    async with aiohttp.ClientSession() as http:
        async with asyncio.timeout(START_WITHIN_S):
            while not _all_follow(status, instruments):
                await asyncio.sleep(LOOK_EVERY_S)
                await market.look(http)
                del status[:-1]
        begun_s, cpu_s, held_mb = time.monotonic(), _cpu_s(), resident_mb()
        frames, begun_ms = _frames(status), _wall_ms()
        while time.monotonic() - begun_s < for_s:
            await asyncio.sleep(LOOK_EVERY_S)
            await market.look(http)
            del status[:-1]
        late = [at_ms - market.wall_ms(open_ms + MINUTE_MS) for open_ms, at_ms in timed.durable]
        fresh = [
            ms
            for ms, (open_ms, _) in zip(late, timed.durable, strict=True)
            if market.wall_ms(open_ms + MINUTE_MS) >= begun_ms
        ]
        return Seen(
            took_s=time.monotonic() - begun_s,
            cpu_s=_cpu_s() - cpu_s,
            resident_mb=resident_mb(),
            grown_mb=resident_mb() - held_mb,
            frames=_frames(status) - frames,
            latencies_ms=tuple(fresh),
        )


def _all_follow(status: list[Any], instruments: int) -> bool:
    if not status:
        return False
    (venue,) = status[-1].venues
    closed = [each.last_closed_ms for each in venue.instruments if each.last_closed_ms is not None]
    return venue.state == "live" and len(closed) == instruments


def _frames(status: list[Any]) -> float:
    return float(status[-1].venues[0].usage["frames"])


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
