"""The behaviour of last resort: asked only when no plugin has a better one."""

from __future__ import annotations

from typing import Any

from loguru import logger

from twinstar.config import VenueConfig
from twinstar.domain import Level, Notice
from twinstar.plugin import Registry, VenueContext, VenueType, hookimpl
from twinstar.ports import Clock, Gap, Quota, RateLimiter, Recovery, Stream, Venue

DEFAULT = Quota("default", weight=4.0, per_s=1.0)
_LEVELS = {Level.INFO: "INFO", Level.WARNING: "WARNING", Level.ALARM: "ERROR"}


class TokenBucket:
    """Spread requests evenly: each pushes back the moment the next may go. First come, first served."""

    def __init__(self, quotas: tuple[Quota, ...], clock: Clock) -> None:
        self._clock = clock
        self._quotas = {quota.name: quota for quota in (DEFAULT, *quotas)}
        self._free_at_s: dict[str, float] = {}

    async def acquire(self, quota: str, weight: float = 1.0) -> None:
        cap = self._quotas.get(quota, self._quotas["default"])
        now_s = self._clock.monotonic_s()
        free_at_s = max(self._free_at_s.get(cap.name, now_s), now_s)
        self._free_at_s[cap.name] = free_at_s + cap.per_s * weight / cap.weight
        if free_at_s > now_s:
            await self._clock.sleep(free_at_s - now_s)


class LogNotifier:
    """Notices go to the log; other notifiers carry them further."""

    def notify(self, notice: Notice) -> None:
        instrument = str(notice.instrument) if notice.instrument else None
        logger.bind(venue=notice.venue, instrument=instrument).log(_LEVELS[notice.level], "{}", notice.text)


async def ask_the_venue(venue: Venue, gap: Gap) -> Stream:
    if venue.trading is not None:
        for event in await venue.trading.account(gap):
            yield event


@hookimpl
def twinstar_register(registry: Registry) -> None:
    registry.notifier("log", LogNotifier)


@hookimpl(trylast=True)
def twinstar_rate_limiter(quotas: tuple[Quota, ...], clock: Clock) -> RateLimiter:
    return TokenBucket(quotas, clock)


@hookimpl(trylast=True)
def twinstar_open_venue(venue_type: VenueType[Any], config: VenueConfig, context: VenueContext) -> Venue:
    return venue_type.make(config, context)


@hookimpl(trylast=True)
def twinstar_resync() -> Recovery:
    return ask_the_venue


@hookimpl(trylast=True)
def twinstar_restore() -> Recovery:
    return ask_the_venue
