"""What happens by itself when its time has come: orders that expire, and the scheduled cancellation of all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

from twinstar.sim.ports import VenueClock


class Deadlines:
    """By name; a new one under the same name comes instead of the old one."""

    def __init__(self, clock: VenueClock) -> None:
        self._clock = clock
        self._due: dict[Hashable, tuple[int, Callable[[], None]]] = {}
        self._timers: dict[Hashable, asyncio.TimerHandle] = {}

    def set(self, name: Hashable, at_ms: int, action: Callable[[], None]) -> None:
        self.drop(name)
        self._due[name] = (at_ms, action)
        wait_s = (at_ms - self._clock.now_ms()) / 1000
        self._timers[name] = asyncio.get_running_loop().call_later(max(wait_s, 0), self.look)

    def drop(self, name: Hashable) -> None:
        self._due.pop(name, None)
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()

    def at_ms(self, name: Hashable) -> int:
        """0 where there is none."""
        return self._due[name][0] if name in self._due else 0

    def look(self) -> None:
        """Asked at each request too, since the venue's clock may have been turned."""
        now = self._clock.now_ms()
        for name, (at_ms, action) in list(self._due.items()):
            if at_ms <= now and name in self._due:
                self.drop(name)
                action()
