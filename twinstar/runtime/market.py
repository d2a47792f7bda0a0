"""All that is heard of one venue's market, on its way to the sequencer: candles made whole, silence noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from twinstar.domain import CandleClosed, Event, InstrumentId, Notice, PriceSeen, TradeSeen
from twinstar.ports import Clock, Venue, Wanted
from twinstar.runtime.candles import Candles, Told
from twinstar.runtime.sequencer import Sequencer
from twinstar.runtime.vigil import LOOK_EVERY_S, Patience, Vigil


class Market:
    """Outlives the venue's lines: what was told before a line was lost is known to the next one."""

    def __init__(
        self,
        venue: Venue,
        wanted: Wanted,
        *,
        warm_up: int,
        patience: Patience,
        sequencer: Sequencer,
        clock: Clock,
        tell: Callable[[Notice], None],
    ) -> None:
        self._sequencer, self._clock = sequencer, clock
        last_open_ms = sequencer.engine.state.last_open_ms
        candles = Candles(venue.history, wanted.timeframe, last_open_ms, self._tell, warm_up=warm_up)
        self._candles = candles
        self._vigils = {
            of: Vigil(venue, of, wanted.timeframe, candles=candles, patience=patience, clock=clock, tell=tell)
            for of in wanted.instruments
        }

    async def hear(self, event: Event) -> None:
        """An event of a stream. Waits only where a candle shows that others are missing before it."""
        match event:
            case CandleClosed(candle=candle):
                self._heard(candle.instrument)
                await self._candles.take(event)
            case TradeSeen(instrument=of) | PriceSeen(instrument=of):
                self._heard(of)
                self._sequencer.accept(event)
            case _:
                self._sequencer.accept(event)

    async def keep(self, line_is_up: Callable[[], bool]) -> None:
        """Watch every instrument, each by its own clock, until cancelled. `VenueUnavailable` when the line is dead."""
        async with asyncio.TaskGroup() as tasks:
            for vigil in self._vigils.values():
                tasks.create_task(self._keep(vigil, line_is_up))

    async def _keep(self, vigil: Vigil, line_is_up: Callable[[], bool]) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            await vigil.look(line_is_up=line_is_up())

    def line_opened(self) -> None:
        """A new line: its silence counts from here."""
        for vigil in self._vigils.values():
            vigil.heard()

    def _heard(self, of: InstrumentId) -> None:
        vigil = self._vigils.get(of)
        if vigil is not None:
            vigil.heard()

    def _tell(self, told: Told) -> None:
        self._sequencer.accept(told)
        if isinstance(told, CandleClosed) and told.candle.instrument in self._vigils:
            self._vigils[told.candle.instrument].told()
