"""Looks at a venue's limiter now and then: a ban becomes an event, a request that passed it by an alarm.

R1: that it never lets more go than a quota allows is counted here too; more is a fault of ours, and ends entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twinstar.domain import Event, InvariantTripped, Level, LimiterStats, Notice, QuotaUse, VenueBanned
from twinstar.ports import Clock, Venue

ROUNDING = 1e-3
SAME_MS = 1_000  # an end that is told anew and differs by no more is the same one


class MeterWatch:
    def __init__(
        self, venue: Venue, *, accept: Callable[[Event], None], tell: Callable[[Notice], None], clock: Clock
    ) -> None:
        self._venue, self._accept, self._tell, self._clock = venue, accept, tell, clock
        self._bans_ms: dict[str, int] = {}
        self._unmetered = 0
        self._overrun: set[str] = set()  # the quotas, while they are

    def look(self) -> None:
        if self._venue.limits is None:
            return
        stats = self._venue.limits()
        self._tell_bans(stats)
        for use in stats.quotas:
            self._check(use)
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

    def _check(self, use: QuotaUse) -> None:
        if use.most is None or use.ours <= use.most + ROUNDING:
            self._overrun.discard(use.quota)
        elif use.quota not in self._overrun:
            self._overrun.add(use.quota)
            text = f"the limiter has let {use.ours:g} of {use.quota} go within {use.per_s:g} s, of {use.most:g}"
            self._accept(InvariantTripped(time_ms=self._clock.now_ms(), name="R1", text=text, venue=self._venue.id))

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
