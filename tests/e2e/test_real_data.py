"""A real day, and holes cut into it: what is stored is what the file says, and what is not there is a gap.

``TWINSTAR_MINUTES=65178 TWINSTAR_SPEED=60000 python3 run.py test tests/e2e/test_real_data.py -s -k real_day`` runs
all six weeks and prints its figures.
"""

from __future__ import annotations

import csv
import gzip
import os
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest
from e2e.conftest import MakeService
from e2e.running import Service, compare, is_live

from twinstar.builtin import plugins
from twinstar.domain import CandlesMissing
from twinstar.plugin import Plugins

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = {"BTC/USDT:USDT": "binanceusdm-BTCUSDT-1m.csv.gz", "ETH/USDT:USDT": "binanceusdm-ETHUSDT-1m.csv.gz"}
MINUTES = int(os.environ.get("TWINSTAR_MINUTES", "1440"))
SPEED = int(os.environ.get("TWINSTAR_SPEED", "6000"))
Row = tuple[Decimal, ...]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180 + MINUTES // 100),
    pytest.mark.skipif(not DATA.is_dir(), reason="the real candles are not here (../shared/data)"),
]


def configuration(minutes: int, cuts: Mapping[str, list[int]]) -> str:
    markets = "\n".join(
        f"        {symbol}: {{replay: {DATA / file}, minutes: {minutes}, cut: {cuts.get(symbol, [])}}}"
        for symbol, file in FILES.items()
    )
    return f"""
version: "1"
venues:
  binanceusdm:
    mode: sim
    instruments: {list(FILES)}
    sim:
      balances: {{USDT: 1000000}}
      markets:
{markets}
strategies:
  cross:
    type: ma_cross
    instruments: ["BTC/USDT:USDT@binanceusdm", "ETH/USDT:USDT@binanceusdm"]
    fast: 5
    slow: 20
    stop_percent: 0.5
    notional: 5000
    short: true
sim: {{seed: 1, speed: {SPEED}, wait_for_reader: true}}
"""


def file_rows(symbol: str, minutes: int) -> list[Row]:
    """Open, high, low, close and volume of each minute, exact."""
    with gzip.open(DATA / FILES[symbol], "rt", encoding="utf-8") as file:
        return [
            tuple(map(Decimal, row[1:])) for row, _ in zip(list(csv.reader(file))[1:], range(minutes), strict=False)
        ]


def stored_rows(service: Service, symbol: str) -> dict[int, Row]:
    """By open time, read with nothing but pyarrow."""
    (series,) = {f.parent for f in (service.state_dir / "candles").rglob("*.parquet") if symbol[:3] in str(f)}
    table = pq.read_table(series, use_threads=False, partitioning=None).to_pydict()
    columns = (table[name] for name in ("open", "high", "low", "close", "volume"))
    return dict(zip(table["open_ms"], map(tuple, zip(*columns, strict=True)), strict=True))


def run_to_the_end(service: Service) -> None:
    service.start()
    service.wait(is_live)
    service.wait(lambda status: is_live(status) and is_over(service, status), within_s=150 + MINUTES // 100)
    assert service.stop()[0] == 0, service.tail()


def is_over(service: Service, status: dict[str, Any]) -> bool:
    """The market stands still, and the last candle has come: a minute closes only when the next one begins."""
    if not service.tell_sim("binanceusdm", "state")["finished"]:
        return False
    return len({i["last_closed_ms"] for venue in status["venues"] for i in venue["instruments"]}) == 1


def test_a_real_day_is_stored_as_the_file_says_and_traded_as_the_ledger_says(make_service: MakeService) -> None:
    service, begun_s = make_service(configuration(MINUTES, {})), time.monotonic()
    run_to_the_end(service)
    took_s = time.monotonic() - begun_s
    equal = 0
    for symbol in FILES:
        stored, expected = stored_rows(service, symbol), file_rows(symbol, MINUTES)
        assert list(stored.values()) == expected[: len(stored)]
        assert MINUTES - 1 <= len(stored) <= MINUTES
        begin_ms = min(stored)
        assert list(stored) == [begin_ms + 60_000 * n for n in range(len(stored))]
        equal += len(stored)
    state, ledger = service.journaled(), service.ledger("binanceusdm")
    assert not compare(state, ledger, "binanceusdm")
    assert len(state.orders) > 20
    fills = len(ledger.executions)
    print(f"{equal} candles equal the files, {len(ledger.orders)} orders and {fills} fills the ledger, {took_s:.0f} s")  # noqa: T201


def test_minutes_cut_out_come_out_as_gaps(make_service: MakeService) -> None:
    random, minutes = Random(1), 300
    cuts = {symbol: sorted(random.sample(range(10, minutes - 10), 25)) for symbol in FILES}
    service = make_service(configuration(minutes, cuts))
    run_to_the_end(service)
    registry = Plugins(plugins(), third_party=False).registry
    told = [r for r in registry.journal_type("sqlite").read(service.state_dir) if isinstance(r, CandlesMissing)]
    for symbol, cut in cuts.items():
        stored, expected = stored_rows(service, symbol), file_rows(symbol, minutes)
        begin_ms = min(stored)
        kept = {n: row for n, row in enumerate(expected) if n not in cut}
        assert {(ms - begin_ms) // 60_000: row for ms, row in stored.items()}.items() <= kept.items()
        missing = sorted(
            (ms - begin_ms) // 60_000
            for gap in told
            if gap.instrument.symbol == symbol
            for ms in range(gap.from_ms, gap.until_ms, 60_000)
        )
        assert missing == cut
