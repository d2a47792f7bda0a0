"""Keep one venue's lines up. Bad luck is mended here; bugs are not caught anywhere."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from twinstar.domain import Notice, StreamGap, VenueHalted
from twinstar.errors import AuthFailed, VenueError
from twinstar.ports import Clock, Venue, Wanted
from twinstar.runtime.line import Care, Line
from twinstar.runtime.market import Market
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.tasks import first, for_ever, leaf


async def supervise(
    venue: Venue,
    wanted: Wanted,
    care: Care,
    *,
    sequencer: Sequencer,
    clock: Clock,
    random: Random,
    tell: Callable[[Notice], None],
) -> None:
    """Listen, catch up, say that the venue is ready; when the line is lost, wait and start again.

    What the lines leave out, and all while there is none, comes from the venue's history.
    """
    market = Market(
        venue,
        wanted,
        warm_up=care.warm_up,
        leave=care.leave,
        patience=care.patience,
        sequencer=sequencer,
        clock=clock,
        tell=tell,
    )
    lines = _keep_lines(venue, wanted, care, market, sequencer=sequencer, clock=clock, random=random)
    await first(lines, market.keep_whole())


async def _keep_lines(
    venue: Venue, wanted: Wanted, care: Care, market: Market, *, sequencer: Sequencer, clock: Clock, random: Random
) -> None:
    how, attempt = care.restore, 0
    while True:
        line = Line(venue, care, market, sequencer=sequencer, clock=clock, random=random)
        reason: str | None = None
        try:
            await line.hold(wanted, how)
        except* AuthFailed as refused:
            reason = _reason(refused)
            sequencer.accept(VenueHalted(time_ms=clock.now_ms(), venue=venue.id, reason=reason))
            await for_ever()
        except* VenueError as lost:
            reason = _reason(lost)
        if reason is None:
            await market.done()
            return  # The venue has no more to say, as when a tape ends.
        sequencer.accept(StreamGap(time_ms=clock.now_ms(), venue=venue.id, reason=reason))
        attempt = 0 if line.spoke else attempt + 1
        await clock.sleep(care.backoff.wait_s(attempt, random))
        how = care.resync if line.caught_up else how


def _reason(group: BaseExceptionGroup[BaseException]) -> str:
    error = leaf(group)
    return error.reason if isinstance(error, VenueError) else str(error)
