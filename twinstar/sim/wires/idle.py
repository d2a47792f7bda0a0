"""The silence after which a venue cuts a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Idle:
    """Calls ``cut`` once nothing has been heard for ``after_ms``; `heard` puts it off."""

    def __init__(self, now_ms: Callable[[], int], after_ms: int, cut: Callable[[], None]) -> None:
        self._now_ms, self._after_ms, self._cut = now_ms, after_ms, cut
        self._heard_ms = now_ms()
        self._timer = self._wake_in(after_ms)

    def heard(self) -> None:
        self._heard_ms = self._now_ms()

    def cancel(self) -> None:
        self._timer.cancel()

    def _wake_in(self, wait_ms: int) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(wait_ms / 1000, self._look)

    def _look(self) -> None:
        left_ms = self._heard_ms + self._after_ms - self._now_ms()
        if left_ms > 0:
            self._timer = self._wake_in(left_ms)
        else:
            self._cut()
