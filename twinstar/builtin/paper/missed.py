"""What happened in the market while nobody listened, from the venue's own candles."""

from __future__ import annotations

from twinstar.builtin.paper.clock import PaperTime
from twinstar.builtin.paper.exchange import PaperExchange
from twinstar.builtin.paper.hearing import Hearing
from twinstar.domain import InstrumentId, Timeframe
from twinstar.ports import History, Listing

LOOK_BACK = 100  # candles in which a price is looked for, while nobody has told one


class Missed:
    """Whatever the venue raises goes up: an account that may have missed something is not known."""

    def __init__(
        self,
        instruments: tuple[InstrumentId, ...],
        timeframe: Timeframe,
        *,
        listing: Listing,
        history: History | None,
        exchange: PaperExchange,
        hearing: Hearing,
        clock: PaperTime,
    ) -> None:
        self._instruments, self._timeframe = instruments, timeframe
        self._listing, self._history = listing, history
        self._exchange, self._hearing, self._clock = exchange, hearing, clock

    async def catch_up(self) -> None:
        if not self._exchange.is_listed:
            await self._listing.instruments([of.symbol for of in self._instruments])
        if self._history is None:
            return
        for of in self._instruments:
            from_ms = self._hearing.missed_since_ms(of)
            if from_ms is None and not self._exchange.knows_price_of(of.symbol):
                from_ms = self._timeframe.back(self._now_ms(), LOOK_BACK)
            if from_ms is not None and from_ms < self._now_ms():
                for candle in await self._history.candles(of, self._timeframe, from_ms, self._now_ms()):
                    self._hearing.judge(candle)

    def _now_ms(self) -> int:
        """Where the candle begins that is still forming."""
        return self._timeframe.floor(max(self._clock.now_ms(), self._clock.market_ms()))
