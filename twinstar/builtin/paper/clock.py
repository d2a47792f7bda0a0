"""Both times of a paper account."""

from __future__ import annotations

from twinstar.ports import VenueClock


class PaperTime:
    """Wall time is the venue's; the market's is what has been heard of it, and never goes back."""

    def __init__(self, venue: VenueClock) -> None:
        self._venue = venue
        self._market_ms = 0

    def now_ms(self) -> int:
        return self._venue.now_ms()

    def market_ms(self) -> int:
        return self._market_ms

    def reach(self, market_ms: int) -> None:
        self._market_ms = max(self._market_ms, market_ms)
