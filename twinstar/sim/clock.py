"""Wall time, and how far the market should be: the second runs faster than the first, and can stand still."""

from __future__ import annotations

import time
from typing import Protocol

MINUTE_MS = 60_000
DAY_MS = 86_400_000


class Wall(Protocol):
    """The clock on the wall; a test brings one that it can turn."""

    def now_ms(self) -> int: ...
    def seconds(self) -> float:
        """Monotonic, from any beginning."""
        ...


class SystemWall:
    """This machine's clock; never goes back, since accounts are ordered by it."""

    def __init__(self) -> None:
        self._latest_ms = 0

    def now_ms(self) -> int:
        now = time.time_ns() // 1_000_000  # noqa: TID251 - the one place where the simulated exchange reads the wall
        self._latest_ms = max(self._latest_ms, now)
        return self._latest_ms

    def seconds(self) -> float:
        return time.monotonic()


class Pace:
    """How much market time should have passed since this process began: wall time while it ran, times the speed."""

    def __init__(self, wall: Wall, speed: float = 1.0) -> None:
        self.speed = speed
        self._wall = wall
        self._before_ms = 0.0  # of the runs that are over
        self._since: float | None = None  # the current run began here

    @property
    def running(self) -> bool:
        return self._since is not None

    def elapsed_ms(self) -> float:
        if self._since is None:
            return self._before_ms
        return self._before_ms + (self._wall.seconds() - self._since) * 1000 * self.speed

    def go(self) -> None:
        if self._since is None:
            self._since = self._wall.seconds()

    def halt(self, at_ms: float) -> None:
        """Stand still where the market really is, which may be behind the pace."""
        self._before_ms = min(at_ms, self.elapsed_ms())
        self._since = None

    def wall_s_until(self, elapsed_ms: float) -> float:
        return max(0.0, (elapsed_ms - self.elapsed_ms()) / 1000 / self.speed)
