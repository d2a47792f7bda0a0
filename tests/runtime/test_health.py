"""What a monitor on the same machine learns about the service."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Mapping

import aiohttp
import pytest

from twinstar.runtime import health
from twinstar.runtime.health import Check, LoopLag, serve_health
from twinstar.runtime.metrics import Metrics


async def ask(path: str, checks: Mapping[str, Check] = {}, metrics: Metrics | None = None):
    async with (
        serve_health(0, metrics or Metrics("1"), checks) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text() if path == "/metrics" else await answer.json()


async def test_prometheus_reads_what_was_counted():
    metrics = Metrics("1")
    metrics.orders.labels("upbit", "accepted").inc(3)
    status, text = await ask("/metrics", metrics=metrics)
    assert status == 200
    assert 'twinstar_orders_total{outcome="accepted",venue="upbit"} 3.0' in text.splitlines()


async def test_it_is_safe_to_trade_when_no_check_objects():
    assert await ask("/readyz", {"journal": lambda: None}) == (200, {"ready": True, "failing": []})


async def test_it_is_not_safe_to_trade_and_each_failing_check_says_why():
    checks: dict[str, Check] = {
        "journal": lambda: None,
        "upbit": lambda: "the account was never read",
        "binanceusdm": lambda: "1 order in doubt",
    }
    status, answer = await ask("/readyz", checks)
    assert status == 503
    assert answer == {
        "ready": False,
        "failing": [
            {"check": "upbit", "reason": "the account was never read"},
            {"check": "binanceusdm", "reason": "1 order in doubt"},
        ],
    }


async def test_a_check_that_breaks_never_passes_for_safe():
    def broken() -> str | None:
        raise ZeroDivisionError

    async with serve_health(0, Metrics("1"), {"broken": broken}) as port, aiohttp.ClientSession() as session:
        answer = await session.get(f"http://127.0.0.1:{port}/readyz")
        assert answer.status == 500


async def test_a_loop_that_answers_in_time_is_alive():
    assert await ask("/livez") == (200, {"alive": True})


async def test_a_loop_that_stood_still_is_not_alive_and_says_for_how_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "LAG_EVERY_S", 0.01)
    monkeypatch.setattr(health, "LAG_BOUND_S", 0.1)
    metrics = Metrics("1")
    async with serve_health(0, metrics, {}) as port, aiohttp.ClientSession() as session:
        time.sleep(0.3)  # noqa: ASYNC251 - blocking the loop is the point
        answer = await session.get(f"http://127.0.0.1:{port}/livez")
        assert answer.status == 503
        assert "stood still for 0." in (await answer.json())["reason"]
    assert metrics.registry.get_sample_value("twinstar_event_loop_lag_seconds") is not None


async def test_a_stall_is_noticed_before_the_timer_runs_again():
    lag = LoopLag(lambda _late_s: None)
    try:
        assert lag.worst_s() == 0
        time.sleep(health.LAG_EVERY_S + 0.1)  # noqa: ASYNC251 - blocking the loop is the point
        assert lag.worst_s() >= 0.1
    finally:
        lag.close()


async def test_it_listens_on_loopback_only_and_stops_with_its_block():
    async with serve_health(0, Metrics("1"), {}) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            pass
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.2", port)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_taken_port_is_an_error_at_the_start():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with serve_health(taken.getsockname()[1], Metrics("1"), {}):
            pass
