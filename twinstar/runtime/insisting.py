"""Ask a venue until it answers, and let a person know when that takes long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

from twinstar.domain import Level, Notice
from twinstar.errors import AuthFailed, VenueError, VenueUnavailable
from twinstar.ports import Clock
from twinstar.runtime.backoff import ASKING

T = TypeVar("T")
TELL_EVERY = 5  # attempts


async def insist(
    venue: str,
    what: str,
    ask: Callable[[], Awaitable[T]],
    *,
    clock: Clock,
    random: Random,
    tell: Callable[[Notice], None],
) -> T:
    """`AuthFailed` goes up: asking again would not help."""
    attempt = 0
    while True:
        try:
            return await ask()
        except AuthFailed:
            raise
        except VenueError as e:
            attempt += 1
            if attempt % TELL_EVERY == 0:
                text = f"asked {attempt} times for {what}, nothing is sent before they are known: {e.reason}"
                tell(Notice(level=Level.WARNING, text=text, venue=venue))
            told_s = e.retry_after_s if isinstance(e, VenueUnavailable) else 0.0
            await clock.sleep(max(ASKING.wait_s(attempt - 1, random), told_s))
