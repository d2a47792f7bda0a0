"""A question that got no answer is asked again, twice at most. Never an order: those are not questions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from twinstar.builtin.ccxt.library import BaseError
from twinstar.builtin.ccxt.wire import Exchanged, current
from twinstar.ports import Clock
from twinstar.runtime.backoff import Backoff

ATTEMPTS = 3
PAUSES = Backoff(first_s=0.25, factor=3.0, most_s=2.0)
WAITED_OUT_S = 5.0  # a venue that wants a longer pause is left alone: whoever asks us is told how long
TOO_MANY = (418, 429)


async def patiently(ask: Callable[[], Awaitable[Any]], *, clock: Clock, random: Random, within_s: float) -> Any:
    """``ask`` passes the limiter each time. What has taken ``within_s`` already is not begun again."""
    begun_s = clock.monotonic_s()
    for attempt in range(ATTEMPTS - 1):
        exchanged = current()
        asked = exchanged.requests if exchanged is not None else 0
        try:
            return await ask()
        except BaseError:
            if exchanged is None or exchanged.requests == asked:
                raise  # It was not even sent.
            wait_s = pause_s(exchanged, PAUSES.wait_s(attempt, random))
            if wait_s is None or clock.monotonic_s() + wait_s - begun_s > within_s:
                raise
        await clock.sleep(wait_s)
    return await ask()


def pause_s(exchanged: Exchanged, usual_s: float) -> float | None:
    """Before the next attempt; None when there should be none."""
    status, told_s = exchanged.status, exchanged.retry_after_s
    if told_s > WAITED_OUT_S or (status in TOO_MANY and not told_s):
        return None
    if status is None or status >= 500 or status in TOO_MANY:
        return max(usual_s, told_s)
    return None
