"""The limiter: never over a cap, and what it costs.

python benchmarks/limiter.py [--seconds 60] [--processes 4] [--rounds 9]

First the cost of a permit that need not be waited for, in two windows and with statistics, against ccxt's throttler as
ccxt sets it up, with a rate that it never has to wait for either. Then full pressure: so many processes, sharing, ask a
simulated Binance and a simulated Upbit for as much as they may, with mixed weights and in all lanes; what arrives is
counted there, by the exchange.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from statistics import median
from time import monotonic, process_time
from types import ModuleType

import aiohttp
from _figures import show
from aiohttp import web
from msgspec import Struct

from twinstar.builtin.limiter.block import Block
from twinstar.builtin.limiter.limiter import Limiter
from twinstar.builtin.limiter.shared import Shared
from twinstar.builtin.limits import completed, limits_of
from twinstar.config import SimConfig, SimVenueConfig
from twinstar.domain import Answer, Call, Charge, Lane, Limits, Quota, Scope, Tariff
from twinstar.ports import Metering
from twinstar.runtime.clock import SystemClock
from twinstar.sim.build import open_exchange
from twinstar.sim.clock import Pace, SystemWall
from twinstar.sim.ports import Line, RestRequest, Session, Wire
from twinstar.sim.venues import Venue, running
from twinstar.sim.wires import binanceusdm, upbit

ASKING = 24  # at once, in each process and at each venue
PERMITS = 3_000  # a round


class Question(Struct, frozen=True):
    path: str
    params: Mapping[str, str | int] = {}


class Asked(Struct, frozen=True):
    """A venue, and what is asked of it; all of it falls under one quota."""

    id: str
    wire: ModuleType
    symbol: str
    host: str
    cap: float
    per_s: float
    questions: tuple[Question, ...]


def klines(limit: int) -> Question:
    return Question("/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1m", "limit": limit})


def depth(limit: int) -> Question:
    return Question("/fapi/v1/depth", {"symbol": "BTCUSDT", "limit": limit})


BINANCE = Asked(
    "binanceusdm", binanceusdm, "BTC/USDT:USDT", "fapi.binance.com", 2_400, 60.0,
    (Question("/fapi/v1/time"), klines(50), klines(200), klines(500), depth(500), depth(1_000)),
)  # fmt: skip
UPBIT = Asked(
    "upbit", upbit, "BTC/KRW", "api.upbit.com", 10, 1.0,
    (Question("/v1/candles/minutes/1", {"market": "KRW-BTC", "count": 2}),),
)  # fmt: skip
VENUES = (BINANCE, UPBIT)


class Counter:
    """Stands before a simulated venue: when what arrived, and what its own counter made of it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.ccxt_id = wire.ccxt_id
        self.arrivals: list[tuple[float, float]] = []
        self.refused = 0
        self._used = 0.0

    def rest(self, request: RestRequest) -> web.Response:
        now_s = monotonic()
        answer = self._wire.rest(request)
        self.arrivals.append((now_s, self._weight(answer)))
        self.refused += answer.status in (418, 429)
        return answer

    def connect(self, path: str, query: str, headers: Mapping[str, str], line: Line) -> Session | None:
        return self._wire.connect(path, query, headers, line)

    def _weight(self, answer: web.Response) -> float:
        """By how much the exchange's counter rose; it begins anew with the minute."""
        told = answer.headers.get("X-MBX-USED-WEIGHT-1M")
        if told is None:
            return 1.0
        before, self._used = self._used, float(told)
        return self._used - before if self._used >= before else self._used

    def over(self, cap: float, per_s: float) -> int:
        """Arrivals that made any window fuller than the cap, wherever it begins."""
        used, first, over = 0.0, 0, 0
        for at_s, weight in self.arrivals:
            used += weight
            while self.arrivals[first][0] <= at_s - per_s:
                used -= self.arrivals[first][1]
                first += 1
            over += used > cap
        return over


@asynccontextmanager
async def exchange() -> AsyncIterator[tuple[dict[str, int], dict[str, Counter]]]:
    wall = SystemWall()
    pace = Pace(wall)
    counters, venues = {}, []
    for asked in VENUES:
        market = open_exchange(
            asked.id,
            asked.wire.listings([asked.symbol]),
            sim=SimConfig(seed=1, history=30),
            config=SimVenueConfig(),
            wall=wall,
            pace=pace,
        )
        counters[asked.id] = Counter(asked.wire.make(market))
        venues.append(Venue(id=asked.id, exchange=market, wire=counters[asked.id]))
    async with running(venues, pace, wall) as now:
        now.driver.halt()  # what is asked, not what the market does, should keep this process busy
        yield dict(now.ports), counters


# A process that asks.


async def press(directory: Path, ports: Mapping[str, int], end_s: float, seed: int) -> None:
    random = Random(seed)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session, asyncio.TaskGroup() as tasks:
        for asked in VENUES:
            limits = completed(limits_of(asked.id))
            limiter = limiter_of(limits, Shared(directory / asked.id, SystemClock()))
            tariff, base = Tariff(limits), f"http://127.0.0.1:{ports[asked.id]}/{asked.host}"
            for _ in range(ASKING):
                calls = endless(asked.questions, tariff, random)
                tasks.create_task(until(end_s, ask(session, base, calls, limiter)))


