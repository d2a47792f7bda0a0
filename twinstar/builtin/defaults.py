"""The behaviour of last resort: asked only when no plugin has a better one."""

from __future__ import annotations

from typing import Any

from loguru import logger

from twinstar.config import VenueConfig
from twinstar.domain import Level, Notice
from twinstar.plugin import Registry, VenueContext, VenueType, hookimpl
from twinstar.ports import Gap, Recovery, Stream, Venue

_LEVELS = {Level.INFO: "INFO", Level.WARNING: "WARNING", Level.ALARM: "ERROR"}


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
def twinstar_open_venue(venue_type: VenueType[Any], config: VenueConfig, context: VenueContext) -> Venue:
    return venue_type.make(config, context)


@hookimpl(trylast=True)
def twinstar_resync() -> Recovery:
    return ask_the_venue


@hookimpl(trylast=True)
def twinstar_restore() -> Recovery:
    return ask_the_venue
