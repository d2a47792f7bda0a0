"""A simulated exchange that has finished its market: one replay with holes, started by hand as a user would."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

from twinstar.builtin import plugins
from twinstar.domain import Candle, InstrumentId, Source, Timeframe
from twinstar.plugin import Plugins
from twinstar.ports import Record
from twinstar.runtime.clock import SystemClock

BTC = InstrumentId("BTC/USDT:USDT", "binanceusdm")
FIRST_MS = 1_709_277_180_000  # 2024-03-01 07:13 UTC
MINUTES = 2_400
CUT = (*range(1_000, 1_010), 2_000)
MINUTE = 60_000
WITHIN_S = 30.0


class Market(Struct, frozen=True):
    """The configuration that goes with it, what it has, and its port for faults."""

    config: Path
    directory: Path
    candles: tuple[Candle, ...]

    def state_dir(self, place: Path) -> Path:
        """A fresh state directory that finds this exchange running."""
        place.mkdir()
        (place / "sim").symlink_to(self.directory / "sim")
        return place

    def ask(self, path: str, body: object = None) -> Any:
        port = json.loads((self.directory / "sim" / "sim.json").read_text())["venues"][BTC.venue]["port"]
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}/_sim/{path}", data=data), timeout=10
        ) as answer:
            return json.loads(answer.read())


@contextmanager
def finished_market(directory: Path) -> Iterator[Market]:
    candles = _walk()
    _write(candles, directory / "btc.csv")
    config = directory / "config.yaml"
    config.write_text(
        "venues:\n"
        f"  {BTC.venue}:\n"
        "    mode: sim\n"
        f'    instruments: ["{BTC.symbol}"]\n'
        f'    sim: {{markets: {{"{BTC.symbol}": {{replay: {directory / "btc.csv"}, cut: {list(CUT)}}}}}}}\n'
        "sim: {speed: 1000000}\n"
    )
    command = [sys.executable, "-m", "twinstar", "sim", "-c", str(config), "--state-dir", str(directory)]
    root = str(Path(__file__).resolve().parents[2])
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": root}, stdout=subprocess.DEVNULL)
    kept = tuple(one for n, one in enumerate(candles[:-1]) if n not in CUT)  # the last minute has no successor
    market = Market(config, directory, kept)
    try:
        _wait_for_the_end(market, process)
        yield market
    finally:
        process.terminate()
        process.wait(10)


def _wait_for_the_end(market: Market, process: subprocess.Popen[bytes]) -> None:
    end_s = time.monotonic() + WITHIN_S
    while not (market.directory / "sim" / "sim.json").exists() or not market.ask("state")["finished"]:
        assert process.poll() is None, "the simulated exchange ended"
        assert time.monotonic() < end_s, "the market did not come to its end"
        time.sleep(0.05)


async def journal_with(*records: Record, state_dir: Path) -> None:
    """As a service left it."""
    journal = Plugins(plugins(), third_party=False).registry.journal_type("sqlite").make(state_dir, SystemClock())
    for record in records:
        journal.append(record)
    await journal.close()


def _walk() -> list[Candle]:
    random, price, made = Random(5), Decimal(60_000), []
    for n in range(MINUTES):
        last = price + random.randint(-400, 400) / Decimal(10)
        made.append(
            Candle(
                instrument=BTC,
                timeframe=Timeframe.M1,
                open_ms=FIRST_MS + n * MINUTE,
                open=price,
                high=max(price, last) + random.randint(0, 50) / Decimal(10),
                low=min(price, last) - random.randint(0, 50) / Decimal(10),
                close=last,
                volume=Decimal(random.randint(1_000, 90_000)) / 1_000,
                source=Source.REST,
            )
        )
        price = last
    return made


def _write(candles: list[Candle], file: Path) -> None:
    with file.open("w", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(["time", "open", "high", "low", "close", "volume"])
        rows.writerows((one.open_ms, one.open, one.high, one.low, one.close, one.volume) for one in candles)
