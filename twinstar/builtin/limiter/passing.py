"""One look at all who wait: who may go now, who is told no, and when to look again."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final

from twinstar.builtin.limiter.loads import too_heavy
from twinstar.builtin.limiter.telling import label
from twinstar.builtin.limiter.waiting import Waiter
from twinstar.builtin.limiter.window import ROUNDING, Window
from twinstar.domain import Lane
from twinstar.errors import VenueError, VenueUnavailable

WAITED_OUT_S: Final = 1.0  # a longer stop is told to whoever asks: what waits that long would go stale


class Pass:
    """The lock is held for as long as it lasts."""

    def __init__(self, venue: str, now_s: float, let_go: Callable[[Waiter], None]) -> None:
        self._venue, self._now_s, self._let_go = venue, now_s, let_go
        self._lane = Lane.PROTECT
        # Of each window: what those before in this lane want; what those of the lanes before must be left.
        self._before: dict[Window, float] = {}
        self._left: dict[Window, float] = {}
        self._left_then: dict[Window, float] = {}
        self.wake_s = inf
        self.refused = 0

    def offer(self, waiter: Waiter) -> bool:
        """Whether it is done with: let go, or refused."""
        refusal = self._refusal(waiter)
        if refusal is not None:
            self.refused += 1
            waiter.done.set_exception(refusal)
            return True
        if waiter.call.lane is not self._lane:
            self._lane = waiter.call.lane
            self._left, self._before = dict(self._left_then), {}
        free_s = self._free_s(waiter)
        if free_s > self._now_s:
            self.wake_s = min(self.wake_s, free_s)
            return False
        for window, weight in waiter.load.taken:
            window.take(weight)
        self._let_go(waiter)
        return True

    def _refusal(self, waiter: Waiter) -> VenueError | None:
        for window in (*waiter.load.gates, *waiter.load.key):
            left_s = window.stopped_until(self._now_s) - self._now_s
            if left_s > WAITED_OUT_S:
                reason = f"{label(window)} is stopped (HTTP {window.status}) for another {left_s:.0f} s"
                return VenueUnavailable(self._venue, reason, retry_after_s=left_s)
        return too_heavy(self._venue, waiter.call, waiter.load)

    def _free_s(self, waiter: Waiter) -> float:
        """When it may go; if that is not now, it holds back what those behind would take from it.

        Of a window that it has to wait for, later lanes may have what will be to spare by then: they cost it no time.
        """
        now_s, free_s = self._now_s, max((gate.stopped_until(self._now_s) for gate in waiter.load.gates), default=0.0)
        lacking: dict[Window, float] = {}
        for window, weight in waiter.load.taken:
            wanted = min(weight + window.reserve[self._lane], window.cap) + window.claimed(now_s, self._lane)
            wanted += self._before.get(window, 0.0)
            room = window.room(now_s)
            if room + ROUNDING < wanted + self._left.get(window, 0.0):
                window_free_s, spare = window.when(now_s, wanted + self._left.get(window, 0.0))
                free_s, lacking[window] = max(free_s, window_free_s), max(room - spare, 0.0)
        if free_s > now_s:
            for window, weight in waiter.load.taken:
                window.claim(now_s, self._lane, weight, free_s)
                self._before[window] = self._before.get(window, 0.0) + weight
                left = self._left_then.get(window, 0.0)
                self._left_then[window] = max(left, lacking[window]) if window in lacking else left + weight
        return free_s
