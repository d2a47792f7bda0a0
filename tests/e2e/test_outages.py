"""Streams stall, break, lie and come back: what is stored in the end is what the exchange has, each candle once.

8 runs in CI; ``TWINSTAR_OUTAGES=30 python3 run.py test tests/e2e/test_outages.py -s`` makes as many as you like.
"""

from __future__ import annotations

import os
import time
from decimal import Decimal
from itertools import pairwise
from random import Random
from statistics import median
from typing import Any

import pytest
from e2e.conftest import MakeService
from e2e.outages import (
    SPEED,
    STALLS,
    VENUES,
    Ordeal,
    Outage,
    Recovery,
    dials,
    endure,
    may_be_dialled_late,
    mixed,
    outages,
)
from e2e.running import Service, is_live

from twinstar.builtin import plugins
from twinstar.domain import Candle, CandleClosed, CandleCorrected, CandlesMissing, InstrumentId, Source, Timeframe
from twinstar.plugin import Plugins

RUNS = int(os.environ.get("TWINSTAR_OUTAGES", "8"))
SEED = int(os.environ.get("TWINSTAR_SEED", "1"))
WITHIN_S = 30.0  # a whole series, and every stream speaking
# A whole series where nothing but a stream failed, and a stream that stalled speaking again. The bound is 10 s, and as
# much again is left to a machine that others use; what it took is printed.
SPEAKING_WITHIN_S = 20.0
MINUTE_MS = 60_000
FIRST_LINES = {"binanceusdm": 2, "upbit": 2}  # stood before the fault
INSTRUMENTS = {"binanceusdm": ("BTC/USDT:USDT", "ETH/USDT:USDT"), "upbit": ("BTC/KRW",)}
CONFIG = f"""
version: "1"
venues:
  binanceusdm:
    mode: sim
    instruments: [BTC/USDT:USDT, ETH/USDT:USDT]
    sim: {{balances: {{USDT: 100000}}}}
  upbit:
    mode: sim
    instruments: [BTC/KRW]
    sim: {{balances: {{KRW: 100000000}}}}
strategies:
  perpetuals:
    type: ma_cross
    instruments: [BTC/USDT:USDT@binanceusdm, ETH/USDT:USDT@binanceusdm]
    fast: 3
    slow: 9
    stop_percent: 0.5
    notional: 3000
  spot:
    type: ma_cross
    instruments: [BTC/KRW@upbit]
    fast: 3
    slow: 9
    stop_percent: 0.5
    notional: 3000000
sim: {{seed: 5, speed: {SPEED}, history: 60}}
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 45 * RUNS)]


def test_after_any_outage_the_stored_candles_are_the_exchanges_own(make_service: MakeService) -> None:
    service, random = make_service(CONFIG), Random(SEED)
    service.start()
    service.wait(lambda status: is_live(status) and all(i["candles_stored"] for i in _instruments(status)))
    recoveries: list[Recovery] = []
    blind: list[tuple[str, int, int]] = []
    for outage_of in _runs(random):
        ordeals = [Ordeal(service, venue, outage) for venue, outage in outage_of.items()]
        recoveries += endure(service, ordeals, within_s=WITHIN_S)
        blind += [(each.venue, each.begun_ms, each.over_ms) for each in ordeals if each.outage.blinds]
    truth = _at_rest(service)
    for instrument, candles in truth.items():
        _is_stored(service, instrument, candles)
        _was_told_once_and_in_order(service, instrument, candles)
        for venue, from_ms, until_ms in blind:
            if venue == instrument.venue:
                _came_from_the_history(service, instrument, from_ms, until_ms)
    _show(recoveries)
    for each in recoveries:
        assert each.series_s <= (SPEAKING_WITHIN_S if "REST" not in each.outage else WITHIN_S), each
        at_once = each.outage in STALLS and not may_be_dialled_late(each, recoveries)
        assert each.line_s <= (SPEAKING_WITHIN_S if at_once else WITHIN_S), each


def test_a_line_that_is_accepted_and_dropped_is_not_hammered(make_service: MakeService) -> None:
    service = make_service(CONFIG)
    service.start()
    service.wait(is_live)
    for venue in VENUES:
        service.tell_sim(venue, "faults", [{"on": "ws", "kind": "close", "lasts_ms": 20_000}])
    time.sleep(20)
    for venue in VENUES:
        at_s = dials(service, venue, ".")[FIRST_LINES[venue] :]  # public and private ones
        print(f"{venue}: dialled {[round(b - a, 1) for a, b in pairwise(at_s)]} s apart")  # noqa: T201 - the figure
        assert len(at_s) >= 4
        assert all(b - a >= 2.95 for a, b in pairwise(at_s[2:]))  # two handshakes are not equally long
    service.wait(is_live, within_s=WITHIN_S)
    for instrument, candles in _at_rest(service).items():
        _is_stored(service, instrument, candles)


def _runs(random: Random) -> list[dict[str, Outage]]:
    """Each kind in turn, in an order of its own at each venue, every third time two kinds at once."""
    bags: dict[str, list[Outage]] = {venue: [] for venue in VENUES}
    runs = []
    for number in range(RUNS):
        run = {}
        for venue in VENUES:
            if not bags[venue]:
                bags[venue] = outages(venue, random)
                random.shuffle(bags[venue])
            run[venue] = mixed(venue, random) if number % 3 == 2 else bags[venue].pop()
        runs.append(run)
    return runs


def _instruments(status: dict[str, Any]) -> list[dict[str, Any]]:
    return [instrument for venue in status["venues"] for instrument in venue["instruments"]]


def _at_rest(service: Service) -> dict[InstrumentId, list[dict[str, Any]]]:
    """The market stands still, the service has ended: the exchange's closed candles, from the first that we have."""
    _halt(service)
    service.wait(lambda status: is_live(status) and _has_all(service, status), within_s=WITHIN_S)
    truth = {
        InstrumentId(symbol, venue): _closed(service, venue, symbol)
        for venue, symbols in INSTRUMENTS.items()
        for symbol in symbols
    }
    assert service.stop()[0] == 0, service.tail()
    return truth


