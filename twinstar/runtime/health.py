"""What a machine may ask on loopback: what was counted, is it alive, is it safe to trade. No answer holds a secret."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from twinstar.runtime.metrics import Metrics

LOOPBACK: Final = "127.0.0.1"
LAG_EVERY_S: Final = 0.5
LAG_REMEMBERED: Final = 60  # measurements: a stall counts against us for the next half minute
LAG_BOUND_S: Final = 5.0
CLOSE_WITHIN_S: Final = 1.0

Check = Callable[[], str | None]
"""Why it is not safe to trade, or None when nothing speaks against it. Never waits."""


class LoopLag:
    """How late the event loop runs what is due: what blocks it blocks trading."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self._report = report
        self._recent: deque[float] = deque(maxlen=LAG_REMEMBERED)
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(LAG_EVERY_S, self._measure)

    def worst_s(self) -> float:
        return max([self._late_s(), *self._recent])

    def close(self) -> None:
        self._timer.cancel()

    def _late_s(self) -> float:
        return max(0.0, self._loop.time() - self._timer.when())

    def _measure(self) -> None:
        late_s = self._late_s()
        self._recent.append(late_s)
        self._report(late_s)
        self._timer = self._loop.call_later(LAG_EVERY_S, self._measure)


@asynccontextmanager
async def serve_health(port: int, metrics: Metrics, checks: Mapping[str, Check]) -> AsyncIterator[int]:
    """Answer on loopback while the block runs; yields the port, which the system chooses when ``port`` is 0."""
    lag = LoopLag(metrics.loop_lag.set)
    runner = web.AppRunner(_application(metrics, checks, lag), access_log=None, shutdown_timeout=CLOSE_WITHIN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield runner.addresses[0][1]
    finally:
        lag.close()
        await runner.cleanup()


def _application(metrics: Metrics, checks: Mapping[str, Check], lag: LoopLag) -> web.Application:
    async def read_metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def alive(_request: web.Request) -> web.Response:
        worst_s = lag.worst_s()
        if worst_s <= LAG_BOUND_S:
            return web.json_response({"alive": True})
        reason = f"the event loop stood still for {worst_s:.1f} s, {LAG_BOUND_S:.0f} s are allowed"
        return web.json_response({"alive": False, "reason": reason}, status=503)

    async def ready(_request: web.Request) -> web.Response:
        found = {name: check() for name, check in checks.items()}
        failing = [{"check": name, "reason": reason} for name, reason in found.items() if reason is not None]
        return web.json_response({"ready": not failing, "failing": failing}, status=503 if failing else 200)

    application = web.Application()
    application.router.add_get("/metrics", read_metrics)
    application.router.add_get("/livez", alive)
    application.router.add_get("/readyz", ready)
    return application
