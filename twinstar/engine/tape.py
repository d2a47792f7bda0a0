"""What the market has told: candles and prices."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

from twinstar.domain import Candle, CandlesMissing, InstrumentId
from twinstar.engine.ring import Ring

CANDLES_KEPT = 1_000


class Tape:
    """A part of the state. Prices are of the moment and are not replayed."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 0  # our clock, when what is applied came in; 0 in a replay
        self.missing: deque[CandlesMissing] = deque(maxlen=1_000)
        self._candles: dict[InstrumentId, Ring] = {}
        self._prices: dict[InstrumentId, Decimal] = {}
        self._priced_ms: dict[InstrumentId, int] = {}  # by our clock

    def candles(self, instrument: InstrumentId, count: int) -> Sequence[Candle]:
        kept = self._candles.get(instrument)
        return kept.last(count) if kept else ()

    def last_price(self, instrument: InstrumentId) -> Decimal | None:
        return self._prices.get(instrument)

    def price_age_ms(self, instrument: InstrumentId) -> int:
        """By our clock; a price from before the start is as old as can be."""
        return self.now_ms - self._priced_ms.get(instrument, 0)

    def last_open_ms(self, instrument: InstrumentId) -> int | None:
        kept = self._candles.get(instrument)
        return kept.last_open_ms if kept else None

    def forget_prices(self) -> None:
        """Before trading goes on: those of the last run would set off a stop that has moved since."""
        self._prices.clear()

    def _price(self, of: InstrumentId, price: Decimal) -> None:
        self._prices[of] = price
        self._priced_ms[of] = self.now_ms

    def _keep(self, candle: Candle) -> None:
        kept = self._candles.get(candle.instrument)
        if kept is None or kept.timeframe is not candle.timeframe:  # The configuration asks for another one now.
            kept = self._candles[candle.instrument] = Ring(candle.instrument, candle.timeframe, CANDLES_KEPT)
        kept.append(candle)

    def _correct(self, candle: Candle) -> None:
        kept = self._candles.get(candle.instrument)
        if kept is not None:
            kept.replace(candle)
