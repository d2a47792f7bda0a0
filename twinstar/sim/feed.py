"""What happens in all markets of a venue, in order; and the venue's clock, which never runs ahead of it."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heapify, heappop, heapreplace

from twinstar.sim.clock import Pace, Wall
from twinstar.sim.market import Happening, Market
from twinstar.sim.model import Tick


class Feed:
    """Ends when every market has ended. At one moment a minute's end comes before a tick, then listing order counts."""

    def __init__(self, markets: Mapping[str, Market], start_ms: int) -> None:
        self.start_ms = start_ms
        self.reached_ms = start_ms  # the market time of the latest happening
        self._symbols = list(markets)
        self._sources = [market.coming() for market in markets.values()]
        self._heap: list[tuple[int, bool, int, Happening]] = []
        for index in range(len(self._sources)):
            item = self._next_of(index)
            if item:
                self._heap.append(item)
        heapify(self._heap)

    @property
    def next_ms(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def ends_minute_at(self, at_ms: int) -> bool:
        """Whether that is what comes next."""
        return bool(self._heap) and self._heap[0][:2] == (at_ms, False)

    def take(self) -> tuple[str, Happening]:
        at_ms, _, index, happening = self._heap[0]
        following = self._next_of(index)
        if following:
            heapreplace(self._heap, following)
        else:
            heappop(self._heap)
        self.reached_ms = max(self.reached_ms, at_ms)
        return self._symbols[index], happening

    def _next_of(self, index: int) -> tuple[int, bool, int, Happening] | None:
        happening = next(self._sources[index], None)
        if happening is None:
            return None
        return happening[0], isinstance(happening[1], Tick), index, happening


class VenueTime:
    """A `VenueClock`: the market's time is the pace's, but never past what has not happened yet."""

    def __init__(self, wall: Wall, pace: Pace, feed: Feed) -> None:
        self._wall = wall
        self._pace = pace
        self._feed = feed

    def now_ms(self) -> int:
        return self._wall.now_ms()

    def market_ms(self) -> int:
        feed = self._feed
        if feed.next_ms is None:
            return feed.reached_ms
        paced = feed.start_ms + int(self._pace.elapsed_ms())
        return max(feed.reached_ms, min(paced, feed.next_ms - 1))
