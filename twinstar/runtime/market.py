"""All that is heard of one venue's market, on its way to the sequencer: candles made whole, silence noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn

from twinstar.domain import (
    CandleClosed,
    Event,
    InstrumentId,
    Lane,
    Level,
    Notice,
    PriceSeen,
    Source,
    TradeSeen,
    in_lane,
)
from twinstar.errors import VenueError
from twinstar.ports import Clock, Venue, Wanted
from twinstar.runtime.candles import Candles, Leave, Told
from twinstar.runtime.filler import Filler
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.vigil import Patience, Turns, Vigil

DISTRUSTED = 100  # of the latest candles of each instrument, as long as nobody has compared them in this life


class Market:
    """Outlives the venue's lines: what was told before a line was lost is known to the next one."""

    def __init__(
        self,
        venue: Venue,
        wanted: Wanted,
        *,
        warm_up: int,
        leave: Leave | None,
        patience: Patience,
        sequencer: Sequencer,
        clock: Clock,
        tell: Callable[[Notice], None],
    ) -> None:
        self._sequencer, self._patience, self._clock, self._say = sequencer, patience, clock, tell
        state, turns = sequencer.engine.state, Turns()
        self._candles = Candles(
            venue.history, wanted.timeframe, state.last_open_ms, self._tell, warm_up=warm_up, leave=leave
        )
        for of in wanted.instruments:
            self._candles.distrust(state.candles(of, count=DISTRUSTED))
        self._fillers = {
            of: Filler(venue, of, wanted.timeframe, candles=self._candles, patience=patience, clock=clock)
            for of in wanted.instruments
        }
        self._vigils = (
            {of: Vigil(venue, of, patience=patience, turns=turns, clock=clock) for of in wanted.instruments}
            if venue.pulse is not None
            else {}
        )

    def hear(self, event: Event) -> None:
        """An event of a stream. Prices pass while a candle waits for others that are missing before it."""
        match event:
            case CandleClosed(candle=candle):
                self._heard(candle.instrument)
                if candle.instrument in self._fillers:  # else nobody wants it
                    self._fillers[candle.instrument].take(event)
            case TradeSeen(instrument=of) | PriceSeen(instrument=of):
                self._heard(of)
                self._sequencer.accept(event)
            case _:
                self._sequencer.accept(event)

    async def keep_whole(self) -> NoReturn:
        """Each instrument by its own clock, with a line or without."""
        async with asyncio.TaskGroup() as tasks:
            for filler in self._fillers.values():
                tasks.create_task(filler.keep())
            tasks.create_task(self._keep_confirmed(Source.TRADES, 0.0))
            await self._clock.sleep(self._patience.spare_s)
            await self._keep_confirmed(Source.UNFLAGGED, self._patience.apart_s)

    async def done(self) -> None:
        """What was heard has been told."""
        for filler in self._fillers.values():
            await filler.done()

    async def keep_watch(self) -> None:
        """While a line is up; `VenueUnavailable` when it is dead."""
        for vigil in self._vigils.values():
            vigil.line_opened()
        async with asyncio.TaskGroup() as tasks:
            for vigil in self._vigils.values():
                tasks.create_task(vigil.keep())

    async def _keep_confirmed(self, source: Source, apart_s: float) -> NoReturn:
        """One question after the other: nobody waits for the answers, and some venues count each."""
        while True:
            await self._clock.sleep(self._patience.confirm_s)
            for of in self._candles.unconfirmed(source):
                with in_lane(Lane.BACKFILL):
                    await self._confirm(of)
                await self._clock.sleep(apart_s)

    async def _confirm(self, of: InstrumentId) -> None:
        try:
            wrong = await self._candles.confirm(of)
        except VenueError:
            return  # No answer; a refused key the line itself will meet.
        if wrong.candles:
            candles, what = "candle" if wrong.candles == 1 else "candles", "in a price" if wrong.prices else "in volume"
            text = f"{wrong.candles} {candles} differed from the venue's own, {what}, and the venue's counts now"
            level = Level.WARNING if wrong.prices else Level.INFO
            self._say(Notice(level=level, text=text, venue=of.venue, instrument=of))

    def _heard(self, of: InstrumentId) -> None:
        vigil = self._vigils.get(of)
        if vigil is not None:
            vigil.heard()

    def _tell(self, told: Told) -> None:
        self._sequencer.accept(told)
        if isinstance(told, CandleClosed):
            self._fillers[told.candle.instrument].told(told.candle)
