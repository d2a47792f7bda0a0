"""Catch up with a venue, however long it takes."""

from __future__ import annotations

from contextlib import aclosing
from random import Random

from twinstar.errors import BadMessage, VenueUnavailable
from twinstar.ports import Clock, Recovery, Venue
from twinstar.runtime.backoff import ASKING
from twinstar.runtime.sequencer import Sequencer


async def catch_up(venue: Venue, how: Recovery, sequencer: Sequencer, clock: Clock, random: Random) -> None:
    """Return only once we know: every order's fate, and what the account holds.

    `AuthFailed` goes up: asking again would not help.
    """
    attempt = 0
    while True:
        retry_after_s = 0.0
        try:
            async with aclosing(how(venue, sequencer.gap(venue.id))) as news:
                async for event in news:
                    sequencer.accept(event)
            if not sequencer.engine.state.in_doubt(venue.id):
                return
        except VenueUnavailable as e:
            retry_after_s = e.retry_after_s
        except BadMessage:
            pass  # An answer that cannot be read is no answer; the adapter has counted it.
        await clock.sleep(max(ASKING.wait_s(attempt, random), retry_after_s))
        attempt += 1
