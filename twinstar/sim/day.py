"""The last 24 hours, kept minute by minute: a tick costs nothing, a closed minute a constant."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from twinstar.sim.clock import DAY_MS
from twinstar.sim.model import Candle

ZERO = Decimal(0)


class Day:
    """Closed minutes of a sliding day: sums, and the extremes as queues that only ever hold what may still lead."""

    def __init__(self) -> None:
        self.volume = self.quote_volume = ZERO
        self.previous_close: Decimal | None = None  # of the UTC day before the latest minute's
        self._minutes: deque[Candle] = deque()
        self._highs: deque[Candle] = deque()
        self._lows: deque[Candle] = deque()

    @property
    def oldest(self) -> Candle | None:
        return self._minutes[0] if self._minutes else None

    @property
    def high(self) -> Decimal | None:
        return self._highs[0].high if self._highs else None

    @property
    def low(self) -> Decimal | None:
        return self._lows[0].low if self._lows else None

    def add(self, candle: Candle) -> None:
        self.previous_close = self.close_before(candle.open_ms)
        while self._highs and self._highs[-1].high <= candle.high:
            self._highs.pop()
        while self._lows and self._lows[-1].low >= candle.low:
            self._lows.pop()
        for minutes in (self._minutes, self._highs, self._lows):
            minutes.append(candle)
        self.volume += candle.volume
        self.quote_volume += candle.quote_volume
        self._forget(candle.open_ms - DAY_MS)

    def close_before(self, at_ms: int) -> Decimal | None:
        """The close of the UTC day before the one of ``at_ms``."""
        latest = self._minutes[-1] if self._minutes else None
        if latest is not None and latest.open_ms // DAY_MS < at_ms // DAY_MS:
            return latest.close
        return self.previous_close

    def _forget(self, until_ms: int) -> None:
        while self._minutes[0].open_ms <= until_ms:
            gone = self._minutes.popleft()
            self.volume -= gone.volume
            self.quote_volume -= gone.quote_volume
            for extremes in (self._highs, self._lows):
                if extremes[0] is gone:
                    extremes.popleft()
