"""The real clock; a simulation brings its own."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Wall time as it was at the beginning, carried on by the monotonic clock.

    Ages and deadlines are counted in it: whoever sets the machine's clock must not make a position look unprotected
    for an hour, or an order that is in doubt look settled.
    """

    def __init__(self) -> None:
        self._epoch_ns = time.time_ns() - time.monotonic_ns()  # noqa: TID251 - the one place that reads the wall clock

    def now_ms(self) -> int:
        return (self._epoch_ns + time.monotonic_ns()) // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