def _halt(service: Service) -> None:
    """Not where the last candle is over and no trade has followed it: where nobody flags its end, nobody can know."""
    symbols = [(venue, symbol) for venue, of in INSTRUMENTS.items() for symbol in of]
    while True:
        for venue in VENUES:
            service.tell_sim(venue, "halt", {})
        if not any(_candles(service, venue, symbol)[-1]["closed"] for venue, symbol in symbols):
            return
        for venue in VENUES:
            service.tell_sim(venue, "go", {})
        time.sleep(0.1)


def _has_all(service: Service, status: dict[str, Any]) -> bool:
    return all(
        instrument["last_closed_ms"]
        == _closed(service, venue["id"], instrument["id"].rpartition("@")[0])[-1]["open_ms"]
        for venue in status["venues"]
        for instrument in venue["instruments"]
    )


def _closed(service: Service, venue: str, symbol: str) -> list[dict[str, Any]]:
    return [candle for candle in _candles(service, venue, symbol) if candle["closed"]]


def _candles(service: Service, venue: str, symbol: str) -> list[dict[str, Any]]:
    """The forming one among them."""
    found: list[dict[str, Any]] = service.tell_sim(venue, "candles", {"symbol": symbol, "since_ms": 0})
    return found


def _is_stored(service: Service, instrument: InstrumentId, truth: list[dict[str, Any]]) -> None:
    stored = _stored(service, instrument)
    first_ms = stored[0].open_ms
    assert [_values(each) for each in stored] == [_told(each) for each in truth if each["open_ms"] >= first_ms]
    assert len(stored) > 60


def _was_told_once_and_in_order(service: Service, instrument: InstrumentId, truth: list[dict[str, Any]]) -> None:
    """As the journal has it, with what was corrected later."""
    closed: dict[int, Candle] = {}
    order: list[int] = []
    registry = Plugins(plugins(), third_party=False).registry
    for record in registry.journal_type("sqlite").read(service.state_dir):
        match record:
            case CandleClosed(candle=candle) if candle.instrument == instrument:
                closed[candle.open_ms] = candle
                order.append(candle.open_ms)
            case CandleCorrected(candle=candle) if candle.instrument == instrument:
                closed[candle.open_ms] = candle
            case CandlesMissing(instrument=of):
                assert of != instrument, f"the exchange has what is said to be missing: {record}"
            case _:
                pass
    assert order == list(range(order[0], order[-1] + 1, MINUTE_MS))
    expected = {each["open_ms"]: _told(each) for each in truth}
    assert all(_values(candle) == expected[open_ms] for open_ms, candle in closed.items())


def _came_from_the_history(service: Service, instrument: InstrumentId, from_ms: int, until_ms: int) -> None:
    """Nobody says that a stream told what no stream can have told."""
    ended = [c for c in _stored(service, instrument) if from_ms < c.open_ms and c.open_ms + MINUTE_MS * 1.5 < until_ms]
    assert {candle.source for candle in ended} <= {Source.REST}
    assert ended


def _stored(service: Service, instrument: InstrumentId) -> list[Candle]:
    registry = Plugins(plugins(), third_party=False).registry
    candles = registry.store_type("parquet").read(service.state_dir / "candles", instrument, Timeframe.M1, None, None)
    return list(candles)


def _values(candle: Candle) -> tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal]:
    return (candle.open_ms, candle.open, candle.high, candle.low, candle.close, candle.volume)


def _told(candle: dict[str, Any]) -> tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal]:
    prices = (Decimal(candle[name]) for name in ("open", "high", "low", "close", "volume"))
    return (candle["open_ms"], *prices)  # type: ignore[return-value]


def _show(recoveries: list[Recovery]) -> None:
    for each in sorted(recoveries, key=lambda each: each.outage):
        print(f"  {each.series_s:5.1f} s series  {each.line_s:5.1f} s line  {each.outage}")  # noqa: T201 - the figures
    for name in ("series_s", "line_s"):
        taken = [getattr(each, name) for each in recoveries]
        print(f"{name}: p50 {median(taken):.1f}, max {max(taken):.1f}, of {len(taken)} outages")  # noqa: T201