def endless(questions: tuple[Question, ...], tariff: Tariff, random: Random) -> Iterator[tuple[Question, Call]]:
    while True:
        question, lane = random.choice(questions), random.choice(list(Lane))
        what = f"GET {question.path}"
        yield question, Call(what, tariff.charges(what, question.params), lane)


async def ask(
    session: aiohttp.ClientSession, base: str, calls: Iterator[tuple[Question, Call]], limiter: Limiter
) -> None:
    for question, call in calls:
        permit = await limiter.acquire(call)
        async with session.get(base + question.path, params=question.params) as answer:
            await answer.read()
            limiter.settle(permit, Answer(answer.status, answer.headers))


async def until(end_s: float, work: Coroutine[None, None, None]) -> None:
    try:
        async with asyncio.timeout(max(end_s - monotonic(), 0)):
            await work
    except TimeoutError:
        return


async def under_pressure(seconds: float, processes: int) -> None:
    async with exchange() as (ports, counters):
        with tempfile.TemporaryDirectory() as directory:
            begun_s = monotonic() + 5.0 + processes
            told = [f"{venue}={port}" for venue, port in ports.items()]
            asking = [
                await asyncio.create_subprocess_exec(
                    sys.executable, __file__, "press", directory, f"{begun_s}", f"{begun_s + seconds}", f"{seed}", *told
                )
                for seed in range(processes)
            ]
            await asyncio.gather(*(process.wait() for process in asking))
    used = {}
    for asked in VENUES:
        sent = sum(weight for _, weight in counters[asked.id].arrivals)
        used[asked.id] = sent / (asked.cap * max(seconds / asked.per_s, 1))
    over = sum(counters[a.id].over(a.cap, a.per_s) + counters[a.id].refused for a in VENUES)
    arrived = {venue: len(counter.arrivals) for venue, counter in counters.items()}
    show("limiter.over_cap", ours=over, unit="requests", seconds=seconds, processes=processes, arrived=arrived)
    shares = {venue: round(share, 4) for venue, share in used.items()}
    load = round(os.getloadavg()[0], 1)
    show("limiter.utilisation", ours=min(used.values()), unit="of the cap", by_venue=shares, load=load)


# What a permit costs.


def limiter_of(limits: Limits, block: Block) -> Limiter:
    metering = Metering(venue="here", place="", account="main", limits=limits, clock=SystemClock())
    return Limiter(metering, block)


PLENTY = Limits(
    venue="plenty",
    quotas=(
        Quota(name="minute", cap=1e9, per_s=60.0),
        Quota(name="orders", cap=1e9, per_s=10.0, scope=Scope.ACCOUNT),
    ),
)
CALL = Call("POST /order", (Charge("minute", 1.0), Charge("orders", 1.0)), Lane.TRADE)


async def ours_us(limiter: Limiter) -> float:
    begun_s = process_time()
    permits = [await limiter.acquire(CALL) for _ in range(PERMITS)]
    took_s = process_time() - begun_s
    for permit in permits:
        limiter.settle(permit)
    return took_s / PERMITS * 1e6


async def ccxts_us() -> float:
    from ccxt.async_support.base.throttler import Throttler  # noqa: PLC0415 - not in the processes that ask

    throttler = Throttler({"capacity": 1, "refillRate": 1e9, "delay": 0.001, "cost": 1}, asyncio.get_running_loop())
    begun_s = process_time()
    for _ in range(PERMITS):
        await throttler(1)
    return (process_time() - begun_s) / PERMITS * 1e6


async def costs(rounds: int) -> None:
    taken: dict[str, list[float]] = {"alone": [], "shared": [], "ccxt": []}
    with tempfile.TemporaryDirectory() as directory:
        alone, shared = limiter_of(PLENTY, Block()), limiter_of(PLENTY, Shared(Path(directory), SystemClock()))
        for _ in range(rounds + 1):  # in turns; the first is not counted
            taken["alone"].append(await ours_us(alone))
            taken["shared"].append(await ours_us(shared))
            taken["ccxt"].append(await ccxts_us())
        shared.close()
    alone_us, shared_us, ccxt_us = (median(taken[name][1:]) for name in ("alone", "shared", "ccxt"))
    show("limiter.acquire_vs_ccxt", ours=alone_us, other=ccxt_us, unit="us", rounds=rounds)
    show("limiter.acquire_us", ours=alone_us, unit="us", windows=2)
    show("limiter.acquire_shared_us", ours=shared_us, unit="us", windows=2)


def main() -> None:
    if sys.argv[1:2] == ["press"]:
        directory, begun_s, end_s, seed, *told = sys.argv[2:]
        ports = {venue: int(port) for venue, port in (each.split("=") for each in told)}
        asyncio.run(begin_at(float(begun_s), Path(directory), ports, float(end_s), int(seed)))
        return
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--processes", type=int, default=4)
    options.add_argument("--rounds", type=int, default=9)
    asked = options.parse_args()
    asyncio.run(costs(asked.rounds))
    asyncio.run(under_pressure(asked.seconds, asked.processes))


async def begin_at(begun_s: float, directory: Path, ports: Mapping[str, int], end_s: float, seed: int) -> None:
    """Imports take a while: all begin together."""
    await asyncio.sleep(max(begun_s - monotonic(), 0))
    await press(directory, ports, end_s, seed)


if __name__ == "__main__":
    main()
