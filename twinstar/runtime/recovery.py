"""Catch up with a venue, however long it takes."""

from __future__ import annotations

from contextlib import aclosing
from random import Random

from twinstar.domain import Level, Notice
from twinstar.errors import AuthFailed, VenueError, VenueUnavailable
from twinstar.ports import Clock, Recovery, Venue
from twinstar.runtime.backoff import ASKING
from twinstar.runtime.sequencer import Sequencer

TELL_EVERY = 5  # attempts
TOLD_WITHIN_MS = 2_000  # a stream that is later than that has lost it


async def catch_up(venue: Venue, how: Recovery, sequencer: Sequencer, clock: Clock, random: Random) -> int:
    """Return only once we know: every order's fate, and what the account holds.

    How many fills were news that the streams should have told long ago. `AuthFailed` goes up: asking again would not
    help.
    """
    attempt = untold = 0
    counted = sequencer.engine.state.fills_counted
    while True:
        retry_after_s = 0.0
        try:
            async with aclosing(how(venue, sequencer.gap(venue.id))) as news:
                async for event in news:
                    before = counted[venue.id]
                    sequencer.accept(event)
                    late = clock.now_ms() - event.time_ms > TOLD_WITHIN_MS
                    untold += late and counted[venue.id] > before
            if not sequencer.engine.state.in_doubt(venue.id):
                return untold
        except AuthFailed:
            raise
        except VenueError as e:  # An answer that cannot be read, or a question that is refused, is no answer.
            retry_after_s = e.retry_after_s if isinstance(e, VenueUnavailable) else 0.0
            if attempt % TELL_EVERY == TELL_EVERY - 1:
                text = f"the account could not be read {attempt + 1} times in a row, nothing new is sent: {e.reason}"
                sequencer.tell(Notice(level=Level.WARNING, text=text, venue=venue.id))
        await clock.sleep(max(ASKING.wait_s(attempt, random), retry_after_s))
        attempt += 1
