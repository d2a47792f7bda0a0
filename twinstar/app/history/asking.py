"""A backfill done by the service that runs: it has the venues and the store, and fetches in their last lane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from twinstar.app.history.asked import Series
from twinstar.app.history.backfill import Fetched, Progress
from twinstar.app.history.errand import Standing, Wish
from twinstar.errors import TwinStarError
from twinstar.ports import Clock
from twinstar.runtime.control import call

LOOK_EVERY_S = 0.25


async def ask_service(socket: Path, series: Sequence[Series], since_ms: int) -> int:
    """The number of the backfill that is under way now. Raise `NotRunning` when there is no service."""
    wish = Wish(series=tuple(series), since_ms=since_ms)
    answer = await call(socket, "backfill", **msgspec.to_builtins(wish))
    return int(answer["number"])


async def follow(socket: Path, number: int, progress: Progress, clock: Clock) -> list[Fetched]:
    """Until it has ended. Whoever stops to follow it stops it."""
    shown = Counter[Series]()
    while True:
        standing = msgspec.convert(await call(socket, "backfill_standing", number=number), Standing)
        for part in standing.parts:
            if part.series not in shown:
                progress.begin(part.series, part.intervals)
            if part.done > shown[part.series]:
                progress.advance(part.series, part.done - shown[part.series])
            shown[part.series] = part.done
        if standing.failed is not None:
            raise TwinStarError(f"the service could not fetch: {standing.failed}")
        if standing.fetched is not None:
            return list(standing.fetched)
        await clock.sleep(LOOK_EVERY_S)
