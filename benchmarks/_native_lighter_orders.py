"""Lighter's order path beside its parts: from a decision to the frame that leaves; a durable commit, and a signature.

After each order, half a second later and in the same process, come one record on the same disk and one signature: as
cold as the order's own were, and beside whatever else the machine does in those minutes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter

from _figures import show

import twinstar as ts
from twinstar.app import run
from twinstar.builtin import plugins as builtin_plugins
from twinstar.builtin.journal import SqliteJournal
from twinstar.config import StrategyConfig, load
from twinstar.domain import OrderAccepted
from twinstar.plugin import Plugins, Registry, hookimpl
from twinstar.runtime.clock import SystemClock
from twinstar.runtime.sequencer import Posted, Sequencer
from twinstar.sim.launch import announced
from twinstar_lighter import library
from twinstar_lighter.line import Line
from twinstar_lighter.nonces import Place
from twinstar_lighter.signer import Key, Network, OrderFields, Signer
from twinstar_lighter.signer import load as load_signer

VENUE, SYMBOL = "lighter", "ETH/USDC:USDC"
QUANTITY = Decimal("0.5")
FIRST = 3  # orders while it warms up: not counted
REST_S = 0.5  # by then the fill has been told and the stop stands

DECIDED, ASKED, DURABLE, WRITTEN = "decided", "asked", "durable", "written"


class Stopwatch:
    """Of an order's way: how long after the decision it came to each stage."""

    def __init__(self) -> None:
        self.ms: defaultdict[str, list[float]] = defaultdict(list)
        self.left = asyncio.Event()
        self._decided_s: float | None = None

    def at(self, stage: str) -> None:
        now_s = perf_counter()
        if stage == DECIDED:
            self._decided_s = now_s
        if self._decided_s is not None:
            self.ms[stage].append((now_s - self._decided_s) * 1_000)
        if stage == WRITTEN and self._decided_s is not None:
            self._decided_s = None
            self.left.set()

    def p50(self, stage: str) -> float:
        return median(self.ms[stage][FIRST:])


class Always:
    """With each candle in or out."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch

    def on_candle(self, candle: ts.Candle, view: ts.View) -> Iterable[ts.Enter | ts.Exit]:
        self._watch.at(DECIDED)
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
    """Where a lane waits for the disk, and where the line hands on a transaction."""
    write, durable = Line.write, Sequencer.durable

    async def timed(sequencer: Sequencer, posted: Posted) -> None:
        watch.at(ASKED)
        await durable(sequencer, posted)
        watch.at(DURABLE)

    async def written(line: Line, text: str) -> None:
        if "jsonapi/sendtx" in text[:40]:
            watch.at(WRITTEN)
        await write(line, text)

    Line.write, Sequencer.durable = written, timed  # type: ignore[method-assign]
    try:
        yield
    finally:
        Line.write, Sequencer.durable = write, durable  # type: ignore[method-assign]


Bare = list[tuple[float, float]]  # a commit and a signature, in ms


async def measure(directory: Path, orders: int) -> tuple[Stopwatch, Bare]:
    """The whole service, at a simulated Lighter in another process."""
    sim = {"seed": 1, "speed": 25, "history": 5}  # a standard account sends once a second: two to a candle, at most
    venue = {"type": "lighter", "mode": "sim", "instruments": [SYMBOL]}
    exchange = {"version": "1", "venues": {VENUE: venue}, "sim": sim, "log": {"level": "ERROR"}}
    strategies = {"always": {"type": "always", "instruments": [f"{SYMBOL}@{VENUE}"]}}
    file, state, watch, bare = directory / "service.yaml", directory / "state", Stopwatch(), Bare()
    file.write_text(json.dumps(exchange | {"strategies": strategies}), encoding="utf-8")
    (directory / "exchange.yaml").write_text(json.dumps(exchange), encoding="utf-8")
    plugins = Plugins([*builtin_plugins(), Strategies(watch)])
    async with served(directory / "exchange.yaml", state):
        settings, stop = load(file, plugins.registry, state), asyncio.Event()
        with watched(watch):
            async with asyncio.TaskGroup() as tasks, asyncio.timeout(60 + orders * 4):
                tasks.create_task(run(settings, plugins=plugins, clock=SystemClock(), stop=stop))
                beside = tasks.create_task(keep_bare(directory / "bare", watch, bare))
                while len(bare) < orders + FIRST:  # noqa: ASYNC110 - nobody is told
                    await asyncio.sleep(0.1)
                beside.cancel()
                stop.set()
    return watch, bare[FIRST:]


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


async def keep_bare(directory: Path, watch: Stopwatch, took: Bare) -> None:
    """After each order one record durably on the same disk, and one signature."""
    key = Key(account=1_000, slot=4, private_key="ab" * 40)
    signer = Signer(load_signer(library.find(None)), Network("sim", "http://127.0.0.1", 304), [key])
    order = OrderFields(market=0, client_index=7, size=5_000, price=240_000, is_ask=0, kind=1, time_in_force=0)
    journal = SqliteJournal(directory, SystemClock())
    try:
        while True:
            await watch.left.wait()
            watch.left.clear()
            await asyncio.sleep(REST_S)
            begun_s = perf_counter()
            await journal.durable(journal.append(OrderAccepted(time_ms=0, order_id="1", venue_order_id="1")))
            committed_s = perf_counter()
            await signer.create(order, Place(4, len(took) + 1))
            took.append(((committed_s - begun_s) * 1_000, (perf_counter() - committed_s) * 1_000))
    finally:
        signer.close()
        await journal.close()


async def against_bare(orders: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        watch, bare = await measure(Path(name), orders)
    commit, signature = (median(each) for each in zip(*bare, strict=True))
    show(
        "native.lighter.vs_bare",
        ours=watch.p50(WRITTEN),
        other=median(sum(each) for each in bare),
        unit="ms",
        orders=len(bare),
        until_asked=round(watch.p50(ASKED), 3),
        until_durable=round(watch.p50(DURABLE), 3),
        commit=round(commit, 3),
        signature=round(signature, 3),
    )
