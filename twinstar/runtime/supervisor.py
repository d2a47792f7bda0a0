"""Keep one venue's streams alive. Bad luck is mended here; bugs are not caught anywhere."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from random import Random

from msgspec import Struct

from twinstar.domain import StreamGap, StreamOpened, VenueHalted, VenueReady
from twinstar.errors import AuthFailed, VenueError, VenueUnavailable
from twinstar.ports import Clock, Recovery, Stream, Venue, Wanted
from twinstar.runtime.backoff import RECONNECTING, Backoff
from twinstar.runtime.candles import complete
from twinstar.runtime.recovery import catch_up
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.tasks import first, for_ever, leaf


class Care(Struct, frozen=True, kw_only=True):
    """How a venue is looked after."""

    restore: Recovery
    resync: Recovery
    resync_every_s: float = 60.0  # private streams are hints: what they lose is found within this time
    warm_up: int = 200  # candles from before the first one
    backoff: Backoff = RECONNECTING


async def supervise(
    venue: Venue, wanted: Wanted, care: Care, *, sequencer: Sequencer, clock: Clock, random: Random
) -> None:
    """Listen, catch up, say that the venue is ready; when the line is lost, wait and start again."""
    how, attempt = care.restore, 0
    while True:
        line = _Line(venue, care, sequencer, clock, random)
        reason: str | None = None
        try:
            await line.hold(wanted, how)
        except* VenueUnavailable as lost:
            reason = _reason(lost)
        except* AuthFailed as refused:
            reason = _reason(refused)
            sequencer.accept(VenueHalted(time_ms=clock.now_ms(), venue=venue.id, reason=reason))
            await for_ever()
        if reason is None:
            return  # The venue has no more to say, as when a tape ends.
        sequencer.accept(StreamGap(time_ms=clock.now_ms(), venue=venue.id, reason=reason))
        attempt = 0 if line.spoke else attempt + 1
        await clock.sleep(care.backoff.wait_s(attempt, random))
        how = care.resync if line.caught_up else how


def _reason(group: BaseExceptionGroup[BaseException]) -> str:
    error = leaf(group)
    return error.reason if isinstance(error, VenueError) else str(error)


class _Line:
    """One connected life of a venue: from opening its streams to losing one of them."""

    def __init__(self, venue: Venue, care: Care, sequencer: Sequencer, clock: Clock, random: Random) -> None:
        self._venue, self._care, self._sequencer = venue, care, sequencer
        self._clock, self._random = clock, random
        self._waiting = 0
        self._opened = asyncio.Event()
        self.spoke = False  # data came: whatever was wrong is over
        self.caught_up = False

    async def hold(self, wanted: Wanted, how: Recovery) -> None:
        streams = list(self._venue.streams.open(wanted))
        self._waiting = len(streams)
        if not streams:
            self._opened.set()
        async with asyncio.TaskGroup() as tasks:
            account = tasks.create_task(self._keep_account(how))
            if streams:
                await self._listen_to_all(streams)
                account.cancel()

    async def _listen_to_all(self, streams: list[Stream]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for stream in streams:
                tasks.create_task(self._listen(stream))

    async def _listen(self, stream: Stream) -> None:
        last_open_ms = self._sequencer.engine.state.last_open_ms
        whole = complete(stream, self._venue.history, last_open_ms, warm_up=self._care.warm_up)
        opened = False
        async with aclosing(whole):
            async for event in whole:
                if not opened:
                    opened = True
                    self._one_opened()
                if not isinstance(event, StreamOpened):
                    self.spoke = True
                self._sequencer.accept(event)

    def _one_opened(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._opened.set()

    async def _keep_account(self, how: Recovery) -> None:
        """Only once every stream stands is the account read: what happens after the reading, the streams tell."""
        await self._opened.wait()
        doubt = self._sequencer.doubt(self._venue.id)
        while True:
            doubt.clear()
            await catch_up(self._venue, how, self._sequencer, self._clock, self._random)
            if not self.caught_up:
                self.caught_up = True
                self._sequencer.accept(VenueReady(time_ms=self._clock.now_ms(), venue=self._venue.id))
            how = self._care.resync
            await self._doubt_or_time(doubt)

    async def _doubt_or_time(self, doubt: asyncio.Event) -> None:
        await first(doubt.wait(), self._clock.sleep(self._care.resync_every_s))
