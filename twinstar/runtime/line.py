"""One connected life of a venue: from opening its streams to losing one of them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from random import Random

from msgspec import Struct

from twinstar.domain import StreamOpened, VenueReady
from twinstar.engine.comparing import SETTLES_MS
from twinstar.errors import VenueUnavailable
from twinstar.ports import Clock, Recovery, Stream, Venue, Wanted
from twinstar.runtime.backoff import RECONNECTING, Backoff
from twinstar.runtime.candles import Leave
from twinstar.runtime.market import Market
from twinstar.runtime.recovery import catch_up
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.tasks import first
from twinstar.runtime.vigil import Patience

SECOND_LOOK_S = 3.0
SETTLED_S = SETTLES_MS / 1_000 + 1.0


class Care(Struct, frozen=True, kw_only=True):
    """How a venue is looked after."""

    restore: Recovery
    resync: Recovery
    resync_every_s: float = 60.0  # private streams are hints: what they lose is found within this time
    warm_up: int = 200  # candles from before the first one
    backoff: Backoff = RECONNECTING
    patience: Patience = Patience()
    leave: Leave | None = None  # to somebody who has time: what of a gap is older than ``warm_up``


class Line:
    def __init__(
        self, venue: Venue, care: Care, market: Market, *, sequencer: Sequencer, clock: Clock, random: Random
    ) -> None:
        self._venue, self._care, self._market = venue, care, market
        self._sequencer, self._clock, self._random = sequencer, clock, random
        self._waiting = 0
        self._opened = asyncio.Event()
        self.spoke = False  # data came: whatever was wrong is over
        self.caught_up = False

    async def hold(self, wanted: Wanted, how: Recovery) -> None:
        """Until every stream has ended. `VenueUnavailable` and `AuthFailed` come out in a group."""
        streams = list(self._venue.streams.open(wanted))
        self._waiting = len(streams)
        async with asyncio.TaskGroup() as tasks:
            beside = [
                tasks.create_task(self._keep_account(how)),
                tasks.create_task(self._keep_watch()),
            ]
            if streams:
                await self._listen_to_all(streams)
                for task in beside:
                    task.cancel()
            else:
                self._all_opened()

    async def _listen_to_all(self, streams: list[Stream]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for stream in streams:
                tasks.create_task(self._listen(stream))

    async def _listen(self, stream: Stream) -> None:
        opened = False
        async with aclosing(stream):
            async for event in stream:
                if not opened:
                    opened = True
                    self._one_opened()
                if not isinstance(event, StreamOpened):
                    self.spoke = True
                self._market.hear(event)

    def _one_opened(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._all_opened()

    def _all_opened(self) -> None:
        self._opened.set()

    async def _keep_watch(self) -> None:
        await self._opened.wait()
        await self._market.keep_watch()

    async def _keep_account(self, how: Recovery) -> None:
        """Only once every stream stands is the account read: what happens after the reading, the streams tell."""
        await self._opened.wait()
        doubt = self._sequencer.doubt(self._venue.id)
        while True:
            suspected = self._venue.id in self._sequencer.suspected
            asked_for = (doubt.is_set() and not suspected) or not self.caught_up
            self._sequencer.suspected.discard(self._venue.id)
            doubt.clear()
            untold = await catch_up(self._venue, how, self._sequencer, self._clock, self._random)
            if untold and not asked_for:
                raise VenueUnavailable(self._venue.id, f"the stream of our orders did not tell of {untold} fills")
            if not self.caught_up:
                self.caught_up = True
                self._sequencer.accept(VenueReady(time_ms=self._clock.now_ms(), venue=self._venue.id))
            how = self._care.resync
            await first(doubt.wait(), self._clock.sleep(self._until_next_reading_s()))

    def _until_next_reading_s(self) -> float:
        """What only one reading has said, or could not say because it was moving, is asked about again soon."""
        state, soon_s = self._sequencer.engine.state, self._care.resync_every_s
        if any(of.venue == self._venue.id for of in state.uncompared):
            soon_s = min(soon_s, SETTLED_S)
        if any(of.venue == self._venue.id and not found.is_sure for of, found in state.differences.items()):
            soon_s = min(soon_s, SECOND_LOOK_S)
        return soon_s
