"""What a limiter says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from twinstar.builtin.limiter.loads import Loads
from twinstar.builtin.limiter.waits import Waits
from twinstar.builtin.limiter.window import Window
from twinstar.domain import WS_CONNECT, WS_MESSAGE, Ban, Call, Lane, LimiterStats, QuotaUse


class Telling:
    def __init__(self, loads: Loads) -> None:
        self._loads = loads
        self._waits = tuple(Waits(lane) for lane in Lane)
        self._sockets = {WS_CONNECT: 0, WS_MESSAGE: 0}
        self._returned = 0
        self._weight = 0.0
        self.refused = 0

    def let_go(self, call: Call, waited_s: float) -> None:
        waits = self._waits[call.lane]
        if waited_s:
            waits.add(waited_s)
        else:
            waits.at_once += 1
        if call.what in self._sockets:
            self._sockets[call.what] += 1

    def returned(self, call: Call) -> None:
        if call.what in self._sockets:
            self._sockets[call.what] -= 1
        self._returned += 1

    @contextmanager
    def waiting(self, lane: Lane) -> Iterator[None]:
        self._waits[lane].waiting += 1
        try:
            yield
        finally:
            self._waits[lane].waiting -= 1

    def stats(self, now_s: float, now_ms: int, on_the_way: int) -> LimiterStats:
        """The block is locked."""
        connections, messages = self._sockets[WS_CONNECT], self._sockets[WS_MESSAGE]
        let_go = sum(waits.requests for waits in self._waits) - self._returned
        windows = [*self._loads.gates.values(), *self._loads.windows.values()]
        return LimiterStats(
            metered=let_go - connections - messages,
            connections=connections,
            messages=messages,
            refused=self.refused,
            on_the_way=on_the_way,
            lanes=tuple(waits.told() for waits in self._waits),
            quotas=tuple(_use(window, now_s) for window in self._loads.windows.values()),
            bans=tuple(ban for window in windows if (ban := _ban(window, now_s, now_ms)) is not None),
        )


def label(window: Window) -> str:
    """Whom the venue means."""
    return window.quota.scope.value if window.cap == inf else window.quota.name


def _use(window: Window, now_s: float) -> QuotaUse:
    used = window.used(now_s)
    return QuotaUse(
        quota=window.quota.name,
        scope=window.quota.scope.value,
        cap=window.cap,
        per_s=window.quota.per_s,
        used=round(used, 6),
        left=round(max(window.cap - used, 0.0), 6),
        utilisation=round(used / window.cap, 4),
        ours=round(_ours(window, now_s), 6),
        most=window.quota.cap,
    )


def _ours(window: Window, now_s: float) -> float:
    """Windows keep what was let go a little longer than the venue; where that seems too much, it is counted exactly."""
    kept = window.own()
    return kept if kept <= window.quota.cap else window.used_since(now_s - window.quota.per_s)


def _ban(window: Window, now_s: float, now_ms: int) -> Ban | None:
    until_s = window.stopped_until(now_s)
    if not until_s:
        return None
    until_ms = now_ms + round((until_s - now_s) * 1_000)
    return Ban(stopped=label(window), until_ms=until_ms, reason=f"HTTP {window.status}")
