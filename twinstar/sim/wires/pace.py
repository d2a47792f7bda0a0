"""How often a stream speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from twinstar.sim.ports import VenueClock


class Pace:
    """Lets a change out at most once in ``every_ms`` of wall time; the last one is never lost, only late."""

    def __init__(self, clock: VenueClock, every_ms: int, push: Callable[[], None]) -> None:
        self._clock = clock
        self._every_ms = every_ms
        self._push = push
        self._last_ms = -every_ms
        self._timer: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        if self._timer is not None:
            return
        wait_ms = self._last_ms + self._every_ms - self._clock.now_ms()
        if wait_ms <= 0:
            self._now()
        else:
            self._timer = asyncio.get_running_loop().call_later(wait_ms / 1000, self._now)

    def drop(self) -> None:
        """What was not yet said need not be said any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _now(self) -> None:
        self._timer = None
        self._last_ms = self._clock.now_ms()
        self._push()
