"""Looks at a venue's limiter now and then: a ban becomes an event, a request that passed it by an alarm."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twinstar.domain import Event, Level, LimiterStats, Notice, VenueBanned
from twinstar.ports import Clock, Venue

SAME_MS = 1_000  # an end that is told anew and differs by no more is the same one


class MeterWatch:
    def __init__(
        self, venue: Venue, *, accept: Callable[[Event], None], tell: Callable[[Notice], None], clock: Clock
    ) -> None:
        self._venue, self._accept, self._tell, self._clock = venue, accept, tell, clock
        self._bans_ms: dict[str, int] = {}
        self._unmetered = 0

    def look(self) -> None:
        if self._venue.limits is None:
            return
        stats = self._venue.limits()
        self._tell_bans(stats)
        self._compare(unmetered(self._venue.usage() if self._venue.usage else {}, stats))

    def _tell_bans(self, stats: LimiterStats) -> None:
        for ban in stats.bans:
            if ban.until_ms > self._bans_ms.get(ban.stopped, 0) + SAME_MS:
                self._bans_ms[ban.stopped] = ban.until_ms
                self._accept(
                    VenueBanned(
                        time_ms=self._clock.now_ms(),
                        venue=self._venue.id,
                        stopped=ban.stopped,
                        until_ms=ban.until_ms,
                        reason=ban.reason,
                    )
                )

    def _compare(self, count: int) -> None:
        if count > self._unmetered:
            text = (
                f"{count} requests were sent past the rate limiter: a fault of the venue's plugin; the venue may ban us"
            )
            self._tell(Notice(level=Level.ALARM, text=text, venue=self._venue.id))
        self._unmetered = max(count, self._unmetered)


def unmetered(usage: Mapping[str, float], stats: LimiterStats) -> int:
    """Requests at the transport that no permit was asked for."""
    return max(int(usage.get("requests", 0)) - stats.metered, 0)
