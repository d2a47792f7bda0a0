"""Banned, killed and started again while the ban lasts: the exchange hears nothing of us until it is over."""

from __future__ import annotations

import json
import time

import pytest
from e2e.conftest import MakeService
from e2e.running import Service, is_live

TRADING = """
version: "1"
venues:
  binanceusdm:
    mode: sim
    instruments: [BTC/USDT:USDT]
    sim: {balances: {USDT: 100000}}
strategies:
  perpetuals:
    type: ma_cross
    instruments: [BTC/USDT:USDT@binanceusdm]
    fast: 1
    slow: 2
    stop_percent: 0.3
    notional: 3000
    short: true
resync_every_s: 1
sim: {seed: 3, speed: 120, history: 60}
"""
BAN_S = 15.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


def test_a_service_that_is_killed_and_started_again_during_a_ban_sends_nothing_until_it_is_over(
    make_service: MakeService,
) -> None:
    service = make_service(TRADING)
    service.start()
    service.wait(lambda status: is_live(status) and status["venues"][0]["orders"]["filled"] > 0)
    until_s = time.time() + BAN_S
    _ban(service, until_s)
    banned = service.wait(lambda status: bool(status["venues"][0]["limits"]["bans"]))
    (ban,) = banned["venues"][0]["limits"]["bans"]
    assert (ban["stopped"], ban["reason"]) == ("ip", "HTTP 418")
    assert abs(ban["until_ms"] / 1_000 - until_s) < 1.5  # an answer's date has whole seconds
    service.wait(lambda status: any("ip is stopped" in notice["text"] for notice in status["notices"]))
    time.sleep(0.5)  # what was on its way has arrived
    sent = _heard(service)
    service.kill()
    service.start()
    service.wait(lambda status: bool(status["venues"][0]["limits"]["bans"]))
    while time.time() < until_s - 2:
        assert _heard(service) == sent
        time.sleep(0.2)
    service.wait(is_live)
    assert time.time() > until_s - 1.5
    assert _heard(service) > sent
    assert service.stop()[0] == 0, service.tail()


def _ban(service: Service, until_s: float) -> None:
    text = f"Way too many requests; IP banned until {round(until_s * 1_000)}. Please use the websocket."
    fault = {"on": "rest", "kind": "status", "status": 418, "body": json.dumps({"code": -1003, "msg": text})}
    service.tell_sim("binanceusdm", "faults", [{**fault, "lasts_ms": round((until_s - time.time()) * 1_000)}])


def _heard(service: Service) -> int:
    """Requests so far, by the exchange's own count."""
    return sum(service.tell_sim("binanceusdm", "state")["requests"].values())
