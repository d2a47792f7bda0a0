"""Paper trading in real processes: a simulated exchange plays the live venue, ccxt.pro is unmodified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from e2e import detour
from e2e.running import Service, compare, is_settled
from installing import install

from twinstar.domain import OrderStatus, Role
from twinstar.sim.ledger import read_ledger
from twinstar.sim.wires.binanceusdm.wire import ROUTES

SPEED = 120
KILLS = 2
VENUES = {"binanceusdm": "BTC/USDT:USDT", "upbit": "BTC/KRW"}
PUBLIC = {
    "binanceusdm": {
        f"{method} {path}" for (method, path), route in ROUTES.items() if not (route.keyed or route.signed)
    },
    "upbit": {"GET /v1/market/all", "GET /v1/ticker", "GET /v1/trades/ticks", "GET /v1/candles/minutes/1"},
}
LIVE = f"""
version: "1"
venues:
  binanceusdm: {{mode: sim, instruments: ["BTC/USDT:USDT"]}}
  upbit: {{mode: sim, instruments: [BTC/KRW]}}
sim: {{seed: 3, speed: {SPEED}, history: 60, linger_s: 60}}
"""
ON_PAPER = """
version: "1"
resync_every_s: 1
venues:
  binanceusdm:
    mode: paper
    instruments: ["BTC/USDT:USDT"]
    account: {api_key: "env:NO_SUCH_KEY", secret: "env:NO_SUCH_SECRET"}
    paper: {balances: {USDT: 100000}}
  upbit:
    mode: paper
    instruments: [BTC/KRW]
    paper: {balances: {KRW: 100000000}}
strategies:
  perpetuals:
    type: ma_cross
    instruments: ["BTC/USDT:USDT@binanceusdm"]
    fast: 1
    slow: 2
    stop_percent: 0.1
    notional: 3000
    short: true
  spot: {type: ma_cross, instruments: [BTC/KRW@upbit], fast: 1, slow: 2, stop_percent: 0.1, notional: 3000000}
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class Live:
    """The venue that everybody takes for the real one."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self.file = state_dir / "sim" / "sim.json"

    def ask(self, venue: str, path: str, body: object = None) -> Any:
        port = json.loads(self.file.read_text())["venues"][venue]["port"]
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_sim/{path}", data, timeout=10) as answer:
            return json.loads(answer.read())

    def orders(self, venue: str) -> int:
        return len(read_ledger(self._state_dir / "sim" / f"{venue}.ledger.jsonl").orders)


@pytest.fixture
def live(tmp_path: Path, guarded_environment: dict[str, str]) -> Iterator[Live]:
    config = tmp_path / "live.yaml"
    config.write_text(LIVE, encoding="utf-8")
    found = Live(tmp_path / "live")
    command = [sys.executable, "-m", "twinstar", "sim", "-c", str(config), "--state-dir", str(tmp_path / "live")]
    process = subprocess.Popen(command, env=guarded_environment, stdout=subprocess.DEVNULL)
    try:
        _wait(found.file.exists)
        yield found
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def service(tmp_path: Path, live: Live, guarded_environment: dict[str, str]) -> Iterator[Service]:
    config = tmp_path / "paper.yaml"
    config.write_text(ON_PAPER, encoding="utf-8")
    install(tmp_path / "site", Path(detour.__file__))
    path = os.pathsep.join((guarded_environment["PYTHONPATH"], str(tmp_path / "site")))
    environment = {**guarded_environment, "PYTHONPATH": path, detour.WHERE: str(live.file), detour.SPEED: str(SPEED)}
    made = Service(config, tmp_path / "paper", environment)
    yield made
    made.end()


def test_a_paper_account_is_kept_through_a_kill_and_the_venue_hears_no_word_of_it(live: Live, service: Service) -> None:
    random = Random(1)
    for _ in range(KILLS):
        filled = {venue: len(_ledger(service, venue).executions) for venue in VENUES}
        service.start()
        status = service.wait(is_settled)
        assert [venue["mode"] for venue in status["venues"]] == ["paper", "paper"]
        _wait(lambda filled=filled: all(len(_ledger(service, venue).executions) > filled[venue] for venue in VENUES))
        time.sleep(random.uniform(0, 1))
        service.kill()

    service.start()
    service.wait(is_settled)
    _wait(lambda: _roles_filled(service) >= {Role.ENTRY, Role.EXIT, Role.STOP}, within_s=60)
    for venue in VENUES:
        live.ask(venue, "halt", {})
    status = service.wait(lambda status: is_settled(status) and not _differences(service, status))
    assert service.stop()[0] == 0, service.tail()

    for venue in VENUES:
        told = live.ask(venue, "state")
        assert told["requests"].keys() <= PUBLIC[venue], "a private request was sent"
        assert sum(told["requests"].values()) > 5
        assert live.orders(venue) == 0
        assert not any("private" in dial["path"] or "listenKey" in dial["path"] for dial in told["dials"])
    assert "paper: market data is the venue's" in service.log.read_text(encoding="utf-8")


def _ledger(service: Service, venue: str) -> Any:
    return read_ledger(service.state_dir / "paper" / f"{venue}.ledger.jsonl")


def _differences(service: Service, status: dict[str, Any]) -> list[str]:
    """Between our books and the account's, orders, fills, positions, stops and money."""
    state = service.journaled()
    found = [each for venue in VENUES for each in compare(state, _ledger(service, venue), venue)]
    for venue in status["venues"]:
        ours = {each["asset"]: each for account in venue["accounts"] for each in account["balances"]}
        for asset, theirs in _ledger(service, venue["id"]).balances.items():
            told = ours.get(asset, {"free": 0, "locked": 0})
            if Decimal(told["free"]) + Decimal(told["locked"]) != theirs.total:
                found.append(f"{asset}: {told} here, {theirs} there")
    return found


def _roles_filled(service: Service) -> set[Role]:
    """Entries, exits and stops: what has been filled so far."""
    return {order.role for order in service.journaled().orders.values() if order.status is OrderStatus.FILLED}


def _wait(until: Any, within_s: float = 40.0) -> None:
    end_s = time.monotonic() + within_s
    while not until():
        assert time.monotonic() < end_s, f"not within {within_s} s"
        time.sleep(0.1)
